"""The cases of the quarter that a banker can sign: each file holds input and right answer, worked by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from quarter_town import AS_OF, Town, home_row, person_row, raw, run_params, table

from workbench.confirm.admit import admit_history, admit_signoffs
from workbench.confirm.decide import confirm_limits
from workbench.identity import Pseudonyms
from workbench.limit.books import load_books
from workbench.limit.policy import Facing, limit_after, policy_at
from workbench.limit.pricing import grades, rates
from workbench.milestones.report import table as printed_table
from workbench.params import LimitRules, load_yaml
from workbench.units import percent
from workbench.words import MEASURES

HERE = Path(__file__).parent
FILES = ("rates", "caps", "filed", "coverage", "usage", "funnel")
NAMES = Pseudonyms(b"cases")


def _cases() -> list[Any]:
    out = []
    for file in FILES:
        cases, faults = load_yaml(HERE / f"{file}.yaml")
        assert not faults
        out += [pytest.param(file, case, id=f"{file}: {case['name']}") for case in cases]
    return out


CASES = _cases()


def test_there_are_sixty_cases_each_with_a_name_of_its_own() -> None:
    names = Counter(case.id for case in CASES)
    assert len(CASES) >= 60
    assert max(names.values()) == 1


@pytest.mark.parametrize(("file", "case"), CASES)
def test_case(file: str, case: dict[str, Any]) -> None:
    if "decisions" in case:
        _decisions(case)
    elif "policy" in case:
        _policy(case)
    elif "printed" in case:
        said = case["printed"]
        assert percent(said["numerator"], said["denominator"], said["places"]) == case["output"]["text"]
    elif file == "rates":
        _rate(case)
    else:
        _figures(case)


def _day(case: dict[str, Any]) -> date:
    return date.fromisoformat(case["as_of"]) if "as_of" in case else AS_OF


def _figures(case: dict[str, Any]) -> None:
    """Coverage, usage, filing, funnel of an invented town."""
    given = dict(case["input"])
    town = Town(villages=list(given.pop("villages", [])))
    for group in given.pop("groups", []):
        town.group(**group)
    for drawing in given.pop("drawings", []):
        town.drew(drawing["person"], drawing["on"], drawing["yuan"])
    known = {h["household"] for h in town.households}
    for row in given.pop("quarantined", []):
        if row["village"] not in town.villages:
            town.villages.append(row["village"])
        town.quarantined.append({"cell": None, "manager": None, "on_roster": row["household"] in known} | row)
    done = town.measure(_day(case), **given)
    for want in case.get("output", []):
        _line(done.milestones, dict(want))
    for scope, stages in case.get("funnel", {}).items():
        some = done.funnel[done.funnel["scope"] == scope].set_index("stage")["people"]
        assert some.to_dict() == stages


def _line(milestones: pd.DataFrame, want: dict[str, Any]) -> None:
    scope, measure, printed = want.pop("scope"), want.pop("measure"), want.pop("printed", None)
    line = milestones[(milestones["scope"] == scope) & (milestones["measure"] == measure)]
    assert len(line) == 1
    got = line.iloc[0]
    assert {key: got[key] for key in want} == want
    if want["denominator"] == 0:
        assert pd.isna(got["actual"])
    if printed is not None:
        shown = printed_table(milestones, str(got["scope_kind"]))
        rows = shown[(shown.iloc[:, 0] == scope) & (shown["指标"] == MEASURES[measure])]
        assert rows["实际"].tolist() == [printed]


def _decisions(case: dict[str, Any]) -> None:
    """Which limit of one household is in force, and which sign-offs are told."""
    household = NAMES.household("竹溪村", "0101")
    households = table("households", [home_row("竹溪村", household, 1, None, f"{household}-1", None, None)])
    people = table("people", [person_row("竹溪村", household, f"{household}-1")])
    home = {"行政村名称": "竹溪村", "户号": "0101"}
    histories = [
        home | {"确认额度(元)": d["history"], "确认日期": d["on"], "到期日期": d.get("until", "")}
        for d in case["decisions"]
        if "history" in d
    ]
    signoffs = [
        home
        | {"确认额度(元)": d["signoff"], "日期": d["on"], "理由": "按公议"}
        | {"审批人": d.get("approver", "A01"), "复核人": d.get("checker", "B01")}
        for d in case["decisions"]
        if "signoff" in d
    ]
    history = admit_history(
        raw(histories, ["行政村名称", "户号", "确认额度(元)", "确认日期", "十二个月内逾期", "到期日期"]),
        names=NAMES,
        as_of=_day(case),
    )
    signed = admit_signoffs(
        raw(signoffs, ["行政村名称", "户号", "确认额度(元)", "审批人", "复核人", "理由", "日期"]),
        names=NAMES,
        as_of=_day(case),
        households=households,
    )
    done = confirm_limits(households, people, history, signed, None, None, params=run_params(_day(case)))
    want = case["output"]["limit"]
    assert done.confirmed["limit"].tolist() == ([] if want is None else [float(want)])
    assert sorted(done.signoff_findings["rule"]) == sorted(case["output"]["told"])


def _policy(case: dict[str, Any]) -> None:
    amounts = np.array(case["policy"]["raw"], dtype=float)
    see = Facing(np.ones(len(amounts)), np.zeros(len(amounts)), np.zeros(len(amounts)))
    got = limit_after(amounts, see, policy_at(load_books().policy, _day(case), LimitRules()))
    assert got.tolist() == [float(x) for x in case["output"]["limits"]]


def _rate(case: dict[str, Any]) -> None:
    book = load_books().price
    pd_ = np.array([case["input"]["pd"]])
    assert grades(pd_, book).tolist() == [case["output"]["grade"]]
    assert rates(pd_, book, _day(case)).tolist() == pytest.approx([case["output"]["rate"]], abs=1e-12)
