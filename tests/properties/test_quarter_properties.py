"""What holds for any quarter: as_of cuts the data, order of rows does not matter, dirty rows never help."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from quarter_town import Town, measured, raw, run_params

from workbench.confirm.admit import admit_history, admit_signoffs, label_known
from workbench.confirm.decide import confirm_limits
from workbench.filing.admit import admit_visits
from workbench.filing.file import file_visits
from workbench.identity import Pseudonyms
from workbench.milestones.admit import admit_drawdowns

NAMES = Pseudonyms(b"properties")
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DAYS = st.dates(date(2019, 7, 1), date(2022, 6, 30))
NUMBERS = st.sampled_from(["0101", "0102", "0103"])
AMOUNTS = st.integers(-1, 60).map(lambda n: n * 10_000)


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Two or three villages of up to five households each, with quarantined rows."""
    town = Town()
    for village in ("甲村", "乙村", "丙村")[: draw(st.integers(2, 3))]:
        for i in range(draw(st.integers(0, 5))):
            limit = draw(st.sampled_from([None, 30000.0]))
            town.household(
                village,
                f"{village}{i:04d}",
                members=draw(st.integers(0, 3)),
                limit=limit,
                on=str(draw(st.dates(date(2019, 12, 1), date(2021, 12, 31)))),
                visited=draw(st.sampled_from([None, "2021-03-01"])),
                drew=draw(st.sampled_from([None, "2021-11-11"])),
                cell=draw(st.sampled_from([None, f"{village}第1网格"])),
                manager="M01",
            )
        if village not in town.villages:
            town.villages.append(village)
        for home in draw(st.lists(st.sampled_from([None, f"{village}0000", f"{village}9999"]), max_size=3)):
            on_roster = home in {h["household"] for h in town.households}
            town.quarantined.append(
                {
                    "village": village,
                    "household": home,
                    "cell": None,
                    "manager": None,
                    "on_roster": on_roster,
                    "rows": 1,
                }
            )
    return town


