"""The manifest: what a run was made of and what it made, written last, by rename; without it nothing is a result.

Digests are keyed, so that a one-line file cannot be guessed from its digest and nobody without the key can make a
manifest that fits a changed table.  What may differ between two runs of one input (times) stands under ``timings``.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.identity import Pseudonyms
from workbench.params import RunParams
from workbench.run.place import MANIFEST
from workbench.store.atomic import write_text
from workbench.store.place import product

FORM = 1
FILE_KEYS = ("spec", "programme", "policy", "points", "price")
"""Parameters that name a file; the product's own of that name stands in for one that is not given."""
LIBRARIES = (
    "pandas",
    "numpy",
    "pyarrow",
    "lightgbm",
    "scipy",
    "scikit-learn",
    "matplotlib",
    "great-expectations",
    "papermill",
    "nbconvert",
)


def write_manifest(
    folder: Path,
    *,
    params: RunParams,
    params_path: Path,
    names: Pseudonyms,
    inputs: dict[str, str],
    notes: list[str],
    absent: list[str],
    timings: dict[str, float],
) -> dict[str, Any]:
    """Writes DIR/manifest.json and gives it back."""
    facts = {
        "workbench": metadata.version("workbench"),
        "form": FORM,
        "name": params.name,
        "as_of": params.as_of.isoformat(),
        "params_file": relative(params_path, folder),
        **made_of(params, params_path, names, inputs),
        "tables": {p.stem: table_facts(p, names) for p in sorted((folder / "tables").glob("*.parquet"))},
        "files": file_digests(folder, names),
        "notes": notes,
        "absent": absent,
    }
    facts["seal"] = seal(facts, names)
    write_text(
        folder / MANIFEST,
        json.dumps({**facts, "timings": timings}, ensure_ascii=False, indent=1, sort_keys=True) + "\n",
    )
    return facts


def made_of(params: RunParams, params_path: Path, names: Pseudonyms, inputs: dict[str, str]) -> dict[str, Any]:
    """What a run is made of: parameters, key, inputs, settings, the policy in force, code, versions."""
    return {
        "params": plain_params(params, params_path),
        "key": names.fingerprint(),
        "inputs": inputs,
        "settings": settings(params, params_path, names),
        "policy": policy_in_force(params, params_path),
        "code": code_digest(),
        "python": platform.python_version(),
        "libraries": libraries(),
    }


def policy_in_force(params: RunParams, params_path: Path) -> dict[str, Any]:
    """The values of the policy on the run's day: its book may be another by the time that two runs are compared."""
    from workbench.limit.books import load_books
    from workbench.limit.policy import policy_at

    if "limit" not in params.steps:
        return {}
    policy = policy_at(load_books(params, params_path.resolve().parent).policy, params.as_of, params.limit)
    return {**asdict(policy), "off": sorted(policy.off)}


def seal(facts: dict[str, Any], names: Pseudonyms) -> str:
    """Keyed digest of the manifest itself, times and the place of PARAMS apart."""
    plain = {k: v for k, v in facts.items() if k not in ("seal", "timings", "params_file")}
    return names.digest(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode())


def relative(path: Path, folder: Path) -> str:
    """A path as seen from DIR: a manifest holds no absolute path."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def plain_params(params: RunParams, params_path: Path) -> dict[str, Any]:
    """The parameters with every path seen from the parameter file: none of them absolute."""
    facts: dict[str, Any] = params.model_dump(mode="json")
    base = params_path.resolve().parent
    for key in ("dataset", "compare_with", "model", *FILE_KEYS):
        if isinstance(facts.get(key), str) and Path(facts[key]).is_absolute():
            facts[key] = relative(Path(facts[key]), base)
    data = base / params.dataset
    facts["paths"] = {k: relative(Path(v), data) if Path(v).is_absolute() else v for k, v in facts["paths"].items()}
    return facts


def settings(params: RunParams, params_path: Path, names: Pseudonyms) -> dict[str, str]:
    """Keyed digests of the files that parameters name, and of the product's own that stand in for them."""
    base, own = params_path.resolve().parent, product()
    out = {}
    for key in FILE_KEYS:
        given = getattr(params, key, None)
        path = base / given if given is not None else own / "params" / f"{key}.yaml"
        if path.is_file():
            out[key] = names.digest_file(path)
    for folder in ("expectations", "data/reference"):
        for path in sorted((own / folder).rglob("*")):
            if path.is_file():
                out[path.relative_to(own).as_posix()] = names.digest_file(path)
    return out


def table_facts(path: Path, names: Pseudonyms) -> dict[str, Any]:
    """Rows of a table, the keyed digest of its file, and of its content."""
    with pq.ParquetFile(path, pre_buffer=False) as file:
        table = file.read(use_threads=False).combine_chunks().replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return {
        "rows": table.num_rows,
        "file": names.digest_file(path),
        "content": names.digest(sink.getvalue().to_pybytes()),
    }


def file_digests(folder: Path, names: Pseudonyms) -> dict[str, str]:
    """Keyed digests of everything in DIR but tables, manifest, and the hidden files of a run at work."""
    return {
        path.relative_to(folder).as_posix(): names.digest_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name != MANIFEST
        and path.relative_to(folder).parts[0] != "tables"
        and not path.relative_to(folder).parts[0].startswith(".")
        and ".ipynb_checkpoints" not in path.parts
    }


@cache
def code_digest() -> str:
    """Digest of the package's source and of the notebooks' cells (not of the kernel name an editor left in them)."""
    total = hashlib.sha256()
    own = product()
    package = Path(__file__).resolve().parents[1]
    for path in sorted(p for p in package.rglob("*") if p.is_file() and p.suffix in (".py", ".j2", ".css", ".json")):
        total.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted((own / "notebooks").glob("0[1-8]*.ipynb")):
        cells = json.loads(path.read_text("utf-8")).get("cells", [])
        sources = [[c.get("cell_type"), "".join(c.get("source", []))] for c in cells]
        total.update(path.name.encode() + b"\0" + json.dumps(sources).encode() + b"\0")
    return total.hexdigest()


def libraries() -> dict[str, str]:
    """Versions of the libraries that figures depend on."""
    return {name: metadata.version(name) for name in LIBRARIES}
