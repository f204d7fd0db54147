"""A modeler tries an expectation and keeps it: what the lab notebook does, without a kernel."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.quality.gate import check_suites, run_gate
from workbench.quality.trial import columns_of, keep_expectation, try_expectation
from workbench.run import desk as desks

ROOT = Path(__file__).parents[3]
DAY = date(2021, 12, 31)
OLD = {
    "table": "people",
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "age", "max_value": 105},
    "severity": "warning",
    "description": "没有超过 105 岁的人",
}
PEOPLE = pd.DataFrame({"village": "甲", "household": ["0" * 16] * 3, "person": list("abc"), "age": [30, 40, 108]})


def test_columns_name_their_source():
    columns = columns_of("people").set_index("列")
    assert columns.loc["age", "由来"] == "表中"
    assert columns.loc["on_roster", ["由来", "依据的表"]].tolist() == ["推算", "households"]
    assert columns_of("village_panels")["由来"].eq("汇总").all()


def test_a_trial_tells_counts():
    told = try_expectation(OLD, {"people": PEOPLE}, DAY)
    assert told["结果"].tolist() == ["未达到"]
    assert told["发现"].tolist() == ["3 行中有 1 行不符（33.3%）"]


def test_what_is_kept_is_looked_at_by_the_next_run(tmp_path):
    said = keep_expectation(OLD, "mine", tmp_path, keep=False)
    assert "没有保存" in said
    assert not any(tmp_path.iterdir())
    assert "第 1 项" in keep_expectation(OLD, "mine", tmp_path)
    assert "已经有" in keep_expectation(OLD, "mine", tmp_path)
    result = run_gate({"people": PEOPLE}, suites=tmp_path, as_of=DAY)
    assert result.gates[["suite", "success"]].to_numpy().tolist() == [["mine", False]]


def test_a_kept_suite_of_the_product_still_reads_as_written(tmp_path):
    shutil.copytree(ROOT / "expectations", tmp_path / "e")
    before = json.loads((tmp_path / "e" / "rosters.json").read_text("utf-8"))
    keep_expectation(OLD, "rosters", tmp_path / "e")
    after = json.loads((tmp_path / "e" / "rosters.json").read_text("utf-8"))
    assert after["expectations"] == [*before["expectations"], OLD]
    check_suites(tmp_path / "e")


@pytest.mark.parametrize("name", ["../outside", "", "a b"])
def test_a_suite_stays_in_its_folder(tmp_path, name):
    with pytest.raises(InputError):
        keep_expectation(OLD, name, tmp_path / "e")


def test_what_cannot_be_checked_is_not_kept(tmp_path):
    with pytest.raises(InputError, match="no expectation is called so"):
        keep_expectation({**OLD, "type": "expect_wonders"}, "mine", tmp_path)
    assert not any(tmp_path.iterdir())


class Paper:
    """Stands for the desk: hands out the tables, and takes down what is shown."""

    as_of = DAY

    def __init__(self) -> None:
        self.shown: list[object] = []

    def load(self, name: str) -> pd.DataFrame:
        return PEOPLE if name == "people" else PEOPLE[["village", "household"]].drop_duplicates()

    def table(self, frame: pd.DataFrame, caption: str) -> None:
        self.shown.append(frame)

    def say(self, text: str) -> None:
        self.shown.append(text)


def test_the_lab_notebook_runs_and_writes_nothing_by_itself(monkeypatch):
    paper = Paper()
    monkeypatch.setattr(desks, "open_desk", lambda *_: paper)
    notebook = json.loads((ROOT / "notebooks" / "lab" / "add-an-expectation.ipynb").read_text("utf-8"))
    standing = (ROOT / "expectations" / "rosters.json").read_bytes()
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert len(paper.shown) == 4
    assert (ROOT / "expectations" / "rosters.json").read_bytes() == standing
