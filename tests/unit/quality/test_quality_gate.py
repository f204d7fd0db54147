"""The gate's verdict on small frames: what stops, what warns, what is left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from workbench.quality.gate import check_suites, run_gate
from workbench.store.tables import checked, empty
from workbench.tables import TABLES

SUITES = Path(__file__).parents[3] / "expectations"
DAY = date(2021, 12, 31)


def counts(*lines: tuple[str, int, int, int, int, int]) -> pd.DataFrame:
    columns = ["source", "rows", "kept", "flagged", "quarantined", "skipped"]
    return checked("row_counts", pd.DataFrame(list(lines), columns=columns))


def gate(**tables: pd.DataFrame):
    return run_gate(tables, suites=SUITES, as_of=DAY)


def test_the_suites_of_the_product_can_be_checked():
    suites = check_suites(SUITES)
    assert {s.name for s in suites} >= {"rosters", "panels", "records", "history", "limits", "gaps"}


def test_a_header_without_rows_stops_and_names_the_file():
    result = gate(row_counts=counts(("rosters/甲.csv", 0, 0, 0, 0, 0), ("rosters/乙.csv", 3, 3, 0, 0, 0)))
    assert result.stopped
    assert "rosters/甲.csv" in result.message
    assert "rosters/乙.csv" not in result.message
    assert "每个花名册文件至少有一个人" in result.message


def test_few_rejected_rows_warn_and_do_not_stop():
    result = gate(row_counts=counts(("rosters/甲.csv", 8, 1, 0, 7, 0)))
    assert not result.stopped
    failed = result.gates[~result.gates["success"]]
    assert failed["severity"].tolist() == ["warning"]


@pytest.mark.parametrize(("rejected", "stopped"), [(50, False), (51, True)])
def test_more_than_half_of_a_full_file_stops(rejected, stopped):
    assert gate(row_counts=counts(("rosters/甲.csv", 100, 100 - rejected, 0, rejected, 0))).stopped is stopped


def test_a_column_without_a_filled_cell_was_not_looked_at():
    result = gate(row_counts=counts(("rosters/甲.csv", 8, 8, 0, 0, 0)))
    said = result.gates["expectation"].tolist()
    assert "五十行以上的文件退回的行不超过一半" not in said
    assert any(e.description == "五十行以上的文件退回的行不超过一半" for r in result.results for e in r.left_out)


def test_a_mean_of_no_filled_cell_is_no_failure():
    history = pd.DataFrame(
        {
            "village": ["甲"], "household": ["0" * 16], "limit": [5000.0], "date": [pd.Timestamp("2021-06-01")],
            "overdue": [None], "label_in_file": [False], "until": [pd.NaT], "first_drawn": [pd.NaT], "way": ["公议"],
            "holder": [None], "source": ["h.csv"], "row": [2],
        }
    )  # fmt: skip
    result = gate(history=checked("history", history))
    assert result.gates["success"].all()
    assert "已知的逾期率不超过 20%" not in result.gates["expectation"].tolist()


@pytest.mark.parametrize("before", [{}, {name: empty(name) for name in TABLES if name != "gates"}])
def test_a_town_of_empty_tables_neither_stops_nor_passes(before):
    tables = {name: empty(name) for name in TABLES if name != "gates"}
    result = run_gate(tables, suites=SUITES, as_of=DAY, before=before)
    assert not result.stopped
    assert not result.gates["success"].any()


def test_only_the_tables_just_made_are_looked_at():
    tables = {"row_counts": counts(("rosters/甲.csv", 8, 8, 0, 0, 0)), "households": empty("households")}
    result = run_gate(tables, suites=SUITES, as_of=DAY, only=["households"])
    assert set(result.gates["table"]) == {"households"}


def test_an_empty_table_is_not_a_table_that_passed():
    result = gate(row_counts=counts(("rosters/甲.csv", 3, 0, 0, 3, 0)), households=empty("households"))
    assert not result.stopped
    lines = result.gates[result.gates["table"] == "households"]
    assert not lines["success"].any()
    assert len(lines) == 1


def test_every_expectation_that_stops_says_what_to_do():
    silent = [e.place for s in check_suites(SUITES) for e in s.expectations if e.severity == "critical" and not e.notes]
    assert not silent
