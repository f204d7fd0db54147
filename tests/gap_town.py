"""A small invented township with its consensus, for tests of the gap: tables as the notebooks would hold them."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import gap as bench  # type: ignore[import-not-found]
import gap_towns  # type: ignore[import-not-found]
from gap_kinds import WITNESS as SMALL  # type: ignore[import-not-found]

from workbench.panel.consensus import Settled
from workbench.reconcile.gaps import Explained


def small_town(seed: int = 3, **changes: Any) -> dict[str, Any]:
    """Six villages, three of them pilots, some 330 households."""
    town: dict[str, Any] = gap_towns.make_town(replace(SMALL, **changes), seed)
    return town


def explain(town: dict[str, Any], **over: Any) -> Explained:
    """The gap of a town, some of its tables otherwise; the consensus is settled once and kept."""
    if "settled" not in town:
        town["settled"] = bench.settle(town["ratings"].drop(columns="pulled"), rules=bench.town_params().panel, seed=1)
    made: Explained = bench.explain(dict(town) | over)
    return made


def panel_times(town: dict[str, Any], factor: pd.Series | float, pulls: bool = True) -> dict[str, Any]:
    """Consensus and ratings with every limit of a household times a factor (a series by household, or one for all)."""
    by = (lambda homes: factor) if isinstance(factor, float) else (lambda homes: homes.map(factor).fillna(1.0))
    s = town["settled"]
    consensus = s.consensus.copy()
    for column in ("panel_limit", "low", "high", "mean", "median"):
        consensus[column] = consensus[column] * by(consensus["household"])
    ratings = town["ratings"].assign(limit=town["ratings"]["limit"] * by(town["ratings"]["household"]))
    return {"ratings": ratings, "settled": Settled(consensus, s.raters, s.pulls if pulls else s.pulls.iloc[:0])}


def with_facts(town: dict[str, Any], facts: pd.DataFrame) -> dict[str, Any]:
    """Facts and the limits that the town's own model and policy give on them."""
    raw = town["score"](facts[[*gap_towns.NUMBERS, "main_occupation"]])
    limits = town["limits"].assign(raw_limit=raw.to_numpy())
    limits["model_limit"] = gap_towns.policy(limits["raw_limit"], town["truth"]["listed"]).to_numpy()
    return {"facts": facts, "limits": limits}
