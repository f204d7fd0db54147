"""What a notebook shows: every text to the letter, nothing live."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.run.show import cell, prose_html, table_html

LIVE = ["<script>alert(1)</script>", "<img src=http://x/y.png>", "![x](http://x/y.png)", "[x](javascript:alert(1))"]


@pytest.mark.parametrize("text", LIVE)
def test_nothing_live_in_a_table_or_a_sentence(text: str) -> None:
    shown = table_html(pd.DataFrame({"village": [text], text: [1]}), text) + prose_html(text + "\n\n- " + text)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<a " not in shown


def test_a_long_frame_says_what_it_leaves_out() -> None:
    shown = table_html(pd.DataFrame({"n": range(50)}), "户", most=10)
    assert "共 50 行，此处列出前 10 行" in shown
    assert shown.count("<tr>") == 11


def test_an_empty_frame_says_so() -> None:
    assert "没有" in table_html(pd.DataFrame({"a": []}), "户")


def test_cells_read_well() -> None:
    assert cell(pd.Timestamp("2021-12-31")) == "2021-12-31"
    assert cell(pd.NA) == ""
    assert cell(12_345.6) == "12,346"
    assert cell(0.12345) == "0.123"
    assert cell("007") == "007"
    assert cell(-1500) == "-1,500"
    frame = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [True, False]})
    assert [cell(v) for v in frame.iloc[0]] == ["1", "是"]


def test_labels_stand_in_the_head() -> None:
    assert "额度（元）" in table_html(pd.DataFrame({"limit": [1]}), "x", {"limit": "额度（元）"})


def test_small_figures_stand_in_line_and_none_is_minus_nought() -> None:
    shown = table_html(pd.DataFrame({"a": [0.61, 0.7, -0.0]}), "x")
    assert [f">{text}<" in shown for text in ("0.61", "0.70", "0.00")] == [True] * 3
    assert "-0" not in shown + table_html(pd.DataFrame({"a": [1000.0, -0.0]}), "x")


def test_figures_printed_as_text_stand_to_the_right() -> None:
    for texts in (["57.6%", "—"], ["12 / 30", "* / *"], ["*", "1,200"], [3, "*"]):
        assert table_html(pd.DataFrame({"a": texts}), "x").count('class="number"') == 3, texts
    for texts in (["01-2", "02-1"], ["7b858a", "3"], ["—", ""], ["2021-12-31"]):
        assert 'class="number"' not in table_html(pd.DataFrame({"a": texts}), "x"), texts


def test_a_range_is_not_broken_over_two_lines() -> None:
    shown = table_html(
        pd.DataFrame({"a": ["-13,300 至 -6,800", "一句很长的说明，可以分成两行来印，不会挤出页面"]}), "x"
    )
    assert shown.count('class="short"') == 1


def test_a_long_frame_says_where_the_rest_is() -> None:
    assert "tables/" in table_html(pd.DataFrame({"n": range(50)}), "户", most=10)
    assert "tables/" not in table_html(pd.DataFrame({"n": range(5)}), "户", most=10)
