"""Notebooks: thin, saved without outputs, readable as a report, and they run by hand without changing a run."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import PROJECT, Run, clean_environment

from workbench.run.plan import PLAN

FILES = sorted((PROJECT / "notebooks").glob("*.ipynb"))
STEPS = [PROJECT / "notebooks" / stage.notebook for stage in PLAN]
MOST_LINES = 12


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [c for c in json.loads(path.read_text("utf-8"))["cells"] if c["cell_type"] == kind]


def test_every_step_has_its_notebook() -> None:
    assert [p.name for p in STEPS if not p.is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_saved_without_outputs_in_a_fixed_form(path: Path) -> None:
    text = path.read_text("utf-8")
    notebook = json.loads(text)
    assert text.endswith("}\n")
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "papermill" not in text
    ids = [c["id"] for c in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in cells(path, "code"):
        assert cell["outputs"] == []
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", STEPS, ids=lambda p: p.stem)
def test_thin(path: Path) -> None:
    code = cells(path, "code")
    assert code[0]["metadata"].get("tags") == ["parameters"]
    for cell in code:
        source = "".join(cell["source"])
        assert len(source.splitlines()) <= MOST_LINES
        for node in ast.walk(ast.parse(source)):
            assert not isinstance(
                node, (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While, ast.comprehension, ast.BinOp)
            ), f"{type(node).__name__} belongs in src"


@pytest.mark.parametrize("stage", PLAN, ids=lambda s: s.step)
def test_reads_as_a_report(stage: Any) -> None:
    words = cells(PROJECT / "notebooks" / stage.notebook, "markdown")
    first = "".join(words[0]["source"])
    assert first.startswith("# ")
    assert "？" in first.splitlines()[0], "the title is a question"
    assert len(words) >= 3


BY_HAND = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for path in sys.argv[2:]:
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            source += f"\\nrun_dir = {sys.argv[1]!r}"
        shell.run_cell(source).raise_error()
    shell.reset(new_session=False)
"""


@pytest.mark.slow
def test_they_run_by_hand_and_change_no_run(demo_run: Run, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in demo_run.folder.rglob("*") if p.is_file()}
    made = subprocess.run(
        [sys.executable, "-c", BY_HAND, str(demo_run.folder), *map(str, STEPS)],
        cwd=PROJECT / "notebooks",
        env=clean_environment(tmp_path / "home", tmp_path / "temporary", PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    assert {p: p.read_bytes() for p in demo_run.folder.rglob("*") if p.is_file()} == before
    assert [p for p in (tmp_path / "temporary").iterdir() if p.name.startswith("workbench-desk")] == []
