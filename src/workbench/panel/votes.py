"""Members who handed in the same sheet have one vote.

In: a long table and the accused pairs.  Out: the table that the model is fitted on, in which a group of whole copies
is one voter, a partly copied household is counted once, and everybody else is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.panel.copies import Copies
from workbench.panel.long import Floats, Ints, Long, long_table, medians, ratio, summed

WHOLE = 0.7
"""Share copied from which two sheets are one vote altogether."""


@dataclass(frozen=True)
class Votes:
    """``table``: what is fitted; ``voter`` of each rater; ``row``: the vote of each rating (-1: not counted again)."""

    table: Long
    voter: Ints
    row: Ints


def one_vote(table: Long, copies: Copies) -> Votes:
    """The table with one vote for each group of same sheets."""
    if not copies.n:
        return Votes(table, np.arange(table.raters), np.arange(table.n))
    whole = copies.share >= WHOLE
    voter = _groups(copies.one[whole], copies.other[whole], table.raters)
    keep = _partly(table, copies, ~whole, voter)
    rows = np.flatnonzero(keep)
    code = table.item[rows] * np.int64(table.raters) + voter[table.rater[rows]]
    unique, place = np.unique(code, return_inverse=True)
    value = _said(place, table.take(rows), medians(table.item, table.value, table.items), len(unique))

    def mean(column: Floats) -> Floats:
        known = np.isfinite(column)
        count = np.bincount(place, weights=known, minlength=len(unique))
        total = summed(place, np.where(known, column, 0.0), len(unique))
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    marks = table.marks[rows]
    stake = np.bincount(place, weights=table.stake[rows], minlength=len(unique)) > 0
    merged = long_table(
        unique // table.raters,
        unique % table.raters,
        value,
        stake=stake,
        marks=np.column_stack([mean(c) for c in marks.T]) if marks.shape[1] else None,
    )
    merged = Long(
        merged.item, merged.rater, merged.value, merged.stake, merged.clues, merged.marks, table.items, table.raters
    )
    row = np.full(table.n, -1, np.int64)
    row[rows] = place
    return Votes(merged, voter, row)


def _said(vote: Ints, table: Long, usual: Floats, votes: int) -> Floats:
    """What a vote says where its sheets differ by an edit: the likelier original's figure.

    The likelier original is the sheet that lies nearer to the households' medians where the sheets differ: an edit of
    some rows, for whatever reason, leads away from them.
    """
    value, middle = table.value, usual[table.item]
    low, high = np.full(votes, np.inf), np.full(votes, -np.inf)
    np.minimum.at(low, vote, value)
    np.maximum.at(high, vote, value)
    differ = (low < high)[vote]
    far = np.where(differ, ratio(value - middle, value + middle) ** 2, 0.0)
    rows = summed(table.rater, differ.astype(np.float64), table.raters)
    strange = ratio(summed(table.rater, far, table.raters), rows)[table.rater]
    best = np.lexsort((value, strange, vote))
    return np.asarray(value[best][np.searchsorted(vote[best], np.arange(votes))])


def _groups(one: Ints, other: Ints, raters: int) -> Ints:
    """The first rater of each one's group."""
    edges = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(raters, raters))
    count, label = connected_components(edges.tocsr(), directed=False)
    first = np.full(count, raters, np.int64)
    np.minimum.at(first, label, np.arange(raters))
    return np.asarray(first[label])


def _partly(table: Long, copies: Copies, which: np.ndarray, voter: Ints) -> np.ndarray:
    """Which ratings count: on households partly copied only those of the likelier source."""
    keep = np.ones(table.n, bool)
    level = medians(table.item, table.value, table.items)
    off = table.value - level[table.item]
    order = np.argsort(table.rater, kind="stable")
    begin = np.searchsorted(table.rater[order], np.arange(table.raters + 1))
    for one, other in zip(copies.one[which], copies.other[which], strict=True):
        if voter[one] == voter[other]:
            continue
        a, b = order[begin[one] : begin[one + 1]], order[begin[other] : begin[other + 1]]
        _, x, y = np.intersect1d(table.item[a], table.item[b], assume_unique=True, return_indices=True)
        a, b = a[x], b[y]
        same = table.value[a] == table.value[b]
        if same.all() or not same.any():
            continue
        shift = float(np.mean(off[a][same]))
        strange_one = abs(float(np.mean(off[a][~same])) - shift)
        strange_other = abs(float(np.mean(off[b][~same])) - shift)
        keep[(b if strange_one <= strange_other else a)[same]] = False
    return keep
