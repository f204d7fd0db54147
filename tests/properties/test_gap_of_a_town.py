"""What holds for the gap of a whole town (figures, Gap): order is nothing, and what no pilot showed is uncertainty."""

from __future__ import annotations

from typing import Any

import gap_town
import numpy as np
import pandas as pd
import pytest

from workbench.panel.consensus import Settled
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN

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
