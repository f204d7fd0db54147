"""A long table of ratings as arrays: items, voters and values, sorted by item so that sums run without a loop.

In: codes and values, one a rating.  Out: ``Long``, and the two sums that every step of the fit is made of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Long:
    """Ratings sorted by item, then rater.

    ``item``, ``rater``: codes from 0; ``value``: as rated, 0 or more; ``stake``: a declared stake;
    ``clues``: (n, q) member's own words, each less its item mean (none: q = 0); ``marks``: (n, r) further marks by
    which two sheets are compared.
    """

    item: Ints
    rater: Ints
    value: Floats
    stake: Bools
    clues: Floats
    marks: Floats
    items: int
    raters: int

    @property
    def n(self) -> int:
        """Number of ratings."""
        return len(self.value)

    @property
    def starts(self) -> Ints:
        """Where each item's ratings begin (every item has at least one)."""
        return np.searchsorted(self.item, np.arange(self.items)).astype(np.int64)

    @property
    def sizes(self) -> Ints:
        """Ratings an item."""
        return np.bincount(self.item, minlength=self.items).astype(np.int64)

    def take(self, rows: Ints | Bools) -> Long:
        """Some of the ratings, with the codes as they are."""
        return Long(
            self.item[rows],
            self.rater[rows],
            self.value[rows],
            self.stake[rows],
            self.clues[rows],
            self.marks[rows],
            self.items,
            self.raters,
        )


def long_table(
    item: Ints,
    rater: Ints,
    value: Floats,
    *,
    stake: Bools | None = None,
    clues: Floats | None = None,
    marks: Floats | None = None,
) -> Long:
    """``Long`` from codes (0 … without holes) and values, in any order of rows."""
    order = np.lexsort((rater, item))
    n = len(value)
    return Long(
        item[order].astype(np.int64),
        rater[order].astype(np.int64),
        value[order].astype(np.float64),
        np.zeros(n, bool) if stake is None else stake[order],
        np.zeros((n, 0)) if clues is None else clues[order],
        np.zeros((n, 0)) if marks is None else marks[order],
        int(item.max()) + 1 if n else 0,
        int(rater.max()) + 1 if n else 0,
    )


def summed(codes: Ints, weights: Floats, n: int) -> Floats:
    """Sum of weights by code.

    >>> summed(np.array([0, 0, 1]), np.array([1.0, 2.0, 3.0]), 2).tolist()
    [3.0, 3.0]
    """
    return np.bincount(codes, weights=weights, minlength=n).astype(np.float64)


def medians(codes: Ints, values: Floats, n: int) -> Floats:
    """Median by code, NaN for a code without values.

    >>> medians(np.array([0, 0, 0, 1]), np.array([3.0, 1.0, 2.0, 5.0]), 2).tolist()
    [2.0, 5.0]
    """
    order = np.lexsort((values, codes))
    sorted_values = values[order]
    size = np.bincount(codes, minlength=n)
    start = np.cumsum(size) - size
    out = np.full(n, np.nan)
    some = size > 0
    low = sorted_values[start[some] + (size[some] - 1) // 2]
    high = sorted_values[start[some] + size[some] // 2]
    out[some] = (low + high) / 2
    return out


def ratio(above: Floats, below: Floats) -> Floats:
    """Quotient, 0 where the denominator is 0."""
    return np.divide(above, below, out=np.zeros_like(above, dtype=np.float64), where=below != 0)
