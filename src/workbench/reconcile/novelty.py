"""Decides which households lie outside what the training villages showed, and in which facts.

How far out a household lies is the largest exceedance, in robust standard deviations, of any log fact or log ratio of
two amounts beyond the training villages' 0.5-99.5 %.  Training households, each against the other training villages,
show how often chance alone takes a household so far.  A trade that no pilot has comes to a village in numbers: a
household is new where the training villages lead one to expect clearly fewer of its village so far out than there
are, so a village with many has a low threshold and a single household in an ordinary village a high one; what no
training household reaches is new anywhere.  How far fold models differ is useless here: trees agree where they know
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned

EDGE = 0.5
"""Per cent: the edge of what was shown."""
LEAST_OUT = 0.25
"""Robust standard deviations beyond the edge below which nobody is new."""
FALSE_SHARE = 0.3
"""Share of the new of a village that may be chance (at one in a hundred training households, a village of a hundred
needs three or four so far out)."""
LEAST_TRAINING = 100
LEAST_KNOWN = 20
"""Training households with the fact from which its range is known."""
LEAST_OF_A_KIND = 5
"""Training households from which a category counts as shown."""
SPAN = 5.15
"""Standard deviations between the 0.5th and the 99.5th per cent of a normal fact: longer tails widen the yardstick."""


@dataclass(frozen=True)
class Novel:
    """``new`` marks the households, ``exceedance`` how far out each lies, ``what`` the fact or ratio furthest out;
    ``outside`` the facts (columns) in which a new household lies outside."""

    new: np.ndarray
    exceedance: np.ndarray
    what: list[str]
    outside: pd.DataFrame


def nobody_new(town: Aligned) -> Novel:
    """Where nothing can be said, and before it is asked."""
    n, names = len(town), [f.name for f in town.features]
    none = pd.DataFrame(np.zeros((n, len(names)), bool), columns=names)
    return Novel(np.zeros(n, bool), np.zeros(n), [""] * n, none)


def find_new(town: Aligned, facts: pd.DataFrame) -> Novel:
    """Households beyond the training villages, on facts as they are after wrong ones were put right."""
    values, names = _looks(town, facts)
    pilots = np.unique(town.villages[town.pilot])
    if town.pilot.sum() < LEAST_TRAINING or len(pilots) < 2 or not names:
        return nobody_new(town)
    out, which = _beyond(values[town.pilot], values)
    for village in pilots:
        here = town.villages == village
        out[here], which[here] = _beyond(values[town.pilot & ~here], values[here])
    strange = _strange_kinds(town, facts)
    new = strange.any(axis=1).to_numpy().copy()
    for village in np.setdiff1d(np.unique(town.villages), pilots):
        here = town.villages == village
        new[here] |= more_than_chance(out[here], out[town.pilot])
    new &= ~town.pilot
    outside = _outside(town, facts, strange, [names[w] for w in which]) & new[:, None]
    by_kind = strange.any(axis=1).to_numpy()
    what = [names[w] if n and not s else "" for w, n, s in zip(which, new, by_kind, strict=True)]
    return Novel(new, np.where(by_kind, np.maximum(out, 1.0), out), what, outside)


def more_than_chance(village: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Which households of a village lie further out than chance explains (exceedances of both).

    Expected are as many so far out as among the training households; new are those from where no more than
    ``FALSE_SHARE`` of them are expected, and all that lie beyond every training household.

    >>> training = np.r_[np.zeros(97), 0.5, 0.8, 1.2]
    >>> more_than_chance(np.r_[np.zeros(95), 0.9, 1.0, 1.0, 1.1, 1.1], training).sum()
    np.int64(5)
    >>> more_than_chance(np.r_[np.zeros(98), 0.9, 1.3], training).sum()
    np.int64(1)
    """
    order = np.argsort(-village, kind="stable")
    far = np.sort(training)
    as_far = len(far) - np.searchsorted(far, village[order], side="left")
    expected = np.where(as_far > 0, (as_far + 0.5) / (len(far) + 1), 0.0) * len(village)
    false = expected / np.arange(1, len(village) + 1)
    false = np.minimum.accumulate(false[::-1])[::-1]
    new = np.zeros(len(village), bool)
    new[order] = false <= FALSE_SHARE
    return new & (village > LEAST_OUT)


def _looks(town: Aligned, facts: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Log facts, and log ratios of two amounts that are mostly above 0 (others spoil the yardstick).

    Counts are ln(1 + n): the step from one month to two is no doubling of anything.
    """
    logs, often = {}, []
    sizes = {f.name for f in town.features if f.unit in (*matrix.MONEY, *matrix.LAND)}
    for name in matrix.numbers(town.features):
        cells = facts[name].to_numpy(float)
        above = np.where(cells > 0, cells, np.nan)
        shown = np.isfinite(above[town.pilot])
        if shown.sum() < LEAST_KNOWN or np.unique(cells[np.isfinite(cells)]).size < 8:
            continue
        logs[name] = np.log(above) if name in sizes else np.log1p(above)
        if shown.mean() > 0.5 and name in sizes:
            often.append(name)
    columns, names = list(logs.values()), list(logs)
    for i, one in enumerate(often):
        for other in often[i + 1 :]:
            columns.append(logs[one] - logs[other])
            names.append(f"{one}/{other}")
    return (np.column_stack(columns) if columns else np.zeros((len(town), 0))), names


def _beyond(shown: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each row lies beyond what was shown, at its worst column, and which column that is."""
    known = np.isfinite(shown).sum(axis=0) >= LEAST_KNOWN
    if not known.any():
        return np.zeros(len(values)), np.zeros(len(values), int)
    low, high = np.nanpercentile(shown[:, known], [EDGE, 100 - EDGE], axis=0)
    sd = np.array([learn.robust_sd(column) for column in shown[:, known].T])
    spread = np.maximum(np.maximum(sd, (high - low) / SPAN), 1e-9)
    over = np.nan_to_num(np.maximum(np.maximum(values[:, known] - high, low - values[:, known]) / spread, 0.0))
    return over.max(axis=1), np.flatnonzero(known)[over.argmax(axis=1)]


def _strange_kinds(town: Aligned, facts: pd.DataFrame) -> pd.DataFrame:
    """Where a household is of a category that hardly any training household has: a column a fact."""
    out = pd.DataFrame(np.zeros((len(town), len(town.features)), bool), columns=[f.name for f in town.features])
    for f in town.features:
        if f.kind != "number":
            cells = facts[f.name].reset_index(drop=True)
            counts = cells[town.pilot].value_counts()
            out[f.name] = ~cells.isin(counts.index[counts >= LEAST_OF_A_KIND]) & cells.notna()
    return out


def _outside(town: Aligned, facts: pd.DataFrame, strange: pd.DataFrame, worst: list[str]) -> pd.DataFrame:
    """Facts beyond the training villages' 0.5-99.5 %, those of the fact or ratio furthest out, unknown categories."""
    out = strange.copy()
    furthest = pd.Series(worst)
    for name in matrix.numbers(town.features):
        cells = facts[name].reset_index(drop=True)
        shown = cells[town.pilot & cells.gt(0).to_numpy()]
        if len(shown) >= LEAST_KNOWN:
            low, high = np.percentile(shown, [EDGE, 100 - EDGE])
            out[name] = cells.gt(0) & ~cells.between(low, high)
        out[name] |= furthest.str.split("/").map(lambda parts, name=name: name in parts)
    return out
