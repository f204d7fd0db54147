"""Of whatever seed, size and kind: an invented town adds up, and its truth says what was planted."""

from __future__ import annotations

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.town import truth
from workbench.town.kinds import KINDS
from workbench.town.make import imagine
from workbench.town.town import Town

FEW = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TOWNS = st.builds(
    imagine, st.sampled_from(list(KINDS.values())), st.integers(2, 5), st.integers(9, 16), st.integers(0, 10_000)
)


def effects(town: Town) -> pd.DataFrame:
    return town.worth[["weighting_effect", "soft_effect", "newness_effect"]]


@FEW
@given(TOWNS)
def test_everybody_is_somebody_once(town: Town) -> None:
    assert town.people["id"].is_unique
    assert not town.homes.duplicated(["village", "number"]).any()
    kept = [p for sheet in town.rosters.values() for p in sheet["person"][sheet["verdict"] != "reject"] if p >= 0]
    assert len(kept) == len(set(kept))


@FEW
@given(TOWNS)
def test_a_household_keeps_somebody_on_the_roster(town: Town) -> None:
    agreed = town.homes.index[town.homes["agreed"]]
    assert set(town.judged["home"]) == set(agreed)


@FEW
@given(TOWNS)
def test_limits_stand_within_floor_and_cap(town: Town) -> None:
    for column in ("fair_limit", "clean_panel"):
        assert town.worth[column].between(5_000, 500_000).all()
    assert town.ratings["limit"].between(5_000, 500_000).all()
    assert (town.ratings["limit"] % 5_000 == 0).all()
    assert effects(town).notna().all().all()


@FEW
@given(TOWNS)
def test_only_eligible_or_named_people_hold_limits(town: Town) -> None:
    held = town.course.confirmed
    assert held["home"].is_unique
    able = set(town.judged["id"][town.judged["base"]])
    assert set(held["holder"]) <= able
    assert not set(held["holder"]) & town.listed


@FEW
@given(TOWNS)
def test_scopes_add_up_to_the_town(town: Town) -> None:
    agreed = set(town.homes["village"][town.homes["agreed"]])
    told = truth.milestone_truth(town.standing, truth.household_truth(town.standing), agreed)
    for measure in ("coverage", "coverage_members", "usage", "usage_members", "households_filed"):
        lines = told[told["measure"] == measure].groupby("scope_kind")
        for figure in ("numerator", "denominator", "denominator_high"):
            sums = lines[figure].sum()
            assert sums.nunique() == 1, (measure, figure, sums.to_dict())
