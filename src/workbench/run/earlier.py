"""Which run came before: the folder that ``compare_with`` names, or the last finished one beside DIR.

``compare_with: previous`` is what a quarter's parameter file says, so that one key alone changes a quarter.  Of the
finished runs that stand beside DIR and were made with the same key, the one with the last ``as_of`` before this run's
is taken, if it speaks of the same households; which it was stands in the manifest, and ``verify`` compares with it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from workbench.errors import InputError
from workbench.params import RunParams
from workbench.run.place import read_manifest
from workbench.store.tables import load_table
from workbench.tables import TABLES

PREVIOUS = "previous"
LEAST_SHARED = 0.5
"""Share of the earlier run's households that this run must know: another town beside it is no quarter before."""


class Opened(NamedTuple):
    """A finished run as it is compared with another."""

    folder: Path
    params: RunParams
    facts: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def open_finished(folder: Path) -> Opened:
    """A finished run with its tables; ``InputError`` where it is none."""
    facts = read_manifest(folder)
    if facts is None:
        raise InputError(folder.name, "is no folder of a finished run", "give the folder of a run that ended with done")
    tables = {
        p.stem: load_table(folder / "tables", p.stem)
        for p in sorted((folder / "tables").glob("*.parquet"))
        if p.stem in TABLES
    }
    return Opened(folder, RunParams.model_validate_json(json.dumps(facts["params"])), facts, tables)


def settled(params: RunParams, params_path: Path, out: Path, key: str, households: pd.DataFrame) -> RunParams:
    """``params`` with ``compare_with`` as a folder, relative to the file: ``previous`` is looked for beside ``out``."""
    if params.compare_with != PREVIOUS:
        return params
    found = _last_before(params, out, key, set(households["household"]))
    base = params_path.resolve().parent
    named = None if found is None else Path(os.path.relpath(found, base)).as_posix()
    return params.model_copy(update={"compare_with": named})


def _last_before(params: RunParams, out: Path, key: str, known: set[str]) -> Path | None:
    beside = []
    for folder in out.parent.iterdir() if out.parent.is_dir() else ():
        facts = read_manifest(folder) if folder.is_dir() and folder.resolve() != out.resolve() else None
        if facts is not None and facts.get("key") == key and str(facts.get("as_of")) < params.as_of.isoformat():
            beside.append((str(facts["as_of"]), folder.name, folder))
    for _, _, folder in sorted(beside, reverse=True):
        if (folder / "tables" / "households.parquet").is_file():
            theirs = set(load_table(folder / "tables", "households")["household"])
            if theirs and len(theirs & known) >= LEAST_SHARED * len(theirs):
                return folder.resolve()
    return None


def named_before(params: RunParams, params_path: Path) -> Opened | None:
    """The run that ``compare_with`` names, opened; ``InputError`` where there is none in that folder."""
    if params.compare_with is None:
        return None
    folder = params_path.resolve().parent / params.compare_with
    if read_manifest(folder) is None:
        raise InputError(
            f"{params_path.name}: compare_with",
            "is no folder of a finished run",
            f"name one, write {PREVIOUS} for the last one beside the run's own folder, or leave the key out",
        )
    return open_finished(folder)
