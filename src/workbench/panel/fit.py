"""The panel's consensus as one model: shift, slope and noise of each member, all shrunk, and a minority that pulls.

In: a ``Long`` table on a ``Scale``.  Out: ``Fit``.  The model (docs/consensus.md):

    y_ij = level + s_j + a_j d_i + beta z_ij + delta_i [j in S_i] + e_ij,   e_ij ~ N(0, sigma_j^2 + rounding_ij)

Fitted by expectation and conditional maximisation; sums run by ``bincount``, no loop over households or members.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.panel.graph import parts
from workbench.panel.long import Floats, Ints, Long, medians, ratio, summed
from workbench.panel.scale import Scale
from workbench.panel.subsets import PRIOR, PRIOR_HOUSEHOLDS, Pulled, weigh

NOISE_PRIOR = 8.0
"""Ratings that the pooled noise counts for in each member's."""
SHIFT_PRIOR, SHIFT_WORTH = 0.2, 2.0
"""Usual shift of a member in log before anything is seen, and how many members this counts for."""
TAILS, CENTRE = 4.0, 0.12
"""Degrees of freedom and scale (log) with which shifts are centred: fixed, so that no village moves another's."""
BENT_PRIOR = 1.0
STAKE_PRIOR = 3.0
MANY = 5
"""Members from whose figures the consensus of a household never strays."""
STAKE_ODDS = 2.0
"""Log odds with which a declared stake begins, before it is learned."""
SLOPE_PRIOR, SLOPE_WORTH = 0.15, 4.0
SLOPES = (0.05, 5.0)
NOISE_FLOOR = 0.2
"""A member's noise is never below this part of the pooled: else it runs to zero and that member is the consensus."""
PUSH = 3.0
"""Usual pull in units of the pooled noise."""
MOST_PULLED = 0.3
"""Share of households pulled above which it is skew or heavy tails, not favour: only slips are looked for then."""
SLIPS = np.array([0.97, 0.02, 0.005, 0.005])
SLIP_ODDS = -10.0
"""Log odds against each rating where only slips are looked for: a rating must be some six times its noise off."""
RELIABLE = 0.97
"""Median reliability from which the figures are not shrunk."""
BARE_NOISE = 0.25
"""Noise in log where no household has two ratings."""


@dataclass(frozen=True)
class Fit:
    """What the model found; arrays by item, rater or rating (in the order of the table)."""

    figure: Floats
    variance: Floats
    shift: Floats
    shift_variance: Floats
    slope: Floats
    slope_variance: Floats
    noise: Floats
    beta: Floats
    beta_variance: Floats
    off: Floats
    weight: Floats
    deviation: Floats
    level: Floats
    rater_part: Ints
    item_part: Ints
    shift_spread: float
    figure_spread: float
    pooled_noise: float
    shares: Floats
    mixture: bool
    shrunk: bool
    steps: int


@dataclass(frozen=True)
class _State:
    shift: Floats
    slope: Floats
    noise: Floats  # variance
    level: Floats  # by part
    beta: Floats
    omega2: float
    psi2: float
    tau2: float
    sigma2: float
    shares: Floats
    stake_odds: tuple[float, float]  # log likelihood ratio of a stake, and of none
    bent: Floats  # log of how much oftener than usual a member pulls
    shift_variance: Floats
    slope_variance: Floats


def fit(table: Long, scale: Scale, *, most_steps: int | None = None) -> Fit:
    """The model of a table of ratings (any number of raters, items and parts)."""
    work = _Work(table, scale)
    state = work.begin()
    large = table.n > 50_000
    steps = most_steps or (25 if large else 400)
    state, done = work.run(state, steps, 1e-2 if large else 1e-4)
    mixture = True
    if work.pulled_share(state) > MOST_PULLED:
        mixture = work.mixture = False
        state, more = work.run(replace(state, shares=SLIPS, stake_odds=(0.0, 0.0)), steps, 1e-2 if large else 1e-4)
        done += more
    return work.finish(state, mixture, done)


def told(slope: Floats) -> Floats:
    """How much a member tells of the common level: nothing who writes the same figure, or any figure, for everyone.

    >>> told(np.array([0.05, 0.5, 1.3])).round(4).tolist()
    [0.0025, 0.25, 1.0]
    """
    return np.asarray(np.minimum(slope, 1.0) ** 2)


