"""The import page's words and figures, and the list of rules in the docs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from harness import PROJECT
from roster_forms import admitted, id_number, person

from workbench import plots
from workbench.params import Eligibility, RunParams
from workbench.roster import figures, report
from workbench.roster.rules import RULES, rules_page
from workbench.store.tables import empty, save_table

CLOSED_LIST = (
    "id_missing id_length id_check id_birth id_float id_duplicate id_maybe_truncated id_characters name_missing "
    "name_form household_missing household_is_date household_no_head household_two_heads head_not_member "
    "sex_contradicts sex_from_id birth_contradicts birth_form birth_from_id phone_bad phone_form relation_unknown "
    "ethnic_unknown land_unreadable village_without_agreement row_shape empty header not_a_person"
)


@pytest.fixture
def tables(tmp_path: Path):
    rows = [person(), person(id="1"), person(id="2"), person(id=id_number(sequence=5), household="0102", phone="1")]
    return admitted(tmp_path, *rows).tables


def test_the_list_of_rules_is_closed_and_the_docs_are_current() -> None:
    assert set(RULES) == set(CLOSED_LIST.split())
    assert (PROJECT / "docs" / "rules.md").read_text("utf-8") == rules_page()


def test_every_fault_says_what_to_do() -> None:
    for rule in RULES.values():
        assert rule.zh
        assert rule.en
        assert rule.severity not in ("reject", "flag") or (rule.remedy_zh and rule.remedy_en), rule.word


def test_the_page_accounts_for_every_row(tables) -> None:
    assert "4 行里，保留 1 行（25.0%），保留但要入户核实 1 行（25.0%），退回 2 行（50.0%）" in report.found(
        tables["row_counts"]
    )
    faults = report.commonest(tables["quarantine"])
    assert faults["rows"].tolist() == [2, 1]
    assert faults["remedy"].tolist() == ["对照户口簿改正", "只写一个号码，固定电话加区号"]
    assert "竹溪村（2 行）" in report.next_steps(tables["quarantine"])
    assert "可授信 2 人" in report.eligible(tables["people"], Eligibility())
    assert report.by_village(tables["households"], tables["people"], tables["quarantine"])["return"].tolist() == [2]


def test_the_run_before_is_set_beside_this_one(tables, tmp_path: Path) -> None:
    for name in ("row_counts", "quarantine"):
        save_table(tmp_path / "old" / "tables", name, tables[name])
    params = RunParams.model_validate({"name": "n", "dataset": ".", "as_of": "2021-12-31", "compare_with": "old"})
    before = report.run_before(params, tmp_path)
    assert before is not None
    half = replace(before, row_counts=before.row_counts.assign(quarantined=5))
    assert "退回 5 → 2" in report.changed(tables["row_counts"], half)
    assert report.changes(tables["row_counts"], half)["quarantined_before"].tolist() == [5]
    assert report.run_before(params.model_copy(update={"compare_with": None}), tmp_path) is None
    assert "没有指定" in report.changed(tables["row_counts"], None)
    assert report.changes(tables["row_counts"], None) is None  # no table of empty columns
    assert report.faults_changed(tables["quarantine"], None) is None
    assert len(report.faults_changed(tables["quarantine"], before)) == 0
    fewer = replace(before, quarantine=tables["quarantine"].query("rule != 'phone_bad'").iloc[1:])
    assert report.faults_changed(tables["quarantine"], fewer).to_numpy().tolist() == [
        ["竹溪村", RULES["id_length"].zh, 1, 2, "+1"], ["竹溪村", RULES["phone_bad"].zh, 0, 1, "+1"],
    ]  # fmt: skip


def test_a_mended_workbook_stands_beside_the_csv_that_it_replaced(tables) -> None:
    counts = tables["row_counts"]
    before = report.Before(counts, tables["quarantine"])
    mended = counts.assign(source=counts["source"].str.replace(".csv", ".xlsx"), quarantined=0)
    assert report.changes(mended, before)[["source", "quarantined_before", "quarantined"]].to_numpy().tolist() == [
        ["rosters/竹溪村.xlsx", 2, 0]
    ]


def test_figures_say_what_they_show_and_repeat_byte_for_byte(tables) -> None:
    for make, name in ((figures.where_rows_went, "row_counts"), (figures.faults_by_village, "quarantine")):
        (first, sentence), (again, _) = make(tables[name]), make(tables[name])
        assert plots.png(first) == plots.png(again)
        assert sentence.endswith("。")
        make(empty(name))
