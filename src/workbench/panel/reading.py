"""Figures of members as people read them: shares of a limit, and yuan."""

from __future__ import annotations

import numpy as np
import pandas as pd

HONEST_CALLED = 0.001
"""Honest ratings called off, of all: about 1.1 in 1,000 where nobody favours (docs/consensus.md)."""
LEVEL_WORDS = "“松”“紧”只与本村其他评议员比；全村一起松或一起紧，这里看不出来。"


def middle_limits(ratings: pd.DataFrame, consensus: pd.DataFrame) -> pd.DataFrame:
    """The median consensus of the households that each member rated: village, rater, usual (yuan)."""
    counted = ratings[ratings["counts"]][["village", "household", "rater"]]
    joined = counted.merge(consensus[["village", "household", "panel_limit"]], on=["village", "household"])
    return joined.groupby(["village", "rater"])["panel_limit"].median().rename("usual").reset_index()


def severity_yuan(severity: pd.Series, usual: pd.Series) -> pd.Series:
    """What a shift in log is in yuan on a usual limit.

    >>> severity_yuan(pd.Series([0.1]), pd.Series([60_000.0])).round(0).tolist()
    [6310.0]
    """
    return pd.Series(np.expm1(severity.to_numpy()) * usual.to_numpy(), index=severity.index)


def mistaken(chances: pd.Series, ratings: int) -> float:
    """How many of the ratings called off are expected to be honest ones: what their chances leave, and never fewer than
    were counted on panels without favour (``HONEST_CALLED``), as far as so many were called off.

    >>> mistaken(pd.Series([0.9, 0.8]), 100), mistaken(pd.Series([0.9] * 8), 4_000)
    (0.3, 4.0)
    """
    left = max(float((1 - chances).sum()), HONEST_CALLED * ratings)
    return round(min(left, float(len(chances))), 6)
