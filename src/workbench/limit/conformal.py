"""Intervals that hold nine times in ten on groups never seen: residuals of folds that leave the group out.

The score of a residual is |y - p| / (floor + share x p): the sum follows the errors where the larger of the two, with
its bend at floor / share, gives small limits too much and middling ones too little (Winkler 2 % lower on eight towns).
Where there are residuals enough, its quantile is taken by bands of the prediction and interpolated between their
middles, and each side on its own, so that nine in ten holds in every fifth of the predictions and not only over all.
With fewer, a band's own quantile is mostly noise, and the finite-sample step of each adds to the width.

Nine in ten is promised to a village, not to the mean of villages: where rows come in groups, the level asked is higher
by what the share inside a group of usual size strays by chance, two points at most (``level_for``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workbench.limit.features import Matrix
from workbench.limit.folds import Index

LEVEL = 0.90
MOST_MORE = 0.02
"""At most above ``LEVEL`` for the sake of groups: small groups stray further than any useful interval could hold."""
LEAST_IN_GROUP = 30
"""Rows a group from which a share of them is spoken of at all: pairs of twins are no village."""
LEAST_GROUPS = 4
"""With fewer, each residual is of a model that lacked a third of the rows or more: too wide by itself."""
ROWS_A_BAND = 1_000
"""Residuals a band where the unit grows with the figure, which does most of what bands are for."""
ROWS_A_BAND_FLAT = 300
"""The same where the unit is constant (identity scale)."""
SIDES_APART = 400
"""Residuals in a band from which lower and upper side are taken apart (twenty in each tail)."""
TOLERANCE_SHARE = 0.5
"""Of a tolerance's yuan, what stands in the unit: where share x limit equals the yuan, the sum is 1.5 of either."""
MOST_BANDS = 10


@dataclass(frozen=True)
class Conformal:
    """Half widths by prediction: ``low[k]`` and ``high[k]`` times the norm at ``middle[k]``, linear in between."""

    floor: float
    share: float
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    larger: bool = False
    """A model saved before: its unit is the larger of floor and share x p."""

    def norm(self, p: Matrix) -> Matrix:
        """The unit of a residual at prediction ``p``."""
        part = self.share * np.abs(p)
        return np.maximum(self.floor, part) if self.larger else np.asarray(self.floor + part)

    def interval(self, p: Matrix, factor: Matrix | float = 1.0) -> tuple[Matrix, Matrix]:
        """Lower and upper end; ``factor`` widens both sides (households unlike the training villages)."""
        unit = self.norm(p) * factor
        return p - np.interp(p, self.middle, self.low) * unit, p + np.interp(p, self.middle, self.high) * unit

    def plain(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Conformal:
        """What ``plain`` wrote; what a model saved before wrote has no ``larger``."""
        made: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return Conformal(**{"larger": True, **made})


def unit_of(yuan: float, share: float) -> tuple[float, float]:
    """Floor and share of the norm out of a tolerance.

    >>> unit_of(15_000, 0.25)
    (7500.0, 0.25)
    """
    return TOLERANCE_SHARE * yuan, share


def scale_of(y: Matrix, log: bool) -> tuple[float, float]:
    """Floor and share of the norm for a target whose tolerance nobody declared: 15 % of the median limit, and 25 %.

    On the identity scale the error has the same size everywhere: the norm is one.
    """
    return unit_of(0.15 * float(np.median(y)), 0.25) if log else (1.0, 0.0)


def level_for(groups: Index | None) -> float:
    """The level to ask for so that a group of usual size is held nine times in ten; ``LEVEL`` where there are none.

    ``groups`` numbers the groups of the rows.

    >>> level_for(None), level_for(np.arange(6).repeat(100)), round(level_for(np.arange(6).repeat(900)), 3)
    (0.9, 0.92, 0.91)
    """
    sizes = np.empty(0) if groups is None else np.unique(groups, return_counts=True)[1]
    usual = float(np.median(sizes)) if len(sizes) >= LEAST_GROUPS else 0.0
    if usual < LEAST_IN_GROUP:
        return LEVEL
    return LEVEL + min(MOST_MORE, float(np.sqrt(LEVEL * (1 - LEVEL) / usual)))


def calibrate(y: Matrix, p: Matrix, floor: float, share: float, level: float = LEVEL) -> Conformal:
    """The interval out of out-of-fold predictions ``p`` of ``y``, at ``level`` (``level_for``).

    >>> c = calibrate(np.arange(10.0), np.zeros(10), 1.0, 0.0)
    >>> float(c.interval(np.array([0.0]))[1][0])
    9.0
    """
    raw = Conformal(floor, share, (0.0,), (0.0,), (0.0,))
    score = (y - p) / raw.norm(p)
    bands = int(np.clip(len(y) // (ROWS_A_BAND if share else ROWS_A_BAND_FLAT), 1, MOST_BANDS))
    parts = np.array_split(np.argsort(p, kind="stable"), bands)
    middle, low, high = [], [], []
    for part in parts:
        s = score[part]
        middle.append(float(np.median(p[part])))
        if len(s) >= SIDES_APART:
            low.append(max(0.0, _upper(-s, (1 + level) / 2)))
            high.append(max(0.0, _upper(s, (1 + level) / 2)))
        else:
            both = _upper(np.abs(s), level)
            low.append(both)
            high.append(both)
    middle = [m + 1e-9 * k for k, m in enumerate(middle)]
    return Conformal(floor, share, tuple(middle), tuple(low), tuple(high))


def _upper(score: Matrix, level: float) -> float:
    """The finite-sample quantile: the ceil((n + 1) x level)-th smallest, at most the largest."""
    rank = min(len(score), int(np.ceil((len(score) + 1) * level)))
    return float(np.sort(score)[rank - 1])
