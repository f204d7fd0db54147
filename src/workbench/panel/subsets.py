"""Who pulled: the chance that a minority of a household's members moved its figure together.

In: each rating's precision and its distance, item by item.  Out: the household's figure under the mixture, its
variance, and each rating's chance to be off.  All subsets of up to three members, always fewer than half, are weighed
in closed form; above twelve members each rating is weighed alone.  Only households where some rating stands out are
enumerated: the others' answer is the plain one to the accuracy that matters.
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
BLOCK = 20_000


@dataclass(frozen=True)
class Pulled:
    """``figure`` and ``variance`` by item, ``off`` by rating, ``sizes``: expected households by size of the subset."""

    figure: Floats
    variance: Floats
    off: Floats
    sizes: Floats


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


def weigh(
    item: Ints,
    starts: Ints,
    sizes: Ints,
    gain: Floats,
    pull: Floats,
    prior_precision: Floats,
    odds: Floats,
    bent: Floats,
    shares: Floats,
    push: float,
    lean: tuple[Floats, Floats] | None = None,
) -> Pulled:
    """The mixture over subsets.

    ``gain`` a²/var, ``pull`` a·y/var by rating, where y is the rating less its member's shift and the panel's level;
    ``prior_precision`` 1/ω² by item (0: not shrunk); ``odds``: log of what a declared stake, or none, says
    for a pull; ``bent``: log of how much oftener than others the member pulls; ``shares`` of households by size of the
    subset; ``push`` variance of a pull, on the scale of the figure; ``lean``: by rating, the log odds that the member
    lifts this household as the member does a part of them (-inf: no such member), and by how much, on that scale.
    """
    n = len(sizes)
    precision = summed(item, gain, n) + prior_precision
    figure = ratio(summed(item, pull, n), precision)
    variance = ratio(np.ones(n), precision)
    off = np.zeros(len(item))
    counted = np.zeros(MOST_TOGETHER + 1)
    counted[0] = float((sizes >= 3).sum())
    if shares[0] >= 1.0:
        return Pulled(figure, variance, off, counted)
    u = ratio(pull, gain)
    worst = np.zeros(n)
    np.maximum.at(worst, item, gain * (u - figure[item]) ** 2 + 2 * (odds + bent))
    if lean is not None:
        leaners = np.flatnonzero(np.isfinite(lean[0]))
        away = gain[leaners] * lean[1][leaners] * ((u - figure[item])[leaners] - lean[1][leaners] / 2)
        leaners = leaners[lean[0][leaners] + away > -NEVER]
        np.maximum.at(worst, item[leaners], STANDS_OUT + 1.0)
    looked = (worst > STANDS_OUT) & (sizes >= 3)
    for k in np.unique(sizes[looked]):
        chosen = np.flatnonzero(looked & (sizes == k))
        if k > ENUMERATED:
            continue
        for at in range(0, len(chosen), BLOCK):
            some = chosen[at : at + BLOCK]
            rows = starts[some][:, None] + np.arange(int(k))[None, :]
            here = None if lean is None else (lean[0][rows], lean[1][rows])
            theta, var, chance, by_size = _enumerate(
                gain[rows], u[rows], prior_precision[some], odds[rows], bent[rows], shares, push, here
            )
            figure[some], variance[some] = theta, var
            off[rows] = chance
            counted[: len(by_size)] += by_size
            counted[0] -= len(some)
    many = looked & (sizes > ENUMERATED)
    _large(item, many, gain, u, prior_precision, odds, shares, push, figure, variance, off, counted)
    return Pulled(figure, variance, off, counted)


def _enumerate(
    gain: Floats,
    u: Floats,
    prior: Floats,
    odds: Floats,
    bent: Floats,
    shares: Floats,
    push: float,
    lean: tuple[Floats, Floats] | None,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Households with one number of members: figure, variance, chance by member, households by size of subset."""
    k = gain.shape[1]
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
        logs = logs + np.log(allowed[size])[None, :] + _who(bent, member, size) + np.einsum("hk,sk->hs", odds, m)
    if lean is not None and k >= 3:
        alone = slice(1, k + 1)
        by_lean = _leaned(spread[:, alone], rest1[:, alone], first[:, alone], apart[:, alone], *lean)
        logs[:, alone] = np.logaddexp(logs[:, alone], by_lean + np.log(allowed[0]))
    logs -= logs.max(axis=1, keepdims=True)
    weight = np.exp(logs)
    weight /= weight.sum(axis=1, keepdims=True)
    # a pull far beyond the usual (a slip of unit) says nothing of the level: its own size is its scale
    wide = np.maximum(push, apart**2)
    side = np.where(size > 0, 1 / (ratio(np.ones_like(first), first) + wide), 0.0)
    total = rest1 + side
    theta = (rest2 + side * mean_off) / total
    figure = (weight * theta).sum(axis=1)
    variance = (weight * (1 / total + (theta - figure[:, None]) ** 2)).sum(axis=1)
    by_size = np.array([weight[:, size == t].sum() for t in range(int(size.max()) + 1)])
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


def _large(
    item: Ints,
    looked: Bools,
    gain: Floats,
    u: Floats,
    prior: Floats,
    odds: Floats,
    shares: Floats,
    push: float,
    figure: Floats,
    variance: Floats,
    off: Floats,
    counted: Floats,
) -> None:
    """Households of many members, in place: each rating off or not by itself, five rounds."""
    rows = np.flatnonzero(looked[item])
    if not len(rows):
        return
    at, g, x = item[rows], gain[rows], u[rows]
    n = len(looked)
    share = np.clip((shares[1:].sum()) / 2, 1e-6, 0.2)
    chance = np.zeros(len(rows))
    own = ratio(np.ones_like(g), g)
    for _ in range(5):
        weight = g * (1 - chance)
        total = summed(at, weight, n) + prior
        level = ratio(summed(at, weight * x, n), total)
        gap = (x - level[at]) ** 2
        wide = np.maximum(push, gap)
        log_odds = (
            np.log(share / (1 - share))
            + odds[rows]
            + 0.5 * (gap / own - gap / (own + wide))
            - 0.5 * np.log1p(wide / own)
        )
        chance = 1 / (1 + np.exp(-np.clip(log_odds, -60, 60)))
    here = np.flatnonzero(looked)
    figure[here], variance[here] = level[here], ratio(np.ones(n), total)[here]
    off[rows] = chance
    pulled = 1 - np.exp(summed(at, np.log1p(-np.minimum(chance, 1 - 1e-9)), n))[here]
    counted[0] -= pulled.sum()
    counted[1] += pulled.sum()
