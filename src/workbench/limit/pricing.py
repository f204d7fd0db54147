"""Grade and price of a probability of default: a declared master scale, and base + spread - preference.

Never higher for a lower PD: the scale's edges rise and its spreads never fall (checked when the book is read).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from workbench.errors import InputError
from workbench.limit.books import PriceBook
from workbench.limit.features import Matrix

POINT = 10_000
"""Steps of 0.01 percentage point in a share of 1."""


def grades(pd_: Matrix, book: PriceBook) -> pd.Series:
    """The grade of each PD; a PD on an edge belongs to the worse grade; empty where there is no PD."""
    edges = np.array([g.pd_below for g in book.grades[:-1]])
    names = np.array([g.grade for g in book.grades], dtype=object)
    found = names[np.searchsorted(edges, np.nan_to_num(pd_, nan=0.0), side="right")]
    return pd.Series([None if np.isnan(p) else g for p, g in zip(pd_, found, strict=True)], dtype="object").astype(
        "str"
    )


def rates(pd_: Matrix, book: PriceBook, day: date) -> Matrix:
    """The yearly rate of each PD on a day, in steps of 0.01 percentage point, computed in whole steps."""
    base, preference = book.base_rate.number(day), book.preference.number(day)
    if base is None:
        raise InputError("price: base_rate", f"has no value on {day.isoformat()}", "add the value of that day")
    edges = np.array([g.pd_below for g in book.grades[:-1]])
    spread = np.array([round(g.spread * POINT) for g in book.grades])
    steps = round(base * POINT) - round((preference or 0.0) * POINT) + spread
    found = np.maximum(steps, 0)[np.searchsorted(edges, np.nan_to_num(pd_, nan=0.0), side="right")] / POINT
    return np.where(np.isnan(pd_), np.nan, found)


def credit_household(grade: pd.Series, book: PriceBook, day: date) -> pd.Series:
    """Whether each grade is that of a 信用户: at or above the cut-off in force."""
    order = [g.grade for g in book.grades]
    cut = book.cut_off.at(day)
    last = order.index(str(cut.value)) if cut is not None else len(order) - 1
    return grade.map({g: k <= last for k, g in enumerate(order)}).fillna(False).astype(bool)
