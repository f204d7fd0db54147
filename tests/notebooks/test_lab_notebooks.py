"""The modeler's notebooks run by hand on a finished run, say what they found, and change no run."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import PROJECT, Run, by_hand

LAB = sorted((PROJECT / "notebooks" / "lab").glob("*.ipynb"))


@pytest.mark.slow
def test_the_lab_runs_by_hand_and_changes_no_run(demo_run: Run, tmp_path: Path) -> None:
    experiments = tmp_path / "experiments"
    said = by_hand(LAB, demo_run.folder, tmp_path, experiments=str(experiments))
    # two models compared in pairs with an interval, and the sum of the reasons checked by another library
    assert said.count("九成区间") >= 2
    assert "与 shap 逐户逐项相差最多" in said
    kept = [p.name.rsplit("-", 1)[0] for p in experiments.iterdir()]
    assert sorted(kept) == ["all-facts", "taught", "trees-alone", "without-fact"]
