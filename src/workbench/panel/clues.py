"""The member's own words about a household: what of a rating they explain is neither favour nor noise.

In: ``ratings`` that count.  Out: two figures a rating, each less its household mean, so that the household's figure
stays the panel's: how much more income this member sees than the others, and how good a conduct.  The bank's records
never enter.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.panel.long import Floats

LEAST_INCOME = 0.1
"""Share of the household's median limit below which the logarithm of an income says nothing."""
MARKS = ("business", "income", "integrity")


def clues_of(ratings: pd.DataFrame) -> Floats:
    """(n, 3): (own income - household's median income) / median limit, cut to ±1; the same in log; integrity.

    Income works on a limit by the yuan where a household earns much beside its limit, by the ratio where it does not;
    the model weighs the two.
    """
    by = [ratings["village"], ratings["household"]]
    limit = ratings["limit"].groupby(by).transform("median")
    income = ratings["income"]
    usual = income.groupby(by).transform("median")
    more = ((income - usual) / limit.where(limit > 0)).clip(-1, 1)
    least = (LEAST_INCOME * limit).where(limit > 0, 1.0)
    times = np.log(income.clip(lower=least)) - np.log(usual.clip(lower=least))
    clues = pd.DataFrame({"more": more, "times": times.clip(-1, 1), "integrity": ratings["integrity"]})
    clues = clues - clues.groupby(by).transform("mean")
    return clues.fillna(0.0).to_numpy(np.float64)


def marks_of(ratings: pd.DataFrame) -> Floats:
    """(n, 3): the marks by which two sheets are compared beside the limit."""
    return ratings[list(MARKS)].to_numpy(np.float64)
