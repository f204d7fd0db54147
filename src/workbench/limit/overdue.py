"""The probability of being overdue within twelve months, from matured labels alone; never 0, never 1.

A label exists only if the line was drawn and twelve months have run out (the door sees to it); an unknown label is
unknown, never 0.  About a hundred bad cases carry a penalised logit on a few facts, not a forest: among the facts with
a declared direction, slopes are bound to it and shrunk, and the five largest stay.  With a thousand bad cases LightGBM
is better and takes over.  With no bad case the figure is small and the same for all; with no label it is the bank's
planning figure.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.limit import algebra
from workbench.limit.features import Codes, Matrix, matrix
from workbench.limit.folds import group_folds
from workbench.spec import FeatureSpec

LOWEST, HIGHEST = 0.001, 0.60
MOST_FACTS = 5
LEAST_BAD = 5
LEAST_SLOPE = 0.01
PRIOR_SPREAD = 0.3
"""Standard deviation that a coefficient on a standardised fact is expected to have."""
LEAST_IN_A_FIFTH = 20
"""Rows of which a share of bad cases is worth saying."""
FOREST_BAD = 1_000
FOREST_TREES = 150


def fit_overdue(
    facts: pd.DataFrame, overdue: Matrix, spec: FeatureSpec, codes: Codes, *, planning: float, seed: int
) -> dict[str, Any]:
    """The PD model as plain data, from rows with a known label (1 overdue, 0 not).

    >>> none = fit_overdue(pd.DataFrame({"a": [1.0]}), np.array([]), _doc_spec(), {}, planning=0.03, seed=1)
    >>> none["kind"], none["level"]
    ('planning', 0.03)
    """
    n, bad = len(overdue), int(overdue.sum())
    told: dict[str, Any] = {"n": n, "bad": bad}
    if n == 0:
        return {**told, "kind": "planning", "level": planning}
    level = (bad + 0.5) / (n + 1)
    if bad < LEAST_BAD or n - bad < LEAST_BAD:
        return {**told, "kind": "level", "level": float(np.clip(level, LOWEST, HIGHEST))}
    x, _ = matrix(facts, spec, codes)
    if bad >= FOREST_BAD:
        return {**told, "kind": "forest", "level": level, "text": _forest(x, overdue, spec, seed)}
    return {**told, "level": level, **_logit(x, overdue, spec)}


def probability(model: dict[str, Any], x: Matrix) -> Matrix:
    """The PD of each matrix row, between 0.1 % and 60 %."""
    if model["kind"] == "forest":
        from lightgbm import Booster

        out: Matrix = np.asarray(Booster(model_str=model["text"]).predict(x, num_threads=1))
    elif model["kind"] == "logit":
        z = (_squeeze(x[:, model["columns"]]) - np.array(model["middle"])) / np.array(model["spread"])
        known = np.nan_to_num(np.clip(z, -4, 4), nan=0.0)
        out = _chance(model["intercept"] + algebra.times(known, np.array(model["coefficients"])))
    else:
        out = np.full(len(x), model["level"])
    return np.asarray(np.clip(out, LOWEST, HIGHEST))


def out_of_fold(
    facts: pd.DataFrame, overdue: Matrix, groups: pd.Series, spec: FeatureSpec, codes: Codes, seed: int, folds: int = 5
) -> dict[str, float]:
    """AUC, Brier score, and Brier over that of a constant, on groups that the fit did not see; empty if undefined."""
    if len(np.unique(overdue)) < 2:
        return {}
    return judged(overdue, *crossed(facts, overdue, groups, spec, codes, seed, folds))


def crossed(
    facts: pd.DataFrame, overdue: Matrix, groups: pd.Series, spec: FeatureSpec, codes: Codes, seed: int, folds: int = 5
) -> tuple[Matrix, Matrix]:
    """The PD of each row by a fit that did not see its group, and the share of bad cases in the rows of that fit."""
    fold, x = group_folds(groups, folds, seed), matrix(facts, spec, codes)[0]
    p, constant = np.empty(len(overdue)), np.empty(len(overdue))
    for k in np.unique(fold):
        here = fold == k
        rest = overdue[~here]
        model = fit_overdue(facts[~here], rest, spec, codes, planning=0.5, seed=seed)
        p[here], constant[here] = probability(model, x[here]), rest.mean() if len(rest) else 0.5
    return p, constant


def judged(overdue: Matrix, p: Matrix, constant: Matrix) -> dict[str, float]:
    """AUC, Brier score, and Brier over that of a constant."""
    brier, plain = float(np.mean((overdue - p) ** 2)), float(np.mean((overdue - constant) ** 2))
    return {"auc": auc(overdue, p), "brier": brier, "brier_over_constant": brier / plain if plain > 0 else 1.0}


def by_fifth(overdue: Matrix, p: Matrix) -> list[dict[str, float]]:
    """Calibration: rows, mean PD and share of bad cases in every fifth of the PD, lowest first; none of few rows.

    >>> by_fifth(np.array([0.0, 1.0]), np.array([0.1, 0.2]))
    []
    """
    if len(p) < 5 * LEAST_IN_A_FIFTH:
        return []
    parts = np.array_split(np.argsort(p, kind="stable"), 5)
    return [{"n": len(at), "pd": float(p[at].mean()), "bad": float(overdue[at].mean())} for at in parts]


def auc(overdue: Matrix, p: Matrix) -> float:
    """Share of (bad, good) pairs in which the bad one has the higher figure, ties counted half.

    >>> auc(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.1, 0.9]))
    0.75
    """
    rank = pd.Series(p).rank().to_numpy()
    bad = overdue == 1
    n, m = int(bad.sum()), int((~bad).sum())
    return float((rank[bad].sum() - n * (n + 1) / 2) / (n * m)) if n and m else 0.5


def _forest(x: Matrix, overdue: Matrix, spec: FeatureSpec, seed: int) -> str:
    import lightgbm as lgb

    order = np.lexsort([*x.T, overdue])
    data = lgb.Dataset(
        x[order],
        overdue[order],
        categorical_feature=[j for j, f in enumerate(spec.features) if f.kind == "category"],
        params={"verbose": -1},
    )
    settings = {
        "objective": "binary",
        "num_leaves": 31,
        "learning_rate": 0.04,
        "min_data_in_leaf": 100,
        "monotone_constraints": [-f.monotone for f in spec.features],
        "monotone_constraints_method": "basic",
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    return str(lgb.train(settings, data, FOREST_TREES).model_to_string())


def _squeeze(x: Matrix) -> Matrix:
    return np.asarray(np.sign(x) * np.log1p(np.abs(x)))


def _chance(score: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def _logit(x: Matrix, overdue: Matrix, spec: FeatureSpec) -> dict[str, Any]:
    """Penalised logit on the facts that have a direction; slopes keep to it; the five largest are fitted again."""
    views = _squeeze(x)
    middle = np.array([np.median(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0.0 for c in views.T])
    spread = np.array([max(float(np.std(c[~np.isnan(c)])), 1e-6) if (~np.isnan(c)).any() else 1.0 for c in views.T])
    direction = np.array([-f.monotone if f.kind == "number" else 0 for f in spec.features], dtype=float)
    bound = np.flatnonzero(direction)
    z = np.nan_to_num(np.clip((views - middle) / spread, -4, 4), nan=0.0) * direction
    intercept, slopes = _fit(z[:, bound], overdue)
    order = np.argsort(-slopes, kind="stable")[:MOST_FACTS]
    chosen = [int(bound[k]) for k in np.sort(order) if slopes[k] > LEAST_SLOPE]
    intercept, slopes = _fit(z[:, chosen], overdue)
    return {
        "kind": "logit",
        "columns": chosen,
        "facts": [spec.names[j] for j in chosen],
        "middle": [float(middle[j]) for j in chosen],
        "spread": [float(spread[j]) for j in chosen],
        "coefficients": [float(s * direction[j]) for s, j in zip(slopes, chosen, strict=True)],
        "intercept": float(intercept),
    }


def _fit(z: Matrix, overdue: Matrix) -> tuple[float, Matrix]:
    """Slopes of 0 or more under the penalty; the intercept is free, so the mean PD is the share of bad cases."""
    from scipy.optimize import minimize

    a = np.column_stack([np.ones(len(z)), z])

    def loss(beta: Matrix) -> tuple[float, Matrix]:
        score = algebra.times(a, beta)
        value = float(np.sum(np.logaddexp(0, score) - overdue * score) + np.sum(beta[1:] ** 2) / 2 / PRIOR_SPREAD**2)
        slope = algebra.summed(a, _chance(score) - overdue)
        slope[1:] += beta[1:] / PRIOR_SPREAD**2
        return value, slope

    start = np.zeros(a.shape[1])
    start[0] = np.log(overdue.mean() / (1 - overdue.mean()))
    bounds = [(None, None)] + [(0, None)] * z.shape[1]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-12})
    return float(found.x[0]), np.asarray(found.x[1:])


def _doc_spec() -> FeatureSpec:
    from workbench.spec import Feature

    return FeatureSpec("y", (Feature("a", "a", "a", "a"),))
