"""Who pulled: the chance that a minority of a household's members moved its figure together.

In: ``Told``, each rating's precision and its distance, item by item.  Out: the household's figure under the mixture,
its variance, and each rating's chance to be off.  All subsets of up to three members, always fewer than half, are
weighed in closed form; above twelve members each rating is weighed alone.  Only households where some rating stands out
are enumerated: the others' answer is the plain one to the accuracy that matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from workbench.panel.long import Bools, Floats, Ints, ratio, summed

MOST_TOGETHER = 3
"""Members who may be off together."""
ENUMERATED = 12
"""Members of a household up to which subsets are enumerated."""
STANDS_OUT = 4.0
"""Squared standardised distance of the worst rating from which a household is enumerated."""
PRIOR = np.array([0.95, 0.02, 0.015, 0.015])
"""Share of households of which nobody, one, two, three members pulled, before anything is seen."""
PRIOR_HOUSEHOLDS = 20.0
NEVER = 4.0
"""Log odds against, below which a member who lifts some households is not asked about this one."""
STEP_VARIES = 0.15
"""By how much of itself the step varies by which a member lifts a part of the households."""
FEW = 3
"""Members up to whom each weighs what that one tells: a third and more is then anybody's share."""
MOST_SAY, FEW_SAY = 0.3, 1.2
"""Largest share of a household's figure that one member decides: the first, or the second over the number of members
who tell households apart, where that is more (four and fewer)."""
BLOCK = 20_000


@dataclass(frozen=True)
class Pulled:
    """``figure`` and ``variance`` by item, ``off`` by rating, ``sizes``: expected households by size of the subset."""

    figure: Floats
    variance: Floats
    off: Floats
    sizes: Floats


@dataclass(frozen=True)
class Told:
    """What the ratings tell, item by item (``item``, and its ``starts`` and ``sizes``).

    By rating: ``gain`` a²/var, its precision; ``own``: the rating less its member's shift and the panel's level, on the
    scale of the figure; ``odds``: log of what a declared stake, or none, says for a pull; ``bent``: log of how much
    oftener than others the member pulls; ``lean``: the log odds that the member lifts this household as the member does
    a part of them (-inf: no such member), and by how much; ``say``: what the rating weighs in the figure, its gain
    unless that would be more than one member may decide (``heard``).
    """

    item: Ints
    starts: Ints
    sizes: Ints
    gain: Floats
    own: Floats
    odds: Floats
    bent: Floats
    say: Floats
    lean: tuple[Floats, Floats] | None = None

    def plain(self, prior: Floats) -> tuple[Floats, Floats]:
        """Figure and variance by item where nobody pulled; ``prior``: 1/ω² by item."""
        n = len(self.sizes)
        precision = summed(self.item, self.say, n) + prior
        noise = summed(self.item, ratio(self.say**2, self.gain), n) + prior
        return ratio(summed(self.item, self.say * self.own, n), precision), ratio(noise, precision**2)


def heard(item: Ints, starts: Ints, sizes: Ints, gain: Floats, worth: Floats) -> Floats:
    """What each rating weighs where no member decides more than ``MOST_SAY`` of a household's figure.

    ``gain``: what each tells; ``worth``: how far its member tells households apart (0 to 1).  Who would decide more is
    brought down to just that share of all.

    >>> item, alike = np.zeros(5, np.int64), np.ones(5)
    >>> heard(item, np.array([0]), np.array([5]), np.array([20.0, 1, 2, 2, 2]), alike).round(9).tolist()
    [3.0, 1.0, 2.0, 2.0, 2.0]
    """
    order = np.lexsort((-gain, item))
    ranked = gain[order]
    rest, cap = summed(item, gain, len(sizes)), np.full(len(sizes), np.inf)
    most = np.maximum(MOST_SAY, FEW_SAY / np.maximum(summed(item, worth, len(sizes)), 1.0))
    open_ = (sizes > FEW) & (most < 1)
    for above in range(MOST_TOGETHER + 1):
        here = np.flatnonzero(open_ & (above * most < 1))
        largest = ranked[starts[here] + above]
        cap[here] = most[here] / (1 - above * most[here]) * rest[here]
        open_[here] = largest > cap[here] * (1 + 1e-12)
        rest[here] -= largest
    return np.asarray(np.minimum(gain, cap[item]))


