"""Blocks, causes, settlement and reviews by hand arithmetic."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.params import Tolerance
from workbench.reconcile import cause, review
from workbench.reconcile.blocks import BLOCKS, make_blocks
from workbench.units import log_mean


def one(model: float, raw: float, panel: float, new: bool = False, **shares: float) -> pd.Series:
    """The blocks of one household."""
    a = {name: np.array([shares.get(name, 0.0)]) for name in ("record", "weighing", "soft", "moved")}
    said = np.array([max(panel, 5_000.0)])
    return make_blocks(np.array([model]), np.array([raw]), np.array([panel]), said, new=np.array([new]), **a).iloc[0]


def test_shares_become_yuan_by_the_logarithmic_mean() -> None:
    got = one(90_000, 90_400, 60_000, weighing=-0.2, soft=0.1)
    size = (90_400 - 60_000) / np.log(90_400 / 60_000)
    assert got["policy_limit"] == pytest.approx(-400)
    assert got["factor_weighting"] == pytest.approx(0.2 * size)
    assert got["soft_information"] == pytest.approx(-0.1 * size)
    assert got.sum() == pytest.approx(30_000)


def test_equal_limits_leave_nothing_to_explain() -> None:
    got = one(80_000, 80_000, 80_000, weighing=0.3, record=0.2)
    assert (got == 0).all()


def test_where_only_policy_binds_only_policy_stands() -> None:
    got = one(500_000, 640_000, 640_000)
    assert got["policy_limit"] == -140_000
    assert got.drop("policy_limit").abs().max() == 0


def test_a_listed_holder_is_policy_in_full() -> None:
    got = one(0, 120_000, 100_000)
    assert got["policy_limit"] == -120_000
    named = cause.name_causes(got.to_frame().T, np.array([0.0]), np.array([100_000.0]), np.array([1e5]), Tolerance())
    assert named["primary_cause"].tolist() == ["policy_limit"]


def test_a_new_household_has_its_rest_in_uncertainty() -> None:
    got = one(90_000, 90_000, 60_000, new=True, weighing=-0.1)
    assert got["unexplained"] == 0
    assert got["model_uncertainty"] > 0


def test_a_panel_figure_of_nothing_still_adds_up() -> None:
    assert one(40_000, 40_700, 0).sum() == pytest.approx(40_000)


def test_blocks_scale_with_the_money() -> None:
    small, large = one(90_000, 90_400, 60_000, weighing=-0.2), one(900_000, 904_000, 600_000, weighing=-0.2)
    assert np.allclose(small * 10, large)


def test_log_mean_lies_between() -> None:
    a, b = np.array([50_000.0, 10.0, 7.0]), np.array([80_000.0, 1e6, 7.0])
    m = log_mean(a, b)
    assert ((m >= np.minimum(a, b)) & (m <= np.maximum(a, b))).all()


def test_the_tolerance_is_inclusive() -> None:
    blocks = pd.DataFrame([dict.fromkeys(BLOCKS, 0.0) | {"unexplained": 1.0}] * 2)
    named = cause.name_causes(
        blocks, np.array([35_000.0, 35_001.0]), np.array([20_000.0, 20_000.0]), np.array([1e4, 1e4]), Tolerance()
    )
    assert named["primary_cause"].tolist() == ["within_tolerance", "unexplained"]


def test_a_near_tie_is_told_as_one() -> None:
    rows = [
        dict.fromkeys(BLOCKS, 0.0) | {"factor_weighting": 31_000.0, "unexplained": 29_000.0},
        dict.fromkeys(BLOCKS, 0.0) | {"factor_weighting": 58_000.0, "unexplained": 2_000.0},
    ]
    n = np.array([120_000.0] * 2), np.array([60_000.0] * 2), np.array([86_000.0] * 2)
    named = cause.name_causes(pd.DataFrame(rows), *n, Tolerance())
    assert named["second_cause"].tolist() == ["unexplained", "unexplained"]
    assert named["confidence"].iloc[0] < 0.5 < 0.85 < named["confidence"].iloc[1]


DAY = date(2021, 12, 31)


def test_the_sample_stays_the_same_and_has_its_share() -> None:
    homes = pd.Series([f"{i:016x}" for i in range(20_000)])
    drawn = review.sampled(homes, 0.03, 1, DAY)
    assert drawn.mean() == pytest.approx(0.03, abs=0.005)
    assert (review.sampled(homes[::-1], 0.03, 1, DAY)[::-1] == drawn).all()
    assert not review.sampled(homes, 0.0, 1, DAY).any()
    assert review.sampled(homes, 1.0, 1, DAY).all()


@pytest.mark.parametrize(("seed", "day"), [(2, date(2021, 12, 31)), (1, date(2022, 3, 31))])
def test_another_seed_or_quarter_draws_other_households(seed, day) -> None:
    homes = pd.Series([f"{i:016x}" for i in range(20_000)])
    one, two = review.sampled(homes, 0.03, 1, DAY), review.sampled(homes, 0.03, seed, day)
    assert (one & two).mean() == pytest.approx(0.03**2, abs=0.001)
    assert (review.sampled(homes, 0.05, 1, DAY) >= one).all()


def test_what_must_be_reviewed_is_reviewed() -> None:
    n = 40
    none = np.zeros(n, bool)
    bars, objects, new = np.zeros(n, int), none.copy(), none.copy()
    bars[0], objects[1], new[2] = 2, True, True
    off = np.full(n, 0.01)
    off[3:20] = 0.9
    causes = pd.Series(["factor_weighting"] * n)
    got = review.decide(bars, objects, none, off, causes, new, none, 2)
    assert got["action"].iloc[:3].tolist() == ["review"] * 3
    assert got["review_why"].iloc[:3].tolist() == ["barred", "objects", "new"]
    assert got["action"].eq("review").sum() == int(review.MOST * n)
    assert got["action"].iloc[20:].eq("confirm").all()


def test_one_bar_alone_forces_nothing() -> None:
    got = review.decide(
        np.array([1]),
        *(np.array([False]),) * 2,
        np.array([0.0]),
        pd.Series(["unexplained"]),
        *(np.array([False]),) * 2,
        2,
    )
    assert got["action"].tolist() == ["confirm"]
