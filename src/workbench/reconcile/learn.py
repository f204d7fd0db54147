"""Decides how anything is learnt from a town: small boosted trees, cross-fitted so that no village teaches itself.

A household's figure never comes from a fit that saw its own village (its own fold of households where a town has one
village).  Where there is too little to learn from, the weighted median stands, and below that nothing is claimed.
"""

from __future__ import annotations

import hashlib

import lightgbm as lgb
import numpy as np

LEAST_TO_FIT = 80
"""Rows below which a fit is the median alone."""
LEAST_TO_CLAIM = 30
"""Rows below which nothing is learnt at all."""
MOST_FOLDS = 8


def village_folds(villages: np.ndarray, households: np.ndarray, most: int = MOST_FOLDS) -> np.ndarray:
    """The fold of each row: villages whole, spread over at most ``most`` folds of like size; with fewer than three
    villages households are spread by their pseudonym, so that a fold does not depend on the order of rows."""
    names, counts = np.unique(villages.astype(str), return_counts=True)
    if len(names) < 3:
        return np.array([int(hashlib.sha256(str(h).encode()).hexdigest(), 16) % 5 for h in households], dtype=int)
    size = np.zeros(min(most, len(names)))
    place = {}
    for i in np.lexsort((names, -counts)):
        place[names[i]] = int(size.argmin())
        size[place[names[i]]] += counts[i]
    return np.array([place[str(v)] for v in villages], dtype=int)


def fit(
    x: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None = None,
    *,
    rounds: int = 150,
    rate: float = 0.05,
    leaves: int = 7,
    least: int = 20,
    objective: str = "regression",
    monotone: list[int] | None = None,
    penalty: float = 1.0,
) -> lgb.Booster:
    """A small boosted tree on rows whose ``y`` is there; one thread, the same bytes each time."""
    params = {
        "objective": objective,
        "learning_rate": rate,
        "num_leaves": leaves,
        "min_data_in_leaf": least,
        "lambda_l2": penalty,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": 1,
        "verbosity": -1,
        "feature_pre_filter": False,
    }
    if objective == "huber":
        params["alpha"] = 0.5
    if monotone is not None:
        params |= {"monotone_constraints": monotone, "monotone_constraints_method": "basic"}
    return lgb.train(params, lgb.Dataset(x, y, weight=weight, params={"verbosity": -1}), rounds)


def cross_fit(
    x: np.ndarray,
    y: np.ndarray,
    folds: np.ndarray,
    weight: np.ndarray | None = None,
    **options: object,
) -> np.ndarray:
    """Predictions of ``y`` for every row from fits on the other folds; rows without ``y`` are predicted, not learnt.

    Where fewer than ``LEAST_TO_FIT`` rows teach a fold its figure is their weighted median, below
    ``LEAST_TO_CLAIM`` it is empty.
    """
    weight = np.ones(len(y)) if weight is None else weight
    out = np.full(len(y), np.nan)
    for fold in np.unique(folds):
        here = folds == fold
        teach = ~here & np.isfinite(y) & (weight > 0)
        out[here] = predict(x[teach], y[teach], weight[teach], x[here], **options)
    return out


def predict(x: np.ndarray, y: np.ndarray, weight: np.ndarray, to: np.ndarray, **options: object) -> np.ndarray:
    """Predictions for ``to`` from rows that teach, or their median, or nothing (see ``cross_fit``)."""
    if len(y) < LEAST_TO_CLAIM:
        return np.full(len(to), np.nan)
    if len(y) < LEAST_TO_FIT:
        return np.full(len(to), weighted_median(y, weight))
    booster = fit(x, y, weight, **options)  # type: ignore[arg-type]
    return np.asarray(booster.predict(to, num_threads=1), float)


def cross_contributions(
    x: np.ndarray, y: np.ndarray, folds: np.ndarray, weight: np.ndarray, rows: int, **options: object
) -> np.ndarray:
    """As ``cross_fit``, for the first ``rows`` rows: a contribution a column and the base in the last, in the unit
    of ``y``.

    Rows beyond ``rows`` are the same households again, in the same order.  Contributions of a row add up to its
    prediction.  Where nothing is learnt every contribution is 0.
    """
    out = np.zeros((rows, x.shape[1] + 1))
    for fold in np.unique(folds[:rows]):
        here = np.flatnonzero(folds[:rows] == fold)
        teach = (folds != fold) & np.isfinite(y) & (weight > 0)
        # a household may teach twice (against the model, against what was confirmed): it is one all the same
        if len(np.unique(np.flatnonzero(teach) % rows)) < LEAST_TO_CLAIM:
            continue
        if teach.sum() < LEAST_TO_FIT:
            out[here, -1] = weighted_median(y[teach], weight[teach])
            continue
        booster = fit(x[teach], y[teach], weight[teach], **options)  # type: ignore[arg-type]
        out[here] = np.asarray(booster.predict(x[here], pred_contrib=True, num_threads=1), float)
    return out


def weighted_median(values: np.ndarray, weight: np.ndarray) -> float:
    """The value at which half the weight is reached.

    >>> weighted_median(np.array([1.0, 2.0, 10.0]), np.array([1.0, 1.0, 1.0]))
    2.0
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def robust_sd(values: np.ndarray) -> float:
    """1.4826 times the median distance from the median; empty cells apart.

    >>> round(robust_sd(np.array([1.0, 2.0, 3.0, 4.0, 100.0])), 4)
    1.4826
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return float("nan")
    return float(1.4826 * np.median(np.abs(known - np.median(known))))
