"""How far this run has moved from the run before: population stability of figures that limits rest on.

The population stability index of a figure is the sum over bins of (now - then) x ln(now / then), with the bins of
the run before; 0.1 is read as a shift to look at, 0.25 as another population.  Chance alone gives about
(bins - 1) x (1/n now + 1/n then), which is taken off, so that a small town is not called drifting for being small.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from workbench.quality.register import Given, view

BINS = 10
LEAST = 100
"""Rows on either side; below it a shift cannot be told from chance."""
FLOOR = 0.5
"""Rows that an empty bin is taken to hold, so that the logarithm is finite."""

FIGURES: tuple[tuple[str, str], ...] = (
    ("people", "age"),
    ("households", "people"),
    ("households", "eligible"),
    ("households", "land_mu"),
    ("ratings", "limit"),
    ("ratings", "integrity"),
    ("consensus", "panel_limit"),
    ("history", "limit"),
    ("limits", "model_limit"),
    ("limits", "pd"),
    ("gaps", "gap"),
    ("gaps", "proposed_limit"),
    ("confirmed", "limit"),
)
"""Table and column; the numeric facts of ``records`` come besides."""

SHARES: tuple[tuple[str, str], ...] = (
    ("people", "relation"),
    ("people", "phone_state"),
    ("limits", "rating"),
    ("gaps", "primary_cause"),
    ("gaps", "action"),
)
"""Table and column whose words are compared share by share."""


@view(
    "drift",
    "One line a figure: this run against the run before",
    ("before",),
    "measure",
    {
        "measure": "table.column",
        "now": "rows now",
        "then": "rows in the run before",
        "psi": "population stability index less what chance gives; never below 0",
        "missing_shift": "share of empty cells now less then",
        "size": "rows now / rows then",
    },
)
def _drift(given: Given) -> pd.DataFrame:
    lines = [
        _line(table, name, now, then) for table, name, now, then in _pairs(given) if min(len(now), len(then)) >= LEAST
    ]
    return pd.DataFrame(lines, columns=["measure", "now", "then", "psi", "missing_shift", "size"]).astype(
        {"measure": "str", "now": "int64", "then": "int64", "psi": "float64", "missing_shift": "float64"}
        | {"size": "float64"}
    )


def _pairs(given: Given) -> Iterator[tuple[str, str, pd.Series, pd.Series]]:
    wanted = [*FIGURES, *SHARES]
    if "records" in given.tables and "records" in given.before:
        facts = given.tables["records"].drop(columns=["village", "household", "record_date"], errors="ignore")
        wanted += [("records", str(c)) for c in facts.columns]
    for table, name in wanted:
        if table in given.tables and table in given.before:
            now, then = given.tables[table], given.before[table]
            if name in now.columns and name in then.columns:
                yield table, name, now[name], then[name]


def _line(table: str, name: str, now: pd.Series, then: pd.Series) -> tuple[str, int, int, float, float, float]:
    shift = float(now.isna().mean() - then.isna().mean())
    return f"{table}.{name}", len(now), len(then), stability(now, then), shift, len(now) / len(then)


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
