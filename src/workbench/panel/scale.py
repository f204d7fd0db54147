"""Which scale the panel speaks on, and how coarse its figures are.

In: values of a long table.  Out: ``Scale``: log or plain, the step to which members write, and the way there and back.
The order of the rule: a value below 0 or many zeros speak for plain; so does a narrow spread; so does a disagreement
that does not grow with the level.  Where there is too little to tell, log: a limit is a matter of proportion.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.panel.long import Floats, Ints, Long, medians, summed

ZEROS_RARE = 0.05
"""Share of zeros up to which the log scale may hold; a fifth in a table too small to tell."""
SPREAD = 3.0
"""The 95 % over the 5 % quantile from which proportions matter."""
ENOUGH = 20
"""Items with three ratings from which the growth of the disagreement is measured."""
PLAIN_FROM = 10.0
"""Log likelihood ratio from which two ratings an item speak for the plain scale."""
FEW = 5
"""Ratings that a member's usual factor of 1 counts for."""
MOST_PARTS = 200
ON_STEP = 0.97
"""Share of values that are multiples of a step for it to be the step of writing."""


@dataclass(frozen=True)
class Scale:
    """``log`` or plain; ``step``: the step of writing (0: none found); ``zero``: what a zero counts as in log."""

    log: bool
    step: float
    zero: float

    def to(self, value: Floats) -> Floats:
        """Values on the scale of the model."""
        return np.log(np.maximum(value, self.zero)) if self.log else value.astype(np.float64)

    def back(self, y: Floats) -> Floats:
        """From the scale of the model to values; never below 0."""
        return np.exp(np.minimum(y, 700.0)) if self.log else np.maximum(y, 0.0)

    def rounding(self, value: Floats) -> Floats:
        """Variance that writing to a step adds, on the scale of the model.

        >>> round(float(Scale(True, 5000.0, 2500.0).rounding(np.array([10000.0]))[0]), 4)
        0.0208
        """
        flat = np.full(len(value), (self.step / np.sqrt(12.0)) ** 2)
        return flat / np.maximum(value, self.zero) ** 2 if self.log else flat


