"""Members who handed in the same sheet have one vote.

In: a long table and the accused pairs.  Out: the table that the model is fitted on, in which a group of whole copies
is one voter, a partly copied household is counted once, and everybody else is left alone.  A group is one before
anything else is reckoned, so that a copy more of a sheet moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.panel.copies import Copies
from workbench.panel.long import Bools, Floats, Ints, Long, medians, summed

WHOLE = 0.7
"""Share copied from which two sheets are one vote altogether."""


@dataclass(frozen=True)
class Votes:
    """``table``: what is fitted; ``voter`` of each rater; ``row``: the vote of each rating (-1: not counted again);
    ``disputed``: by rating, where the sheets of one voter differ.
    """

    table: Long
    voter: Ints
    row: Ints
    disputed: Bools


def one_vote(table: Long, copies: Copies) -> Votes:
    """The table with one vote for each group of same sheets; where these differ, the middle figure for now."""
    if not copies.n:
        return Votes(table, np.arange(table.raters), np.arange(table.n), np.zeros(table.n, bool))
    whole = copies.share >= WHOLE
    voter = _groups(copies.one[whole], copies.other[whole], table.raters)
    unique, row = np.unique(table.item * np.int64(table.raters) + voter[table.rater], return_inverse=True)
    merged = _merged(table, unique, row)
    keep = _partly(merged, voter[copies.one[~whole]], voter[copies.other[~whole]])
    place = np.where(keep, np.cumsum(keep) - 1, -1)
    return Votes(merged.take(keep), voter, place[row], _differ(row, table.value, len(unique)) & keep[row])


def _merged(table: Long, unique: Ints, row: Ints) -> Long:
    """One row a vote: the middle figure, the mean marks, a stake where one of the sheets declares it."""
    votes = len(unique)

    def mean(column: Floats) -> Floats:
        known = np.isfinite(column)
        count = np.bincount(row, weights=known, minlength=votes)
        total = summed(row, np.where(known, column, 0.0), votes)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    marks = np.column_stack([mean(c) for c in table.marks.T]) if table.marks.shape[1] else np.zeros((votes, 0))
    return Long(
        item=unique // table.raters,
        rater=unique % table.raters,
        value=medians(row, table.value, votes),
        stake=summed(row, table.stake.astype(np.float64), votes) > 0,
        clues=np.zeros((votes, 0)),
        marks=marks,
        items=table.items,
        raters=table.raters,
    )


def _differ(row: Ints, value: Floats, votes: int) -> Bools:
    """Ratings of votes of which the sheets say different figures."""
    low, high = np.full(votes, np.inf), np.full(votes, -np.inf)
    np.minimum.at(low, row, value)
    np.maximum.at(high, row, value)
    return np.asarray((low < high)[row])


def said(votes: Votes, value: Floats) -> Votes:
    """The votes with other figures where their sheets differ; ``value`` by vote, NaN where it stays."""
    table = replace(votes.table, value=np.where(np.isnan(value), votes.table.value, value))
    return replace(votes, table=table)


def _groups(one: Ints, other: Ints, raters: int) -> Ints:
    """The first rater of each one's group."""
    edges = coo_array((np.ones(len(one), np.int8), (one, other)), shape=(raters, raters))
    count, label = connected_components(edges.tocsr(), directed=False)
    first = np.full(count, raters, np.int64)
    np.minimum.at(first, label, np.arange(raters))
    return np.asarray(first[label])


def _partly(table: Long, one: Ints, other: Ints) -> Bools:
    """Which votes count: on households partly copied only those of the likelier source."""
    keep = np.ones(table.n, bool)
    level = medians(table.item, table.value, table.items)
    off = table.value - level[table.item]
    order = np.argsort(table.rater, kind="stable")
    begin = np.searchsorted(table.rater[order], np.arange(table.raters + 1))
    pairs = np.unique(np.sort(np.column_stack([one, other]), axis=1), axis=0)
    for first, second in pairs[pairs[:, 0] != pairs[:, 1]]:
        a, b = order[begin[first] : begin[first + 1]], order[begin[second] : begin[second + 1]]
        _, x, y = np.intersect1d(table.item[a], table.item[b], assume_unique=True, return_indices=True)
        a, b = a[x], b[y]
        same = table.value[a] == table.value[b]
        if same.all() or not same.any():
            continue
        shift = float(np.mean(off[a][same]))
        strange_first = abs(float(np.mean(off[a][~same])) - shift)
        strange_second = abs(float(np.mean(off[b][~same])) - shift)
        keep[(b if strange_first <= strange_second else a)[same]] = False
    return keep
