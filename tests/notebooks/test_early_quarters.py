"""A programme begins with nothing: no limit in force, no label, no rating.  Every page is written all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from harness import Said

from workbench.milestones.moves import PARTS
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


@pytest.mark.slow
def test_a_series_names_every_quarter_keeps_what_is_finished_and_tells_what_changed(
    town: Path, workbench: Callable[..., Said], tmp_path: Path
) -> None:
    """All steps; each quarter's own report says who moved since the quarter before, split into parts that add up."""
    params, out = town / "params.yaml", tmp_path / "series"
    asked = ("series", params, "--from", "2021Q3", "--to", "2021Q4", "--out", out)
    said = workbench(*asked)
    assert said.status == 0, said.text
    made = {p: p.stat().st_mtime_ns for p in out.glob("*/manifest.json")}
    assert sorted(p.parent.name for p in made) == ["2021Q3", "2021Q4"]
    assert workbench(*asked).status == 0
    assert made == {p: p.stat().st_mtime_ns for p in out.glob("*/manifest.json")}

    page = (out / "index.html").read_text("utf-8")
    assert all(word in page for word in ("2021Q3", "授信面目标", "建档 / 有协议", "建档村数目标"))
    assert "与上一次运行" not in (out / "2021Q3" / "index.html").read_text("utf-8")
    first = (out / "2021Q4" / "index.html").read_text("utf-8")
    assert "2021Q3，截至 2021-09-30）相比，什么变了" in first
    assert "reports/changes.html" in first

    told = workbench("diff", out / "2021Q3", out / "2021Q4", "--out", tmp_path / "diff")
    assert told.status == 0, told.text
    who = pd.read_parquet(tmp_path / "diff" / "moved.parquet")
    assert len(who) > 0
    assert (who[list(PARTS)].sum(axis=1) - who["change"]).abs().max() < 0.01
    book = openpyxl.load_workbook(out / "2021Q4" / "reports" / "quarter-inside.xlsx")
    assert book["变动的户"].max_row == len(who) + 2
    assert set(who["household"]) == {row[1].value for row in book["变动的户"].iter_rows(min_row=3)}
    outward = openpyxl.load_workbook(out / "2021Q4" / "reports" / "quarter.xlsx")
    cells = {str(cell.value) for sheet in outward for row in sheet.iter_rows() for cell in row}
    assert not any(home in cell for home in set(who["household"]) for cell in cells)
    assert workbench("series", params, "--from", "2021Q5", "--to", "2022Q1").status == 2
