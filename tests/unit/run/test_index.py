"""The first page: five figures out of what there is, notes to the letter, and what stopped the run."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from workbench.params import RunParams
from workbench.run.execute import Asked
from workbench.run.index import five_figures, write_index
from workbench.run.plan import PLAN
from workbench.run.progress import Progress

PARAMS = RunParams.model_validate({"name": "q <b>", "dataset": ".", "as_of": "2021-12-31", "steps": ["import"]})
COUNTS = pd.DataFrame(
    [["a.csv", 10, 6, 1, 2, 1]], columns=["source", "rows", "kept", "flagged", "quarantined", "skipped"]
)
HOMES = pd.DataFrame({"eligible": [2, 1], "people": [3, 2]})


def milestone(measure: str, numerator: int, denominator: int, met: bool = False) -> dict[str, Any]:
    return {
        "scope_kind": "town",
        "scope": "镇",
        "measure": measure,
        "numerator": numerator,
        "denominator": denominator,
        "target": 0.8,
        "met": met,
    }


def test_what_there_is_gives_the_figures() -> None:
    figures = five_figures({"row_counts": COUNTS, "households": HOMES})
    assert [(f.name, f.figure) for f in figures] == [("退回的行", "2 行"), ("可授信人数", "3 人")]


def test_a_share_never_rounds_onto_its_target() -> None:
    lines = pd.DataFrame(
        [milestone("coverage", 7_999, 10_000), milestone("usage", 1, 3), milestone("villages_filed", 4, 6)]
    )
    figures = five_figures({"milestones": lines})
    assert [f.figure for f in figures] == ["79.9%", "33.3%", "4 / 6"]
    assert "未达到" in figures[0].sentence


def test_never_more_than_five() -> None:
    lines = pd.DataFrame([milestone(m, 1, 2) for m in ("coverage", "usage", "villages_filed")])
    limits = pd.DataFrame({"model_limit": [1.0, None]})
    tables = {"milestones": lines, "row_counts": COUNTS, "households": HOMES, "limits": limits}
    assert len(five_figures(tables)) == 5


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(PARAMS, tmp_path / "p.yaml", [PLAN[0]], tmp_path, Progress(1), {"row_counts": COUNTS})


def test_every_text_is_escaped(asked: Asked) -> None:
    admitted: Any = SimpleNamespace(notes=["<script>alert(1)</script>"], absent=["grid"])
    write_index(asked, [PLAN[0]], admitted)
    page = (asked.work / "index.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "q &lt;b&gt;" in page
    assert "grid" in page
    assert 'href="01_import.html"' in page


def test_a_stopped_run_says_so_first(asked: Asked) -> None:
    asked.stopped = "expectations/rosters.json: expectation 1: 没有一行\n    mend it"
    write_index(asked, [PLAN[0]], SimpleNamespace(notes=[], absent=[]))  # type: ignore[arg-type]
    page = (asked.work / "index.html").read_text("utf-8")
    assert "数据质量关口停止了这次运行" in page
    assert "没有一行" in page
