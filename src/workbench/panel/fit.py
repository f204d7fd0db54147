"""The panel's consensus as one model: shift, slope and noise of each member, all shrunk, and a minority that pulls.

In: a ``Long`` table on a ``Scale``.  Out: ``Fit``.  The model (docs/consensus.md):

    y_ij = level + s_j + a_j d_i + beta z_ij + delta_i [j in S_i] + e_ij,   e_ij ~ N(0, sigma_j^2 + rounding_ij)

Fitted by expectation and conditional maximisation until nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.panel.leaning import leaning
from workbench.panel.long import Floats, Ints, Long, ratio, summed
from workbench.panel.scale import Scale
from workbench.panel.state import Lean, Prepared, State, begin, prepare
from workbench.panel.steps import look, pulled_share, step

MOST_PULLED = 0.3
"""Share of households pulled above which it is skew or heavy tails, not favour: only slips are looked for then."""
SLIPS = np.array([0.97, 0.02, 0.005, 0.005])
"""Shares of households with no, one, two, three slips where only slips are looked for."""
RELIABLE = 0.97
"""Median reliability from which the figures are not shrunk."""
MANY = 5
"""Members from whose figures the consensus of a household never strays."""
ALIKE = 3
"""Members who are taken at their word where all of them say the same."""
LARGE, LARGE_STEPS, LARGE_AGAIN, SMALL_STEPS = 50_000, 25, 8, 400
"""Ratings from which a table is large, and how many steps each kind is given (again: once who leans is known)."""


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
    lean: Lean
    mixture: bool
    shrunk: bool
    steps: int


def fit(table: Long, scale: Scale) -> Fit:
    """The model of a table of ratings (any number of raters, items and parts)."""
    w = prepare(table, scale)
    state, done = _run(w, begin(w))
    if pulled_share(w, state) > MOST_PULLED:
        w = replace(w, mixture=False)
        state, more = _run(w, replace(state, shares=SLIPS, stake_odds=(0.0, 0.0)))
        done += more
    if w.mixture:
        lean, noise = leaning(w, state, look(w, state))
        if lean.trust.any():
            state, more = _run(w, replace(state, lean=lean, noise=noise), LARGE_AGAIN)
            done += more
    return _finish(w, state, done)


def _run(w: Prepared, state: State, large_steps: int = LARGE_STEPS) -> tuple[State, int]:
    """Steps until no member's shift or slope and no pooled figure moves."""
    large = w.t.n > LARGE
    most = large_steps if large else SMALL_STEPS
    for done in range(most):
        new = step(w, state)
        moved = max(
            float(np.max(np.abs(new.shift - state.shift), initial=0.0)) / float(np.sqrt(new.sigma2)),
            float(np.max(np.abs(new.slope - state.slope), initial=0.0)),
            abs(float(np.log(new.sigma2 / state.sigma2))),
            abs(float(np.log(new.omega2 / state.omega2))) / 10,
        )
        state = new
        if moved < (1e-2 if large else 1e-4):
            return state, done + 1
    return state, most


def _finish(w: Prepared, s: State, steps: int) -> Fit:
    """The last look at the households, shrunk or not, with everything that intervals need."""
    t, seen = w.t, look(w, s, shrink=False, settle=True)
    many = ~w.few[w.item_part]
    reliability = s.omega2 / (s.omega2 + seen.found.variance[many])
    shrink = bool(many.any() and np.median(reliability) <= RELIABLE)
    if shrink:
        seen = look(w, s, settle=True)
    found = seen.found
    prior = np.where(w.few[w.item_part], 0.0, 1 / s.omega2 if shrink else 0.0)
    say = (1 - found.off) * seen.heard * s.slope[t.rater] ** 2 / seen.var
    left = seen.rest - s.shift[t.rater] - s.slope[t.rater] * found.figure[t.item]
    return Fit(
        figure=_within(w, s.level[w.item_part] + found.figure),
        variance=found.variance,
        shift=s.shift,
        shift_variance=s.shift_variance,
        slope=s.slope,
        slope_variance=s.slope_variance,
        noise=np.sqrt(s.noise),
        beta=s.beta,
        off=found.off,
        weight=ratio(say, summed(t.item, say, t.items)[t.item] + prior[t.item]),
        deviation=left / np.sqrt(seen.var),
        level=s.level,
        rater_part=w.rater_part,
        item_part=w.item_part,
        shift_spread=float(np.sqrt(s.psi2)),
        figure_spread=float(np.sqrt(s.omega2)),
        pooled_noise=float(np.sqrt(s.sigma2)),
        shares=s.shares,
        lean=s.lean,
        mixture=w.mixture,
        shrunk=shrink,
        steps=steps,
    )


def _within(w: Prepared, figure: Floats) -> Floats:
    """Keeps a figure within what was said: where shift and level cannot be told apart (one or two raters in a part),
    where five members or more rated the household, and where three or four say the same.
    """
    low, high = np.full(w.t.items, np.inf), np.full(w.t.items, -np.inf)
    np.minimum.at(low, w.t.item, w.y)
    np.maximum.at(high, w.t.item, w.y)
    alike = (low == high) & (w.sizes >= ALIKE)
    bound = w.few[w.item_part] | (w.sizes >= MANY) | alike
    return np.where(bound, np.clip(figure, low, high), figure)
