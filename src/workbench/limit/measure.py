"""How good a model is on groups that it never saw: errors with intervals, coverage by fifth, broken directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workbench.limit.conformal import LEVEL, calibrate
from workbench.limit.features import Matrix
from workbench.limit.folds import Index
from workbench.spec import FeatureSpec

SWEEP_ROWS = 200
SWEEP_POINTS = 12
DRAWS = 300
TINY = 1e-300
NINE_IN_TEN = 1.645
"""Standard deviations that hold nine in ten."""


def errors(y: Matrix, p: Matrix, weight: Matrix) -> dict[str, float]:
    """``mae``, ``rmse``, ``r2`` in the target's unit.

    >>> errors(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.ones(2))
    {'mae': 1.0, 'rmse': 1.0, 'r2': 0.0}
    """
    mean = np.average(y, weights=weight)
    square = float(np.average((y - p) ** 2, weights=weight))
    spread = float(np.average((y - mean) ** 2, weights=weight))
    return {
        "mae": float(np.average(np.abs(y - p), weights=weight)),
        "rmse": square**0.5,
        "r2": 1 - square / spread if spread > 0 else 0.0,
    }


def log_r2(y: Matrix, p: Matrix) -> float | None:
    """r2 of the logs, None where a target or a figure is not above 0."""
    if not (y > 0).all() or not (p > 0).all():
        return None
    spread = float(np.var(np.log(y)))
    return 1 - float(np.mean((np.log(y) - np.log(p)) ** 2)) / spread if spread > 0 else 0.0


def crossed_intervals(
    y: Matrix,
    p: Matrix,
    fold: Index,
    unit: tuple[float, float],
    log: bool,
    factor: Matrix | float = 1.0,
    level: float = LEVEL,
) -> tuple[Matrix, Matrix]:
    """Intervals of every row from the residuals of the other folds, so that coverage is measured, not fitted."""
    low, high = np.empty(len(y)), np.empty(len(y))
    wide = np.broadcast_to(np.asarray(factor, dtype=float), y.shape)
    several = len(np.unique(fold)) > 1
    for k in np.unique(fold):
        here = fold == k
        rest = ~here if several else here
        low[here], high[here] = calibrate(y[rest], p[rest], *unit, level).interval(p[here], wide[here])
    return (np.maximum(low, 0.0), high) if log else (low, high)


def interval_figures(y: Matrix, p: Matrix, low: Matrix, high: Matrix) -> dict[str, Any]:
    """``coverage_90``, mean ``interval_width``, Winkler score, and coverage in every fifth of the predictions."""
    inside = (y >= low) & (y <= high)
    miss = np.maximum(low - y, 0) + np.maximum(y - high, 0)
    parts = np.array_split(np.argsort(p, kind="stable"), min(5, len(p)))
    return {
        "coverage_90": float(inside.mean()),
        "interval_width": float((high - low).mean()),
        "winkler": float((high - low + 2 / (1 - LEVEL) * miss).mean()),
        "coverage_by_fifth": [round(float(inside[part].mean()), 4) for part in parts],
    }


def monotone_violations(
    predict: Callable[[Matrix], Matrix], x: Matrix, spec: FeatureSpec, seed: int, tolerance: float = 1e-9
) -> int:
    """Sweeps (a row, a fact) whose figure somewhere moves against the fact's direction while that fact gets better.

    The fact is pushed over the values seen (gaps in the other facts stay), the gap itself pushed in too: a figure at a
    gap is compared with nothing, since a gap is neither better nor worse than a value.
    """
    rows = np.sort(np.random.default_rng(seed).permutation(len(x))[:SWEEP_ROWS])
    found = 0
    for j, feature in enumerate(spec.features):
        values = np.unique(x[~np.isnan(x[:, j]), j])
        if not feature.monotone or len(values) < 2:
            continue
        steps = np.unique(np.quantile(values, np.linspace(0, 1, SWEEP_POINTS)))
        pushed = np.repeat(x[rows], len(steps), axis=0)
        pushed[:, j] = np.tile(steps, len(rows))
        figures = predict(pushed).reshape(len(rows), len(steps))
        moves = np.diff(figures, axis=1) * feature.monotone
        found += int((moves < -tolerance * np.maximum(1.0, np.abs(figures[:, 1:]))).any(axis=1).sum())
    return found


def mean_interval(value: Matrix, weight: Matrix, groups: Index, seed: int) -> tuple[float, float]:
    """90 % interval of a weighted mean by drawing whole groups anew; groups are whole numbers from 0.

    >>> mean_interval(np.array([2.0, 2.0, 2.0]), np.ones(3), np.array([0, 0, 1]), 1)
    (2.0, 2.0)
    """
    total, weighed = np.bincount(groups, weight * value), np.bincount(groups, weight)
    rng, drawn = np.random.default_rng(seed), []
    for _ in range(DRAWS):
        some = rng.integers(0, len(total), len(total))
        drawn.append(total[some].sum() / max(weighed[some].sum(), TINY))
    low, high = np.quantile(drawn, [0.05, 0.95])
    return float(low), float(high)


def row_interval(value: Matrix) -> tuple[float, float]:
    """90 % interval of the mean of one group, whose rows are all that it has.

    >>> row_interval(np.array([1.0, 3.0]))
    (0.355, 3.645)
    """
    half = NINE_IN_TEN * float(np.std(value, ddof=1)) / len(value) ** 0.5 if len(value) > 1 else 0.0
    return round(float(value.mean()) - half, 9), round(float(value.mean()) + half, 9)
