"""Sheets that are the same beyond chance.

In: a long table, and which raters belong together.  Out: the pairs, the share of common households copied, and the
chance of it by accident.  Each sheet is compared with the other shifted by one to three households of about the same
worth: constant sheets, round figures, a floor and compressed scales match their shifted selves as well, and accuse
nobody.  Who copied from whom cannot be seen on whole copies: the word is "same sheet as".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.panel.long import Bools, Floats, Ints, Long, medians, summed

COMMON = 15
"""Households in common from which a pair is compared."""
COMMON_MARKS = 8
"""The same where sheets hold further marks: of fewer than ``COMMON`` only sheets equal in all marks are looked at."""
COMMON_STEP = 50
"""Households in common from which figures equal to a step are looked at: among fewer, a household's neighbours lie a
step away or more, honest agreement does not, and honest members were accused in one village of 20 in 25."""
LEAST_SHARE = 0.2
CAUTION = 1.15
"""The chance of a match by accident is taken this much higher than measured."""
FALSE_ALARMS = 0.01
"""Falsely accused pairs that a whole table may be expected to hold."""
MARGIN = 3.0
PORTION = 2_000_000
"""Cells (pair x household) looked at in one go."""
MOST_CELLS = 24_000_000
"""Cells held at once; beyond, only the likest pairs are compared in full."""


@dataclass(frozen=True)
class Copies:
    """Accused pairs: raters ``one`` and ``other``, ``share`` copied, ``chance`` by accident."""

    one: Ints
    other: Ints
    share: Floats
    chance: Floats

    @property
    def n(self) -> int:
        """Number of accused pairs."""
        return len(self.one)


def find_copies(table: Long, step: float) -> Copies:
    """The pairs of raters whose sheets are the same beyond chance."""
    one, other, cells_one, cells_other, pairs = _common(table)
    if not len(one):
        return _none()
    limit = np.log(max(pairs, 1) / FALSE_ALARMS) + MARGIN
    order = medians(table.item, table.value, table.items)
    found: list[tuple[Ints, Ints, Floats, Floats]] = []
    for part in _portions(one):
        a, b = cells_one[part], cells_other[part]
        first, second = one[part], other[part]
        pair = np.concatenate([[0], np.cumsum((np.diff(first) != 0) | (np.diff(second) != 0))])
        rank = np.lexsort((table.item[a], order[table.item[a]], pair))
        a, b, first, second, pair = a[rank], b[rank], first[rank], second[rank], pair[rank]
        share, gain = _weigh(table, a, b, pair, step)
        ends = np.searchsorted(pair, np.arange(int(pair[-1]) + 1))
        said = (gain > limit) & (share >= LEAST_SHARE)
        chance = np.minimum(1.0, pairs * np.exp(-np.minimum(gain, 700.0)))
        found.append((first[ends][said], second[ends][said], share[said], chance[said]))
    return Copies(*(np.concatenate([f[i] for f in found]) for i in range(4)))


def _none() -> Copies:
    return Copies(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0))


def _common(table: Long) -> tuple[Ints, Ints, Ints, Ints, int]:
    """Cells of pairs with enough in common and as many equal figures as a copy needs, ordered by pair.

    One cell is a pair of raters on an item.  Of a table with more cells than can be held, every n-th item tells which
    pairs are likest, and only these are then compared on all their items.
    """
    sizes = table.sizes
    cells = int((sizes * (sizes - 1) // 2).sum())
    thin = max(1, -(-cells // MOST_CELLS))
    key, same, row_a, row_b = _cells(table, thin)
    if not len(key):
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing, nothing, 0
    unique, code, count = np.unique(key, return_inverse=True, return_counts=True)
    hits = np.bincount(code, weights=same, minlength=len(unique))
    compared = count >= max(_least(table) / thin, 3)
    worth = compared & (hits >= LEAST_SHARE * count)
    raters = np.int64(table.raters)
    if thin > 1:
        likest = np.argsort(-np.where(worth, hits / count, 0.0), kind="stable")
        held = np.searchsorted(np.cumsum(count[likest] * thin), MOST_CELLS)
        chosen = np.sort(unique[likest[: int(min(held, worth.sum()))]])
        one, other, row_a, row_b = _gathered(table, chosen // raters, chosen % raters)
        return one, other, row_a, row_b, int(compared.sum())
    keep = np.flatnonzero(worth[code])
    keep = keep[np.argsort(code[keep], kind="stable")]
    key = unique[code[keep]]
    return key // raters, key % raters, row_a[keep].astype(np.int64), row_b[keep].astype(np.int64), int(compared.sum())


def _least(table: Long) -> int:
    """Households in common from which a pair of this table is compared."""
    return COMMON_MARKS if table.marks.shape[1] else COMMON


def _cells(table: Long, thin: int) -> tuple[Ints, Bools, Ints, Ints]:
    """Pair, equal or not, and the two rows of every cell of every ``thin``-th item."""
    sizes, starts = table.sizes, table.starts
    keys, equal, rows_a, rows_b = [], [], [], []
    taken = np.arange(table.items) % thin == 0
    for k in np.unique(sizes[taken & (sizes >= 2)]):
        chosen = starts[taken & (sizes == k)]
        i, j = np.triu_indices(int(k), 1)
        run = max(1, PORTION // len(i))
        for at in range(0, len(chosen), run):
            base = chosen[at : at + run]
            a, b = (base[:, None] + i[None, :]).ravel(), (base[:, None] + j[None, :]).ravel()
            keys.append(table.rater[a] * np.int64(table.raters) + table.rater[b])
            equal.append(table.value[a] == table.value[b])
            rows_a.append(a.astype(np.int32))
            rows_b.append(b.astype(np.int32))
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(keys), np.concatenate(equal), np.concatenate(rows_a), np.concatenate(rows_b)


def _gathered(table: Long, one: Ints, other: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """All cells of some pairs, ordered by pair."""
    order = np.argsort(table.rater, kind="stable")
    begin = np.searchsorted(table.rater[order], np.arange(table.raters + 1))
    first, second, rows_a, rows_b = [], [], [], []
    for a, b in zip(one, other, strict=True):
        x, y = order[begin[a] : begin[a + 1]], order[begin[b] : begin[b + 1]]
        _, i, j = np.intersect1d(table.item[x], table.item[y], assume_unique=True, return_indices=True)
        if len(i) >= _least(table):
            first.append(np.full(len(i), a))
            second.append(np.full(len(i), b))
            rows_a.append(x[i])
            rows_b.append(y[j])
    if not first:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, nothing, nothing
    return np.concatenate(first), np.concatenate(second), np.concatenate(rows_a), np.concatenate(rows_b)


def _portions(one: Ints) -> list[slice]:
    """Runs of cells of a bearable size, cut where the first rater changes."""
    edges = np.concatenate([[0], np.flatnonzero(np.diff(one)) + 1, [len(one)]])
    out, begin = [], 0
    for edge in edges[1:]:
        if edge - begin >= PORTION or edge == len(one):
            out.append(slice(begin, int(edge)))
            begin = int(edge)
    return out


def _weigh(table: Long, a: Ints, b: Ints, pair: Ints, step: float) -> tuple[Floats, Floats]:
    """Share copied and log likelihood ratio by pair: the stronger of equal figures, and equal sheets in all marks."""
    common = np.bincount(pair)
    looks = [(COMMON, _hits(table.value[a], table.value[b], pair, 0.0))]
    if step:
        looks.append((COMMON_STEP, _hits(table.value[a], table.value[b], pair, step)))
    if table.marks.shape[1]:
        looks.append((COMMON_MARKS, _all_marks(table, a, b, pair)))
    share, gain = np.zeros(len(common)), np.zeros(len(common))
    for least, look in looks:
        more_share, more = _ratio(look, pair)
        better = (more > gain) & (common >= least)
        share, gain = np.where(better, more_share, share), np.where(better, more, gain)
    return share, gain


def _hits(a: Floats, b: Floats, pair: Ints, step: float) -> tuple[Bools, Floats]:
    """Matches to ``step``, and their chance by accident in a running window of a tenth of the pair's households."""
    near = step * (1 + 1e-9)
    return np.abs(a - b) <= near, _chance([np.abs(a - np.roll(b, s)) <= near for s in (-3, -2, -1, 1, 2, 3)], pair)


