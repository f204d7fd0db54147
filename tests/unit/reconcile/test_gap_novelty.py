"""Who is new to the training villages, in which facts, and what then stands for the panels' weighing."""

from __future__ import annotations

from typing import Any

import gap_town
import numpy as np
import pytest

from workbench.reconcile import learn
from workbench.reconcile.align import Aligned, align
from workbench.reconcile.novelty import Novel, find_new, more_than_chance
from workbench.reconcile.weighing import learn_weighing

VILLAGE = "村05"


@pytest.fixture(scope="module")
def aligned(town: dict[str, Any]) -> Aligned:
    s = town["settled"] if "settled" in town else gap_town.explain(town) and town["settled"]
    tables = (town["limits"], s.consensus, town["ratings"], s.pulls, town["households"], town["facts"])
    features = gap_town.bench.town_spec().features
    return align(*tables, town["history"], None, features, gap_town.bench.BOUNDS.floor)


def changed(town: Aligned, fact: str, rows: np.ndarray, value: float) -> Novel:
    facts = town.facts.copy()
    facts[fact] = facts[fact].astype(float)
    facts.loc[rows, fact] = value
    return find_new(town, facts)


def homes(town: Aligned, n: int) -> np.ndarray:
    return np.flatnonzero(town.villages == VILLAGE)[:n]


def test_what_no_training_household_reaches_is_new_even_alone(aligned: Aligned) -> None:
    row = homes(aligned, 1)
    for times in (20.0, 200.0):
        found = changed(aligned, "land_mu", row, times * aligned.facts["land_mu"].max())
        assert found.new[row].all()
        assert found.outside.loc[row, "land_mu"].all()


def test_a_low_count_is_no_new_trade(aligned: Aligned) -> None:
    rng = np.random.default_rng(2)
    facts = aligned.facts.copy()
    facts["months_active"] = rng.normal(27, 12, len(facts)).clip(1, 60).round()
    row = homes(aligned, 1)
    facts.loc[row, "months_active"] = 1.0
    assert not find_new(aligned, facts).new[row].any()


def test_a_fact_that_few_training_households_have_has_a_range_all_the_same(aligned: Aligned) -> None:
    known = aligned.facts["merchant_inflow"].gt(0).to_numpy() & aligned.pilot
    facts = aligned.facts.copy()
    facts.loc[np.flatnonzero(known)[25:], "merchant_inflow"] = np.nan
    rows = homes(aligned, 6)
    facts.loc[rows, "merchant_inflow"] = 8.0 * facts.loc[known, "merchant_inflow"].max()
    found = find_new(aligned, facts)
    assert found.new[rows].all()
    assert found.outside.loc[rows, "merchant_inflow"].all()


def test_an_unknown_category_is_new(aligned: Aligned) -> None:
    facts, row = aligned.facts.copy(), homes(aligned, 1)
    facts.loc[row, "main_occupation"] = "网店"
    found = find_new(aligned, facts)
    assert found.new[row].all()
    assert found.outside.loc[row, "main_occupation"].all()


def test_nobody_of_a_training_village_is_new(aligned: Aligned) -> None:
    found = changed(aligned, "land_mu", np.flatnonzero(aligned.pilot)[:5], 1e5)
    assert not (found.new & aligned.pilot).any()


def test_a_village_like_the_training_villages_has_nobody_new() -> None:
    rng = np.random.default_rng(1)
    flagged = [more_than_chance(*np.split(rng.exponential(0.3, 900), [100])).sum() for _ in range(200)]
    assert np.mean(flagged) < 0.5
    trade = np.r_[rng.exponential(0.3, 90), rng.uniform(1.6, 3.0, 10)]
    assert more_than_chance(trade, rng.exponential(0.3, 800))[90:].mean() >= 0.9


def test_facts_outside_carry_the_training_villages_median_and_the_others_their_own(aligned: Aligned) -> None:
    rows = homes(aligned, 6)
    facts = aligned.facts.copy()
    facts.loc[rows, "land_mu"] = 25.0 * facts["land_mu"].max()
    folds = learn.village_folds(aligned.villages, aligned.keys["household"].to_numpy())
    novel, doubt = find_new(aligned, facts), np.zeros(len(aligned))
    told = learn_weighing(aligned, facts, aligned.raw, novel, folds, doubt)
    assert np.allclose(told.by_fact.sum(axis=1) + told.lean, told.log)
    assert told.by_fact.loc[rows, "land_mu"].nunique() == 1
    assert (told.lean[rows] == 0).all()
    assert told.by_fact.loc[rows, "wage_inflow"].nunique() > 1
