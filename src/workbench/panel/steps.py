"""One round of the fit: the households' figures given the members, then the members given the figures.

In: ``Prepared`` and ``State``.  Out: the next ``State``.  Sums run by ``bincount``: no loop over households or members.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.panel.long import Floats, medians, ratio, summed
from workbench.panel.state import (
    BARE_NOISE,
    NOISE_FLOOR,
    NOISE_PRIOR,
    SHIFT_PRIOR,
    SLOPE_PRIOR,
    STAKE_ODDS,
    Prepared,
    State,
)
from workbench.panel.subsets import PRIOR, PRIOR_HOUSEHOLDS, Pulled, Told, heard, weigh

SHIFT_WORTH, SLOPE_WORTH = 2.0, 4.0
"""How many members the usual shift and slope count for."""
FAR_SHIFT, FAR_SLOPE = 0.8, 0.9
"""Distance from the middle of a panel (log; slope) at which a member has no say in it: fixed, so that no village moves
another's."""
ALONE = 1e-3
"""What is left of the say of a member who is far from the middle, so that a panel of strangers has one too."""
SLOPES = (0.05, 5.0)
PUSH = 3.0
"""Usual pull in units of the pooled noise."""
SLIP_ODDS = -10.0
"""Log odds against each rating where only slips are looked for: a rating must be some six times its noise off."""
BENT_PRIOR, STAKE_PRIOR = 0.1, 3.0
"""Pulls that the usual counts for in each member's, and in what a stake says."""


@dataclass(frozen=True)
class Look:
    """The households as they look now: the mixture, each rating less clues and level, its variance, and which part of
    what it tells is heard.
    """

    found: Pulled
    rest: Floats
    var: Floats
    heard: Floats


def told(slope: Floats) -> Floats:
    """How much a member tells of the common level: nothing who writes the same figure, or any figure, for everyone.

    >>> told(np.array([0.05, 0.5, 1.3])).round(4).tolist()
    [0.0025, 0.25, 1.0]
    """
    return np.asarray(np.minimum(slope, 1.0) ** 2)


def look(w: Prepared, s: State, *, shrink: bool = True, settle: bool = False) -> Look:
    """The households' figures and who is off, given the members; to ``settle`` the figures nobody decides too much."""
    t = w.t
    var = s.noise[t.rater] + w.rounding
    a = s.slope[t.rater]
    rest = w.y - _clue(w, s.beta) - s.level[w.item_part][t.item]
    own = rest - s.shift[t.rater]
    prior = np.where(w.few[w.item_part], 0.0, 1 / s.omega2 if shrink else 0.0)
    odds = np.where(t.stake, *s.stake_odds) if w.mixture else np.full(t.n, SLIP_ODDS)
    bent = s.bent[t.rater] if w.mixture else np.zeros(t.n)
    push = PUSH**2 * s.sigma2
    gain = a * a / var
    say = heard(t.item, w.starts, w.sizes, gain, told(a)) if settle else gain
    ratings = Told(t.item, w.starts, w.sizes, gain, own / a, odds, bent, say, _lean(w, s))
    return Look(weigh(ratings, prior, s.shares, push), rest, var, ratio(say, gain))


def _lean(w: Prepared, s: State) -> tuple[Floats, Floats] | None:
    """By rating the log odds that its member lifts this household too, and the member's step on the figure's scale."""
    share = s.lean.share * s.lean.trust
    if not w.mixture or not share.any():
        return None
    odds = np.full(len(share), -np.inf)
    some = share > 0
    odds[some] = np.log(share[some] / (1 - share[some]))
    return odds[w.t.rater], (s.lean.step / s.slope)[w.t.rater]


def pulled_share(w: Prepared, s: State) -> float:
    """Share of households with three members or more of which somebody pulled."""
    sizes = look(w, s).found.sizes
    return float(sizes[1:].sum() / max(sizes.sum(), 1.0))


