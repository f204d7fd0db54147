"""Which of several same sheets is the original, where an edit makes them differ.

In: the votes and a fit in which the middle figure stands for now.  Out: the votes with the figures of the likelier
original.  One sheet of a group is the original, the others copy it and edit a row now and then: the original is the one
that most of the others follow, and that writes what the other members lead one to expect of it.  Where figures lie so
near that one between them is right to a fiftieth of the limit whichever sheet is the original, such a one is taken;
where they do not, one that is as near to the likelier original, on the other's side.
"""

from __future__ import annotations

import numpy as np

from workbench.panel.fit import Fit
from workbench.panel.long import Floats, Long, medians, summed
from workbench.panel.scale import Scale
from workbench.panel.votes import Votes, said

EDITED = -4.5
"""Log chance of one edit against none: a row in ten is edited, to one of ten figures."""
ALIKE = 2.0
"""Log of how much likelier a figure is that every other voter of the household says, beside one a step away."""
TAILS = 5.0
"""Degrees of freedom: a figure far from what was expected tells less of an edit than a normal one would."""
SURE = 0.98
"""Chance from which the original's figure stands as it is written."""
NEAR = 0.017
"""Share by which an edit may move a household's figure; a little less than a fiftieth, for the fit that follows."""


def originals(table: Long, votes: Votes, model: Fit, scale: Scale) -> Votes:
    """``votes`` with the likelier original's figure wherever the sheets of a group differ."""
    rows = np.flatnonzero(votes.disputed)
    if not len(rows):
        return votes
    sheet, vote, value = table.rater[rows], votes.row[rows], table.value[rows]
    y = scale.to(value)
    alike = _as_all_others(votes, vote, value)
    telling = _expected(votes, model, scale, vote, y, value) + ALIKE * alike
    followed = _followed(vote, value)
    score = summed(sheet, telling - EDITED * followed, table.raters)
    # a vote that some of the sheets leave out is weighed among those that have it
    chance = _chances(vote, score[sheet], votes.table.n)
    best, between = _between(votes, model, scale, vote, y, chance)
    figure = np.full(votes.table.n, np.nan)
    figure[vote[best]] = value[best]
    unsure = (summed(vote, np.where(best, chance, 0.0), votes.table.n) < SURE)[vote]
    figure[vote[unsure]] = scale.back(between[vote[unsure]])
    figure[vote[best & alike]] = value[best & alike]
    return said(votes, figure)


def _between(
    votes: Votes, model: Fit, scale: Scale, vote: np.ndarray, y: Floats, chance: Floats
) -> tuple[np.ndarray, Floats]:
    """The likeliest sheet of each vote, and the figure between that is near enough to all, or else to the likeliest."""
    n = votes.table.n
    order = np.lexsort((y, -chance, vote))
    best = np.zeros(len(vote), bool)
    best[order[np.unique(vote[order], return_index=True)[1]]] = True
    low, high = np.full(n, np.inf), np.full(n, -np.inf)
    np.minimum.at(low, vote, y)
    np.maximum.at(high, vote, y)
    slope = model.slope[votes.table.rater]
    unit = 1.0 if scale.log else np.abs(model.figure[votes.table.item])
    reach = NEAR * unit * np.maximum(slope, 0.05) / np.maximum(model.weight, 1e-6)
    near = high - low <= 2 * reach
    likeliest = summed(vote, np.where(best, y, 0.0), n)
    least, most = np.where(near, high - reach, likeliest - reach), np.where(near, low + reach, likeliest + reach)
    return best, np.clip(summed(vote, chance * y, n), least, most)


def _as_all_others(votes: Votes, vote: np.ndarray, value: Floats) -> np.ndarray:
    """Sheets that say what every other voter of the household says: there the limit is that figure, no other."""
    t = votes.table
    disputed = np.zeros(t.n, bool)
    disputed[vote] = True
    low, high, others = np.full(t.items, np.inf), np.full(t.items, -np.inf), ~disputed
    np.minimum.at(low, t.item[others], t.value[others])
    np.maximum.at(high, t.item[others], t.value[others])
    item = t.item[vote]
    return np.asarray((low[item] == value) & (high[item] == value))


def _expected(votes: Votes, model: Fit, scale: Scale, vote: np.ndarray, y: Floats, value: Floats) -> Floats:
    """Log chance that the voter writes each figure, by what the other members say of the household."""
    t = votes.table
    item, voter = t.item[vote], t.rater[vote]
    clue = (t.clues @ model.beta if t.clues.shape[1] else np.zeros(t.n))[vote]
    own = np.minimum(model.weight[vote], 1.0)
    level = model.level[model.item_part[item]]
    slope, shift = model.slope[voter], model.shift[voter]
    mine = (scale.to(t.value)[vote] - clue - level - shift) / np.maximum(slope, 0.05)
    others = np.maximum(1 - own, 1e-6)
    theta = (model.figure[item] - level - own * mine) / others
    coarse = medians(vote, scale.rounding(value), t.n)[vote]
    spread = model.noise[voter] ** 2 + coarse + slope**2 * model.variance[item] / others
    off = (y - level - shift - slope * theta - clue) ** 2 / spread
    log = -(TAILS + 1) / 2 * np.log1p(off / TAILS)
    # writing to a step: the same distance on the log scale holds fewer figures where these are small
    return np.asarray(log - y if scale.log and scale.step else log)


def _followed(vote: np.ndarray, value: Floats) -> Floats:
    """How many other sheets of the group say the same, by rating."""
    _, same, count = np.unique(np.column_stack([vote, value]), axis=0, return_inverse=True, return_counts=True)
    return np.asarray(count[same.ravel()] - 1, dtype=np.float64)


def _chances(vote: np.ndarray, score: Floats, votes: int) -> Floats:
    """Chance of each sheet of a vote to be the original."""
    best = np.full(votes, -np.inf)
    np.maximum.at(best, vote, score)
    weight = np.exp(score - best[vote])
    return np.asarray(weight / summed(vote, weight, votes)[vote])
