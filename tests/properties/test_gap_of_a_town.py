"""What holds for the gap of a whole town (figures, Gap): order is nothing, and what no pilot showed is uncertainty."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gap_town
import numpy as np
import pandas as pd
import pytest

from workbench.panel.consensus import Settled
from workbench.reconcile.align import KEY
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN
from workbench.units import log_mean

BLOCK = list(BLOCKS)
LARGE = {
    "severe": {"lean": -0.35, "weights": {"wage": -0.5, "debt": -0.3}},
    "land counts": {"lean": 0.05, "weights": {"land": 0.25, "business": -0.4}},
}
"""Towns of some 800 households, large enough that one household moves hardly another."""
TRADE_FACTOR = 1.9
"""What a trade that no pilot has is worth, in income and to the panel alike."""


@pytest.fixture(scope="module")
def town() -> dict[str, Any]:
    return gap_town.small_town()


@pytest.fixture(scope="module")
def gaps(town: dict[str, Any]) -> pd.DataFrame:
    return gap_town.explain(town).gaps


def test_order_of_columns_and_members_changes_nothing(town: dict[str, Any], gaps: pd.DataFrame) -> None:
    s = town["settled"]
    members = town["ratings"].sort_values(["rater", "household"], ascending=False, ignore_index=True)
    facts = town["facts"][list(town["facts"].columns[::-1])]
    turned = {"ratings": members, "facts": facts, "settled": Settled(s.consensus, s.raters, s.pulls.iloc[::-1])}
    pd.testing.assert_frame_equal(gap_town.explain(town, **turned).gaps, gaps)


def test_what_no_pilot_showed_is_uncertainty_and_not_weighting(town: dict[str, Any], gaps: pd.DataFrame) -> None:
    plain = town["truth"].query("not pilot and cause == 'none'")
    village = plain["village"].iloc[-1]
    homes = plain.loc[plain["village"] == village, "household"].head(12)
    here = town["facts"]["household"].isin(homes)
    facts = town["facts"].copy()
    facts.loc[here, "land_mu"] = 25.0 * facts["land_mu"].max()
    facts.loc[here, "recorded_income"] *= TRADE_FACTOR
    changed = gap_town.panel_times(town, pd.Series(TRADE_FACTOR, index=homes))
    theirs = changed["ratings"]["household"].isin(homes)
    changed["ratings"].loc[theirs, "income"] *= TRADE_FACTOR
    consensus = changed["settled"].consensus
    # a panel that knows such a trade gives more than trees can, which stop at what the pilots showed
    lifted = consensus["household"].isin(homes)
    for column in ("panel_limit", "low", "high", "mean", "median"):
        consensus.loc[lifted, column] *= 1.6
    changed["ratings"].loc[theirs, "limit"] *= 1.6
    after = gap_town.explain(town, **changed, **gap_town.with_facts(town, facts)).gaps.set_index("household")
    told = after.loc[homes]
    outside = told[told["primary_cause"] != WITHIN]
    assert len(outside) >= 5
    assert outside["primary_cause"].eq("model_uncertainty").mean() >= 0.8
    assert (outside["factor_weighting"].abs() < outside["model_uncertainty"].abs()).mean() >= 0.8
    before = gaps.set_index("household")
    others = before.index.difference(homes)
    moved = (after.loc[others, list(BLOCKS)] - before.loc[others, list(BLOCKS)]).abs().median()
    assert np.all(moved < 0.03 * before["panel_limit"].median())


def settled(town: dict[str, Any]) -> dict[str, Any]:
    """The tables of a town whose ratings have changed, its consensus settled anew."""
    again = {name: table for name, table in town.items() if name != "settled"}
    ratings = again["ratings"].drop(columns="pulled")
    again["settled"] = gap_town.bench.settle(ratings, rules=gap_town.bench.town_params().panel, seed=1)
    return again


def test_panels_that_write_the_model_s_figure_leave_blocks_of_rounding_alone(town: dict[str, Any]) -> None:
    raw = town["limits"].set_index("household")["raw_limit"]
    ratings = town["ratings"].copy()
    ratings["limit"] = (ratings["household"].map(raw) / 5_000).round().clip(1, 100) * 5_000
    made = gap_town.explain(settled(town | {"ratings": ratings})).gaps
    assert (made[BLOCK].abs().mean() <= 0.03 * made["panel_limit"].mean()).all()


def test_panels_a_fifth_stricter_move_the_weighting_alone(town: dict[str, Any], gaps: pd.DataFrame) -> None:
    ratings = town["ratings"].assign(limit=0.8 * town["ratings"]["limit"])
    made = gap_town.explain(settled(town | {"ratings": ratings})).gaps
    raw = town["limits"].set_index("household")["raw_limit"].loc[made["household"]].to_numpy()
    size = [log_mean(raw, np.maximum(g["panel_limit"].to_numpy(), 5_000.0)) for g in (gaps, made)]
    moved = made[BLOCK].div(size[1], axis=0) - gaps[BLOCK].div(size[0], axis=0)
    assert moved["factor_weighting"].median() == pytest.approx(-np.log(0.8), abs=0.03)
    others = [b for b in BLOCK if b != "factor_weighting"]
    assert (moved[others].abs().median() < 0.02).all()
    assert ((made[others] - gaps[others]).div(made["panel_limit"], axis=0).median().abs() < 0.02).all()


def test_a_listed_holder_s_gap_is_the_whole_raw_limit(town: dict[str, Any], gaps: pd.DataFrame) -> None:
    raw = town["limits"].set_index("household")["raw_limit"]
    listed = gaps[gaps["household"].isin(town["truth"].loc[town["truth"]["listed"], "household"])]
    assert len(listed)
    assert np.allclose(listed["policy_limit"], -raw.loc[listed["household"]].to_numpy())
    outside = listed[listed["primary_cause"] != WITHIN]
    assert outside["primary_cause"].eq("policy_limit").all()


def test_a_visit_that_put_a_record_right_leaves_no_error(town: dict[str, Any], gaps: pd.DataFrame) -> None:
    rows = ordinary(town, gaps)[:4]
    visits = town["facts"].loc[rows, KEY].assign(fact="recorded_income")
    known = town["corrections"]
    told = pd.concat([known, visits], ignore_index=True)
    made = gap_town.explain(town, corrections=told).gaps.set_index("household")
    homes = town["facts"].loc[rows, "household"]
    limits = town["limits"].set_index("household")
    assert (made.loc[homes, "record_error"] == 0).all()
    assert (made.loc[homes, "model_limit"] == limits.loc[homes, "model_limit"]).all()


@pytest.mark.parametrize("villages", [14, 8, 5])
def test_honest_panels_and_right_facts_are_told_no_stories(villages: int) -> None:
    """In a town of 1,250 households, of 720 and of 450: where little teaches, less is claimed."""
    calm = replace(gap_town.gap_towns.CALM, villages=villages, pilots=max(2, villages // 3), households=90)
    made = gap_town.explain(gap_town.gap_towns.make_town(calm, 5)).gaps
    mean = made[["soft_information", "rater_bias", "record_error", "gap"]].abs().mean()
    assert (mean.drop("gap") < 0.1 * mean["gap"]).all(), mean


def ordinary(town: dict[str, Any], gaps: pd.DataFrame) -> np.ndarray:
    """Rows of households of no pilot, with nothing planted, no list and no new trade."""
    t = town["truth"]
    new = set(gaps.loc[gaps["review_why"].fillna("").str.contains("new"), "household"])
    return np.flatnonzero(t["cause"].eq("none") & ~t["pilot"] & ~t["listed"] & ~t["household"].isin(new))


def ten_times(town: dict[str, Any], rows: np.ndarray) -> dict[str, Any]:
    facts = town["facts"].copy()
    facts.loc[rows, "recorded_income"] *= 10
    return gap_town.with_facts(town, facts)


@pytest.fixture(scope="module", params=LARGE)
def large(request: pytest.FixtureRequest) -> tuple[dict[str, Any], pd.DataFrame]:
    """A town of some 800 households, and its gaps by household."""
    town = gap_town.small_town(seed=4, villages=10, pilots=4, households=80, **LARGE[request.param])
    return town, gap_town.explain(town).gaps.set_index("household")


def test_income_ten_times_too_high_is_an_error_of_the_record(large: tuple[dict[str, Any], pd.DataFrame]) -> None:
    """At least 80 % of what the gap gains, wherever the logarithmic mean leaves as much to the record.

    The record's share of ln raw - ln panel is ln(raw after / raw before) and its yuan L(raw after, panel) times that,
    while the gap gains L(raw after, raw before) times it: where the panel stood below the model already, all that the
    record can hold is L(raw after, panel) / L(raw after, raw before) of the gain, the rest being what the other causes
    weigh on a larger figure.
    """
    town, before = large
    rows = np.random.default_rng(1).choice(ordinary(town, before.reset_index()), 10, replace=False)
    changed = ten_times(town, rows)
    after = gap_town.explain(town, **changed).gaps.set_index("household")
    homes = town["facts"].loc[rows, "household"]
    old, new = (limits.loc[rows, "raw_limit"].to_numpy() for limits in (town["limits"], changed["limits"]))
    gain = (after["gap"] - before["gap"]).loc[homes].to_numpy()
    most = log_mean(new, before.loc[homes, "panel_limit"].clip(lower=5_000.0).to_numpy()) / log_mean(new, old)
    held = (after["record_error"] - before["record_error"]).loc[homes].to_numpy()
    moved = np.log(new / old) > 0.1
    assert moved.sum() >= 6
    assert np.mean(held[moved] >= 0.8 * np.minimum(most[moved], 1.0) * gain[moved]) >= 0.9
    reaches = moved & (most >= 0.85)
    assert reaches.sum() >= 3
    assert np.mean(held[reaches] >= 0.8 * gain[reaches]) >= 0.9


def test_one_wrong_record_changes_hardly_another_s_cause(large: tuple[dict[str, Any], pd.DataFrame]) -> None:
    town, before = large
    row = ordinary(town, before.reset_index())[:1]
    after = gap_town.explain(town, **ten_times(town, row)).gaps.set_index("household")
    others = before.index.difference(town["facts"].loc[row, "household"])
    assert (after.loc[others, "primary_cause"] != before.loc[others, "primary_cause"]).mean() <= 0.01
