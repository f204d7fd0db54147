"""The parts of the model by hand arithmetic: matrix, folds, intervals, novelty, measures."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pandas as pd
import pytest

import workbench.limit
from workbench.errors import InputError
from workbench.limit import baselines, boost, conformal, measure, teach
from workbench.limit.conformal import Conformal, calibrate, unit_of
from workbench.limit.features import UNSEEN, code_tables, matrix
from workbench.limit.folds import group_folds
from workbench.limit.novelty import Range, learn_range
from workbench.limit.stability import psi
from workbench.spec import Feature, FeatureSpec
from workbench.units import log_mean


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(workbench.limit.__path__)])
def test_worked_numbers_in_docstrings(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"workbench.limit.{name}")).failed == 0


def test_columns_are_found_by_name_not_by_place(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    codes = code_tables(facts, spec)
    straight, _ = matrix(facts, spec, codes)
    turned, _ = matrix(facts[facts.columns[::-1]], spec, codes)
    np.testing.assert_array_equal(straight, turned)


def test_a_missing_column_is_refused_by_name(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    with pytest.raises(InputError, match="column debt"):
        matrix(facts.drop(columns="debt"), spec, code_tables(facts, spec))


def test_text_and_infinity_in_a_number_column_name_row_and_column(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    bad = facts.head(4).astype({"income": "object"})
    bad.loc[2, "income"] = "about 3000"
    bad.loc[1, "debt"] = np.inf
    with pytest.raises(InputError) as told:
        matrix(bad, spec, code_tables(facts, spec), "t.csv")
    assert "t.csv: column income: 1 row (row 4)" in str(told.value)
    assert "column debt" in str(told.value)
    assert "about 3000" not in str(told.value)


def test_categories_are_coded_by_the_table_of_training(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    codes = code_tables(facts, spec)
    x, unseen = matrix(facts.head(3).assign(trade=["经商", "渔业", None]), spec, codes)
    assert x[0, 4] == codes["trade"].index("经商")
    assert x[1, 4] == UNSEEN
    assert np.isnan(x[2, 4])
    assert unseen == {"trade": 1}


def test_whole_numbers_floats_and_text_are_one_category() -> None:
    from workbench.limit.features import category_text

    assert category_text(pd.Series([2])).tolist() == category_text(pd.Series([2.0])).tolist() == ["2"]
    assert category_text(pd.Series(["2 ", ""])).isna().tolist() == [False, True]


def test_a_group_stays_in_one_fold_and_row_order_does_not_matter() -> None:
    groups = pd.Series(list("aaabbbccddeeff") * 3)
    fold = group_folds(groups, 3, 7)
    assert pd.Series(fold).groupby(groups).nunique().max() == 1
    assert set(fold) == {0, 1, 2}
    turned = group_folds(groups[::-1].reset_index(drop=True), 3, 7)
    np.testing.assert_array_equal(fold, turned[::-1])


def test_rows_without_a_group_are_groups_of_their_own() -> None:
    assert len(set(group_folds(pd.Series([None] * 10, dtype="object"), 5, 1))) == 5


def test_a_conformal_quantile_by_hand() -> None:
    # residuals 1..19 over a norm of 1: the ceil(20 x 0.9) = 18th smallest is 18
    made = calibrate(np.arange(1.0, 20.0), np.zeros(19), 1.0, 0.0)
    low, high = made.interval(np.array([0.0]))
    assert (low[0], high[0]) == (-18.0, 18.0)


def test_nine_in_ten_holds_in_every_band_of_skewed_errors() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(1e4, 4e5, 6_000)
    y = p * np.exp(rng.normal(0, np.where(p < 1e5, 0.6, 0.2)))
    made = calibrate(y[:3_000], p[:3_000], 15_000, 0.25)
    low, high = made.interval(p[3_000:])
    inside = (y[3_000:] >= low) & (y[3_000:] <= high)
    for part in np.array_split(np.argsort(p[3_000:]), 5):
        assert 0.86 <= inside[part].mean() <= 0.96


def test_small_tables_are_neither_too_wide_nor_too_narrow_and_cost_less_than_the_larger_of_the_two() -> None:
    """Errors of a size of their own and a share of the limit, 300 to calibrate with, judged on rows never seen."""
    rng = np.random.default_rng(3)
    inside, cost, plain_cost = [], [], []
    for _ in range(60):
        p = np.exp(rng.normal(11, 0.8, 1_300))
        y = p + rng.normal(size=1_300) * (6_000 + 0.2 * p)
        low, high = calibrate(y[:300], p[:300], *unit_of(15_000, 0.25)).interval(p[300:])
        inside.append(((y[300:] >= low) & (y[300:] <= high)).mean())
        cost.append(winkler(y[300:], low, high))
        larger = np.maximum(15_000, 0.25 * p)
        half = np.sort(np.abs(y - p)[:300] / larger[:300])[270] * larger[300:]
        plain_cost.append(winkler(y[300:], p[300:] - half, p[300:] + half))
    assert 0.895 <= np.mean(inside) <= 0.91
    assert np.mean(cost) < 0.995 * np.mean(plain_cost)


def test_nine_in_ten_holds_in_each_village_and_not_only_in_their_mean() -> None:
    """Ten villages of 150, alike in everything: at the level of groups few fall below 0.88, at next to no cost."""
    rng = np.random.default_rng(8)
    levels = (conformal.LEVEL, conformal.level_for(np.arange(6).repeat(150)))
    worst, cost = np.empty((40, 2)), np.empty((40, 2))
    for draw in range(40):
        p = np.exp(rng.normal(11, 0.7, 900 + 10 * 150))
        y = p + rng.normal(size=len(p)) * (7_500 + 0.25 * p) * 0.6
        for k, level in enumerate(levels):
            low, high = calibrate(y[:900], p[:900], 7_500, 0.25, level).interval(p[900:])
            inside = (y[900:] >= low) & (y[900:] <= high)
            worst[draw, k] = inside.reshape(10, 150).mean(axis=1).min()
            cost[draw, k] = winkler(y[900:], low, high)
    below = (worst < 0.88).mean(axis=0)
    assert below[0] > 0.5
    assert below[1] < 0.5 * below[0]
    assert cost[:, 1].mean() < 1.02 * cost[:, 0].mean()


@pytest.mark.parametrize(
    ("groups", "level"),
    [
        (None, 0.9),
        (np.arange(3).repeat(400), 0.9),
        (np.arange(500).repeat(2), 0.9),
        (np.arange(4).repeat(100), 0.92),
        (np.arange(6).repeat(900), 0.91),
    ],
    ids=["none", "three", "twins", "villages", "large"],
)
def test_the_level_of_groups(groups: np.ndarray | None, level: float) -> None:
    assert conformal.level_for(groups) == pytest.approx(level)


def winkler(y: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    return float((high - low + 20 * (np.maximum(low - y, 0) + np.maximum(y - high, 0))).mean())


def test_every_fifth_holds_where_the_unit_is_constant() -> None:
    rng = np.random.default_rng(4)
    p = rng.uniform(0, 4, 6_000)
    y = p + rng.normal(size=6_000) * np.where(p < 1, 2.0, 0.6)
    low, high = calibrate(y[:1_300], p[:1_300], 1.0, 0.0).interval(p[1_300:])
    inside = (y[1_300:] >= low) & (y[1_300:] <= high)
    for part in np.array_split(np.argsort(p[1_300:]), 5):
        assert 0.83 <= inside[part].mean() <= 0.98


def test_an_interval_survives_json() -> None:
    made = calibrate(np.arange(400.0), np.arange(400.0)[::-1], 10.0, 0.25)
    assert Conformal.from_plain(made.plain()) == made


def test_a_model_saved_before_keeps_its_unit() -> None:
    old = {"floor": 15_000.0, "share": 0.25, "middle": [0.0], "low": [1.0], "high": [2.0]}
    low, high = Conformal.from_plain(old).interval(np.array([20_000.0, 100_000.0]))
    assert (low.tolist(), high.tolist()) == ([5_000.0, 75_000.0], [50_000.0, 150_000.0])


def test_a_ratio_that_training_never_showed_is_outside(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts, spec, code_tables(facts, spec))
    seen = learn_range(x, np.arange(len(x)) % 4, spec)
    odd = x[:1].copy()
    odd[0, 0] = np.nanmax(x[:, 0]) * 30
    assert seen.new(odd)[0]
    assert seen.new(x).mean() < 0.05
    assert Range.from_plain(seen.plain()) == seen


def test_a_category_that_few_training_rows_have_is_outside(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts, spec, code_tables(facts, spec))
    j = next(k for k, f in enumerate(spec.features) if f.kind == "category")
    x[:, j] = np.where(np.arange(len(x)) < 4, 1.0, 0.0)
    seen = learn_range(x, np.arange(len(x)) % 4, spec)
    for code, outside in ((0.0, False), (1.0, True), (7.0, True), (-1.0, True), (np.nan, False)):
        home = x[np.flatnonzero(~seen.new(x))[:1]].copy()
        home[0, j] = code
        assert seen.new(home)[0] == outside
    assert Range.from_plain(seen.plain()) == seen


def test_a_count_of_few_values_neither_flags_nor_hides_what_is_new() -> None:
    rng = np.random.default_rng(2)
    names = ("income", "land", "workers", "debt")
    amounts = tuple(Feature(n, n, n, "c", unit=u) for n, u in zip(names, ("yuan", "mu", "person", "yuan"), strict=True))
    n = 600
    land = np.exp(rng.normal(1.5, 0.4, n))
    few = rng.choice([1.0, 2.0, 3.0], n, p=[0.02, 0.95, 0.03])
    debt = np.where(rng.random(n) < 0.9, 0.0, np.exp(rng.normal(9, 1, n)))
    x = np.column_stack([np.exp(rng.normal(10, 0.4, n)), land, few, debt])
    seen = learn_range(x, np.arange(n) % 4, FeatureSpec("limit", amounts))
    assert seen.new(x).mean() < 0.03
    nobody, large, minus = x[:1].copy(), x[:1].copy(), x[:1].copy()
    nobody[0, 2], large[0, 1], minus[0, 0] = 0.0, 120.0, -5.0
    assert not seen.new(nobody)[0]
    assert seen.new(large)[0]
    assert seen.new(minus)[0]


def test_fast_bounds_agree_with_the_exceedance(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts, spec, code_tables(facts, spec))
    seen = learn_range(x[:120], np.arange(120) % 4, spec)
    from workbench.limit.novelty import _exceedance, _views

    over = _exceedance(_views(x, seen.columns, seen.pairs), *map(np.asarray, (seen.low, seen.high, seen.spread)))
    clear = np.abs(over - seen.threshold) > 1e-9
    np.testing.assert_array_equal(seen.new(x)[clear], (over > seen.threshold)[clear])


def test_a_gap_that_training_never_showed_is_filled_and_flagged(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts, spec, code_tables(facts, spec))
    seen = learn_range(x, np.arange(len(x)) % 4, spec)
    gap = x[:1].copy()
    gap[0, 0] = np.nan  # income is never missing in training
    assert seen.new(gap)[0]
    assert seen.filled(gap)[0, 0] == np.median(x[:, 0])
    assert np.isnan(gap[0, 0]), "the input stays as it was"
    known = x[:1].copy()
    known[0, 2] = np.nan  # wages are missing for three in ten
    assert np.isnan(seen.filled(known)[0, 2])


def test_a_sweep_finds_a_broken_direction(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts, spec, code_tables(facts, spec))
    assert measure.monotone_violations(lambda rows: rows[:, 0], x, spec, 1) == 0
    assert measure.monotone_violations(lambda rows: -rows[:, 0], x, spec, 1) == measure.SWEEP_ROWS


def test_the_signed_line_keeps_directions_against_the_data(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts, spec, code_tables(facts, spec))
    against = 50_000 + 0.5 * x[:, 1]  # more debt, higher limit: the spec forbids it
    line = teach.signed_line(x, against, np.ones(len(x)), spec, even=True)
    assert measure.monotone_violations(line, x, spec, 1) == 0


def test_the_linear_baseline_is_exact_on_a_straight_line(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    x, _ = matrix(facts.assign(wage=1.0), spec, code_tables(facts, spec))
    y = 3 * x[:, 0] - 2 * x[:, 1] + 100
    task = boost.Task(x, y, np.ones(len(y)), np.arange(len(y)), False)
    assert np.abs(baselines.fit_linear(task, spec)(x) - y).max() < 0.03 * np.std(y)


def test_the_weighted_median_baseline() -> None:
    task = boost.Task(np.zeros((3, 1)), np.array([1.0, 2.0, 30.0]), np.array([1.0, 1.0, 5.0]), np.arange(3), True)
    assert baselines.fit_median(task)(np.zeros((2, 1))).tolist() == [30.0, 30.0]


@pytest.mark.parametrize("ratio", [1.0, 1 + 1e-9, 1 + 1e-5, 2.0, 0.01])
def test_the_logarithmic_mean_turns_logs_into_yuan(ratio: float) -> None:
    a, b = np.array([80_000.0 * ratio]), np.array([80_000.0])
    assert log_mean(a, b)[0] * np.log(ratio) == pytest.approx(a[0] - b[0], abs=1e-6)


def test_psi_by_hand() -> None:
    # halves become one quarter and three quarters: (0.25-0.5) ln(0.5) + (0.75-0.5) ln(1.5)
    before, now = np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 1, 1])
    assert psi(before, now, bins=2) == pytest.approx(-0.25 * np.log(0.5) + 0.25 * np.log(1.5))