def step(w: Prepared, s: State) -> State:
    """One round: households, then level and shift, slope, clues, noise, and the pooled figures."""
    t, seen = w.t, look(w, s)
    found = seen.found
    keep = (1 - found.off) / seen.var
    level, shift, shift_variance, rest, d = _shifts(w, s, seen, keep)
    slope, slope_variance, common = _slopes(w, s, keep, rest - shift[t.rater], d, found.variance)
    d, v = d * common[w.item_part], found.variance * common[w.item_part] ** 2
    left = rest + _clue(w, s.beta) - shift[t.rater] - slope[t.rater] * d[t.item]
    beta = _betas(w, left, keep)
    left = left - _clue(w, beta)
    spread = left**2 + slope[t.rater] ** 2 * v[t.item]
    spread = spread + shift_variance[t.rater] + slope_variance[t.rater] * d[t.item] ** 2
    noise, sigma2 = _noises(w, s, seen, spread)
    return replace(
        s,
        shift=shift,
        slope=slope,
        noise=noise,
        level=level,
        beta=beta,
        sigma2=sigma2,
        shift_variance=shift_variance,
        slope_variance=slope_variance,
        shares=_shares(found) if w.mixture else s.shares,
        bent=_bent(w, found),
        lean=s.lean,
        stake_odds=_stake_odds(w, found) if w.mixture else (0.0, 0.0),
        **_spreads(w, d, v, shift, shift_variance, slope, slope_variance),
    )


