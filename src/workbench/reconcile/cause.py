"""Decides the primary cause of a gap and how sure that is.

Within the tolerance nothing has to be explained.  Outside it the largest block in the gap's direction is named; the
confidence falls where the runner-up is near and where the blocks themselves are uncertain.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.params import Tolerance
from workbench.reconcile.blocks import BLOCKS

WITHIN = "within_tolerance"


def bound(a: np.ndarray, b: np.ndarray, tolerance: Tolerance) -> np.ndarray:
    """The tolerance for two limits in yuan: ``max(yuan, share x the larger)``.

    >>> float(bound(np.array([100_000.0]), np.array([80_000.0]), Tolerance())[0])
    25000.0
    """
    return np.asarray(np.maximum(float(tolerance.yuan), tolerance.share * np.maximum(a, b)))


def name_causes(
    blocks: pd.DataFrame, model: np.ndarray, panel: np.ndarray, doubt: np.ndarray, tolerance: Tolerance
) -> pd.DataFrame:
    """``primary_cause``, ``second_cause`` (empty within the tolerance or where no other block points that way) and
    ``confidence``; ``doubt`` is the standard deviation in yuan of the difference between two blocks."""
    gap = model - panel
    outside = np.abs(gap) > bound(model, panel, tolerance)
    toward = blocks[list(BLOCKS)].to_numpy(float) * np.where(gap < 0, -1.0, 1.0)[:, None]
    order = np.argsort(-toward, axis=1, kind="stable")
    rows = np.arange(len(gap))
    lead, second = toward[rows, order[:, 0]], toward[rows, order[:, 1]]
    sure = ndtr((lead - np.maximum(second, 0.0)) / np.maximum(doubt, 1.0))
    names = np.array(BLOCKS, dtype=object)
    return pd.DataFrame(
        {
            "primary_cause": np.where(outside, names[order[:, 0]], WITHIN),
            "second_cause": pd.Series(names[order[:, 1]], dtype="str").where(outside & (second > 0)),
            "confidence": np.where(outside, sure, 1.0),
        }
    )
