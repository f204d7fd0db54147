"""Decides how a household's facts stand as columns for learning: amounts, ratios of amounts, categories.

Trees do not care for the unit of a column, but they cannot divide: what a panel looks at is often a ratio (how much of
the income is wages, how much of a limit is owed already).  The amount against which others are held is the one that
goes along with the model's limit most closely; which one that is the data say.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.spec import Feature

MONEY, LAND = ("yuan", "元"), ("mu", "亩")


def numbers(features: Sequence[Feature]) -> list[str]:
    """Names of the numeric facts."""
    return [f.name for f in features if f.kind == "number"]


def amounts(features: Sequence[Feature]) -> list[str]:
    """Names of the facts in yuan."""
    return [f.name for f in features if f.kind == "number" and f.unit in MONEY]


def codes(facts: pd.DataFrame, features: Sequence[Feature], levels: dict[str, list[str]]) -> np.ndarray:
    """Categories as 0/1 columns, one a level; a level that is not listed is 0 everywhere."""
    columns = [
        facts[f.name].astype("str").eq(level).fillna(False).to_numpy(float)
        for f in features
        if f.kind != "number"
        for level in levels.get(f.name, [])
    ]
    return np.column_stack(columns) if columns else np.zeros((len(facts), 0))


def levels_of(facts: pd.DataFrame, features: Sequence[Feature], most: int = 12) -> dict[str, list[str]]:
    """The commonest categories of each category fact, in the order of their names."""
    out = {}
    for f in features:
        if f.kind != "number":
            counts = facts[f.name].dropna().astype("str").value_counts()
            out[f.name] = sorted(sorted(counts.index, key=lambda c: (-int(counts[c]), c))[:most])
    return out


def anchor(facts: pd.DataFrame, features: Sequence[Feature], raw: np.ndarray) -> str | None:
    """The amount whose ranks go along most closely with the model's own figure, nearly always there and above 0."""
    best, name = 0.0, None
    rank = pd.Series(raw).rank()
    for column in amounts(features):
        cells = facts[column]
        if cells.gt(0).mean() < 0.8:
            continue
        along = float(abs(cells.reset_index(drop=True).rank().corr(rank)))
        if along > best:
            best, name = along, column
    return name


def column_names(features: Sequence[Feature], levels: dict[str, list[str]], base: str | None) -> list[str]:
    """The fact behind each column of ``columns``, in their order."""
    ratios = [c for c in amounts(features) if c != base] if base is not None else []
    kinds = [f.name for f in features if f.kind != "number" for _ in levels.get(f.name, [])]
    return [*numbers(features), *ratios, *kinds]


def columns(
    facts: pd.DataFrame, features: Sequence[Feature], levels: dict[str, list[str]], base: str | None
) -> np.ndarray:
    """Numbers as they are, every amount over the anchor amount, categories as 0/1."""
    plain = facts[numbers(features)].to_numpy(float)
    parts = [plain]
    if base is not None:
        under = np.maximum(facts[base].to_numpy(float), 1.0)
        parts.append(
            np.column_stack([facts[c].to_numpy(float) / under for c in amounts(features) if c != base])
            if len(amounts(features)) > 1
            else np.zeros((len(facts), 0))
        )
    parts.append(codes(facts, features, levels))
    return np.column_stack(parts)
