"""Is a household outside what the training villages showed?  Trees cannot tell: they agree where they know nothing.

The figure is the largest exceedance, in robust standard deviations, of any log fact or log ratio of two amounts beyond
the training rows' 0.5-99.5 %.  Its threshold is what 1 % of training households exceed, each judged against the other
groups.  Zeros are neither log nor ratio: facts that are mostly 0, and counts of few values, have no spread and would
spoil the threshold.  A fact that is missing where training never saw
it missing is outside too: it is priced as the typical value, and said.  So is a category that fewer than five training
rows have: the trees could not learn it (the gap asks the same, so both call the same household new).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from workbench.limit.features import Matrix
from workbench.limit.folds import Index
from workbench.spec import FeatureSpec

EDGE = 0.005
THRESHOLD_SHARE = 0.01
MOST_AMOUNTS = 12
MOST_PARTS = 10
ZEROS = 0.5
"""Share of zeros or gaps from which an amount is left out of the ratios."""
LEAST_VALUES = 8
"""Distinct values above 0 from which a fact has a range worth asking about; below, it is a count of a few."""
LEAST_KNOWN = 20
"""Training rows above 0 that a fact or ratio needs for its range to be known."""
NO_SIZE = ("", "code", "0/1", "share", "count", "person", "year", "month", "day")
"""Units whose ratios say nothing about a household."""
NO_EDGE = 1e300
LEAST_OF_A_KIND = 5
"""Training rows from which a category counts as shown."""
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
    common: tuple[tuple[int, ...], ...] = ()
    """For each of ``categories``: its codes that enough training rows have (a model saved before holds none)."""
    below_zero: tuple[bool, ...] = ()
    """For each of ``columns``: whether training showed figures below 0."""

    @cached_property
    def bounds(self) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        """Edges and threshold in the facts' own units: lowest and highest value, smallest and largest ratio."""
        low, high, spread = map(np.asarray, (self.low, self.high, self.spread))
        with np.errstate(over="ignore"):
            lowest, highest = low - self.threshold * spread, high + self.threshold * spread
            k = len(self.columns)
            least, most = (np.expm1(v[:k]) for v in (lowest, highest))
            return least, most, np.exp(lowest[k:]), np.exp(highest[k:])

    def new(self, x: Matrix) -> Any:
        """Whether each row lies outside; a gap or a category that training never showed is outside too.

        Logs are not taken: ln(1 + a) - ln(1 + b) > t says that 1 + a > exp(t) (1 + b), which is cheap on many rows.
        """
        lowest, highest, smallest, largest = self.bounds
        by_column = np.ascontiguousarray(x.T)
        out = np.zeros(len(x), dtype=bool)
        for k, j in enumerate(self.columns):
            out |= (by_column[j] < lowest[k]) & (by_column[j] > 0)
            out |= by_column[j] > highest[k]
            if k < len(self.below_zero) and not self.below_zero[k]:
                out |= by_column[j] < 0
        shifted = {
            j: np.where(by_column[j] > 0, by_column[j] + 1, np.nan) for j in {j for pair in self.pairs for j in pair}
        }
        for k, (a, b) in enumerate(self.pairs):
            ratio = shifted[a] / shifted[b]
            out |= ratio < smallest[k]
            out |= ratio > largest[k]
        for j, seen in enumerate(self.gaps_seen):
            if not seen:
                out |= np.isnan(by_column[j])
        for k, j in enumerate(self.categories):
            out |= by_column[j] < 0
            if k < len(self.common):
                out |= ~(np.isnan(by_column[j]) | np.isin(by_column[j], self.common[k]))
        return out

    def filled(self, x: Matrix) -> Matrix:
        """``x`` with gaps that training never showed filled by the typical value (LightGBM would read them as 0)."""
        out = x
        for j in [j for j, seen in enumerate(self.gaps_seen) if not seen]:
            strange = np.isnan(x[:, j])
            if strange.any():
                out = x.copy() if out is x else out
                out[strange, j] = self.typical[j]
        return out

    def plain(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return asdict(self)

    @staticmethod
    def from_plain(data: dict[str, Any]) -> Range:
        """What ``plain`` wrote."""
        made: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
        made["common"] = tuple(tuple(map(int, codes)) for codes in data.get("common", ()))
        return Range(**{**made, "pairs": tuple((int(a), int(b)) for a, b in data["pairs"])})


def learn_range(x: Matrix, groups: Index, spec: FeatureSpec) -> Range:
    """The range of the training rows ``x``; ``groups`` numbers their villages."""
    numeric = [j for j, f in enumerate(spec.features) if f.kind == "number"]
    columns = tuple(j for j in numeric if np.unique(x[x[:, j] > 0, j]).size >= LEAST_VALUES)
    amounts = [
        j
        for j in columns
        if spec.features[j].unit not in NO_SIZE and np.mean(~(x[:, j] > 0)) <= ZEROS and np.nanmin(x[:, j]) >= 0
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
    categories = tuple(j for j, f in enumerate(spec.features) if f.kind == "category")
    return Range(
        columns,
        pairs,
        tuple(map(float, low)),
        tuple(map(float, high)),
        tuple(map(float, spread)),
        threshold,
        tuple(typical),
        tuple(map(bool, gaps)),
        categories,
        tuple(_common(x[:, j]) for j in categories),
        tuple(bool((x[:, j] < 0).any()) for j in columns),
    )


def _common(codes: Matrix) -> tuple[int, ...]:
    """Codes of a category that at least ``LEAST_OF_A_KIND`` rows have.

    >>> _common(np.array([0, 0, 0, 0, 0, 2, np.nan]))
    (0,)
    """
    values, counts = np.unique(codes[codes >= 0].astype(np.int64), return_counts=True)
    return tuple(map(int, values[counts >= LEAST_OF_A_KIND]))


def _views(x: Matrix, columns: tuple[int, ...], pairs: tuple[tuple[int, int], ...]) -> Matrix:
    logs = np.log1p(np.where(x > 0, x, np.nan))
    ratios = [np.where((x[:, a] > 0) & (x[:, b] > 0), logs[:, a] - logs[:, b], np.nan) for a, b in pairs]
    return np.column_stack([*(logs[:, j] for j in columns), *ratios]) if columns or pairs else np.empty((len(x), 0))


def _edges(views: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    low, high, spread = (np.zeros(views.shape[1]) for _ in range(3))
    for j, column in enumerate(views.T):
        v = column[~np.isnan(column)]
        if len(v) < LEAST_KNOWN:
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
