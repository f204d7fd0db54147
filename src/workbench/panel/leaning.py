"""Which members lift, or press, a part of the households by much the same factor, though no single rating shows it.

In: the table on its scale, where the fit stands, the households as they look.  Out: ``Leaning`` by rater.  A member who
favours one household in twenty looks noisier to the fit, and the noise then hides the favour.  So each member's
distances from what the others say are explained twice: as noise about one middle, and as noise about one middle with a
part that lies a step above it (or below).  Three things keep honest members out: the second must explain much more, for
two households at least, and with noise whose tails are as heavy as those of all members' other side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from workbench.panel.long import Floats, Ints, medians, summed
from workbench.panel.state import NOISE_PRIOR, Lean, Prepared, State
from workbench.panel.steps import Look

SHOWS = 4.25
"""Log likelihood ratio from which a member leans: one honest member in some 200 reaches it (docs/consensus.md)."""
SHOWN_OVER = 1.0
"""Width about ``SHOWS`` in which the evidence begins to count, and counts in full."""
LEAST_HOUSEHOLDS = 2.0
"""Households lifted below which it is one rating that is off, which the mixture of the household tells."""
SHARE_PRIOR = 10.0
"""Ratings without a lift that are added to each member's: a part is a small one."""
MOST_SHARE = 0.2
"""A part is a fifth of the member's households at most: beyond, it is that member's severity."""
STARTS = (2.0, 3.0, 4.5)
"""Steps, in units of the member's noise, from which the second explanation begins."""
LEAST_STEP = 1.5
"""A step below this, in units of the noise, is no part of its own."""
FIRST_ROUNDS, ROUNDS, BULK_ROUNDS = 4, 24, 8
WORTH_MORE = 0.5
"""Log likelihood ratio after the first rounds below which a member is not followed further."""
NORMAL = 1e6
TAILS = (NORMAL, 20.0, 10.0, 6.0, 4.0)
"""Degrees of freedom of the noise that are weighed, from the normal on."""
TAILS_SHOWN, TAILS_FROM = 2.0, 50
"""Log likelihood ratio from which tails are heavier than normal, and ratings of a side from which that is asked."""
SLIP = 1.8
"""Distance, a factor of six, from which a rating is a slip or called off by itself: one such would hide the others."""


@dataclass(frozen=True)
class Apart:
    """Ratings by how far they lie from what the others say: ``rater`` code, ``gap``, ``known`` variance (the others'
    and of rounding); ``n``: of each rater; ``usual``: the pooled noise, for ``NOISE_PRIOR`` ratings of each.
    """

    rater: Ints
    gap: Floats
    known: Floats
    n: Floats
    usual: float

    def sums(self, weight: Floats) -> Floats:
        """Sum by rater."""
        return summed(self.rater, weight, len(self.n))

    def only(self, raters: Ints) -> Apart:
        """The ratings of some raters, with codes 0, 1, ... in the order of ``raters``."""
        code = np.full(len(self.n), -1)
        code[raters] = np.arange(len(raters))
        rows = np.flatnonzero(code[self.rater] >= 0)
        return Apart(code[self.rater[rows]], self.gap[rows], self.known[rows], self.n[raters], self.usual)


@dataclass(frozen=True)
class Part:
    """The second explanation, by rater: middle, share and step (above 0) of the part, noise, log likelihood."""

    middle: Floats
    share: Floats
    step: Floats
    noise: Floats
    log: Floats

    def better(self, other: Part) -> Part:
        """By rater the likelier of the two."""
        mine = self.log >= other.log
        return Part(*(np.where(mine, getattr(self, f), getattr(other, f)) for f in self.__dataclass_fields__))


