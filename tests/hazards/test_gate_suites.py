"""Suites that Great Expectations would take without a word, or crash on, are refused by file and number."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import InputError, RunFailed
from workbench.quality.gate import check_suites, run_gate
from workbench.store.tables import checked

GOOD = {
    "table": "row_counts",
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "rows", "min_value": 1},
    "severity": "critical",
    "description": "有行",
}
COUNTS = checked(
    "row_counts",
    pd.DataFrame([["甲.csv", 3, 3, 0, 0, 0]], columns=["source", "rows", "kept", "flagged", "quarantined", "skipped"]),
)


def suite(folder: Path, *expectations: object, **more: object) -> Path:
    text = json.dumps({"name": "mine", "title": "我的", "expectations": list(expectations), **more}, ensure_ascii=False)
    (folder / "mine.json").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "expect_column_values_to_be_betwixt"}, ["expectation 2", "type", "no expectation is called so"]),
        ({"severity": "fatal"}, ["expectation 2", "severity", "critical, warning, info"]),
        ({"kwargs": {"column": "rows", "min_valeu": 1}}, ["expectation 2", "kwargs"]),
        ({"kwargs": {"column": "rows", "mostly": 7}}, ["expectation 2", "kwargs"]),
        ({"kwargs": {}}, ["expectation 2", "kwargs"]),
        ({"kwargs": {"column": "rowz"}}, ["expectation 2", "no such column", "rejected_share"]),
        ({"table": "row_count"}, ["expectation 2", "no table is called so", "village_panels"]),
        ({"description": " "}, ["expectation 2", "description"]),
        ({"surprise": 1}, ["expectation 2", "surprise", "unknown key"]),
        ({"kwargs": {"column": "rows", "row_condition": "rows > 0"}}, ["expectation 2", "row_condition"]),
    ],
)
def test_what_would_be_dropped_is_refused_by_file_and_number(tmp_path, change, words):
    folder = suite(tmp_path, GOOD, {**GOOD, **change})
    with pytest.raises(InputError) as refused:
        check_suites(folder)
    assert "expectations/mine.json" in str(refused.value)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"name": "mine"}', '{"name": "mine", "name": "mine", "expectations": [1]}']
)
def test_a_file_that_is_no_suite_is_refused_by_name(tmp_path, text):
    (tmp_path / "mine.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"expectations/mine\.json"):
        check_suites(tmp_path)


def test_all_faults_are_told_at_once(tmp_path):
    folder = suite(tmp_path, {**GOOD, "severity": "x"}, {**GOOD, "table": "y"})
    with pytest.raises(InputError) as refused:
        check_suites(folder)
    assert len(refused.value.faults) == 2


def test_no_suite_at_all_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no suite"):
        check_suites(tmp_path / "nowhere")


def test_a_crash_is_not_a_failed_gate(tmp_path):
    crashing = {**GOOD, "kwargs": {"column": "source", "min_value": 1}}
    folder = suite(tmp_path, crashing)
    with pytest.raises(RunFailed, match=r"expectation 1: .* could not be evaluated"):
        run_gate({"row_counts": COUNTS}, suites=folder, as_of=date(2021, 12, 31))


def test_a_fact_that_the_spec_does_not_declare_is_refused(tmp_path):
    folder = suite(tmp_path, {**GOOD, "table": "records", "kwargs": {"column": "no_such_fact", "min_value": 0}})
    records = checked(
        "records",
        pd.DataFrame({"village": ["甲"], "household": ["0" * 16], "record_date": pd.NaT, "income": [1.0]}),
    )
    with pytest.raises(InputError, match="expectation 1: column: records has no such column"):
        run_gate({"records": records}, suites=folder, as_of=date(2021, 12, 31))


def test_an_empty_frame_does_not_pass(tmp_path):
    folder = suite(tmp_path, GOOD)
    result = run_gate({"row_counts": COUNTS.iloc[:0]}, suites=folder, as_of=date(2021, 12, 31))
    assert result.gates["success"].tolist() == [False]
