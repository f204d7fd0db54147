"""The modeler's notebooks run by hand on a finished run, say what they found, and change no run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from harness import PROJECT, Run, clean_environment

LAB = sorted((PROJECT / "notebooks" / "lab").glob("*.ipynb"))
BY_HAND = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from workbench.run import desk
shell, said = InteractiveShell.instance(), []
desk.Desk.say = lambda self, text: said.append(text)
for path in sys.argv[3:]:
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            source += f"\\nrun_dir = {sys.argv[1]!r}\\nexperiments = {sys.argv[2]!r}"
        shell.run_cell(source).raise_error()
    shell.reset(new_session=False)
print("\\n".join(said), file=open(sys.argv[2] + ".txt", "w"))
"""


@pytest.mark.slow
def test_the_lab_runs_by_hand_and_changes_no_run(demo_run: Run, tmp_path: Path) -> None:
    before = {p: p.read_bytes() for p in demo_run.folder.rglob("*") if p.is_file()}
    experiments = tmp_path / "experiments"
    made = subprocess.run(
        [sys.executable, "-c", BY_HAND, str(demo_run.folder), str(experiments), *map(str, LAB)],
        cwd=PROJECT / "notebooks" / "lab",
        env=clean_environment(tmp_path / "home", tmp_path / "temporary", PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    assert {p: p.read_bytes() for p in demo_run.folder.rglob("*") if p.is_file()} == before
    said = Path(f"{experiments}.txt").read_text("utf-8")
    # two models compared in pairs with an interval, and the sum of the reasons checked by another library
    assert said.count("九成区间") >= 2
    assert "与 shap 逐户逐项相差最多" in said
    kept = [p.name.rsplit("-", 1)[0] for p in experiments.iterdir()]
    assert sorted(kept) == ["all-facts", "taught", "trees-alone", "without-fact"]
