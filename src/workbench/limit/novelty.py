"""Is a household outside what the training villages showed?  Trees cannot tell: they agree where they know nothing.

The figure is the largest exceedance, in robust standard deviations, of any log fact or log ratio of two amounts beyond
the training rows' 0.5-99.5 %.  Its threshold is what 1 % of training households exceed, each judged against the other
groups.  Facts that are mostly 0 spoil ratios and are left out of them.  A fact that is missing where training never saw
it missing is outside too: it is priced as the typical value, and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.limit.features import Matrix
from workbench.limit.folds import Index
from workbench.spec import FeatureSpec

EDGE = 0.005
THRESHOLD_SHARE = 0.01
MOST_AMOUNTS = 12
MOST_PARTS = 10
ZEROS = 0.2
"""Share of zeros or gaps from which an amount is left out of the ratios."""
NO_EDGE = 1e300
WIDER = 2.5
"""Factor on the interval where the household is outside (measured)."""


@dataclass(frozen=True)
class Range:
    """What training showed: columns, ratio pairs, and for each its lower and upper edge and robust spread."""

    columns: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    spread: tuple[float, ...]
    threshold: float
    typical: tuple[float, ...]
    gaps_seen: tuple[bool, ...]
    categories: tuple[int, ...]

    def exceedance(self, x: Matrix) -> Matrix:
        """The largest exceedance of each row, 0 inside; a gap or category that training never showed is infinite."""
        out = _exceedance(_views(x, self.columns, self.pairs), *map(np.asarray, (self.low, self.high, self.spread)))
        strange = (np.isnan(x) & ~np.asarray(self.gaps_seen)).any(axis=1)
        strange |= (x[:, list(self.categories)] < 0).any(axis=1)
        return np.where(strange, np.inf, out)

    def new(self, x: Matrix) -> Any:
        """Whether each row lies outside."""
        return self.exceedance(x) > self.threshold

    def filled(self, x: Matrix) -> Matrix:
        """``x`` with gaps that training never showed filled by the typical value (LightGBM would read them as 0)."""
        strange = np.isnan(x) & ~np.asarray(self.gaps_seen)
        return np.where(strange, np.asarray(self.typical), x) if strange.any() else x

    def plain(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in self.__dict__.items()}

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Range:
        """What ``plain`` wrote."""
        made: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        return Range(**{**made, "pairs": tuple((int(a), int(b)) for a, b in data["pairs"])})


def learn_range(x: Matrix, groups: Index, spec: FeatureSpec) -> Range:
    """The range of the training rows ``x``; ``groups`` numbers their villages."""
    numeric = [j for j, f in enumerate(spec.features) if f.kind == "number"]
    columns = tuple(j for j in numeric if np.unique(x[~np.isnan(x[:, j]), j]).size > 2)
    amounts = [
        j
        for j in columns
        if spec.features[j].unit not in ("", "code", "0/1", "share")
        and np.mean(~(x[:, j] > 0)) <= ZEROS
        and np.nanmin(x[:, j]) >= 0
    ][:MOST_AMOUNTS]
    pairs = tuple((a, b) for i, a in enumerate(amounts) for b in amounts[i + 1 :])
    views = _views(x, columns, pairs)
    own = np.zeros(len(x))
    several = np.unique(groups).size > 1
    # many small groups are judged a tenth at a time: the edges hardly move
    tenth = np.unique(groups, return_inverse=True)[1] % MOST_PARTS
    for g in np.unique(tenth) if several else []:
        own[tenth == g] = _exceedance(views[tenth == g], *_edges(views[tenth != g]))
    low, high, spread = _edges(views)
    threshold = float(np.quantile(own, 1 - THRESHOLD_SHARE)) if several else 0.0
    numbers = np.isin(np.arange(x.shape[1]), numeric)
    gaps = np.isnan(x).any(axis=0) | ~numbers
    typical = [float(np.median(c[~np.isnan(c)])) if (~np.isnan(c)).any() else 0.0 for c in x.T]
    return Range(
        columns,
        pairs,
        tuple(map(float, low)),
        tuple(map(float, high)),
        tuple(map(float, spread)),
        threshold,
        tuple(typical),
        tuple(map(bool, gaps)),
        tuple(j for j, f in enumerate(spec.features) if f.kind == "category"),
    )


def _views(x: Matrix, columns: tuple[int, ...], pairs: tuple[tuple[int, int], ...]) -> Matrix:
    logs = np.sign(x) * np.log1p(np.abs(x))
    ratios = [np.where((x[:, a] > 0) & (x[:, b] > 0), logs[:, a] - logs[:, b], np.nan) for a, b in pairs]
    return np.column_stack([*(logs[:, j] for j in columns), *ratios]) if columns or pairs else np.empty((len(x), 0))


def _edges(views: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    low, high, spread = (np.zeros(views.shape[1]) for _ in range(3))
    for j, column in enumerate(views.T):
        v = column[~np.isnan(column)]
        if not len(v):
            low[j], high[j], spread[j] = -NO_EDGE, NO_EDGE, 1.0
            continue
        low[j], high[j] = np.quantile(v, [EDGE, 1 - EDGE])
        middle = np.median(v)
        spread[j] = max(1.4826 * np.median(np.abs(v - middle)), 0.1 * np.std(v), 1e-3)
    return low, high, spread


def _exceedance(views: Matrix, low: Matrix, high: Matrix, spread: Matrix) -> Matrix:
    if not views.shape[1]:
        return np.zeros(len(views))
    over = np.maximum(np.maximum(low - views, views - high), 0.0) / spread
    return np.asarray(np.nan_to_num(over, nan=0.0, posinf=0.0).max(axis=1))
