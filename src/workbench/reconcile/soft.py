"""Decides what the panel knows of a household that no record shows: conduct, illness, a new contract.

The members' marks less what the facts and the stated income lead one to expect, and the signs of their remarks, are
set against what is left of the gap after the weighing; never falling in a mark, cross-fitted by village.  Stated income
itself does not enter: it would swallow the facts' errors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned

LEAST = 150
"""Households below which marks are not weighed."""


def learn_soft(
    town: Aligned, facts: pd.DataFrame, left: np.ndarray, new: np.ndarray, doubt: np.ndarray, folds: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log that the panel adds (+) or takes (-) by what it knows, and the marks' distance from the expected (a frame
    as an array: integrity, business, remark)."""
    beyond = beyond_facts(town, facts, folds)
    known = np.isfinite(beyond).any(axis=1) & np.isfinite(left)
    if known.sum() < LEAST:
        return np.zeros(len(town)), beyond
    bound = 3 * learn.robust_sd(left)
    y = np.where(known, np.clip(left, -max(bound, 1.2), max(bound, 1.2)), np.nan)
    weight = np.where(new, 0.0, 1.0) * (1.0 - doubt)
    log = learn.cross_fit(
        beyond, y, folds, weight, rounds=120, rate=0.06, leaves=5, least=15, monotone=[1] * beyond.shape[1]
    )
    log = np.nan_to_num(np.where(known, log, 0.0))
    return log - np.median(log[known]), beyond


def beyond_facts(town: Aligned, facts: pd.DataFrame, folds: np.ndarray) -> np.ndarray:
    """Marks less what facts and stated income lead one to expect, on a robust scale; remarks as they are."""
    levels = matrix.levels_of(facts, town.features)
    x = np.column_stack(
        [
            matrix.columns(facts, town.features, levels, matrix.anchor(facts, town.features, town.raw)),
            town.marks["stated"].to_numpy(float),
        ]
    )
    out = []
    for mark in ("integrity", "business", "worst", "best"):
        said = town.marks[mark].to_numpy(float)
        rest = said - learn.cross_fit(x, said, folds, rounds=60, rate=0.08, least=30)
        scale = learn.robust_sd(rest)
        out.append(rest / scale if np.isfinite(scale) and scale > 0 else np.full(len(said), np.nan))
    return np.column_stack([*out, town.marks["remark"].to_numpy(float)])