@QUICK
@given(towns(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_figures_add_up_and_know_no_order(town: Town, cap: int, chance: Any) -> None:
    params = run_params(credited_per_household=cap)
    tables = town.tables()
    before = {name: frame.copy(deep=True) for name, frame in tables.items()}
    done = measured(tables, params)
    for name, frame in tables.items():
        assert_frame_equal(frame, before[name])
    shuffled = {name: frame.sample(frac=1, random_state=chance.randrange(2**31)) for name, frame in tables.items()}
    again = measured(shuffled, params)
    for name in ("milestones", "funnel", "course", "standing"):
        assert_frame_equal(getattr(done, name), getattr(again, name))
    counts = ["numerator", "denominator", "denominator_high"]
    villages = done.milestones[done.milestones["scope_kind"] == "village"].groupby("measure")[counts].sum()
    whole = done.milestones[done.milestones["scope_kind"] == "town"].set_index("measure").loc[villages.index, counts]
    assert_frame_equal(villages, whole, check_dtype=False)
    assert (done.milestones["denominator"] <= done.milestones["denominator_high"]).all()
    shares = done.milestones[done.milestones["measure"] != "villages_filed"]
    exact = shares["numerator"] >= shares["target"] * shares["denominator_high"] - 1e-9
    assert (shares["met"] == (exact & (shares["denominator"] > 0) & shares["target"].notna())).all()


@QUICK
@given(towns(), st.integers(0, 2))
def test_dirty_rows_never_help(town: Town, cap: int) -> None:
    before = town.measure(credited_per_household=cap).milestones
    home = town.households[0]["household"] if town.households else None
    village = town.villages[0]
    for household in (None, home, "没有的户"):
        town.quarantined.append(
            {
                "village": village,
                "household": household,
                "cell": None,
                "manager": None,
                "on_roster": household == home,
                "rows": 1,
            }
        )
    after = town.measure(credited_per_household=cap).milestones
    both = before.merge(after, on=["scope_kind", "scope", "measure"], suffixes=("", "_after"))
    assert len(both) == len(before)
    assert not (both["met_after"] & ~both["met"]).any()
    assert (both["numerator"] == both["numerator_after"]).all()
    assert (both["missing_after"] >= both["missing"]).all()


@st.composite
def files(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """Raw history, sign-offs, visits and drawings of three households over the years of the programme."""
    home = {"行政村名称": "竹溪村"}
    when = draw(st.lists(st.tuples(NUMBERS, DAYS), max_size=8, unique=True))
    signer = st.sampled_from(["A01", "a01 ", "B01", ""])
    history = [
        home
        | {
            "户号": n,
            "确认额度(元)": str(abs(draw(AMOUNTS))),
            "确认日期": str(d),
            "十二个月内逾期": draw(st.sampled_from(["", "0", "1"])),
        }
        | {"首次用信日期": draw(st.sampled_from(["", str(d + timedelta(days=30)), str(d + timedelta(days=500))]))}
        | {"到期日期": draw(st.sampled_from(["", str(d + timedelta(days=365))]))}
        for n, d in when
    ]
    signoffs = [
        home
        | {"户号": draw(NUMBERS), "确认额度(元)": str(draw(AMOUNTS)), "审批人": draw(signer), "复核人": draw(signer)}
        | {"理由": "折中", "日期": str(draw(DAYS))}
        for _ in range(draw(st.integers(0, 6)))
    ]
    visits = [
        home
        | {
            "户号": draw(NUMBERS),
            "建档日期": str(draw(DAYS)),
            "客户经理": "M01",
            "项目": "联系方式",
            "原值": "1",
            "核实值": "1",
        }
        for _ in range(draw(st.integers(0, 6)))
    ]
    drawings = [
        {
            "身份证": draw(st.sampled_from(["甲", "乙"])),
            "用信日期": str(draw(DAYS)),
            "金额(元)": str(draw(st.integers(0, 3))),
        }
        for _ in range(draw(st.integers(0, 6)))
    ]
    return {
        "history": raw(
            history, ["行政村名称", "户号", "确认额度(元)", "确认日期", "十二个月内逾期", "首次用信日期", "到期日期"]
        ),
        "signoffs": raw(signoffs, ["行政村名称", "户号", "确认额度(元)", "审批人", "复核人", "理由", "日期"]),
        "visits": raw(visits, ["行政村名称", "户号", "建档日期", "客户经理", "项目", "原值", "核实值"]),
        "drawdowns": raw(drawings, ["身份证", "用信日期", "金额(元)"]),
    }


DATED = {"history": "确认日期", "signoffs": "日期", "visits": "建档日期", "drawdowns": "用信日期"}


def admitted(raws: dict[str, pd.DataFrame], as_of: date, households: pd.DataFrame) -> dict[str, pd.DataFrame]:
    visits, photos = admit_visits(raws["visits"], names=NAMES, as_of=as_of, photos=Path("/nowhere"))
    filed = file_visits(visits, photos, None)
    return {
        "history": admit_history(raws["history"], names=NAMES, as_of=as_of),
        "signoffs": admit_signoffs(raws["signoffs"], names=NAMES, as_of=as_of, households=households),
        "drawdowns": admit_drawdowns(raws["drawdowns"], names=NAMES, as_of=as_of),
        "visits": visits,
        "filed": filed.filed,
    }


@QUICK
@given(files(), DAYS)
def test_as_of_on_all_data_is_as_of_on_the_data_cut(raws: dict[str, pd.DataFrame], day: date) -> None:
    town = Town()
    for number in ("0101", "0102"):
        town.household("竹溪村", NAMES.household("竹溪村", number), members=2)
    tables = town.tables()
    cut = {name: frame[frame[DATED[name]] <= str(day)] for name, frame in raws.items()}
    # what a bank would have had in its file on that day: no later drawing, no label before its twelve months are over
    drawn, confirmed = (pd.to_datetime(cut["history"][c]) for c in ("首次用信日期", "确认日期"))
    cut["history"] = cut["history"].assign(
        首次用信日期=cut["history"]["首次用信日期"].where(drawn <= pd.Timestamp(day)),
        十二个月内逾期=cut["history"]["十二个月内逾期"].where(label_known(confirmed, drawn, day)),
    )
    whole, part = admitted(raws, day, tables["households"]), admitted(cut, day, tables["households"])
    for name in whole:
        assert_frame_equal(whole[name], part[name])
    done = [
        confirm_limits(
            tables["households"], tables["people"], t["history"], t["signoffs"], None, None, params=run_params(day)
        )
        for t in (whole, part)
    ]
    assert_frame_equal(done[0].confirmed, done[1].confirmed)
    assert_frame_equal(done[0].signoff_findings, done[1].signoff_findings)
    confirmed = done[0].confirmed
    assert (confirmed["limit"] > 0).all()
    assert (confirmed["date"] <= pd.Timestamp(day)).all()
    assert not confirmed.duplicated("household").any()


@QUICK
@given(st.floats(1, 1e6), st.floats(1, 1e6), st.booleans())
def test_a_visit_makes_the_facts_as_if_the_books_were_right(book: float, found: float, before: bool) -> None:
    household = NAMES.household("竹溪村", "0101")
    books = pd.DataFrame(
        [
            {
                "village": "竹溪村",
                "household": household,
                "record_date": pd.Timestamp("2021-11-30"),
                "recorded_income": book,
            }
        ]
    )
    line = {
        "行政村名称": "竹溪村",
        "户号": "0101",
        "建档日期": "2021-12-31" if before else "2022-01-01",
        "客户经理": "M01",
    }
    line |= {"项目": "recorded_income", "原值": repr(book), "核实值": repr(found)}
    visits, photos = admit_visits(
        raw([line], list(line)), names=NAMES, as_of=date(2021, 12, 31), photos=Path("/nowhere"), records=books
    )
    facts = file_visits(visits, photos, books).facts
    assert facts["recorded_income"].tolist() == [found if before else book]
    assert books["recorded_income"].tolist() == [book]
