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