class _Work:
    """The table on its scale, with what does not change between steps."""

    def __init__(self, table: Long, scale: Scale) -> None:
        self.t = table
        self.y = scale.to(table.value)
        self.rounding = scale.rounding(table.value)
        self.log = scale.log
        self.starts, self.sizes = table.starts, table.sizes
        self.rater_part, self.item_part, self.parts = parts(table)
        self.rated = np.bincount(table.rater, minlength=table.raters)
        raters = np.bincount(self.rater_part[self.rated > 0], minlength=self.parts)
        self.few = raters <= 2
        self.some = self.rated > 0
        self.unit = 1.0
        self.mixture = True

    def begin(self) -> _State:
        """Starts at household means."""
        t = self.t
        mean = summed(t.item, self.y, t.items) / np.maximum(self.sizes, 1)
        off = self.y - mean[t.item]
        many = self.sizes[t.item] > 1
        freedom = float(many.sum() - (self.sizes > 1).sum())
        spread = float(np.var(mean)) if t.items > 1 else 0.0
        self.unit = (
            1.0 if self.log else max(float(np.sqrt(spread)), 1e-9 * float(np.abs(self.y).max(initial=0.0)), 1e-12)
        )
        bare = (BARE_NOISE * self.unit) ** 2
        within = (float((off[many] ** 2).sum()) + 0.1 * bare) / (freedom + 0.1)
        within = max(within, 1e-8 * self.unit**2)
        level = ratio(summed(self.item_part, mean, self.parts), summed(self.item_part, np.ones(t.items), self.parts))
        shift, noise = self.robust_start(within)
        within = float(1 / np.mean(1 / noise[self.some])) if self.some.any() else within
        return _State(
            shift=shift,
            slope=np.ones(t.raters),
            noise=noise,
            level=level,
            beta=np.zeros(t.clues.shape[1]),
            omega2=max(spread, within),
            psi2=(SHIFT_PRIOR * self.unit) ** 2,
            tau2=SLOPE_PRIOR**2,
            sigma2=within,
            shares=PRIOR.copy(),
            bent=np.zeros(t.raters),
            stake_odds=(STAKE_ODDS if t.stake.any() else 0.0, 0.0),
            shift_variance=np.full(t.raters, (SHIFT_PRIOR * self.unit) ** 2),
            slope_variance=np.full(t.raters, SLOPE_PRIOR**2),
        )

    def robust_start(self, within: float) -> tuple[Floats, Floats]:
        """Shift and noise of each member from medians: a start from plain spreads takes favour for noise and stays."""
        t = self.t
        off = self.y - medians(t.item, self.y, t.items)[t.item]
        shift = np.nan_to_num(medians(t.rater, off, t.raters))
        far = np.abs(off - shift[t.rater])
        alike = far == 0
        middle = np.nan_to_num(medians(t.rater[~alike], far[~alike], t.raters))
        noise = (1.4826 * middle) ** 2
        count = np.bincount(t.rater[~alike], minlength=t.raters)
        noise = (noise * count + NOISE_PRIOR * within) / (count + NOISE_PRIOR)
        noise = noise * (1 - 1 / max(float(np.mean(self.sizes)), 2.0))  # the median has a noise of its own
        return np.where(self.few[self.rater_part], 0.0, shift), np.maximum(noise, NOISE_FLOOR**2 * within)

    def run(self, state: _State, steps: int, tolerance: float) -> tuple[_State, int]:
        """Steps until no member's shift and no pooled figure moves."""
        for step in range(steps):
            new = self.step(state)
            moved = float(np.max(np.abs(new.shift - state.shift), initial=0.0)) / np.sqrt(new.sigma2)
            moved = max(
                moved, abs(float(np.log(new.sigma2 / state.sigma2))), float(np.max(np.abs(new.slope - state.slope)))
            )
            moved = max(moved, abs(float(np.log(new.omega2 / state.omega2))) / 10)
            state = new
            if moved < tolerance:
                return state, step + 1
        return state, steps

    def expect(self, s: _State, *, shrink: bool = True) -> tuple[Pulled, Floats, Floats]:
        """The households' figures and who is off, given the members."""
        t = self.t
        var = s.noise[t.rater] + self.rounding
        a = s.slope[t.rater]
        rest = self.y - self.clue(s) - s.level[self.item_part][t.item]
        own = rest - s.shift[t.rater]
        prior = np.where(self.few[self.item_part], 0.0, 1 / s.omega2 if shrink else 0.0)
        odds = np.where(t.stake, *s.stake_odds) if self.mixture else np.full(t.n, SLIP_ODDS)
        bent = s.bent[t.rater] if self.mixture else np.zeros(t.n)
        push = PUSH**2 * s.sigma2
        found = weigh(t.item, self.starts, self.sizes, a * a / var, a * own / var, prior, odds, bent, s.shares, push)
        return found, rest, var

    def clue(self, s: _State) -> Floats:
        """What the member's own words explain of the rating."""
        return self.t.clues @ s.beta if self.t.clues.shape[1] else np.zeros(self.t.n)

    def pulled_share(self, s: _State) -> float:
        """Share of households with three members or more of which somebody pulled."""
        found, _, _ = self.expect(s)
        return float(found.sizes[1:].sum() / max(found.sizes.sum(), 1.0))

    def step(self, s: _State) -> _State:
        """One round: households, then shift, slope, noise, clues, and the pooled figures."""
        t = self.t
        found, rest, var = self.expect(s)
        d, v = found.figure, found.variance
        keep = (1 - found.off) / var
        # level of each part: what the households' figures have in common
        lam = 1 / (s.omega2 + v)
        drift = ratio(summed(self.item_part, lam * d, self.parts), summed(self.item_part, lam, self.parts))
        level = s.level + drift
        d = d - drift[self.item_part]
        rest = rest - drift[self.item_part][t.item]
        # shift
        fitted = s.slope[t.rater] * d[t.item]
        weight = summed(t.rater, keep, t.raters)
        shift_variance = 1 / (weight + 1 / s.psi2)
        shift = summed(t.rater, keep * (rest - fitted), t.raters) * shift_variance
        centre = self.middle(shift, told(s.slope), CENTRE * self.unit)
        shift = np.where(self.some, shift - centre[self.rater_part], 0.0)
        level = level + centre
        rest = rest - centre[self.item_part][t.item]
        # slope
        square = d * d + v
        strength = summed(t.rater, keep * square[t.item], t.raters)
        slope_variance = 1 / (strength + 1 / s.tau2)
        slope = (summed(t.rater, keep * d[t.item] * (rest - shift[t.rater]), t.raters) + 1 / s.tau2) * slope_variance
        slope = np.clip(slope, *SLOPES)
        common = self.middle(slope, told(slope), SLOPE_PRIOR)
        common = np.where(common > 0, common, 1.0)
        slope = np.clip(slope / common[self.rater_part], *SLOPES)
        slope = np.where(self.few[self.rater_part], 1.0, slope)
        d, v = d * common[self.item_part], v * common[self.item_part] ** 2
        # clues
        left = rest + self.clue(s) - shift[t.rater] - slope[t.rater] * d[t.item]
        beta = self.clues(left, keep, s)
        left = left - (t.clues @ beta if t.clues.shape[1] else 0.0)
        # noise
        kept = 1 - found.off
        spread = left**2 + slope[t.rater] ** 2 * v[t.item]
        spread = spread + shift_variance[t.rater] + slope_variance[t.rater] * d[t.item] ** 2
        part = s.noise[t.rater] / var
        clean = kept * (part**2 * spread + s.noise[t.rater] * (1 - part))
        total, count = summed(t.rater, clean, t.raters), summed(t.rater, kept, t.raters)
        noise = (total + NOISE_PRIOR * s.sigma2) / (count + NOISE_PRIOR)
        sigma2 = float(1 / np.mean(1 / noise[self.some])) if self.some.any() else s.sigma2
        bare = (BARE_NOISE * self.unit) ** 2
        seen = float(max(t.n - t.items, 0))
        sigma2 = max((sigma2 * seen + 0.1 * bare) / (seen + 0.1), 1e-8 * self.unit**2)
        noise = np.maximum(noise, NOISE_FLOOR**2 * sigma2)
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
            shares=self.shares(found) if self.mixture else s.shares,
            bent=self.bent(found),
            stake_odds=self.stake_odds(found) if self.mixture else (0.0, 0.0),
            **self.spreads(d, v, shift, shift_variance, slope, slope_variance),
        )

    def within(self, figure: Floats) -> Floats:
        """Keeps a figure within what was said: where shift and level cannot be told apart (one or two raters in a
        part), and where five members or more rated the household.
        """
        low, high = np.full(self.t.items, np.inf), np.full(self.t.items, -np.inf)
        np.minimum.at(low, self.t.item, self.y)
        np.maximum.at(high, self.t.item, self.y)
        bound = self.few[self.item_part] | (self.sizes >= MANY)
        return np.where(bound, np.clip(figure, low, high), figure)

    def middle(self, own: Floats, worth: Floats, usual: float) -> Floats:
        """Middle of the members of each part, with little weight to who is far from all others.

        One member who asks three times as much for everybody moves it by less than a twentieth; the plain median would
        throw away a third of what seven members say of their common level.
        """
        part, own, worth = self.rater_part[self.some], own[self.some], worth[self.some]
        middle = np.nan_to_num(medians(part, own, self.parts))
        for _ in range(10):
            weight = worth / (TAILS + (own - middle[part]) ** 2 / usual**2)
            middle = ratio(summed(part, weight * own, self.parts), summed(part, weight, self.parts))
        return middle

    def clues(self, left: Floats, keep: Floats, s: _State) -> Floats:
        """Weights of the member's own words, pulled a little toward 0."""
        z = self.t.clues
        if not z.shape[1]:
            return s.beta
        gram = np.einsum("nq,nr->qr", z * keep[:, None], z) + np.eye(z.shape[1])
        return np.asarray(np.linalg.solve(gram, np.einsum("nq,n->q", z, keep * left)))

    def spreads(
        self, d: Floats, v: Floats, shift: Floats, shift_variance: Floats, slope: Floats, slope_variance: Floats
    ) -> dict[str, float]:
        """Variances of figures, shifts and slopes, with their priors."""
        many = ~self.few[self.item_part]
        free = float(many.sum()) - float((~self.few).sum() if many.any() else 0)
        omega2 = (float((d[many] ** 2 + v[many]).sum()) + 1e-6 * self.unit**2) / max(free, 1.0)
        some = self.some & ~self.few[self.rater_part]
        members = float(some.sum() - len(np.unique(self.rater_part[some])))
        usual = (SHIFT_PRIOR * self.unit) ** 2
        psi2 = (float((shift[some] ** 2 + shift_variance[some]).sum()) + SHIFT_WORTH * usual) / (members + SHIFT_WORTH)
        off = (slope[some] - 1) ** 2 + slope_variance[some]
        tau2 = (float(off.sum()) + SLOPE_WORTH * SLOPE_PRIOR**2) / (float(some.sum()) + SLOPE_WORTH)
        return {"omega2": max(omega2, 1e-10 * self.unit**2), "psi2": psi2, "tau2": tau2}

    def shares(self, found: Pulled) -> Floats:
        """Shares of households by number of members who pulled, with their prior."""
        counted = found.sizes + PRIOR_HOUSEHOLDS * PRIOR
        return np.asarray(counted / counted.sum())

    def bent(self, found: Pulled) -> Floats:
        """Log of how much oftener than the usual member each one pulls, with a prior of one pull."""
        t = self.t
        usual = float(found.off.sum()) / max(t.n, 1)
        counted = np.bincount(t.rater, minlength=t.raters)
        return np.asarray(np.log((summed(t.rater, found.off, t.raters) + BENT_PRIOR) / (usual * counted + BENT_PRIOR)))

    def stake_odds(self, found: Pulled) -> tuple[float, float]:
        """Log of how much likelier a declared stake, and none, is where a member pulled; learned with a little caution."""
        stake = self.t.stake
        if not stake.any():
            return 0.0, 0.0
        pulled, among = float(found.off.sum()), float(found.off[stake].sum())
        share = float(stake.mean())
        usual = share * np.exp(STAKE_ODDS) / (1 - share + share * np.exp(STAKE_ODDS))
        with_pull = (among + STAKE_PRIOR * usual) / (pulled + STAKE_PRIOR)
        without = (float(stake.sum()) - among + STAKE_PRIOR * share) / (len(stake) - pulled + STAKE_PRIOR)
        with_pull = max(with_pull, without)
        return float(np.log(with_pull / without)), float(np.log((1 - with_pull + 1e-9) / (1 - without + 1e-9)))

    def finish(self, s: _State, mixture: bool, steps: int) -> Fit:
        """The last look at the households, shrunk or not, with everything that intervals need."""
        found, _, _ = self.expect(s)
        v = found.variance
        many = ~self.few[self.item_part]
        plain, rest, var = self.expect(s, shrink=False)
        reliability = s.omega2 / (s.omega2 + plain.variance[many])
        shrink = bool(many.any() and np.median(reliability) <= RELIABLE)
        found = found if shrink else plain
        t, v = self.t, found.variance
        gain = (1 - found.off) * s.slope[t.rater] ** 2 / var
        share = gain * v[t.item]
        left = rest - s.shift[t.rater] - s.slope[t.rater] * found.figure[t.item]
        gram = np.einsum("nq,nr->qr", t.clues / var[:, None], t.clues) + np.eye(t.clues.shape[1])
        return Fit(
            figure=self.within(s.level[self.item_part] + found.figure),
            variance=v,
            shift=s.shift,
            shift_variance=s.shift_variance,
            slope=s.slope,
            slope_variance=s.slope_variance,
            noise=np.sqrt(s.noise),
            beta=s.beta,
            beta_variance=np.diag(np.linalg.inv(gram)) if len(gram) else np.zeros(0),
            off=found.off,
            weight=share,
            deviation=left / np.sqrt(var),
            level=s.level,
            rater_part=self.rater_part,
            item_part=self.item_part,
            shift_spread=float(np.sqrt(s.psi2)),
            figure_spread=float(np.sqrt(s.omega2)),
            pooled_noise=float(np.sqrt(s.sigma2)),
            shares=s.shares,
            mixture=mixture,
            shrunk=shrink,
            steps=steps,
        )
