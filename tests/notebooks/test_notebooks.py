"""Notebooks run by hand on the demonstration township, one after the other, and change no run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from harness import PROJECT, Run, clean_environment

from workbench.run.plan import PLAN

STEPS = [PROJECT / "notebooks" / stage.notebook for stage in PLAN]


def test_every_step_has_its_notebook() -> None:
    assert [p.name for p in STEPS if not p.is_file()] == []


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
