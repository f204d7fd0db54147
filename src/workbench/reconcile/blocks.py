"""Decides how shares in log become yuan: seven blocks, one function each, that add up to the gap exactly.

With L(a, b) = (a - b)/(ln a - ln b), every block but the first is L(raw limit, panel limit) times its share of
ln raw - ln panel; the first is what policy did, in yuan.  No order of blocks has to be argued about.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import words
from workbench.units import log_mean

BLOCKS = tuple(words.BLOCKS)


def policy_block(model: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """What cap, floor, rounding, list, exposure or eligibility did, in yuan: model limit less raw limit.

    >>> float(policy_block(np.array([80_000.0]), np.array([80_456.0]))[0])
    -456.0
    """
    return np.asarray(model - raw)


def record_block(size: np.ndarray, share: np.ndarray) -> np.ndarray:
    """What correcting contradicted facts does to the model's figure (share: log books / corrected)."""
    return np.asarray(size * share)


def weighting_block(size: np.ndarray, weighing: np.ndarray) -> np.ndarray:
    """Minus what the panels, as bodies, put above or below the model for such households."""
    return np.asarray(-size * weighing)


def soft_block(size: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """Minus what marks and remarks say beyond the facts."""
    return np.asarray(-size * soft)


def member_block(size: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """The panel figure without the members found off, against the panel figure."""
    return np.asarray(size * moved)


def rest_block(gap: np.ndarray, others: np.ndarray, new: np.ndarray, wanted: bool) -> np.ndarray:
    """All that is left: the model's uncertainty where a household is new (``wanted``), unexplained otherwise."""
    return np.where(new == wanted, gap - others, 0.0)


def make_blocks(
    model: np.ndarray,
    raw: np.ndarray,
    panel: np.ndarray,
    said: np.ndarray,
    *,
    record: np.ndarray,
    weighing: np.ndarray,
    soft: np.ndarray,
    moved: np.ndarray,
    new: np.ndarray,
) -> pd.DataFrame:
    """The seven blocks in yuan, a column each; they add up to ``model - panel``.

    ``said`` is the panel figure with 0 written as the floor.  Where raw and panel figure are the same to the yuan there
    is nothing to explain, and every block but policy is 0.
    """
    size = log_mean(raw, said)
    there = np.abs(raw - said) >= 1.0
    size = np.where(there, size, 0.0)
    out = pd.DataFrame(
        {
            "policy_limit": policy_block(model, raw),
            "record_error": record_block(size, record),
            "factor_weighting": weighting_block(size, weighing),
            "soft_information": soft_block(size, soft),
            "rater_bias": member_block(size, moved),
        }
    )
    others = out.sum(axis=1).to_numpy()
    out["model_uncertainty"] = rest_block(model - panel, others, new, True)
    out["unexplained"] = rest_block(model - panel, others, new, False)
    return out[list(BLOCKS)]
