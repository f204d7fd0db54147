"""How far two models agree: population stability of figures, shift of limits by village and grade, top concepts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.limit.features import Matrix
from workbench.limit.model import LimitModel

BINS = 10
LEAST_SHARE = 1e-3
LEAST_DRIFT = 0.01
MOVED = 0.25
"""Of the larger figure, beyond which a limit counts as moved: the share of the run's tolerance."""
SAMPLE = 400
"""Rows that the stability of explanations is judged on."""


def psi(before: Matrix, now: Matrix, bins: int = BINS) -> float:
    """Population stability index of figures over tenths of ``before``; below 0.1 is calm, above 0.25 is a break.

    >>> psi(np.arange(100.0), np.arange(100.0))
    0.0
    """
    edges = np.unique(np.quantile(before, np.linspace(0, 1, bins + 1)[1:-1]))
    a, b = (np.bincount(np.searchsorted(edges, v, side="right"), minlength=len(edges) + 1) for v in (before, now))
    p, q = (np.maximum(n / n.sum(), LEAST_SHARE) for n in (a, b))
    return float(np.sum((q - p) * np.log(q / p)))


def moved(was: Matrix, now: Matrix) -> npt.NDArray[np.bool_]:
    """Whether each figure moved by more than a quarter of the larger of the two.

    >>> moved(np.array([100.0, 100.0]), np.array([80.0, 70.0])).tolist()
    [False, True]
    """
    return np.asarray(np.abs(now - was) > MOVED * np.maximum(np.abs(was), np.abs(now)))


def shift(figures: pd.DataFrame, by: str) -> pd.DataFrame:
    """Median figure before and now, and the share of rows that moved by more than a quarter, by village or grade.

    ``figures`` holds ``was``, ``now`` (the same rows under both models) and ``by``.
    """
    told = figures.assign(moved=moved(figures["was"].to_numpy(dtype=float), figures["now"].to_numpy(dtype=float)))
    return told.groupby(by, as_index=False).agg(
        households=("now", "size"), before=("was", "median"), now=("now", "median"), moved=("moved", "mean")
    )


def top_concepts(model: LimitModel, facts: pd.DataFrame) -> pd.Series:
    """The concept that moves each household's figure most, by the sum of its features' contributions."""
    parts = model.contributions(facts).drop(columns="base")
    concepts = [model.spec.feature(str(c)).concept for c in parts.columns]
    summed = parts.T.groupby(np.array(concepts)).sum().T
    return summed.abs().idxmax(axis=1)


def same_top(one: LimitModel, other: LimitModel, facts: pd.DataFrame) -> float:
    """Share of households whose leading concept is the same under two models (two seeds); of a sample where many."""
    some = facts.iloc[:: max(1, len(facts) // SAMPLE)]
    return float((top_concepts(one, some) == top_concepts(other, some)).mean())


def fact_drift(model: LimitModel, facts: pd.DataFrame) -> pd.DataFrame:
    """Facts of which more than 1 % of the households that have them lie outside what training showed, largest first.

    What training showed ends at its 0.5 and 99.5 % with the slack that one training household in a hundred needs.
    """
    x, _ = model.matrix(facts)
    seen = model.range
    least, most, _, _ = seen.bounds
    rows = []
    for k, j in enumerate(seen.columns):
        known = x[x[:, j] > 0, j]
        outside = float(((known < least[k]) | (known > most[k])).mean()) if len(known) else 0.0
        rows.append({"fact": model.spec.features[j].label_zh, "outside": outside})
    table = pd.DataFrame(rows, columns=["fact", "outside"])
    return table[table.outside > LEAST_DRIFT].sort_values(
        ["outside", "fact"], ascending=[False, True], ignore_index=True
    )
