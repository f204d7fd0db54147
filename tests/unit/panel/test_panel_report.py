"""The panel page: every sentence and picture stands for full, thin and empty panels alike."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.panel import figures, report
from workbench.panel.consensus import Settled, settle
from workbench.panel.pages import member_page, village_page
from workbench.params import PanelRules
from workbench.plots import png
from workbench.run.show import table_html
from workbench.store.place import product
from workbench.store.tables import checked


def ratings(homes: int, members: int, seed: int = 1) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    n = homes * members
    y = 11 + draw.normal(0, 0.7, homes)[:, None] + draw.normal(0, 0.2, members) + draw.normal(0, 0.2, (homes, members))
    limit = np.maximum(np.round(np.exp(y) / 5_000) * 5_000, 5_000).ravel()
    why = pd.Series(pd.NA, index=range(n), dtype="str")
    why.iloc[: n // 20] = "manner"
    return checked(
        "ratings",
        pd.DataFrame(
            {
                "village": "竹溪村",
                "household": np.repeat([f"{i:016x}" for i in range(homes)], members),
                "rater": np.tile([f"01-{j}" for j in range(members)], homes),
                "role": "村民代表",
                "business": 3.0,
                "income": limit,
                "integrity": 3.0,
                "limit": limit,
                "interest": False,
                "knows": True,
                "manner": "背靠背",
                "date": pd.NaT,
                "bar": False,
                "remark": 0,
                "own": False,
                "counts": why.isna(),
                "why_not": why,
                "source": "p.csv",
                "row": range(2, n + 2),
            }
        ),
    )


@pytest.fixture(params=[(60, 7), (3, 1), (2, 2), (0, 0)], ids=["full", "one rater", "two raters", "empty"])
def page(request) -> tuple[pd.DataFrame, Settled]:
    frame = ratings(*request.param)
    return frame, settle(frame, rules=PanelRules(), seed=1)


def test_every_sentence_and_table_stands(page):
    frame, found = page
    home, crew, pulls = found.consensus, found.raters, found.pulls
    for text in (
        report.asked(frame),
        report.found(home, crew, pulls),
        report.severe(crew, home, frame),
        report.next_steps(home, crew, bars_for_review=2),
    ):
        assert text
        assert "nan" not in text
    assert list(report.agreement_by_village(home).columns) == list(report.AGREEMENT)
    assert list(report.members(crew, home, frame).columns) == list(report.MEMBERS)
    assert list(report.moved_from_mean(home, crew).columns) == list(report.MOVED)
    assert list(report.split_households(home).columns) == list(report.SPLIT)
    assert int(report.left_out(frame)["ratings"].sum()) == int((~frame["counts"]).sum())


def test_every_picture_is_drawn_the_same_twice(page):
    found = page[1]
    for draw in (
        lambda: figures.agreement(found.consensus),
        lambda: figures.severity(found.raters),
        lambda: figures.against_mean(found.consensus),
    ):
        (one, said), (two, _) = draw(), draw()
        assert said
        assert png(one) == png(two)


def test_bars_are_counted_once_a_member_and_never_make_a_zero():
    frame = ratings(30, 7)
    here = frame["household"] == f"{3:016x}"
    frame.loc[here & frame["rater"].isin(["01-1", "01-2"]), "bar"] = True
    home = settle(frame, rules=PanelRules(), seed=1).consensus.set_index("household")
    assert home.loc[f"{3:016x}", "bars"] == 2
    assert home.loc[f"{3:016x}", "panel_limit"] > 0
    assert home["bars"].sum() == 2


def test_the_members_own_words_explain_what_is_no_favour():
    frame = ratings(80, 7, seed=3)
    draw = np.random.default_rng(3)
    seen = np.exp(draw.normal(0, 0.4, len(frame)))
    truth = frame.groupby("household")["limit"].transform("median")
    frame = frame.assign(income=truth * seen, limit=np.round(truth * seen / 5_000) * 5_000 + 5_000)
    with_words = settle(frame, rules=PanelRules(), seed=1)
    without = settle(frame.assign(income=np.nan), rules=PanelRules(), seed=1)
    assert with_words.raters["noise"].median() < 0.6 * without.raters["noise"].median()


def test_a_household_that_nobody_rated_is_there_with_no_raters_and_no_limit():
    frame = ratings(40, 6)
    home = frame["household"].iloc[-1]
    here = frame["household"] == home
    frame = frame.assign(counts=frame["counts"] & ~here, why_not=frame["why_not"].mask(here, "unknown"))
    found = settle(frame, rules=PanelRules(), seed=1).consensus.set_index("household")
    assert found.loc[home, "raters"] == 0
    assert found.loc[home, ["panel_limit", "low", "high", "agreement"]].isna().all()
    assert (found["panel_limit"].notna() == (found["raters"] > 0)).all()
    assert (found["raters"] > 0).sum() >= 35


def test_the_page_of_the_bank_names_who_lifts_a_part_and_the_members_page_does_not():
    frame = ratings(200, 7, seed=3)
    lifted = (frame["rater"] == "01-3") & frame["household"].isin(frame["household"].unique()[::19])
    frame = frame.assign(limit=frame["limit"].mask(lifted, frame["limit"] * 2.2))
    frame = frame.assign(income=frame.groupby("household")["limit"].transform("median"))
    found = settle(frame, rules=PanelRules(), seed=1)
    crew = found.raters.set_index("rater")
    assert crew["lift"].dropna().index.tolist() == ["01-3"]
    assert np.exp(crew.loc["01-3", "lift"]) == pytest.approx(2.2, rel=0.25)
    page = village_page(
        "竹溪村", frame, found.consensus, found.raters, found.pulls, numbers={}, as_of=date(2021, 12, 31)
    )
    said = report.leaning_said(found.raters)[0]
    assert said.startswith("01-3：约")
    assert said in page
    assert "01-3" in report.leaning_told(found.raters)
    assert "抬高" not in member_page("竹溪村", "01-3", frame, found.consensus, found.raters)


REASONS = ("own", "unknown", "no_amount", "manner", "interest")


def test_what_a_member_reads_adds_up_to_the_sheet():
    """Counted and left out, by reason, are all that was handed in."""
    frame = ratings(60, 7)
    mine = frame.index[frame["rater"] == "01-2"]
    why = frame["why_not"].where(frame["rater"] != "01-2")
    for n, reason in enumerate(REASONS, 1):
        why.loc[mine[n * 10 : n * 10 + n]] = reason
    frame = frame.assign(why_not=why, counts=why.isna())
    found = settle(frame, rules=PanelRules(), seed=1)
    text = member_page("竹溪村", "01-2", frame, found.consensus, found.raters)
    said = re.findall(r"(\d+) 户", text.partition("<h2>")[0])
    assert said == ["60", "45", "1", "2", "3", "4", "5"]
    assert not re.search(r"01-[^2]", text)


def test_the_banks_page_names_who_handed_nothing_in_and_keeps_to_the_parameter():
    frame = ratings(20, 5)
    frame["bar"] = frame["rater"].isin(["01-0", "01-1"]) & (frame["household"] == frame["household"].iloc[-1])
    counts = frame["counts"] & (frame["rater"] != "01-4")
    frame = frame.assign(counts=counts, why_not=frame["why_not"].mask(~counts, "manner"))
    found = settle(frame, rules=PanelRules(), seed=1)
    given = {"numbers": {}, "as_of": date(2021, 12, 31), "listed": ["01-0", "01-9"]}
    tables = (frame, found.consensus, found.raters, found.pulls)
    two, three = (village_page("竹溪村", *tables, bars_for_review=n, **given) for n in (2, 3))
    for page in (two, three):
        assert "没有计入的评议员：01-4（交了表，没有一条计入）、01-9（没有交表）。" in page
        assert page.count("<table>") == page.count('<div class="wide"><table>') > 0
    assert "1 户有 2 名以上评议员写了不予授信情形" in two
    assert "不予授信情形" not in three


def test_one_village_is_not_said_to_agree_most_and_least_and_no_split_is_no_task():
    frame = ratings(60, 7)
    found = settle(frame, rules=PanelRules(), seed=1)
    quiet = found.consensus.assign(split=False)
    assert "最一致" not in figures.agreement(quiet)[1]
    both = pd.concat([quiet, quiet.assign(village="石桥村", agreement=0.4)])
    assert "竹溪村的评议员最一致，石桥村的最不一致" in figures.agreement(both)[1]
    words = report.found(quiet, found.raters, found.pulls) + report.next_steps(quiet, found.raters, bars_for_review=2)
    assert "没有意见分裂的户" in words
    assert "0 户意见分裂" not in words + figures.agreement(quiet)[1]
    split = report.next_steps(found.consensus.assign(split=True), found.raters, bars_for_review=2)
    assert "60 户意见分裂的，上门时先核实" in split


def test_the_most_lenient_is_not_said_to_write_more_where_all_write_less():
    frame = ratings(60, 7)
    found = settle(frame, rules=PanelRules(), seed=1)
    lower = found.raters.assign(severity=-found.raters["severity"].abs() - 0.1)
    assert "多写" not in report.severe(lower, found.consensus, frame)


def test_the_page_tells_every_member_of_a_township_and_the_limit_of_a_split_household():
    notebook = (product() / "notebooks" / "02_panel.ipynb").read_text("utf-8")
    assert "report.MEMBERS, most=report.MOST_MEMBERS" in notebook
    crew = pd.DataFrame({"rater": [f"01-{j:03d}" for j in range(300)]})
    assert table_html(crew, "评议员", {"rater": "评议员"}, report.MOST_MEMBERS).count("<td") == 300
    frame = ratings(60, 7)
    found = settle(frame, rules=PanelRules(), seed=1).consensus
    split = report.split_households(found.dropna(subset=["panel_limit"]).assign(split=True))
    assert (split["panel_limit"] >= split["low"]).all()
    assert (split["panel_limit"] <= split["high"]).all()
    assert "背靠背" not in report.asked(frame)
