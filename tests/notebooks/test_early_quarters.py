"""A programme begins with nothing: no limit in force, no label, no rating.  Every page is written all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Said

from workbench.run.plan import PLAN


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2019-07-05"])
def test_a_whole_run_ends_well_on_a_day_when_little_has_happened(
    town: Path, workbench: Callable[..., Said], day: str, tmp_path: Path
) -> None:
    params = town / "params.yaml"
    params.write_text(params.read_text("utf-8").replace("2021-12-31", day), "utf-8")
    said = workbench("run", params, "--out", tmp_path / "out")
    assert said.status == 0, said.text
    missing = [s.step for s in PLAN if not (tmp_path / "out" / s.notebook).with_suffix(".html").is_file()]
    assert missing == []


def test_a_series_names_every_quarter_and_keeps_what_is_finished(
    town: Path, workbench: Callable[..., Said], tmp_path: Path
) -> None:
    params = town / "params.yaml"
    text = params.read_text("utf-8") + "steps: [import, filing, decision, milestones]\n"
    params.write_text(text, "utf-8")
    asked = ("series", params, "--from", "2021Q3", "--to", "2021Q4", "--out", tmp_path / "series")
    said = workbench(*asked)
    assert said.status == 0, said.text
    made = {p: p.stat().st_mtime_ns for p in (tmp_path / "series").glob("*/manifest.json")}
    assert sorted(p.parent.name for p in made) == ["2021Q3", "2021Q4"]
    assert workbench(*asked).status == 0
    assert made == {p: p.stat().st_mtime_ns for p in (tmp_path / "series").glob("*/manifest.json")}
    page = (tmp_path / "series" / "index.html").read_text("utf-8")
    assert "2021Q3" in page
    assert "授信面" in page
    assert workbench("series", params, "--from", "2021Q5", "--to", "2022Q1").status == 2
