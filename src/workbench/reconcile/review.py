"""Decides which proposals a person must look at before they are confirmed, and says why in words of a short list.

Always: barred by two members, an objection to decisions by automation alone, a household new to the model, one whose
proposal rests on a record held for wrong that nobody has looked at, and a sample drawn by the run's seed and day and
the household's pseudonym (the same run again draws the same, the next quarter draws others).  Besides: those whose
proposal is most likely off the tolerance that it would be judged by, up to the share that a bank can look at.  Being
outside the tolerance is no reason by itself: an explained gap needs no visit, and an unexplained one at the floor does
no harm.
"""

from __future__ import annotations

import hashlib
from datetime import date

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
REVIEW_AT = 0.10
"""Chance that a proposal is off its tolerance above which a person looks at it."""
MOST = 0.22
"""Share of households, with a confirmed limit or without one, that a bank can look at; what cannot be left out may
go beyond it."""


def sampled(households: pd.Series, share: float, seed: int, as_of: date) -> np.ndarray:
    """Whether a household is drawn for review: by the run's seed and day and its pseudonym.

    The same run again draws the same; another quarter or seed draws others; a larger share adds to a smaller one's.
    """
    limit = int(share * 2**32)
    parts = (hashlib.sha256(f"review {seed} {as_of} {h}".encode()).digest()[:4] for h in households)
    return np.array([int.from_bytes(part, "big") < limit for part in parts], bool)


def decide(
    bars: np.ndarray,
    objects: np.ndarray,
    drawn: np.ndarray,
    chance_off: np.ndarray,
    cause: pd.Series,
    new: np.ndarray,
    pilot: np.ndarray,
    bars_for_review: int,
) -> pd.DataFrame:
    """``action`` (confirm / review), ``review_why`` (words separated by a space) and ``sampled``."""
    wrong = cause.eq("record_error").to_numpy()  # what a visit has confirmed is never one
    must = {"barred": bars >= bars_for_review, "objects": objects, "sampled": drawn, "new": new, "record": wrong}
    forced = np.logical_or.reduce(list(must.values()))
    unsure = _most_unsure(chance_off, forced, pilot) | _most_unsure(chance_off, forced, ~pilot)
    words = {"rater_bias": "members", "unexplained": "unexplained"}
    why_unsure = cause.map(words).fillna("unsure").to_numpy()
    parts = [*(np.where(there, word, "") for word, there in must.items()), np.where(unsure, why_unsure, "")]
    why = [" ".join(filter(None, row)) for row in zip(*parts, strict=True)]
    return pd.DataFrame(
        {
            "action": np.where(forced | unsure, "review", "confirm"),
            "review_why": pd.Series([w or None for w in why], dtype="str"),
            "sampled": drawn,
        }
    )


def _most_unsure(chance_off: np.ndarray, forced: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Those ``among`` the households whose chance to be off is above ``REVIEW_AT``, the largest first, while there
    is room."""
    room = max(int(MOST * among.sum()) - int((forced & among).sum()), 0)
    wanted = np.where(among & ~forced, chance_off, -1.0)
    out = np.zeros(len(wanted), bool)
    first = np.argsort(-wanted, kind="stable")[:room]
    out[first] = wanted[first] > REVIEW_AT
    return out


def error_sd(rest: np.ndarray, interval: np.ndarray, exceedance: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """Standard deviation (log) to expect of a proposal's error.

    ``rest`` is what is left of the log gap, ``interval`` log(high / low) of the panel's own interval, ``exceedance``
    how far the household lies beyond the training villages, ``soft`` what marks say (log).  Fitted on invented towns
    of five kinds (maximum likelihood, tails of a t with 4 degrees), widened by 1.3 because real panels are no towns
    of ours.
    """
    wide = np.nan_to_num(np.clip(interval, 0.0, 1.2), nan=0.6)
    log = -3.0 + 0.5 * np.minimum(np.abs(rest), 1.0) + 1.85 * wide
    log = log + 0.37 * np.log1p(np.clip(exceedance, 0.0, 5.0)) + 0.37 * np.minimum(np.abs(soft), 1.0)
    return np.asarray(1.3 * np.exp(np.clip(log, -4.0, 1.0)))


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
