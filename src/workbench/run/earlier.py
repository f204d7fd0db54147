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
import pyarrow as pa

from workbench.errors import InputError
from workbench.params import RunParams
from workbench.run.place import read_manifest
from workbench.store.tables import ContractBroken, load_table
from workbench.tables import TABLES

PREVIOUS = "previous"
UNREAD = "这一版读不了它的表，没有与它相比 / this version cannot read its tables: not compared with it"
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
    try:
        tables = {
            p.stem: load_table(folder / "tables", p.stem)
            for p in sorted((folder / "tables").glob("*.parquet"))
            if p.stem in TABLES
        }
    except (ContractBroken, InputError):
        raise InputError(
            folder.name, "holds tables that this version cannot read", "compare runs of this version"
        ) from None
    return Opened(folder, RunParams.model_validate_json(json.dumps(facts["params"])), facts, tables)


class Settled(NamedTuple):
    """The parameters with ``compare_with`` as a folder, relative to the file; the run there; what is to be told."""

    params: RunParams
    before: Opened | None
    note: str = ""


def settled(params: RunParams, params_path: Path, out: Path, key: str, households: pd.DataFrame) -> Settled:
    """Finds and opens the run to compare with; ``previous`` is looked for beside ``out``.

    A run before that can no longer be read is told, and stops no new quarter; one that was named is ``InputError``.
    """
    if params.compare_with != PREVIOUS:
        return Settled(params, named_before(params, params_path))
    found = _last_before(params, out, key, set(households["household"]))
    alone = params.model_copy(update={"compare_with": None})
    if found is None:
        return Settled(alone, None)
    named = Path(os.path.relpath(found, params_path.resolve().parent)).as_posix()
    try:
        return Settled(params.model_copy(update={"compare_with": named}), open_finished(found))
    except InputError:
        return Settled(
            alone, None, f"{found.name}：这一版读不了它的表，没有与它相比 / cannot be read any more, not compared"
        )


def _last_before(params: RunParams, out: Path, key: str, known: set[str]) -> Path | None:
    beside = []
    for folder in out.parent.iterdir() if out.parent.is_dir() else ():
        facts = read_manifest(folder) if folder.is_dir() and folder.resolve() != out.resolve() else None
        if facts is not None and facts.get("key") == key and str(facts.get("as_of")) < params.as_of.isoformat():
            beside.append((str(facts["as_of"]), folder.name, folder))
    for _, _, folder in sorted(beside, reverse=True):
        theirs = _households(folder)
        if theirs and len(theirs & known) >= LEAST_SHARED * len(theirs):
            return folder.resolve()
    return None


def _households(folder: Path) -> set[str]:
    """The households of a run, none where they cannot be read."""
    try:
        return set(pd.read_parquet(folder / "tables" / "households.parquet", columns=["household"])["household"])
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return set()


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
