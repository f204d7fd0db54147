"""Decides which proposals a person must look at before they are confirmed, and says why in words of a short list.

Always: barred by two members, an objection to decisions by automation alone, a sample drawn by the household's pseudonym
(so that it stays the same from run to run).  Besides: where the proposal's expected error is large against the tolerance
that it would be judged by; that is learnt from limits that people confirmed, and where there are none, from how far what
is left unexplained reaches.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from scipy.special import ndtr

WORDS = {
    "barred": "两名以上评议员提出不予授信",
    "objects": "有人不同意仅由系统决定",
    "sampled": "随机抽查",
    "new": "模型没见过这类农户",
    "record": "账面记录待核实",
    "unexplained": "差额原因尚未查明",
    "members": "个别评议员意见偏离",
    "unsure": "建议额度把握不大",
}
REVIEW_AT = 0.20
"""Expected chance that a proposal is off its tolerance above which a person looks at it."""


def sampled(households: pd.Series, share: float) -> np.ndarray:
    """Whether a household is drawn for review: by its pseudonym alone, so a run again draws the same."""
    limit = int(share * 2**32)
    return np.array(
        [int.from_bytes(hashlib.sha256(f"review{h}".encode()).digest()[:4], "big") < limit for h in households], bool
    )


def decide(
    bars: np.ndarray,
    objects: np.ndarray,
    drawn: np.ndarray,
    chance_off: np.ndarray,
    cause: pd.Series,
    new: np.ndarray,
    bars_for_review: int,
) -> pd.DataFrame:
    """``action`` (confirm / review), ``review_why`` (words separated by a space) and ``sampled``."""
    unsure = chance_off > REVIEW_AT
    why_unsure = np.select(
        [
            np.asarray(new, bool),
            cause.eq("record_error").to_numpy(),
            cause.eq("rater_bias").to_numpy(),
            cause.eq("unexplained").to_numpy(),
        ],
        ["new", "record", "members", "unexplained"],
        "unsure",
    )
    parts = [
        np.where(bars >= bars_for_review, "barred", ""),
        np.where(objects, "objects", ""),
        np.where(drawn, "sampled", ""),
        np.where(unsure, why_unsure, ""),
    ]
    why = [" ".join(filter(None, row)) for row in zip(*parts, strict=True)]
    review = np.array([bool(w) for w in why])
    return pd.DataFrame(
        {
            "action": np.where(review, "review", "confirm"),
            "review_why": pd.Series([w or None for w in why], dtype="str"),
            "sampled": drawn,
        }
    )


def chance_of_error(log_error_sd: np.ndarray, proposal: np.ndarray, share: float, yuan: float) -> np.ndarray:
    """Chance that a proposal is off its tolerance when its error in log has this standard deviation.

    The tolerance in log is ``share`` of the larger or ``yuan``, whichever is more: a small limit is seldom off.

    >>> round(float(chance_of_error(np.array([0.2]), np.array([100_000.0]), 0.25, 15_000.0)[0]), 3)
    0.207
    """
    room = np.maximum(share * proposal, yuan)
    up = np.log1p(room / np.maximum(proposal, 1.0))
    down = -np.log(np.maximum(1.0 - room / np.maximum(proposal, 1.0), 1e-9))
    sd = np.maximum(log_error_sd, 1e-6)
    return np.asarray(ndtr(-up / sd) + ndtr(-down / sd))
