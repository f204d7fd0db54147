"""Decides which households have a gap to explain, and sets their limits, facts and marks side by side.

In: ``limits``, ``consensus``, ``ratings``, ``pulls``, ``households``, ``facts`` (or ``records``), ``history``,
``corrections``.  Out: an ``Aligned``: one row for every household with both limits, in the order of its key.  A
household with nobody eligible has no gap; one whose holder is on the negative list has.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from workbench.reconcile.marks import household_marks
from workbench.spec import Feature

KEY = ["village", "household"]
SMALLEST = 1_000.0
"""Yuan; what a panel figure of 0 counts as where no policy says from where limits begin."""

Score = Callable[[pd.DataFrame], pd.Series]
"""The model's own callable: rows of facts to raw limits in yuan."""


class Bounds(Protocol):
    """The policy in force: what it makes of figures (yuan) for rows of ``households`` with their facts."""

    @property
    def floor(self) -> float:
        """The smallest limit that can be given, in yuan."""

    def __call__(self, households: pd.DataFrame, facts: pd.DataFrame, yuan: np.ndarray, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Aligned:
    """Households with both limits.  Arrays and frames share one order of rows; money is yuan."""

    keys: pd.DataFrame
    model: np.ndarray
    raw: np.ndarray
    panel: np.ndarray
    listed: np.ndarray
    facts: pd.DataFrame
    marks: pd.DataFrame
    confirmed: np.ndarray
    pilot: np.ndarray
    features: tuple[Feature, ...]
    checked: frozenset[tuple[int, str]]
    roster: pd.DataFrame
    floor: float = SMALLEST
    """Yuan; the smallest limit of the policy in force.  A panel figure of 0 counts as this much."""

    @property
    def villages(self) -> np.ndarray:
        """Village of each row."""
        return self.keys["village"].to_numpy()

    @property
    def said(self) -> np.ndarray:
        """The panel figure as its logarithm can be taken: 0 counts as the floor."""
        return np.where(self.panel > 0, self.panel, self.floor)

    def __len__(self) -> int:
        return len(self.keys)


def align(
    limits: pd.DataFrame,
    consensus: pd.DataFrame,
    ratings: pd.DataFrame,
    pulls: pd.DataFrame,
    households: pd.DataFrame,
    facts: pd.DataFrame,
    history: pd.DataFrame | None,
    corrections: pd.DataFrame | None,
    features: tuple[Feature, ...],
    floor: float,
) -> Aligned:
    """The households with both limits, sorted by village and household; ``floor`` is the policy's, in yuan."""
    both = limits[limits["raw_limit"].gt(0) & limits["model_limit"].notna() & limits["why_not"].ne("nobody_eligible")]
    both = both.merge(consensus[consensus["panel_limit"].notna()][[*KEY, "panel_limit"]], on=KEY)
    both = both.merge(facts[KEY], on=KEY).sort_values(KEY, ignore_index=True)
    keys = both[KEY].copy()
    named = facts.set_index(KEY).reindex(pd.MultiIndex.from_frame(keys)).reset_index(drop=True)
    confirmed, pilot = _confirmed(keys, history)
    roster = keys.merge(households, on=KEY, how="left")
    return Aligned(
        keys=keys,
        model=both["model_limit"].to_numpy(float),
        raw=both["raw_limit"].to_numpy(float),
        panel=both["panel_limit"].to_numpy(float),
        listed=both["why_not"].eq("listed").to_numpy() & both["model_limit"].eq(0).to_numpy(),
        facts=named[[f.name for f in features]],
        marks=household_marks(keys, ratings, pulls),
        confirmed=confirmed,
        pilot=pilot,
        features=features,
        checked=_checked(keys, corrections),
        roster=roster,
        floor=max(floor, SMALLEST),
    )


def _confirmed(keys: pd.DataFrame, history: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray]:
    """The latest earlier limit that people confirmed (not the old model's), and who lives in a training village."""
    if history is None or history.empty:
        return np.full(len(keys), np.nan), np.zeros(len(keys), bool)
    by_people = history[history["way"].ne("模型") & history["limit"].gt(0)].sort_values([*KEY, "date", "limit"])
    last = by_people.drop_duplicates(KEY, keep="last")
    count = history.drop_duplicates(KEY)["village"].value_counts()
    pilots = set(count.index[count >= 10])
    return (
        keys.merge(last[[*KEY, "limit"]], on=KEY, how="left")["limit"].to_numpy(float),
        keys["village"].isin(pilots).to_numpy(),
    )


def _checked(keys: pd.DataFrame, corrections: pd.DataFrame | None) -> frozenset[tuple[int, str]]:
    """(row, fact) pairs that a visit confirmed or corrected: such a fact is no error any more."""
    if corrections is None or corrections.empty:
        return frozenset()
    place = keys.assign(place=np.arange(len(keys))).merge(corrections[[*KEY, "fact"]], on=KEY)
    return frozenset(zip(place["place"].tolist(), place["fact"].astype(str).tolist(), strict=True))