@cache
def memberships(k: int) -> Bools:
    """Subsets of ``k`` members that may be off together, the empty one first: (subsets, k).

    >>> [len(memberships(k)) for k in (1, 2, 3, 5, 7)]
    [1, 1, 4, 16, 64]
    """
    rows = [[False] * k]
    for size in range(1, min(MOST_TOGETHER, (k - 1) // 2) + 1):
        for chosen in combinations(range(k), size):
            rows.append([j in chosen for j in range(k)])
    return np.array(rows, bool)


def weigh(t: Told, prior: Floats, shares: Floats, push: float) -> Pulled:
    """The mixture over subsets.

    ``prior``: 1/ω² by item (0: not shrunk); ``shares`` of households by size of the subset; ``push``: variance of a
    pull, on the scale of the figure.
    """
    n = len(t.sizes)
    figure, variance = t.plain(prior)
    off = np.zeros(len(t.item))
    counted = np.zeros(MOST_TOGETHER + 1)
    counted[0] = float((t.sizes >= 3).sum())
    if shares[0] >= 1.0:
        return Pulled(figure, variance, off, counted)
    worst = np.zeros(n)
    np.maximum.at(worst, t.item, t.gain * (t.own - figure[t.item]) ** 2 + 2 * (t.odds + t.bent))
    if t.lean is not None:
        leaners = np.flatnonzero(np.isfinite(t.lean[0]))
        step = t.lean[1][leaners]
        away = t.gain[leaners] * step * ((t.own - figure[t.item])[leaners] - step / 2)
        np.maximum.at(worst, t.item[leaners[t.lean[0][leaners] + away > -NEVER]], STANDS_OUT + 1.0)
    looked = (worst > STANDS_OUT) & (t.sizes >= 3)
    for k in np.unique(t.sizes[looked]):
        chosen = np.flatnonzero(looked & (t.sizes == k))
        if k > ENUMERATED:
            continue
        for at in range(0, len(chosen), BLOCK):
            some = chosen[at : at + BLOCK]
            rows = t.starts[some][:, None] + np.arange(int(k))[None, :]
            theta, var, chance, by_size = _enumerate(t, rows, prior[some], shares, push)
            figure[some], variance[some] = theta, var
            off[rows] = chance
            counted[: len(by_size)] += by_size
            counted[0] -= len(some)
    _large(t, looked & (t.sizes > ENUMERATED), prior, shares, push, Pulled(figure, variance, off, counted))
    return Pulled(figure, variance, off, counted)


def _enumerate(
    t: Told, rows: Ints, prior: Floats, shares: Floats, push: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Households with one number of members: figure, variance, chance by member, households by size of subset."""
    gain, u, k = t.gain[rows], t.own[rows], rows.shape[1]
    member = memberships(k)
    m = member.astype(np.float64)
    size = member.sum(axis=1)
    first = np.einsum("hk,sk->hs", gain, m)
    second = np.einsum("hk,sk->hs", gain * u, m)
    third = np.einsum("hk,sk->hs", gain * u * u, m)
    rest1 = gain.sum(axis=1)[:, None] - first + prior[:, None]
    rest2 = (gain * u).sum(axis=1)[:, None] - second
    rest3 = (gain * u * u).sum(axis=1)[:, None] - third
    rest1 = np.maximum(rest1, 1e-12)
    mean_rest = rest2 / rest1
    mean_off = ratio(second, first)
    spread = np.maximum(rest3 - rest2 * mean_rest, 0.0)
    within = np.maximum(third - second * mean_off, 0.0)
    v = ratio(np.ones_like(first), first) + push + 1 / rest1
    apart = mean_off - mean_rest
    with np.errstate(divide="ignore"):
        logs = -0.5 * (spread + np.log(rest1)) - 0.5 * np.where(
            size > 0, within + apart**2 / v + np.log(np.where(first > 0, first, 1.0)) + np.log(v), 0.0
        )
        allowed = shares[: int(size.max()) + 1] / shares[: int(size.max()) + 1].sum()
        who = _who(t.bent[rows], member, size)
        logs = logs + np.log(allowed[size])[None, :] + who + np.einsum("hk,sk->hs", t.odds[rows], m)
    if t.lean is not None and k >= 3:
        alone, lean = slice(1, k + 1), (t.lean[0][rows], t.lean[1][rows])
        by_lean = _leaned(spread[:, alone], rest1[:, alone], first[:, alone], apart[:, alone], *lean)
        logs[:, alone] = np.logaddexp(logs[:, alone], by_lean + np.log(allowed[0]))
    logs -= logs.max(axis=1, keepdims=True)
    weight = np.exp(logs)
    weight /= weight.sum(axis=1, keepdims=True)
    # a pull far beyond the usual (a slip of unit) says nothing of the level: its own size is its scale
    wide = np.maximum(push, apart**2)
    side = np.where(size > 0, 1 / (ratio(np.ones_like(first), first) + wide), 0.0)
    say = t.say[rows]
    others, square = (np.einsum("hk,sk->hs", part, 1 - m) + prior[:, None] for part in (say, ratio(say**2, gain)))
    total = np.maximum(others, 1e-12) + side
    theta = (np.einsum("hk,sk->hs", say * u, 1 - m) + side * mean_off) / total
    figure = (weight * theta).sum(axis=1)
    variance = (weight * ((square + side) / total**2 + (theta - figure[:, None]) ** 2)).sum(axis=1)
    by_size = np.array([weight[:, size == n].sum() for n in range(int(size.max()) + 1)])
    return figure, variance, np.einsum("hs,sk->hk", weight, m), by_size


def _leaned(spread: Floats, rest: Floats, first: Floats, apart: Floats, odds: Floats, step: Floats) -> Floats:
    """Log likelihood, with its odds, that one member alone lifts the household by that member's own step."""
    v = 1 / np.maximum(first, 1e-12) + 1 / rest + (STEP_VARIES * step) ** 2
    log = -0.5 * (spread + np.log(rest) + (apart - step) ** 2 / v + np.log(np.maximum(first, 1e-12)) + np.log(v))
    return np.asarray(log + odds)


def _who(bent: Floats, member: Bools, size: Ints) -> Floats:
    """Log chance of each subset among those of its size: members who pull often are likelier in it."""
    lean = np.exp(np.einsum("hk,sk->hs", bent, member.astype(np.float64)))
    out = np.empty_like(lean)
    for t in range(int(size.max()) + 1):
        out[:, size == t] = lean[:, size == t] / lean[:, size == t].sum(axis=1, keepdims=True)
    return np.asarray(np.log(out))


def _large(t: Told, looked: Bools, prior: Floats, shares: Floats, push: float, found: Pulled) -> None:
    """Households of many members, in place in ``found``: each rating off or not by itself, five rounds."""
    rows = np.flatnonzero(looked[t.item])
    if not len(rows):
        return
    at, say, x = t.item[rows], t.say[rows], t.own[rows]
    n = len(looked)
    share = np.clip((shares[1:].sum()) / 2, 1e-6, 0.2)
    chance = np.zeros(len(rows))
    own = ratio(np.ones(len(rows)), t.gain[rows])
    for _ in range(5):
        weight = say * (1 - chance)
        total = summed(at, weight, n) + prior
        level = ratio(summed(at, weight * x, n), total)
        gap = (x - level[at]) ** 2
        wide = np.maximum(push, gap)
        log_odds = (
            np.log(share / (1 - share))
            + t.odds[rows]
            + 0.5 * (gap / own - gap / (own + wide))
            - 0.5 * np.log1p(wide / own)
        )
        chance = 1 / (1 + np.exp(-np.clip(log_odds, -60, 60)))
    here = np.flatnonzero(looked)
    noise = summed(at, weight**2 * own, n) + prior
    found.figure[here], found.variance[here] = level[here], ratio(noise, total**2)[here]
    found.off[rows] = chance
    pulled = 1 - np.exp(summed(at, np.log1p(-np.minimum(chance, 1 - 1e-9)), n))[here]
    found.sizes[0] -= pulled.sum()
    found.sizes[1] += pulled.sum()
