"""``workbench verify``: runs a finished run again from its manifest and says whether every table came out the same.

Nothing is written into DIR.  What is cheap is looked at first: the seal of the manifest, the key, every file of DIR
against its keyed digest, the code, the library versions.  If anything there differs, that is told and nothing runs;
else the door and the notebooks work again in a folder of their own, and each table is compared with the one recorded.
"""

from __future__ import annotations

import json
import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench.errors import InputError, RunDiffers, WorkbenchError
from workbench.identity import Pseudonyms, key_file, load_pseudonyms
from workbench.params import RunParams
from workbench.run import manifest
from workbench.run.place import MANIFEST, read_manifest

CHANGED = f"{MANIFEST}: changed since it was written"


def verify(folder: Path, params_path: Path | None = None, verbose: bool = False) -> list[str]:
    """What was compared, in words; ``RunDiffers`` naming what differs, ``InputError`` where DIR is no finished run."""
    facts = read_manifest(folder)
    if facts is None:
        raise InputError(folder.name, "is no folder of a finished run", "give the folder of a run that ended with done")
    names = _key()
    if names.fingerprint() != facts.get("key"):
        _differ(["key: another key than the run was made with"])
    differences = recorded_differences(folder, facts, names)
    if CHANGED not in differences:  # else nothing that it says can be taken at its word
        differences += _surroundings(facts)
    if differences:
        _differ(differences)
    path = params_path or (folder / facts["params_file"]).resolve()
    differences = _run_again(facts, path, names, verbose)
    if differences:
        _differ(differences)
    tables = facts["tables"]
    rows = sum(t["rows"] for t in tables.values())
    return [
        f"the same: {len(tables)} tables, {rows:,} rows, made again from the inputs, are as {folder.name} holds them"
    ]


def recorded_differences(folder: Path, facts: dict[str, Any], names: Pseudonyms) -> list[str]:
    """What in DIR is not as the manifest says, the manifest's own seal included."""
    if manifest.seal(facts, names) == facts.get("seal"):
        return changed_tables(folder, facts, names) + _changed_files(folder, facts, names)
    with suppress(KeyError, TypeError, AttributeError):  # a manifest that was changed may say anything
        return [CHANGED, *changed_tables(folder, facts, names), *_changed_files(folder, facts, names)]
    return [CHANGED]


def changed_tables(folder: Path, facts: dict[str, Any], names: Pseudonyms) -> list[str]:
    """Tables in DIR that are not as the manifest says, with what is wrong."""
    out = []
    recorded: dict[str, Any] = facts.get("tables", {})
    there = {p.name: p for p in sorted((folder / "tables").glob("*"))}
    for name in sorted({f"{t}.parquet" for t in recorded} | set(there)):
        if name not in there:
            out.append(f"tables/{name}: is gone")
        elif name.removesuffix(".parquet") not in recorded:
            out.append(f"tables/{name}: was not made by the run")
        elif names.digest_file(there[name]) != recorded[name.removesuffix(".parquet")]["file"]:
            out.append(f"tables/{name}: changed since the run")
    return out


def _changed_files(folder: Path, facts: dict[str, Any], names: Pseudonyms) -> list[str]:
    out = []
    now, then = manifest.file_digests(folder, names), facts.get("files", {})
    for name in sorted(set(now) | set(then)):
        if now.get(name) != then.get(name):
            what = (
                "is gone"
                if name not in now
                else "was not made by the run"
                if name not in then
                else "changed since the run"
            )
            out.append(f"{name}: {what}")
    return out


def _surroundings(facts: dict[str, Any]) -> list[str]:
    """Library versions first: a figure may differ between them; then our own code."""
    out = [
        f"{name}: version {version} now, {facts['libraries'].get(name)} in the run"
        for name, version in manifest.libraries().items()
        if facts["libraries"].get(name) != version
    ]
    if platform.python_version() != facts["python"]:
        out.append(f"python: version {platform.python_version()} now, {facts['python']} in the run")
    if manifest.code_digest() != facts["code"]:
        out.append("code: other source or notebooks than those of the run")
    return out


def _run_again(facts: dict[str, Any], path: Path, names: Pseudonyms, verbose: bool) -> list[str]:
    from workbench.run.door import admit, listed
    from workbench.run.execute import Asked, run_steps
    from workbench.run.kernels import Kernels
    from workbench.run.progress import Progress

    params = RunParams.model_validate_json(json.dumps(facts["params"]))
    try:
        admitted = admit(params, path, names)
    except InputError as fault:
        return [f"input: is not admitted any more: {fault}"]
    differences = _changed(admitted.inputs, facts["inputs"], "input") + _changed(
        manifest.settings(params, path, names), facts["settings"], "setting"
    )
    if differences:
        return differences
    stages = listed(params)
    progress = Progress(2 * len(stages) + 2, verbose)
    try:
        with Kernels(params.threads, params.seed) as kernels:
            work = kernels.private / "run"  # goes with the kernels, and if this is killed with the next run's sweep
            work.mkdir()
            run_steps(Asked(params, path, stages, work, progress), admitted, kernels)
            made = {p.stem: manifest.table_facts(p, names) for p in sorted((work / "tables").glob("*.parquet"))}
    except WorkbenchError as fault:
        return [f"the run does not come to its end again: {fault}"]
    finally:
        progress.close()
    return [
        f"tables/{n}: came out different"
        for n in sorted(set(made) | set(facts["tables"]))
        if made.get(n) != facts["tables"].get(n)
    ]


def _changed(now: dict[str, str], then: dict[str, str], what: str) -> list[str]:
    out = []
    for name in sorted(set(now) | set(then)):
        if now.get(name) != then.get(name):
            how = "is gone" if name not in now else "is new" if name not in then else "changed since the run"
            out.append(f"{what} {name}: {how}")
    return out


def _key() -> Pseudonyms:
    """The key in force; a check makes none."""
    if "WORKBENCH_KEY" not in os.environ and not key_file().exists():
        raise InputError("WORKBENCH_KEY", "there is no key to check with", "give the key that the run was made with")
    return load_pseudonyms()


def _differ(differences: list[str]) -> None:
    raise RunDiffers("\n".join(differences) + "\n    the run is not what its manifest says; give it again")