def find_step(value: Floats) -> float:
    """The largest step of which 97 % of the values above 0 are multiples; 0 if there is none.

    A step is the commonest value over a whole number, so that another unit of account finds the same one; of two or
    fewer different values it is 1, 2, 2.5 or 5 times a power of ten.

    >>> find_step(np.array([5000.0, 15000.0, 20000.0, 35000.0])), find_step(np.array([30000.0, 30000.0]))
    (5000.0, 10000.0)
    """
    some = value[value > 0]
    if len(some) < 2:
        return 0.0
    if len(some) > 50_000:
        some = some[:: len(some) // 50_000 + 1]
    known, count = np.unique(some, return_counts=True)
    if len(known) > 2:
        commonest = float(known[np.argmax(count)])
        steps = [commonest / parts for parts in range(1, MOST_PARTS)]
    else:
        top = int(np.floor(np.log10(np.max(some))))
        steps = [lead * 10.0**power for power in range(top, top - 7, -1) for lead in (5.0, 2.5, 2.0, 1.0)]
    for step in steps:
        parts = known / step
        whole = np.abs(parts - np.round(parts)) < 1e-6 * np.maximum(parts, 1.0)
        if count[whole].sum() >= ON_STEP * count.sum():
            return float(step)
    return 0.0


def choose_scale(table: Long, *, force_log: bool = False) -> Scale:
    """The scale of a table of ratings (``force_log``: a run, whose severity is declared in log)."""
    value = table.value
    positive = value[value > 0]
    if not len(positive):
        return Scale(False, 0.0, 0.0)
    step = find_step(value)
    zero = step / 2 if step else float(positive.min()) / 2
    return Scale(force_log or _proportional(table), step, zero)


def _proportional(table: Long) -> bool:
    value = table.value
    rare = ZEROS_RARE if len(value) >= 100 else 0.2
    if np.mean(value == 0) > rare:
        return False
    low, high = np.quantile(value[value > 0], [0.05, 0.95])
    if table.items >= ENOUGH and high < SPREAD * low:
        return False
    growth = _growth(table, find_step(value))
    return growth > 0.5 if growth is not None else _likelier_in_log(table)


def _likelier_in_log(table: Long) -> bool:
    """Where hardly an item has three ratings: whether items and noise, both normal, are likelier in log than plain.

    Two ratings do not tell how the disagreement grows with the level: the mean of two low ones is low because they are
    near.  The likelihood of all values under either scale counts the same values, log or plain by its Jacobian.
    """
    several = (table.sizes >= 2)[table.item] & (table.value > 0)
    item, value = table.item[several], table.value[several]
    size = np.bincount(item, minlength=table.items)
    kept = (size >= 2)[item]
    item, value = np.unique(item[kept], return_inverse=True)[1], value[kept]
    if not len(item) or item.max() + 1 < 3 * ENOUGH:
        return True
    in_log = _two_way(item, np.log(value)) - float(np.log(value).sum())
    return in_log > _two_way(item, value) - PLAIN_FROM


def _two_way(item: Ints, y: Floats) -> float:
    """Log likelihood, but for a constant, of items that are normal about one middle with normal noise about them."""
    items = int(item.max()) + 1
    size = np.bincount(item, minlength=items).astype(np.float64)
    mean = summed(item, y, items) / size
    noise = float(np.sum((y - mean[item]) ** 2)) / max(len(y) - items, 1)
    middle = float(np.mean(mean))
    between = max(float(np.var(mean)) - noise * float(np.mean(1 / size)), 0.0)
    noise = max(noise, 1e-12 * max(float(np.mean(y**2)), 1e-300))
    whole = between + noise / size
    within = float((len(y) - items) * np.log(noise) + np.sum((y - mean[item]) ** 2) / noise)
    return -0.5 * (within + float(np.sum(np.log(size) + np.log(whole) + (mean - middle) ** 2 / whole)))


def _leveller(table: Long) -> Floats:
    """By rating, what brings its member to the level of the others, shrunk for a member of few ratings."""
    some = table.value > 0
    usual = medians(table.item, table.value, table.items)[table.item]
    some &= usual > 0
    off = np.log(table.value[some] / usual[some])
    count = np.bincount(table.rater[some], minlength=table.raters)
    shift = np.nan_to_num(medians(table.rater[some], off, table.raters)) * count / (count + FEW)
    return np.asarray(np.exp(-shift)[table.rater])


def _growth(table: Long, step: float) -> float | None:
    """How the members' disagreement grows with the level, log on log: 1 in proportion, 0 not at all; None: too few.

    Each rating in turn stands for the level, the others for the disagreement; dividing by how well it foretells the
    others' level takes its own noise out.  A household's own mean would not do: three low figures are low and close.
    Each member's usual factor is taken out first: one who triples everything is a high level beside which others agree.
    """
    several = (table.sizes >= 3)[table.item] & (table.value > 0)
    item, y = table.item[several], (table.value * _leveller(table))[several]
    size = np.bincount(item, minlength=table.items)[item]
    total, square = (summed(item, x, table.items)[item] for x in (y, y * y))
    kept = size >= 3
    y, size, total, square = y[kept], size[kept], total[kept], square[kept]
    mean = (total - y) / (size - 1)
    off = (square - y * y - (size - 1) * mean**2) / (size - 2) + step**2 / 12
    told = off > 1e-12 * mean**2
    if told.sum() < 3 * ENOUGH:
        return None
    level, others, spread = np.log(y[told]), np.log(mean[told]), np.log(off[told]) / 2
    level = level - level.mean()
    foretold = float(np.mean(level * others))
    if foretold < 0.05 * float(np.mean(level**2)):
        return None
    return float(np.mean(level * spread)) / foretold
