"""Decides which households lie outside what the training villages showed.

The largest exceedance, in robust standard deviations, of any log fact or log ratio of two amounts beyond the training
villages' 0.5-99.5 %; the threshold is what one in a hundred training households exceeds when its own village is set
against the others.  How far fold models differ is useless here: trees agree where they know nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned

EDGE, EXCEEDED = 0.5, 99.0
"""Per cent: the edge of what was shown, and how many training households stay below the threshold."""
LEAST_TRAINING = 100


@dataclass(frozen=True)
class Novel:
    """``new`` marks the households; ``what`` names the fact or ratio that lies furthest out."""

    new: np.ndarray
    exceedance: np.ndarray
    what: list[str]
    threshold: float


def find_new(town: Aligned, facts: pd.DataFrame) -> Novel:
    """Households beyond the training villages, on facts as they are after wrong ones were put right."""
    values, names = _looks(town, facts)
    none = Novel(np.zeros(len(town), bool), np.zeros(len(town)), [""] * len(town), np.inf)
    pilots = np.unique(town.villages[town.pilot])
    if town.pilot.sum() < LEAST_TRAINING or len(pilots) < 2 or not names:
        return none
    out, which = _beyond(values[town.pilot], values)
    for village in pilots:
        here = town.villages == village
        out[here], which[here] = _beyond(values[town.pilot & ~here], values[here])
    threshold = max(float(np.percentile(out[town.pilot], EXCEEDED)), 0.25)
    strange = _strange_kinds(town, facts)
    new = ((out > threshold) | strange) & ~town.pilot
    what = [names[w] if n and not s else "" for w, n, s in zip(which, new, strange, strict=True)]
    return Novel(new, np.where(strange, np.maximum(out, 1.0), out), what, threshold)


def _looks(town: Aligned, facts: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Log facts and log ratios of two amounts that are mostly above 0 (facts that are mostly 0 spoil the threshold)."""
    logs, often = {}, []
    for name in matrix.numbers(town.features):
        cells = facts[name].to_numpy(float)
        if np.isfinite(cells).sum() < LEAST_TRAINING or np.unique(cells[np.isfinite(cells)]).size < 8:
            continue
        logs[name] = np.log(np.where(cells > 0, cells, np.nan))
        if np.isfinite(logs[name][town.pilot]).mean() > 0.5 and name in _sizes(town):
            often.append(name)
    columns, names = list(logs.values()), list(logs)
    for i, one in enumerate(often):
        for other in often[i + 1 :]:
            columns.append(logs[one] - logs[other])
            names.append(f"{one}/{other}")
    return (np.column_stack(columns) if columns else np.zeros((len(town), 0))), names


def _sizes(town: Aligned) -> list[str]:
    return [f.name for f in town.features if f.kind == "number" and f.unit in (*matrix.MONEY, *matrix.LAND)]


def _beyond(shown: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each row lies beyond what was shown, at its worst column, and which column that is."""
    known = np.isfinite(shown).sum(axis=0) >= 50
    spread = np.array([learn.robust_sd(shown[:, i]) if known[i] else np.nan for i in range(shown.shape[1])])
    known &= spread > 0
    if not known.any():
        return np.zeros(len(values)), np.zeros(len(values), int)
    low, high = np.nanpercentile(shown[:, known], [EDGE, 100 - EDGE], axis=0)
    over = np.maximum(values[:, known] - high, low - values[:, known]) / spread[known]
    over = np.nan_to_num(np.maximum(over, 0.0))
    return over.max(axis=1), np.flatnonzero(known)[over.argmax(axis=1)]


def _strange_kinds(town: Aligned, facts: pd.DataFrame) -> np.ndarray:
    """Households of a category that fewer than five training households have."""
    out = np.zeros(len(town), bool)
    for f in town.features:
        if f.kind != "number":
            cells = facts[f.name]
            counts = cells[town.pilot].value_counts()
            rare = ~cells.isin(counts.index[counts >= 5]) & cells.notna()
            out |= rare.to_numpy()
    return out
