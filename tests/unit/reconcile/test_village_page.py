"""The page for the village meeting: what is on it, and what must never be."""

from __future__ import annotations

import re
import stat
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from village_page import NASTY, PARAMS, SPEC, VILLAGE, make_page, village_tables

from workbench.errors import InputError
from workbench.reconcile.bridge import bridge_svg
from workbench.reconcile.page import cause_counts, glance, weighed_otherwise, write_page


def test_it_loads_nothing_and_escapes_every_name(tmp_path: Path) -> None:
    text = make_page(tmp_path).read_text("utf-8")
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
    assert NASTY not in text
    assert "&lt;script&gt;" in text
    assert "default-src 'none'" in text


def test_it_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    page = make_page(tmp_path)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(page.parent.stat().st_mode) == 0o700


def test_no_member_stands_on_it(tmp_path: Path) -> None:
    assert "A07" not in make_page(tmp_path).read_text("utf-8")


def test_every_amount_is_in_a_table(tmp_path: Path) -> None:
    tables, _ = village_tables()
    text = unescape(re.sub(r"<(style|script)>.*?</\1>", "", make_page(tmp_path).read_text("utf-8"), flags=re.S))
    known = {f"{abs(v):,.0f}" for c in tables["gaps"].select_dtypes("number") for v in tables["gaps"][c]}
    known |= {f"{v:,.0f}" for name in ("limits", "consensus") for c in ("low", "high") for v in tables[name][c]}
    known |= {f"{v:,.0f}" for c in ("book", "implied", "yuan") for v in tables["evidence"][c].dropna()}
    known |= {f"{PARAMS.tolerance.yuan:,}"} | set(re.findall(r"\d[\d,]*,\d{3}", "".join(tables["gaps"]["reason_zh"])))
    assert set(re.findall(r"\d{1,3}(?:,\d{3})+", text)) <= known


def test_every_number_of_a_sheet_is_in_a_row_of_its_own_household(tmp_path: Path) -> None:
    """To the yuan: a figure of another household, or one rounded for the page alone, would be told of nobody."""
    tables, _ = village_tables()
    text = make_page(tmp_path).read_text("utf-8")
    sheets = re.findall(r'<section class="sheet" id="h-([0-9a-f]+)">(.*?)</section>', text, re.S)
    assert len(sheets) == len(tables["gaps"])
    for home, sheet in sheets:
        own = [frame[frame["household"] == home] for frame in tables.values()]
        known = {f"{abs(v):,.0f}" for rows in own for c in rows.select_dtypes("number") for v in rows[c].dropna()}
        known |= set(re.findall(r"\d[\d,]*,\d{3}", "".join(own[0]["reason_zh"])))
        assert set(re.findall(r"\d{1,3}(?:,\d{3})+", unescape(re.sub("<[^>]+>", " ", sheet)))) <= known, home


def test_the_parts_of_a_block_add_up_to_what_is_shown_and_no_member_is_among_them(tmp_path: Path) -> None:
    tables, people = village_tables()
    home, parts = f"{1:016x}", {"recorded_income": 20_000.25, "village": 12_000.0, "base": -1_654.75}
    gaps = tables["gaps"]
    block = float(gaps.loc[gaps["household"] == home, "factor_weighting"].iloc[0])
    parts["overdue_days"] = block - sum(parts.values())
    notes = {"village": "本村评议整体松紧", "base": "各村评议整体松紧及其他"}
    rows = [
        (VILLAGE, home, "factor_weighting", i, f, None, None, y, notes.get(f, ""))
        for i, (f, y) in enumerate(parts.items())
    ]
    rows += [(VILLAGE, home, "rater_bias", i, f"A0{i}", None, None, 7_777.0, "") for i in range(2)]
    more = pd.DataFrame(rows, columns=tables["evidence"].columns)
    tables["evidence"] = pd.concat([tables["evidence"], more], ignore_index=True)
    (page,) = write_page(tables, people, VILLAGE, tmp_path / "made", params=PARAMS, spec=SPEC)
    (line,) = re.findall(r"“村里看重的不同”([^。]*)。", page.read_text("utf-8"))
    shown, *told = [int(n.replace(",", "")) for n in re.findall(r"[+-][\d,]+", line)]
    assert shown == round(block)
    assert abs(sum(told) - shown) <= len(told) / 2
    assert "本村评议整体松紧 +12,000" in line
    assert "7,777" not in page.read_text("utf-8")