def leaning(w: Prepared, s: State, seen: Look) -> tuple[Lean, Floats]:
    """Who leans, and the noise (variance) of each rater without what the leaning explains."""
    apart = _apart(w, s, seen)
    middle, noise, _ = _bulk(apart, s.noise, NORMAL)
    standard = (apart.gap - middle[apart.rater]) / np.sqrt(noise[apart.rater] + apart.known)
    found = Lean.nobody(w.t.raters)
    for sign in (1.0, -1.0):
        side = replace(apart, gap=sign * apart.gap)
        tails = _tails(-sign * standard[sign * standard < 0])
        part, evidence = _best(side, s.noise, tails)
        more = evidence > found.evidence
        found = Lean(
            np.where(more, part.share, found.share),
            np.where(more, sign * part.step, found.step),
            np.where(more, evidence, found.evidence),
            np.where(more, _trust(evidence, part.share * apart.n), found.trust),
        )
        noise = np.where(more, part.noise, noise)
    return found, np.where(found.trust > 0, s.noise * (noise / s.noise) ** found.trust, s.noise)


def _trust(evidence: Floats, households: Floats) -> Floats:
    """How far what a member's whole sheet shows is acted upon: by and by, so that no limit jumps at a threshold."""
    shown = (evidence - SHOWS) / SHOWN_OVER + 0.5
    return np.asarray(np.clip(shown, 0, 1) * np.clip(households - LEAST_HOUSEHOLDS + 0.5, 0, 1))


def _apart(w: Prepared, s: State, seen: Look) -> Apart:
    """What each rating is apart from what the other members lead one to expect of it; slips are left out."""
    t = w.t
    slope = s.slope[t.rater]
    gain = (1 - seen.found.off) * slope**2 / seen.var
    said = (seen.rest - s.shift[t.rater]) / slope
    precision = summed(t.item, gain, t.items)[t.item] - gain + 1 / s.omega2
    theta = (summed(t.item, gain * said, t.items)[t.item] - gain * said) / precision
    gap = seen.rest - s.shift[t.rater] - slope * theta
    told = (w.sizes[t.item] >= 3) & ~w.few[w.rater_part[t.rater]] & (np.abs(gap) < SLIP * w.unit)
    n = np.bincount(t.rater[told], minlength=t.raters).astype(np.float64)
    return Apart(t.rater[told], gap[told], (w.rounding + slope**2 / precision)[told], n, s.sigma2)


def _noise(a: Apart, square: Floats) -> Floats:
    """Noise by rater out of its expected squares by rating, shrunk to the pooled one."""
    return (a.sums(square) + NOISE_PRIOR * a.usual) / (a.n + NOISE_PRIOR)


def _prior(a: Apart, noise: Floats) -> Floats:
    """Log prior of a noise, but for a constant."""
    return np.asarray(-NOISE_PRIOR / 2 * (np.log(noise) + a.usual / noise))


def _density(square: Floats, total: Floats, tails: float) -> Floats:
    """Log density, but for a constant, of a squared distance under noise of a variance with tails."""
    return np.asarray(-0.5 * np.log(total) - (tails + 1) / 2 * np.log1p(square / total / tails))


def _bulk(a: Apart, noise: Floats, tails: float) -> tuple[Floats, Floats, Floats]:
    """The first explanation: middle, noise and log likelihood by rater."""
    middle = np.zeros(len(a.n))
    for _ in range(BULK_ROUNDS):
        total = noise[a.rater] + a.known
        near = (tails + 1) / (tails + (a.gap - middle[a.rater]) ** 2 / total)
        middle = a.sums(near / total * a.gap) / np.maximum(a.sums(near / total), 1e-300)
        share = noise[a.rater] / total
        square = near * (share * (a.gap - middle[a.rater])) ** 2
        noise = _noise(a, square + noise[a.rater] * (1 - share))
    total = noise[a.rater] + a.known
    return middle, noise, a.sums(_density((a.gap - middle[a.rater]) ** 2, total, tails)) + _prior(a, noise)


