"""The page for the village meeting: what is on it, and what must never be."""

from __future__ import annotations

import re
import stat
from html import unescape
from pathlib import Path

import pytest
from village_page import NASTY, PARAMS, SPEC, VILLAGE, make_page, village_tables

from workbench.errors import InputError
from workbench.reconcile.bridge import bridge_svg
from workbench.reconcile.page import cause_counts, glance, write_page


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


def test_what_to_check_and_what_would_raise_it_are_said(tmp_path: Path) -> None:
    text = make_page(tmp_path).read_text("utf-8")
    assert "账面年收入约700,000元，按其他情况推算应为约70,000元" in text
    assert "若近两年逾期天数由20天变为3天，模型会多给约6,000元" in text
    assert "不是承诺" in text


@pytest.mark.parametrize(("review", "shown"), [(12, "12户"), (3, "人数少，不列"), (27, "人数少，不列"), (0, "0户")])
def test_small_counts_and_their_complements_are_not_printed(review: int, shown: str) -> None:
    tables, _ = village_tables(review=review)
    told = dict(glance(tables["gaps"]))
    assert told["由人复核"] == shown
    if shown == "人数少，不列":
        assert told["建议直接确认"] == shown


def test_small_causes_are_put_together() -> None:
    tables, _ = village_tables()
    gaps = tables["gaps"]
    gaps.loc[:2, "primary_cause"] = "rater_bias"
    told = dict(cause_counts(gaps))
    assert all(int(v.removesuffix("户")) >= 10 for v in told.values())
    assert sum(int(v.removesuffix("户")) for v in told.values()) == 20
    assert cause_counts(gaps.head(5)) == []


def test_a_run_without_gaps_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no gaps"):
        write_page({}, village_tables()[1], VILLAGE, tmp_path / "x", params=PARAMS, spec=SPEC)
    with pytest.raises(InputError, match="no household with both limits"):
        write_page(village_tables()[0], village_tables()[1], "别村", tmp_path / "x", params=PARAMS, spec=None)
    assert not (tmp_path / "x").exists()


def test_the_bridge_goes_from_panel_to_model() -> None:
    svg = bridge_svg(50_000.0, 80_000.0, {"factor_weighting": 45_000.0, "unexplained": -15_000.0})
    assert svg.index("50,000") < svg.index("+45,000") < svg.index("-15,000") < svg.index("80,000")