def _shifts(w: Prepared, s: State, seen: Look, keep: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Level of each part, shift of each member and its variance, what is left of ratings, figures about the level."""
    t, d = w.t, seen.found.figure
    pull = 1 / (s.omega2 + seen.found.variance)
    drift = ratio(summed(w.item_part, pull * d, w.parts), summed(w.item_part, pull, w.parts))
    d = d - drift[w.item_part]
    rest = seen.rest - drift[w.item_part][t.item]
    variance = 1 / (summed(t.rater, keep, t.raters) + 1 / s.psi2)
    shift = summed(t.rater, keep * (rest - s.slope[t.rater] * d[t.item]), t.raters) * variance
    centre = _middle(w, shift, told(s.slope), FAR_SHIFT * w.unit)
    shift = np.where(w.rated, shift - centre[w.rater_part], 0.0)
    return s.level + drift + centre, shift, variance, rest - centre[w.item_part][t.item], d


def _slopes(w: Prepared, s: State, keep: Floats, own: Floats, d: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
    """Slope of each member toward 1, its variance, and what the members of each part have in common."""
    t = w.t
    variance = 1 / (summed(t.rater, keep * (d * d + v)[t.item], t.raters) + 1 / s.tau2)
    slope = np.clip((summed(t.rater, keep * d[t.item] * own, t.raters) + 1 / s.tau2) * variance, *SLOPES)
    common = _middle(w, slope, told(slope), FAR_SLOPE)
    common = np.where(common > 0, common, 1.0)
    slope = np.clip(slope / common[w.rater_part], *SLOPES)
    return np.where(w.few[w.rater_part], 1.0, slope), variance, common


def _noises(w: Prepared, s: State, seen: Look, spread: Floats) -> tuple[Floats, float]:
    """Variance of each member's own noise, shrunk to the pooled one, without what rounding adds; and the pooled one."""
    t, kept = w.t, 1 - seen.found.off
    own = s.noise[t.rater]
    part = own / seen.var
    total = summed(t.rater, kept * (part**2 * spread + own * (1 - part)), t.raters)
    noise = (total + NOISE_PRIOR * s.sigma2) / (summed(t.rater, kept, t.raters) + NOISE_PRIOR)
    sigma2 = float(1 / np.mean(1 / noise[w.rated])) if w.rated.any() else s.sigma2
    several = float(max(t.n - t.items, 0))
    sigma2 = (sigma2 * several + 0.1 * (BARE_NOISE * w.unit) ** 2) / (several + 0.1)
    sigma2 = max(sigma2, 1e-8 * w.unit**2)
    return np.maximum(noise, NOISE_FLOOR**2 * sigma2), sigma2


def _clue(w: Prepared, beta: Floats) -> Floats:
    """What the member's own words explain of the rating."""
    return np.asarray(np.einsum("nq,q->n", w.t.clues, beta))


def _betas(w: Prepared, left: Floats, keep: Floats) -> Floats:
    """Weights of the member's own words, pulled a little toward 0."""
    z = w.t.clues
    if not z.shape[1]:
        return np.zeros(0)
    gram = np.einsum("nq,nr->qr", z * keep[:, None], z) + np.eye(z.shape[1])
    return np.asarray(np.linalg.solve(gram, np.einsum("nq,n->q", z, keep * left)))


def _middle(w: Prepared, own: Floats, worth: Floats, far: float) -> Floats:
    """Middle of the members of each part, with little weight to who is far from all others.

    One member who asks three times as much for everybody moves it by less than a twentieth; the plain median would
    throw away a third of what seven members say of their common level.
    """
    part, own, worth = w.rater_part[w.rated], own[w.rated], worth[w.rated]
    middle = np.nan_to_num(medians(part, own, w.parts))
    for _ in range(20):
        near = np.maximum(1 - ((own - middle[part]) / far) ** 2, 0.0)
        weight = worth * (near**2 + ALONE)
        middle = ratio(summed(part, weight * own, w.parts), summed(part, weight, w.parts))
    return middle


def _spreads(
    w: Prepared, d: Floats, v: Floats, shift: Floats, shift_variance: Floats, slope: Floats, slope_variance: Floats
) -> dict[str, float]:
    """Variances of figures, shifts and slopes, with their priors."""
    many = ~w.few[w.item_part]
    free = float(many.sum()) - float((~w.few).sum() if many.any() else 0)
    omega2 = (float((d[many] ** 2 + v[many]).sum()) + 1e-6 * w.unit**2) / max(free, 1.0)
    some = w.rated & ~w.few[w.rater_part]
    members = float(some.sum() - len(np.unique(w.rater_part[some])))
    usual = (SHIFT_PRIOR * w.unit) ** 2
    psi2 = (float((shift[some] ** 2 + shift_variance[some]).sum()) + SHIFT_WORTH * usual) / (members + SHIFT_WORTH)
    off = (slope[some] - 1) ** 2 + slope_variance[some]
    tau2 = (float(off.sum()) + SLOPE_WORTH * SLOPE_PRIOR**2) / (float(some.sum()) + SLOPE_WORTH)
    return {"omega2": max(omega2, 1e-10 * w.unit**2), "psi2": psi2, "tau2": tau2}


def _shares(found: Pulled) -> Floats:
    """Shares of households by number of members who pulled, with their prior."""
    counted = found.sizes + PRIOR_HOUSEHOLDS * PRIOR
    return np.asarray(counted / counted.sum())


def _bent(w: Prepared, found: Pulled) -> Floats:
    """Log of how much oftener than the usual member each one pulls, with a prior of one pull."""
    t = w.t
    usual = float(found.off.sum()) / max(t.n, 1)
    counted = np.bincount(t.rater, minlength=t.raters)
    return np.asarray(np.log((summed(t.rater, found.off, t.raters) + BENT_PRIOR) / (usual * counted + BENT_PRIOR)))


def _stake_odds(w: Prepared, found: Pulled) -> tuple[float, float]:
    """Log of how much likelier a declared stake, and none, is where a member pulled; learned with a little caution."""
    stake = w.t.stake
    if not stake.any():
        return 0.0, 0.0
    pulled, among = float(found.off.sum()), float(found.off[stake].sum())
    share = float(stake.mean())
    usual = share * np.exp(STAKE_ODDS) / (1 - share + share * np.exp(STAKE_ODDS))
    with_pull = (among + STAKE_PRIOR * usual) / (pulled + STAKE_PRIOR)
    without = (float(stake.sum()) - among + STAKE_PRIOR * share) / (len(stake) - pulled + STAKE_PRIOR)
    with_pull = max(with_pull, without)
    return float(np.log(with_pull / without)), float(np.log((1 - with_pull + 1e-9) / (1 - without + 1e-9)))
