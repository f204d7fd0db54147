"""Holders, sign-offs that do not count, and decisions that are told though they count."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from quarter_town import home_row, person_row, run_params, table

from workbench.confirm.decide import Confirmed, confirm_limits
from workbench.confirm.report import awaiting, findings_said, findings_table, headline, in_force_by_village
from workbench.confirm.signoffs import RULES
from workbench.store.tables import empty


def signoff(household: str = "h1", **more: Any) -> dict[str, Any]:
    return {
        "village": "竹溪村",
        "household": household,
        "limit": 30000.0,
        "approver": "A01",
        "checker": "B01",
        "same_person": False,
        "reason": "按公议",
        "date": pd.Timestamp("2021-06-01"),
        "holder": None,
        "on_roster": True,
        "source": "signoffs/一.csv",
        "row": 2,
    } | more


def decide(
    signoffs: list[dict[str, Any]],
    *,
    home: dict[str, Any] | None = None,
    people: list[dict[str, Any]] | None = None,
    ratings: Any = None,
    cap_on: Any = None,
) -> Confirmed:
    row = home_row("竹溪村", "h1", 2, None, "h1-1", None, None) | (home or {})
    persons = people or [person_row("竹溪村", "h1", "h1-1"), person_row("竹溪村", "h1", "h1-2")]
    return confirm_limits(
        table("households", [row]),
        table("people", persons),
        None,
        table("signoffs", signoffs),
        None,
        ratings,
        params=run_params(),
        cap_on=cap_on,
    )


def test_the_holder_is_the_one_given_else_the_rosters() -> None:
    assert decide([signoff()]).confirmed["holder"].tolist() == ["h1-1"]
    assert decide([signoff(holder="h1-2")]).confirmed["holder"].tolist() == ["h1-2"]


@pytest.mark.parametrize(
    ("sign", "home", "rule"),
    [
        ({"on_roster": False, "household": "h9"}, {}, "unknown_household"),
        ({}, {"listed_holder": True}, "listed_holder"),
        ({}, {"holder": None, "eligible": 0}, "no_holder"),
        ({"checker": None}, {}, "not_signed"),
        ({"limit": None}, {}, "no_amount"),
    ],
)
def test_what_does_not_count_is_told(sign: dict[str, Any], home: dict[str, Any], rule: str) -> None:
    done = decide([signoff(**sign)], home=home)
    assert done.confirmed.empty
    assert done.signoff_findings["rule"].tolist() == [rule]
    assert done.signoff_findings[["source", "row"]].values.tolist() == [["signoffs/一.csv", 2]]


def test_another_member_as_holder_is_looked_up_on_the_list() -> None:
    people = [person_row("竹溪村", "h1", "h1-1"), person_row("竹溪村", "h1", "h1-2", listed=True, eligible=False)]
    assert decide([signoff(holder="h1-2")], people=people).signoff_findings["rule"].tolist() == ["listed_holder"]
    # the roster's holder is listed, but the limit is another member's
    assert len(decide([signoff(holder="h1-2")], home={"listed_holder": True}).confirmed) == 1


def test_before_its_rating_it_counts_and_is_told() -> None:
    ratings = pd.DataFrame(
        {"household": ["h1", "h1"], "date": pd.to_datetime(["2021-07-01", "2021-05-01"]), "counts": [True, False]}
    )
    done = decide([signoff()], ratings=ratings)
    assert len(done.confirmed) == 1
    assert done.signoff_findings["rule"].tolist() == ["before_rating"]


def test_two_faults_of_one_sheet_are_both_told_and_counted_once() -> None:
    done = decide([signoff(limit=600000.0, same_person=True)])
    assert sorted(done.signoff_findings["rule"]) == ["above_cap", "same_person"]
    assert "其中 1 份不计入" in findings_said(done.signoff_findings, table("signoffs", [signoff()]))


def test_rules_say_problem_and_remedy_in_both_languages() -> None:
    for _, zh, en in RULES.values():
        assert "；" in zh or "，" in zh
        assert ";" in en or "," in en


def test_pages_on_nothing() -> None:
    nothing = empty("confirmed")
    assert "**0** 户" in headline(nothing, empty("decisions"), empty("households"))
    assert in_force_by_village(nothing).empty
    assert findings_table(empty("signoff_findings")).empty
    assert awaiting(None, nothing).empty
    assert "没有签批文件" in findings_said(empty("signoff_findings"), None)


def test_what_is_no_longer_in_force_is_counted_by_why() -> None:
    lines = [
        {"household": "h1", "limit": 5.0, "until": "2020-01-01", "holder": "p"},
        {"household": "h2", "limit": 0.0, "until": None, "holder": "p"},
        {"household": "h3", "limit": 5.0, "until": None, "holder": None},
    ]
    decisions = pd.DataFrame(lines).assign(date=pd.Timestamp("2019-12-01"))
    said = headline(empty("confirmed"), decisions, empty("households"))
    assert "已到期 1 户、额度为零（撤销）1 户、没有符合条件的授信对象 1 户" in said


def test_what_awaits_a_decision() -> None:
    gaps = pd.DataFrame(
        {
            "household": ["h1", "h2", "h3"],
            "action": ["confirm", "review", "review"],
            "review_why": [None, "barred sampled", "barred sampled"],
            "primary_cause": "unexplained",
        }
    )
    out = awaiting(gaps, decide([signoff()]).confirmed)
    assert out["户数"].tolist() == [2]
    assert out["需要看什么"].tolist() == ["两名以上评议员提出不予授信情形，须查明；随机抽查"]


def test_the_cap_is_that_of_the_day_of_the_sign_off() -> None:
    """The bank lowered its cap in October: what was signed before it stands, what was signed after it does not."""
    lines = [
        signoff(limit=400_000.0, date=pd.Timestamp("2021-09-30"), row=2),
        signoff(limit=400_000.0, date=pd.Timestamp("2021-11-30"), row=3),
    ]
    done = decide(lines, cap_on=lambda day: 300_000.0 if day >= date(2021, 10, 1) else None)
    assert done.confirmed["date"].tolist() == [pd.Timestamp("2021-09-30")]
    assert done.signoff_findings[["row", "rule"]].values.tolist() == [[3, "above_cap"]]
