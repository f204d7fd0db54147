"""Where the fit of a panel stands: what is known of members, figures and the pooled spreads, and how it begins.

In: a ``Long`` table on a ``Scale``.  Out: ``Prepared``, which does not change between steps, and ``State``, which does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.panel.graph import parts
from workbench.panel.long import Bools, Floats, Ints, Long, medians, ratio, summed
from workbench.panel.scale import Scale
from workbench.panel.subsets import PRIOR

NOISE_PRIOR = 8.0
"""Ratings that the pooled noise counts for in each member's."""
SHIFT_PRIOR = 0.2
"""Usual shift of a member in log before anything is seen."""
SLOPE_PRIOR = 0.15
"""Usual distance of a slope from 1."""
NOISE_FLOOR = 0.2
"""A member's noise is never below this part of the pooled: else it runs to zero and that member is the consensus."""
BARE_NOISE = 0.25
"""Noise in log where no household has two ratings."""
STAKE_ODDS = 2.0
"""Log odds with which a declared stake begins, before it is learned."""


@dataclass(frozen=True)
class Prepared:
    """The table on its scale: ``y``, what rounding adds, the connected parts, and who has few peers.

    ``few``: parts of one or two raters, where shift and level cannot be told apart; ``unit``: what a log unit of 1 is
    on a plain scale; ``rated``: raters with a rating; ``mixture``: favour is looked for (else slips alone).
    """

    t: Long
    y: Floats
    rounding: Floats
    starts: Ints
    sizes: Ints
    rater_part: Ints
    item_part: Ints
    parts: int
    few: Bools
    rated: Bools
    unit: float
    mixture: bool = True


@dataclass(frozen=True)
class Lean:
    """By rater: ``share`` of the households that the member lifts (0: none that shows), by what ``step`` on the scale
    of the model (below 0: presses), the ``evidence``, a log likelihood ratio, and how far it is trusted (0 to 1).
    """

    share: Floats
    step: Floats
    evidence: Floats
    trust: Floats

    @property
    def told(self) -> Bools:
        """Who is said to lean."""
        return self.trust >= 0.5

    @staticmethod
    def nobody(raters: int) -> Lean:
        """Nobody leans."""
        return Lean(*(np.zeros(raters) for _ in range(4)))


@dataclass(frozen=True)
class State:
    """Members (``noise`` as variance), levels by part, pooled variances, the odds of a pull.

    ``stake_odds``: log likelihood ratio of a declared stake, and of none; ``bent``: log of how much oftener than
    usual a member pulls; ``lean``: who lifts or presses a part of the households.
    """

    shift: Floats
    slope: Floats
    noise: Floats
    level: Floats
    beta: Floats
    omega2: float
    psi2: float
    tau2: float
    sigma2: float
    shares: Floats
    stake_odds: tuple[float, float]
    bent: Floats
    shift_variance: Floats
    slope_variance: Floats
    lean: Lean


def prepare(table: Long, scale: Scale) -> Prepared:
    """The table on its scale."""
    rater_part, item_part, count = parts(table)
    rated = np.bincount(table.rater, minlength=table.raters) > 0
    y = scale.to(table.value)
    mean = summed(table.item, y, table.items) / np.maximum(table.sizes, 1)
    level = _levels(item_part, mean, count)
    spread = float(np.sqrt(np.mean((mean - level[item_part]) ** 2))) if table.items else 0.0
    least = max(1e-9 * float(np.abs(y).max(initial=0.0)), 1e-12)
    return Prepared(
        t=table,
        y=y,
        rounding=scale.rounding(table.value),
        starts=table.starts,
        sizes=table.sizes,
        rater_part=rater_part,
        item_part=item_part,
        parts=count,
        few=np.bincount(rater_part[rated], minlength=count) <= 2,
        rated=rated,
        unit=1.0 if scale.log else max(spread, least),
    )


def begin(w: Prepared) -> State:
    """Starts at household means, and at members' medians."""
    t = w.t
    mean = summed(t.item, w.y, t.items) / np.maximum(w.sizes, 1)
    off = w.y - mean[t.item]
    many = w.sizes[t.item] > 1
    freedom = float(many.sum() - (w.sizes > 1).sum())
    bare = (BARE_NOISE * w.unit) ** 2
    within = max((float((off[many] ** 2).sum()) + 0.1 * bare) / (freedom + 0.1), 1e-8 * w.unit**2)
    level = _levels(w.item_part, mean, w.parts)
    shift, noise = _robust_start(w, within)
    within = float(1 / np.mean(1 / noise[w.rated])) if w.rated.any() else within
    return State(
        shift=shift,
        slope=np.ones(t.raters),
        noise=noise,
        level=level,
        beta=np.zeros(t.clues.shape[1]),
        omega2=max(float(np.mean((mean - level[w.item_part]) ** 2)) if t.items else 0.0, within),
        psi2=(SHIFT_PRIOR * w.unit) ** 2,
        tau2=SLOPE_PRIOR**2,
        sigma2=within,
        shares=PRIOR.copy(),
        bent=np.zeros(t.raters),
        stake_odds=(STAKE_ODDS if t.stake.any() else 0.0, 0.0),
        shift_variance=np.full(t.raters, (SHIFT_PRIOR * w.unit) ** 2),
        slope_variance=np.full(t.raters, SLOPE_PRIOR**2),
        lean=Lean.nobody(t.raters),
    )


def _levels(part: Ints, figure: Floats, parts: int) -> Floats:
    """Mean figure of each part."""
    return ratio(summed(part, figure, parts), summed(part, np.ones(len(part)), parts))


def _robust_start(w: Prepared, within: float) -> tuple[Floats, Floats]:
    """Shift and noise of each member from medians: a start from plain spreads takes favour for noise and stays."""
    t = w.t
    off = w.y - medians(t.item, w.y, t.items)[t.item]
    shift = np.nan_to_num(medians(t.rater, off, t.raters))
    far = np.abs(off - shift[t.rater])
    unlike = far > 0
    noise = (1.4826 * np.nan_to_num(medians(t.rater[unlike], far[unlike], t.raters))) ** 2
    count = np.bincount(t.rater[unlike], minlength=t.raters)
    noise = (noise * count + NOISE_PRIOR * within) / (count + NOISE_PRIOR)
    noise = noise * (1 - 1 / max(float(np.mean(w.sizes)), 2.0)) if t.items else noise
    # the last factor: the median that is compared with has a noise of its own
    return np.where(w.few[w.rater_part], 0.0, shift), np.maximum(noise, NOISE_FLOOR**2 * within)