def _best(a: Apart, noise: Floats, tails: float) -> tuple[Part, Floats]:
    """The likeliest second explanation of each rater, and its log likelihood over the first."""
    middle, noise, plain = _bulk(a, noise, tails)
    n = len(a.n)
    best = Part(middle, np.zeros(n), np.zeros(n), noise, plain)
    for start in STARTS:
        first = Part(middle, np.full(n, 0.03), start * np.sqrt(noise), 0.85 * noise, plain)
        best = _rounds(a, first, noise, tails, FIRST_ROUNDS).better(best)
    followed = np.flatnonzero(best.log - plain > WORTH_MORE)
    if len(followed):
        b = a.only(followed)
        further = Part(*(getattr(best, f)[followed] for f in best.__dataclass_fields__))
        for start in STARTS:
            first = Part(
                middle[followed],
                np.full(len(followed), 0.03),
                start * np.sqrt(noise[followed]),
                0.85 * noise[followed],
                plain[followed],
            )
            further = _rounds(b, first, noise[followed], tails, ROUNDS).better(further)
        for f in best.__dataclass_fields__:
            getattr(best, f)[followed] = getattr(further, f)
    return best, best.log - plain


def _rounds(a: Apart, p: Part, plain: Floats, tails: float, rounds: int) -> Part:
    """Expectation and maximisation of the second explanation; ``plain``: the noise of the first."""
    least = LEAST_STEP * np.sqrt(plain)
    middle, share, step, noise = p.middle, p.share, p.step, p.noise
    for _ in range(rounds):
        total, gap = noise[a.rater] + a.known, a.gap - middle[a.rater]
        low, high = gap**2, (gap - step[a.rater]) ** 2
        odds = np.log(share / (1 - share))[a.rater] + _density(high, total, tails) - _density(low, total, tails)
        above = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
        near_low = (1 - above) * (tails + 1) / (tails + low / total)
        near_high = above * (tails + 1) / (tails + high / total)
        share = np.clip(a.sums(above) / (a.n + SHARE_PRIOR), 1e-4, MOST_SHARE)
        step = np.maximum(a.sums(near_high * gap / total) / np.maximum(a.sums(near_high / total), 1e-300), least)
        down = near_high * (a.gap - step[a.rater])
        middle = a.sums((near_low * a.gap + down) / total) / np.maximum(a.sums((near_low + near_high) / total), 1e-300)
        gap = a.gap - middle[a.rater]
        own = noise[a.rater] / total
        square = own**2 * (near_low * gap**2 + near_high * (gap - step[a.rater]) ** 2)
        noise = _noise(a, square + noise[a.rater] * (1 - own))
    total, gap = noise[a.rater] + a.known, a.gap - middle[a.rater]
    low = _density(gap**2, total, tails) + np.log1p(-share)[a.rater]
    high = _density((gap - step[a.rater]) ** 2, total, tails) + np.log(share)[a.rater]
    log = a.sums(np.logaddexp(low, high)) + _prior(a, noise) + SHARE_PRIOR * np.log1p(-share)
    return Part(middle, share, step, noise, log)


def _tails(side: Floats) -> float:
    """Degrees of freedom that distances of one side, all above 0, speak for; normal unless they clearly do not."""
    if len(side) < TAILS_FROM:
        return NORMAL
    middle = float(medians(np.zeros(len(side), np.int64), side, 1)[0])
    best, found = -np.inf, NORMAL
    for tails in TAILS:
        scale = middle / 0.6745
        for _ in range(BULK_ROUNDS):
            near = (tails + 1) / (tails + (side / scale) ** 2)
            scale = float(np.sqrt(np.mean(near * side**2)))
        log = gammaln((tails + 1) / 2) - gammaln(tails / 2) - 0.5 * np.log(tails) - np.log(scale)
        told = float(np.sum(log - (tails + 1) / 2 * np.log1p((side / scale) ** 2 / tails)))
        if told > best + (TAILS_SHOWN if found == NORMAL else 0.0):
            best, found = told, tails
    return found
