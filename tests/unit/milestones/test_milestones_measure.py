"""Exact comparison, scopes, tables that were not given, the course and the forecast."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from quarter_town import Town, measured, programme, run_params, table

from workbench.errors import InputError
from workbench.milestones.course import pace, quarter_ends
from workbench.milestones.measure import needed
from workbench.milestones.programme import load_programme
from workbench.milestones.standing import shrink


def town() -> Town:
    made = Town()
    made.group("竹溪村", 10, credited=7, visited=10, drew=3, cell="竹溪村第1网格", manager="M01")
    made.group("石桥村", 6, members=2, credited=2, visited=3, drew=1, cell="石桥村第1网格", manager="M02")
    return made


def test_a_target_is_a_decimal_and_never_the_nearest_float() -> None:
    # 0.1 * 3 > 0.3 in floats: three of thirty must still meet 10 %
    assert needed(3, 30, Fraction(1, 10)) == 0
    milestone = programme().milestone(date(2021, 12, 31))
    assert milestone.target("coverage", 0) == Fraction(7, 10)
    for of in range(1, 2000):
        least = needed(0, of, Fraction(7, 10))
        assert least * 10 >= of * 7 > (least - 1) * 10


def test_every_scope_has_every_measure_once() -> None:
    made = town().measure().milestones
    assert not made.duplicated(["scope_kind", "scope", "measure"]).any()
    assert made.groupby("scope_kind")["scope"].nunique().to_dict() == {"town": 1, "village": 2, "cell": 2, "manager": 2}
    assert set(made.loc[made["measure"] == "villages_filed", "scope_kind"]) == {"town"}


def test_a_cell_of_the_grid_where_nobody_lives_is_there() -> None:
    tables = town().tables()
    grid = [{"village": "竹溪村", "group": "9组", "cell": "竹溪村第9网格", "manager": "M09"}]
    made = measured(tables | {"grid": table("grid", grid)}, run_params()).milestones
    assert made.loc[made["scope"].isin(["竹溪村第9网格", "M09"]), "denominator"].tolist() == [0] * 10


def test_households_without_a_place_in_the_grid_count_for_town_and_village_alone() -> None:
    made = Town()
    made.group("竹溪村", 3, credited=3)
    assert set(made.measure().milestones["scope_kind"]) == {"town", "village"}


@pytest.mark.parametrize(("absent", "word"), [("drawdowns", "usage"), ("filed", "filed")])
def test_a_file_that_was_not_given_leaves_its_figures_empty(absent: str, word: str) -> None:
    tables = town().tables()
    del tables[absent]
    made = measured(tables, run_params()).milestones
    gone = made["measure"].str.contains(word)
    assert made.loc[gone, "actual"].isna().all()
    assert made.loc[~gone, "actual"].notna().all()
    assert not made.loc[gone & made["target"].notna(), "met"].any()


def test_visits_do_where_the_step_filing_did_not_run() -> None:
    tables = town().tables()
    filed = tables.pop("filed")
    tables["visits"] = filed.assign(date=filed["filed_on"])[["household", "date"]]
    assert measured(tables, run_params()).milestones.equals(town().measure().milestones)


def test_the_last_point_of_the_course_is_the_figure_of_the_page() -> None:
    done = town().measure()
    last = done.course[~done.course["forecast"] & (done.course["date"] == pd.Timestamp("2021-12-31"))]
    page = done.milestones[done.milestones["scope_kind"] == "town"].set_index("measure")
    for line in last.itertuples():
        assert (line.numerator, line.denominator) == tuple(page.loc[line.measure, ["numerator", "denominator"]])


def test_the_course_knows_limits_that_are_no_longer_in_force() -> None:
    made = town()
    tables = made.tables()
    decisions = tables["confirmed"].drop(columns=["approver", "checker"]).assign(approver=None, checker=None)
    early = decisions.assign(date=pd.Timestamp("2020-01-15"), until=pd.Timestamp("2020-06-30"))
    done = measured(tables | {"decisions": pd.concat([early, decisions])}, run_params())
    coverage = done.course[(done.course["measure"] == "coverage") & ~done.course["forecast"]].set_index("date")[
        "numerator"
    ]
    assert coverage[pd.Timestamp("2020-03-31")] == 9
    assert coverage[pd.Timestamp("2020-06-30")] == 9
    assert coverage[pd.Timestamp("2020-09-30")] == 0
    assert coverage[pd.Timestamp("2021-06-30")] == 9


def test_quarter_ends() -> None:
    assert len(quarter_ends(date(2019, 7, 1), date(2022, 6, 30))) == 12
    assert quarter_ends(date(2019, 7, 1), date(2019, 7, 15)) == [pd.Timestamp("2019-07-15")]


def test_the_forecast_is_one_and_holds_its_pace() -> None:
    assert pace([0, 1, 2], 3.0) is None
    middle, low, high = pace([0, 0, 10, 10, 20, 20, 30], 6.0) or (0.0, 0.0, 0.0)
    assert low < middle == 60.0 < high
    ahead = town().measure().course
    ahead = ahead[ahead["forecast"]]
    assert set(ahead["date"]) == {pd.Timestamp("2022-06-30")}
    assert ((ahead["low"] <= ahead["actual"]) & (ahead["actual"] <= ahead["high"])).all()
    assert ahead["high"].le(1).all()
    assert not town().measure(date(2022, 6, 30)).course["forecast"].any()


@pytest.mark.parametrize("day", [date(2019, 1, 1), date(2019, 7, 1), date(2019, 8, 15), date(2030, 1, 1)])
def test_any_day_will_do(day: date) -> None:
    done = Town(villages=["枫岭村"]).measure(day)
    assert done.course["date"].max() >= pd.Timestamp(day)
    assert not done.milestones["met"].any()


def test_a_town_of_no_village_has_figures_of_nothing() -> None:
    done = Town().measure()
    assert set(done.milestones["scope_kind"]) == {"town"}
    assert done.milestones["actual"].isna().all()
    assert done.standing.empty


def test_small_villages_are_not_ranked_on_noise() -> None:
    made = town()
    made.group("小村", 2, credited=2, visited=2, drew=2)
    standing = made.measure().standing.set_index("scope")
    assert pd.isna(standing.at["小村", "rank"])
    big = Town()
    big.group("竹溪村", 40, credited=30, visited=40, drew=20)
    big.group("石桥村", 40, credited=10, visited=20, drew=1)
    ranks = big.measure().standing.set_index("scope")["rank"]
    assert ranks.to_dict() == {"竹溪村": 1, "石桥村": 2}


def test_shares_that_differ_by_chance_alone_are_one_share() -> None:
    out = shrink(pd.Series([5, 6, 5]), pd.Series([10, 10, 10]))
    assert out.nunique() == 1
    assert shrink(pd.Series([0]), pd.Series([0])).isna().all()


def test_faults_of_the_programme_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    path.write_text(
        'name: x\nsource: y\nbegins: "2019-07-01"\nends: "2022-06-31"\nmilestones:\n'
        '  - {date: "2020-12-31", villages_filed: some, coverage: 1.4, usage: 0.3}\n'
    )
    with pytest.raises(InputError) as stopped:
        load_programme(path)
    said = str(stopped.value)
    assert "programme.yaml: ends" in said
    assert "coverage" in said
    assert "villages_filed" in said
    path.write_text(
        'name: x\nsource: y\nbegins: "2019-07-01"\nends: "2022-06-30"\nmilestones:\n'
        + '  - {date: "2020-12-31", villages_filed: 1, coverage: 0.4, usage: 0.3}\n' * 2
    )
    with pytest.raises(InputError, match="dates must rise"):
        load_programme(path)


def test_the_notice_is_what_the_file_says() -> None:
    targets = [
        (m.date.isoformat(), m.villages_filed, m.coverage, m.usage, bool(m.source)) for m in programme().milestones
    ]
    assert targets == [
        ("2019-12-31", 2, 0.10, 0.20, True),
        ("2020-12-31", 10, 0.40, 0.25, True),
        ("2021-12-31", 17, 0.70, 0.30, True),
        ("2022-06-30", "all", 0.80, 0.30, True),
    ]
