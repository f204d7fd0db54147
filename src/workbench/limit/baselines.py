"""The models that stand beside ours by name: what a bank has without us.

``median``: one figure for all.  ``linear``: ridge in the target's own unit on standardised facts, gaps at the median.
``lightgbm_plain``: the library without directions.  ``points``: the points table that the spec names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from workbench.limit import algebra
from workbench.limit.boost import Settings, Task, figure, fit, own_scale
from workbench.limit.features import Matrix
from workbench.spec import FeatureSpec

Predict = Callable[[Matrix], Matrix]
RIDGE = 1.0
MOST_LEVELS = 30


def fit_median(task: Task) -> Predict:
    """The weighted median of the training targets for every row."""
    order = np.argsort(task.y, kind="stable")
    share = np.cumsum(task.weight[order])
    middle = float(task.y[order][np.searchsorted(share, share[-1] / 2)])
    return lambda x: np.full(len(x), middle)


def fit_linear(task: Task, spec: FeatureSpec) -> Predict:
    """Ridge regression in the target's unit; categories as indicator columns."""
    levels = {
        j: np.unique(task.x[~np.isnan(task.x[:, j]), j])[:MOST_LEVELS]
        for j, f in enumerate(spec.features)
        if f.kind == "category"
    }
    numeric = [j for j in range(task.x.shape[1]) if j not in levels]
    middle = np.array([np.nanmedian(c) if (~np.isnan(c)).any() else 0.0 for c in task.x[:, numeric].T])

    def columns(x: Matrix) -> Matrix:
        some = np.where(np.isnan(x[:, numeric]), middle, x[:, numeric])
        return np.column_stack([some, *(x[:, j] == v for j, values in levels.items() for v in values)])

    a = columns(task.x)
    mean, spread = a.mean(axis=0), a.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    z, w = (a - mean) / spread, task.weight / task.weight.mean()
    centre = np.average(task.y, weights=w)
    zc = z - np.average(z, axis=0, weights=w)
    square = algebra.gram(zc * np.sqrt(w)[:, None]) + RIDGE * np.eye(z.shape[1])
    beta = np.linalg.solve(square, algebra.summed(zc, w * (task.y - centre)))
    shift = centre - float((np.average(z, axis=0, weights=w) * beta).sum())
    slopes = np.asarray(beta, dtype=float)
    return lambda x: algebra.times((columns(x) - mean) / spread, slopes) + shift


def fit_plain(task: Task, spec: FeatureSpec, settings: Settings, seed: int) -> Predict:
    """LightGBM as it comes, in the target's unit, no directions, as many trees and leaves as ours."""
    booster = fit(
        replace(task, log=False),
        spec,
        replace(settings, objective="l2", directions=False, robust=False, taught=False),
        seed,
    )
    return lambda x: figure(own_scale(booster, x), False)


def clipped(predict: Predict, log: bool) -> Predict:
    """A limit below 0 is no limit: on the log scale figures end at 0."""
    return (lambda x: np.maximum(predict(x), 0.0)) if log else predict
