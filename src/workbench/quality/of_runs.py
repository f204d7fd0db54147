"""How far this run has moved from the run before: population stability of figures that limits rest on.

The population stability index of a figure is the sum over bins of (now - then) x ln(now / then), with the bins of
the run before; 0.1 is read as a shift to look at, 0.25 as another population.  Chance alone gives about
(bins - 1) x (1/n now + 1/n then), which is taken off, so that a small town is not called drifting for being small.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.quality.register import BEFORE, Given, view

BINS = 10
LEAST = 100
"""Rows on either side; below it a shift cannot be told from chance."""
FLOOR = 0.5
"""Rows that an empty bin is taken to hold, so that the logarithm is finite."""

FIGURES: dict[str, tuple[str, ...]] = {
    "people": ("age", "relation", "phone_state"),
    "households": ("people", "eligible", "land_mu"),
    "ratings": ("limit", "integrity"),
    "consensus": ("panel_limit",),
    "records": (),
    "history": ("limit", "overdue"),
    "limits": ("model_limit", "pd", "rating"),
    "gaps": ("gap", "proposed_limit", "primary_cause", "action"),
    "confirmed": ("limit",),
}
"""Columns by table: of a number the distribution is compared, of a word the shares.  Of ``records`` all facts are."""
NO_FACTS = ("village", "household", "record_date")


def _define(table: str) -> None:
    """The view ``drift_<table>``: one line a figure of the table, this run against the run before."""

    @view(
        f"drift_{table}",
        f"One line a figure of {table}: this run against the run before",
        (table, f"{BEFORE}{table}"),
        "measure",
        {
            "measure": "column",
            "now": "rows now",
            "then": "rows in the run before",
            "psi": "population stability index less what chance gives; never below 0",
            "missing_shift": "share of empty cells now less then",
            "size": "rows now / rows then",
        },
    )
    def _drift(given: Given) -> pd.DataFrame:
        now, then = given.tables[table], given.before[table]
        lines = [_line(name, now, then) for name in _figures(table, now, then)] if min(len(now), len(then)) else []
        kinds = {"measure": "str", "now": "int64", "then": "int64"} | dict.fromkeys(_SHIFTS, "float64")
        return pd.DataFrame(lines, columns=list(kinds)).astype(kinds)


_SHIFTS = ("psi", "missing_shift", "size")


def _figures(table: str, now: pd.DataFrame, then: pd.DataFrame) -> list[str]:
    if table == "records":
        return [str(c) for c in now.columns if c in then.columns and c not in NO_FACTS]
    return [name for name in FIGURES[table] if name in now.columns and name in then.columns]


def _line(name: str, now: pd.DataFrame, then: pd.DataFrame) -> tuple[str, int, int, float, float, float]:
    enough = min(len(now), len(then)) >= LEAST
    shift = float(now[name].isna().mean() - then[name].isna().mean()) if enough else float("nan")
    size = len(now) / len(then) if enough else float("nan")
    return name, len(now), len(then), stability(now[name], then[name]), shift, size


for _table in FIGURES:
    _define(_table)


@view(
    "village_drift",
    "One line a village of either run: its households now against the run before",
    ("households", f"{BEFORE}households"),
    "village",
    {
        "village": "行政村名称",
        "now": "households now",
        "then": "households in the run before",
        "size": "now / then; empty for a village of fewer than 20 households before",
    },
)
def _village_drift(given: Given) -> pd.DataFrame:
    now = given.tables["households"].groupby("village").size()
    then = given.before["households"].groupby("village").size()
    both = pd.DataFrame({"now": now, "then": then}).fillna(0).rename_axis("village").reset_index()
    return both.assign(size=(both["now"] / both["then"].where(both["then"] >= SMALL_VILLAGE)).astype("float64"))


SMALL_VILLAGE = 20
"""Households; below it a household more or less is half of a shift."""


def stability(now: pd.Series, then: pd.Series) -> float:
    """Population stability index of two samples less what chance gives; missing where too few cells are filled.

    >>> same = pd.Series(range(1000))
    >>> stability(same, same)
    0.0
    >>> round(stability(same + 500, same), 1) > 1
    True
    """
    now, then = now.dropna(), then.dropna()
    if min(len(now), len(then)) < LEAST:
        return float("nan")
    if pd.api.types.is_numeric_dtype(then) and pd.api.types.is_numeric_dtype(now):
        here, there = _binned(now.to_numpy("float64"), then.to_numpy("float64"))
    else:
        words = sorted(set(now.astype("str")) | set(then.astype("str")))
        here = now.astype("str").value_counts().reindex(words).fillna(0).to_numpy("float64")
        there = then.astype("str").value_counts().reindex(words).fillna(0).to_numpy("float64")
    p = np.maximum(here, FLOOR) / here.sum()
    q = np.maximum(there, FLOOR) / there.sum()
    chance = (len(p) - 1) * (1 / len(now) + 1 / len(then))
    return max(0.0, float(((p - q) * np.log(p / q)).sum()) - chance)


def _binned(now: np.ndarray, then: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts in the bins of the run before: its tenths, equal edges taken once."""
    edges = np.unique(np.quantile(then, np.linspace(0, 1, BINS + 1)[1:-1]))
    return (
        np.bincount(np.searchsorted(edges, now, side="left"), minlength=len(edges) + 1).astype("float64"),
        np.bincount(np.searchsorted(edges, then, side="left"), minlength=len(edges) + 1).astype("float64"),
    )