def _all_marks(table: Long, a: Ints, b: Ints, pair: Ints) -> tuple[Bools, Floats]:
    """Sheets equal in every mark, and its chance by accident; a row without a mark is no such match."""

    def code(rows: Ints) -> Floats:
        return np.column_stack([table.value[rows], np.nan_to_num(table.marks[rows], nan=-1.0)])

    x, y, known = code(a), code(b), np.isfinite(table.marks[a]).any(axis=1)
    return (x == y).all(axis=1) & known, _chance(
        [(x == np.roll(y, s, axis=0)).all(axis=1) & known for s in (-3, -2, -1, 1, 2, 3)], pair
    )


def _chance(shifted: list[Bools], pair: Ints) -> Floats:
    n = len(pair)
    total, count = np.zeros(n), np.zeros(n)
    for s, hit in zip((-3, -2, -1, 1, 2, 3), shifted, strict=True):
        same = np.roll(pair, s) == pair
        if s < 0:
            same[s:] = False
        else:
            same[:s] = False
        total += hit & same
        count += same
    pairs = int(pair[-1]) + 1
    begin = np.searchsorted(pair, np.arange(pairs))
    size = np.bincount(pair, minlength=pairs)
    half = np.maximum(size // 20, 2)[pair]
    low = np.maximum(np.arange(n) - half, begin[pair])
    high = np.minimum(np.arange(n) + half + 1, (begin + size)[pair])
    sums, counts = np.concatenate([[0.0], np.cumsum(total)]), np.concatenate([[0.0], np.cumsum(count)])
    rate = (sums[high] - sums[low] + 1.5) / (counts[high] - counts[low] + 2.0)
    return np.asarray(np.clip(CAUTION * rate, 1e-4, 0.999))


def _ratio(look: tuple[Bools, Floats], pair: Ints) -> tuple[Floats, Floats]:
    """Maximum-likelihood share copied in P(hit) = c + (1 - c) p, and the log ratio against c = 0, by pair."""
    hit, chance = look
    pairs = int(pair[-1]) + 1
    n = np.bincount(pair, minlength=pairs).astype(np.float64)
    c = np.full(pairs, 0.5)
    for _ in range(40):
        here = c[pair]
        copied = np.where(hit, here / (here + (1 - here) * chance), 0.0)
        c = summed(pair, copied, pairs) / n
    here = c[pair]
    gain = np.where(hit, np.log((here + (1 - here) * chance) / chance), np.log(np.maximum(1 - here, 1e-12)))
    return c, summed(pair, gain, pairs)
