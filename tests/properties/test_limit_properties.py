"""What must hold for any figures: policy replays, prices are monotone, shares become yuan exactly, limits scale."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.limit import policy, pricing
from workbench.limit.admit import plain_number
from workbench.limit.books import load_books
from workbench.limit.conformal import calibrate
from workbench.limit.folds import group_folds
from workbench.limit.policy import Facing, Policy
from workbench.limit.teach import robust_weights
from workbench.units import log_mean

BOOKS = load_books()
YUAN = st.floats(0, 5e6, allow_nan=False)
DAY = date(2021, 12, 31)


@given(st.lists(YUAN, min_size=1, max_size=20), st.floats(0, 1e6), st.booleans())
def test_the_ledger_is_a_chain_and_never_raises_a_limit(raw: list[float], owed: float, eligible: bool) -> None:
    n = len(raw)
    see = Facing(np.full(n, float(eligible)), np.zeros(n), np.full(n, owed))
    bank = Policy(500_000, 200_000, 1_000, 5_000, "loan")
    lines = policy.lines(np.array(raw), see, bank)
    before = np.array(raw)
    for _, start, after in lines:
        np.testing.assert_array_equal(before, start)
        assert (after <= start + policy.HAIR).all()
        before = after
    assert ((before == 0) | (before >= 5_000)).all()
    assert (before % 1_000 == 0).all()


@given(st.lists(YUAN, min_size=2, max_size=20))
def test_a_higher_figure_never_gets_a_lower_limit(raw: list[float]) -> None:
    figures = np.sort(np.array(raw))
    n = len(figures)
    after = policy.limit_after(
        figures, Facing(np.ones(n), np.zeros(n), np.zeros(n)), Policy(500_000, None, 1_000, 5_000)
    )
    assert (np.diff(after) >= 0).all()


@given(st.lists(st.floats(0, 1, allow_nan=False), min_size=2, max_size=30))
def test_a_lower_pd_is_never_dearer_nor_graded_worse(chances: list[float]) -> None:
    p = np.sort(np.array(chances))
    assert (np.diff(pricing.rates(p, BOOKS.price, DAY)) >= 0).all()
    order = [g.grade for g in BOOKS.price.grades]
    assert (np.diff([order.index(g) for g in pricing.grades(p, BOOKS.price)]) >= 0).all()


@given(st.floats(1, 1e7), st.lists(st.floats(-3, 3), min_size=1, max_size=30))
def test_shares_of_a_log_difference_become_yuan_exactly(base: float, shares: list[float]) -> None:
    phi = np.array(shares) / len(shares)
    total = base * np.exp(phi.sum())
    yuan = log_mean(np.array([total]), np.array([base]))[0] * phi
    assert abs(base + yuan.sum() - total) <= 1e-9 * max(base, total) + 1e-9


@given(st.integers(2, 6), st.lists(st.sampled_from("abcdefg"), min_size=8, max_size=60), st.integers(0, 99))
def test_groups_are_never_split(folds: int, groups: list[str], seed: int) -> None:
    fold = pd.Series(group_folds(pd.Series(groups), folds, seed))
    if len(set(groups)) > 1:
        assert fold.groupby(np.array(groups)).nunique().max() == 1
        assert fold.nunique() == min(folds, len(set(groups)))


@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_intervals_scale_with_the_limits(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    p = rng.uniform(1e4, 3e5, 60)
    y = p * np.exp(rng.normal(0, 0.3, 60))
    low, high = calibrate(y, p, 15_000, 0.25).interval(p)
    low_c, high_c = calibrate(factor * y, factor * p, factor * 15_000, 0.25).interval(factor * p)
    np.testing.assert_allclose(low_c, factor * low, rtol=1e-6, atol=1e-6 * factor * p.max())
    np.testing.assert_allclose(high_c, factor * high, rtol=1e-6, atol=1e-6 * factor * p.max())


@given(st.lists(st.floats(0.1, 10), min_size=3, max_size=40))
def test_robust_weights_lie_between_0_and_1_and_fall_with_distance(ratios: list[float]) -> None:
    p = np.full(len(ratios), 1e5)
    w = robust_weights(p * np.array(ratios), p, log=True)
    assert ((w >= 0) & (w <= 1)).all()
    order = np.argsort(np.abs(np.log(ratios)), kind="stable")
    assert (np.diff(w[order]) <= 1e-9).all()


@settings(max_examples=200)
@given(st.text(max_size=12))
def test_a_number_cell_never_grows_digits(text: str) -> None:
    made = plain_number(text)
    assert len(made) <= 8 * len(text)
    assert plain_number(made) == made


@given(st.floats(-1e9, 1e9).map(lambda v: round(v, 2)))
def test_thousands_separators_change_no_number(value: float) -> None:
    assert float(plain_number(f"{value:,.2f}")) == value
