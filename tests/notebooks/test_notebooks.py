"""Notebooks run by hand on the demonstration township, one after the other, and change no run."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import PROJECT, Run, by_hand

from workbench.run.plan import PLAN

STEPS = [PROJECT / "notebooks" / stage.notebook for stage in PLAN]


def test_every_step_has_its_notebook() -> None:
    assert [p.name for p in STEPS if not p.is_file()] == []


@pytest.mark.slow
def test_they_run_by_hand_and_change_no_run(demo_run: Run, tmp_path: Path) -> None:
    by_hand(STEPS, demo_run.folder, tmp_path)
    assert [p for p in (tmp_path / "temporary").iterdir() if p.name.startswith("workbench-desk")] == []