def test_the_list_says_its_unit_what_a_sign_means_and_one_word_for_each_action(tmp_path: Path) -> None:
    text = make_page(tmp_path).read_text("utf-8")
    assert "金额单位：元。差额＝模型额度−评议额度" in text
    assert set(re.findall(r'<option value="(?:review|confirm)">([^<]*)<', text)) >= set(
        re.findall(r'<span class="tag (?:review|confirm)">([^<]*)<', text)
    )


def test_what_to_check_and_what_would_raise_it_are_said(tmp_path: Path) -> None:
    text = make_page(tmp_path).read_text("utf-8")
    assert "账面年收入约700,400元，按其他情况推算应为约70,040元" in text
    assert "若近两年逾期天数由20天变为3天，模型会多给约6,123元" in text
    assert "不是承诺" in text


@pytest.mark.parametrize(("review", "shown"), [(12, "12户"), (3, "不足10户"), (27, "20户以上"), (0, "0户")])
def test_small_counts_and_their_complements_are_not_printed(review: int, shown: str) -> None:
    tables, _ = village_tables(review=review)
    told = dict(glance(tables["gaps"]))
    assert told["由人复核"] == shown
    if shown != f"{review}户":
        assert told["建议直接确认"] == {"不足10户": "20户以上", "20户以上": "不足10户"}[shown]


def test_the_main_causes_are_told_and_no_small_count_can_be_worked_out() -> None:
    tables, _ = village_tables()
    gaps = tables["gaps"]
    assert gaps["primary_cause"].ne("within_tolerance").sum() == 20
    assert cause_counts(gaps) == [("村里看重的不同", "10户"), ("尚未查明", "10户")]
    gaps.loc[gaps["primary_cause"].eq("factor_weighting").idxmax(), "primary_cause"] = "rater_bias"
    small = "不足10户"
    assert cause_counts(gaps) == [("尚未查明", "10户以上"), ("村里看重的不同", small), ("个别评议员偏高或偏低", small)]
    assert cause_counts(gaps[gaps["primary_cause"] == "within_tolerance"]) == []


def test_where_panel_and_model_differ_most_in_the_mean() -> None:
    lines = [("base", 14_259.9), ("recorded_income", -6_745.8), ("overdue_days", -499.0), ("strange", 9_000.0)]
    weighing = pd.DataFrame(lines, columns=["feature", "yuan"]).assign(village=VILLAGE, n=30)
    assert weighed_otherwise(weighing, VILLAGE, SPEC.features) == [
        "总的来说，评议比模型每户平均少给14,260元",
        "看账面年收入，评议比模型每户平均多给6,746元",
    ]
    assert weighed_otherwise(weighing.assign(n=9), VILLAGE, SPEC.features) == []
    assert weighed_otherwise(None, VILLAGE, SPEC.features) == []


def test_a_run_without_gaps_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no gaps"):
        write_page({}, village_tables()[1], VILLAGE, tmp_path / "x", params=PARAMS, spec=SPEC)
    with pytest.raises(InputError, match="no household with both limits"):
        write_page(village_tables()[0], village_tables()[1], "别村", tmp_path / "x", params=PARAMS, spec=None)
    assert not (tmp_path / "x").exists()


def test_the_bridge_goes_from_panel_to_model() -> None:
    svg = bridge_svg(50_000.0, 80_000.0, {"factor_weighting": 45_000.0, "unexplained": -15_000.0})
    assert svg.index("50,000") < svg.index("+45,000") < svg.index("-15,000") < svg.index("80,000")
