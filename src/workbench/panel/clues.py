"""The member's own words about a household: what of a rating they explain is neither favour nor noise.

In: the votes of a run, with their marks.  Out: four figures a vote, each less its household mean, so that the
household's figure stays the panel's: how much more income this member sees than the others, in yuan and as a ratio,
and how good a conduct.  Copies have become one vote before.  The bank's records never enter.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.panel.long import Floats, Long, medians, ratio, summed

LEAST_INCOME = 0.1
"""Share of the household's median limit below which the logarithm of an income says nothing."""
FLOOR = 0.1
"""Share of the middle income on which every household lives, in the members' eyes."""
MARKS = ("business", "income", "integrity")


def marks_of(ratings: pd.DataFrame) -> Floats:
    """(n, 3): the marks of ``ratings``, by which two sheets are compared beside the limit."""
    return ratings[list(MARKS)].to_numpy(np.float64)


def clues_of(table: Long) -> Floats:
    """(n, 4): (own income - household's median income) / median limit, cut to ±1; the same in log; the same in log
    on top of what every household lives on; integrity.

    Income works on a limit by the yuan where a household earns much beside its limit, by the ratio where it does not,
    and hardly at all where there is next to none; the model weighs the three.  A mark that is missing says nothing.
    """
    if not table.marks.shape[1]:
        return np.zeros((table.n, 0))
    income, integrity = table.marks[:, 1], table.marks[:, 2]
    limit = medians(table.item, table.value, table.items)[table.item]
    said = np.isfinite(income)
    usual = medians(table.item[said], income[said], table.items)[table.item]
    rich = limit > 0
    more = np.full(table.n, np.nan)
    more[rich] = np.clip((income - usual)[rich] / limit[rich], -1, 1)
    least = np.where(rich, LEAST_INCOME * limit, 1.0)
    times = np.clip(np.log(np.maximum(income, least)) - np.log(np.maximum(usual, least)), -1, 1)
    floor = max(FLOOR * float(np.median(income[said])), 1.0) if said.any() else 1.0
    above = np.log((income + floor) / (usual + floor))
    return np.column_stack([_about_mean(table, c) for c in (more, times, np.clip(above, -1, 1), integrity)])


def _about_mean(table: Long, clue: Floats) -> Floats:
    """A clue less its household mean; 0 where it is missing."""
    known = np.isfinite(clue)
    plain = np.where(known, clue, 0.0)
    count = summed(table.item, known.astype(np.float64), table.items)
    mean = ratio(summed(table.item, plain, table.items), count)
    return np.where(known, plain - mean[table.item], 0.0)
