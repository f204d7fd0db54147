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
from workbench.panel.long import Floats, Ints, Long, long_table, medians, summed

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
    value = _said(
        place, table.value[rows], medians(table.item, table.value, table.items)[table.item[rows]], len(unique)
    )
    count = np.bincount(place, minlength=len(unique))

    def mean(columns: Floats) -> Floats:
        return np.column_stack(
            [summed(place, np.nan_to_num(c), len(unique)) / count for c in columns.T] or [np.zeros((len(unique), 0))]
        )

    stake = np.bincount(place, weights=table.stake[rows], minlength=len(unique)) > 0
    merged = long_table(
        unique // table.raters,
        unique % table.raters,
        value,
        stake=stake,
        clues=mean(table.clues[rows]),
        marks=mean(table.marks[rows]),
    )
    merged = Long(
        merged.item, merged.rater, merged.value, merged.stake, merged.clues, merged.marks, table.items, table.raters
    )
    row = np.full(table.n, -1, np.int64)
    row[rows] = place
    return Votes(merged, voter, row)


def _said(vote: Ints, value: Floats, usual: Floats, votes: int) -> Floats:
    """What a vote says where its sheets differ by an edit: the figure most of them have, else the less unusual one."""
    order = np.lexsort((value, vote))
    v, x = vote[order], value[order]
    first = np.concatenate([[True], (np.diff(v) != 0) | (np.diff(x) != 0)])
    run = np.cumsum(first) - 1
    many = np.bincount(run)[run]
    best = np.lexsort((x, np.abs(x - usual[order]), -many, v))
    begin = np.searchsorted(v[best], np.arange(votes))
    return np.asarray(x[best][begin])


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
