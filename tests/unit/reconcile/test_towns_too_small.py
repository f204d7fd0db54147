"""A town that teaches nothing, or little: honest words, blocks that add up, and no picture that names a leader."""

from __future__ import annotations

from typing import Any

import gap_town
import numpy as np
import pandas as pd
import pytest

from workbench.reconcile import figures, known, report
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN
from workbench.reconcile.gaps import Explained
from workbench.spec import FeatureSpec

FEATURES = gap_town.bench.town_spec().features
ENOUGH = 25
"""Households a village that still teach something: 150 in all."""
KIND = [f for f in FEATURES if f.kind != "number"]


def cut(town: dict[str, Any], homes: int | None = None, **over: Any) -> dict[str, Any]:
    """The town's first households of every village, all of its tables alike."""
    out = {k: v for k, v in town.items() if k != "settled"}
    if homes is not None:
        kept = set(town["truth"].groupby("village").head(homes)["household"])
        for name in (
            "households",
            "people",
            "records",
            "facts",
            "corrections",
            "history",
            "ratings",
            "limits",
            "truth",
        ):
            out[name] = town[name][town[name]["household"].isin(kept)].reset_index(drop=True)
    return out | over


def one_village(town: dict[str, Any], homes: int) -> dict[str, Any]:
    village = town["truth"]["village"].iloc[-1]
    return cut({k: v[v["village"] == village] if isinstance(v, pd.DataFrame) else v for k, v in town.items()}, homes)


def zeros(town: dict[str, Any]) -> dict[str, Any]:
    ratings = cut(town, ENOUGH)["ratings"].copy()
    ratings.loc[np.random.default_rng(2).random(len(ratings)) < 0.6, "limit"] = 0.0
    return cut(town, ENOUGH, ratings=ratings)


def unrated_village(town: dict[str, Any]) -> dict[str, Any]:
    ratings = cut(town, ENOUGH)["ratings"]
    rest = ratings[ratings["village"] != ratings["village"].iloc[0]].reset_index(drop=True)
    return cut(town, ENOUGH, ratings=rest)


def one_pilot(town: dict[str, Any]) -> dict[str, Any]:
    history = cut(town, ENOUGH)["history"]
    return cut(town, ENOUGH, history=history[history["village"] == history["village"].iloc[0]])


def with_spec(monkeypatch: pytest.MonkeyPatch, features: list[Any]) -> None:
    monkeypatch.setattr(gap_town.bench, "town_spec", lambda: FeatureSpec("limit", tuple(features)))


TOWNS = {
    "two households": lambda town: one_village(town, 2),
    "one village of twelve": lambda town: one_village(town, 12),
    "one village": lambda town: one_village(town, 60),
    "four a village": lambda town: cut(town, 4),
    "one pilot": one_pilot,
    "no history": lambda town: cut(town, ENOUGH, history=None),
    "no visits": lambda town: cut(town, ENOUGH, facts=None, corrections=None),
    "six ratings of ten are 0": zeros,
    "a village that nobody rated": unrated_village,
}
SPECS = {"a category alone": KIND, "four facts": list(FEATURES[:4])}


def broken(made: Explained, taught: bool) -> list[str]:
    """What should hold of any town, however small, and does not."""
    g = made.gaps
    inside = g["gap"].abs() <= np.maximum(15_000, 0.25 * g[["model_limit", "panel_limit"]].max(axis=1))
    told = [
        figures.beeswarm(made.sides, FEATURES)[1],
        figures.dependence(made.sides, FEATURES)[1],
        figures.weighing_map(made.weighing)[1],
    ]
    holds = {
        "households": len(g) > 0,
        "every figure is there": g[[*BLOCKS, "proposed_limit", "confidence"]].notna().all(axis=None),
        "blocks add up": (g[list(BLOCKS)].sum(axis=1) - g["gap"]).abs().max() <= 0.01,
        "within the tolerance": (g["primary_cause"].eq(WITHIN) == inside).all(),
        "a reason": g["reason_zh"].str.len().gt(0).all(),
        "sentences name something": all("“”" not in t and "nan" not in t for t in told),
    }
    if not taught:
        named = set(g["primary_cause"])
        holds |= {
            "no cause that was not learnt": named <= {WITHIN, "unexplained", "policy_limit", "record_error"},
            "pictures say that nothing was learnt": all(t.startswith("没有") for t in told),
            "no table of what was not learnt": report.sides_table(made.sides, FEATURES).empty,
            "the page says why": known.FEW in known.here_text(g) or named == {WITHIN},
        }
    return [what for what, true in holds.items() if not true]


@pytest.mark.parametrize("name", TOWNS)
def test_little_to_learn_from_is_told_and_still_adds_up(town: dict[str, Any], name: str) -> None:
    taught = name not in ("two households", "one village of twelve", "four a village")
    assert broken(gap_town.explain(TOWNS[name](town)), taught) == []


@pytest.mark.parametrize("name", SPECS)
def test_specs_of_few_facts_still_add_up(town: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_spec(monkeypatch, SPECS[name])
    # the town's own model wants all its facts
    few = cut(town, ENOUGH, score=lambda f: pd.Series(50_000.0, index=f.index))
    made = gap_town.explain(few)
    assert broken(made, taught=True) == []
    if name == "a category alone":
        assert "没有数值型的事实" in figures.dependence(made.sides, FEATURES)[1]


def test_the_town_here_is_the_one_that_teaches(town: dict[str, Any], explained: Explained) -> None:
    """What the tests above tell apart: here something was learnt, so pictures name a leader."""
    assert explained.gaps["factor_weighting"].abs().gt(0).any()
    assert "最大的是" in figures.beeswarm(explained.sides, FEATURES)[1]
    assert known.FEW not in known.here_text(explained.gaps)
    table = report.sides_table(explained.sides, FEATURES)
    assert table["fact"].iloc[0] in figures.beeswarm(explained.sides, FEATURES)[1]
    assert 1 < len(table) <= 10
