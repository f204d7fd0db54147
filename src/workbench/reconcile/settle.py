"""Decides the proposed limit, by a declared rule between the two limits, and what other rules would have given.

ln(proposal) = w (ln raw - record share - soft share) + (1 - w) (ln panel + weighting share + members share): the model
on right facts and with what the panel knows, the panel without its own weighing and without members found off.  w is
``gap.model_weight``, up to twice that where the panel's own interval is wide, 0 where the household is new to the
model.  It stays between the two limits, give or take the tolerance, unless a corrected record or a member found off
moved one.  Cap, floor, step and list bound it as they bound any limit.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.params import Tolerance
from workbench.reconcile.align import KEY, Aligned, Bounds
from workbench.reconcile.cause import bound

RULES = ("proposed", "larger", "smaller", "mean", "panel", "model")


def held(yuan: np.ndarray, model: np.ndarray, panel: np.ndarray, floor: float) -> np.ndarray:
    """Where both limits reach the floor so does the proposal: rounding down alone gives nobody 0.  Yuan.

    >>> model, panel = np.array([5_000.0, 0.0]), np.array([6_000.0, 6_000.0])
    >>> [float(x) for x in held(np.array([4_700.0, 4_700.0]), model, panel, 5_000.0)]
    [5000.0, 4700.0]
    """
    return np.where((model >= floor) & (panel >= floor), np.maximum(yuan, floor), yuan)


WIDE_FROM, WIDE_TO = 0.4, 0.7
"""Log(high / low) of the panel's interval from which the model's weight grows, and where it has doubled."""


def model_weights(weight: float, interval: np.ndarray, new: np.ndarray) -> np.ndarray:
    """The model's part in the proposal for each household; ``interval`` is log(high / low) of the panel's interval.

    >>> [round(float(w), 2) for w in model_weights(0.3, np.array([0.3, 0.55, 0.9, 0.3]), np.array([0, 0, 0, 1], bool))]
    [0.3, 0.45, 0.6, 0.0]
    """
    wide = np.clip((np.nan_to_num(interval, nan=WIDE_TO) - WIDE_FROM) / (WIDE_TO - WIDE_FROM), 0.0, 1.0)
    return np.where(new, 0.0, np.minimum(weight * (1.0 + wide), 1.0))


def propose(
    town: Aligned,
    record: np.ndarray,
    weighing: np.ndarray,
    soft: np.ndarray,
    moved: np.ndarray,
    weight: np.ndarray,
    tolerance: Tolerance,
) -> np.ndarray:
    """The proposed limit in yuan before its bounds; ``weight`` is the model's part, 0-1, for each household.

    ``record`` and ``moved`` are shares of ln raw - ln panel; ``weighing`` and ``soft`` are what the panel puts
    above (+) the model.
    """
    ours = np.log(np.maximum(town.raw, 1.0)) - record + soft
    theirs = np.log(town.said) - weighing + moved
    return _between(np.exp(weight * ours + (1.0 - weight) * theirs), town, record, moved, tolerance)


def _between(
    proposal: np.ndarray, town: Aligned, record: np.ndarray, moved: np.ndarray, tolerance: Tolerance
) -> np.ndarray:
    """Between the two limits (on corrected records, without members found off), give or take the tolerance: further
    out nobody at the table would know the figure again."""
    model, panel = town.raw * np.exp(-record), town.said * np.exp(moved)
    low, high = np.minimum(model, panel), np.maximum(model, panel)
    return np.asarray(np.clip(proposal, low - bound(low, low, tolerance), high + bound(high, high, tolerance)))


def compare_rules(gaps: pd.DataFrame, history: pd.DataFrame | None, town: Aligned, bounds: Bounds) -> pd.DataFrame:
    """What each of six rules would have given in the pilots (everywhere, where there is no history), a row a rule:
    exposure in yuan, households covered, how many of those drew and were overdue.  ``gaps`` is in the town's order."""
    pilots = town.pilot if town.pilot.any() else np.ones(len(town), bool)
    here, roster, facts = gaps[pilots], town.roster[pilots], town.facts[pilots]
    model, panel = here["model_limit"].to_numpy(float), here["panel_limit"].to_numpy(float)
    limits = {
        "proposed": here["proposed_limit"].to_numpy(float),
        "larger": np.maximum(model, panel),
        "smaller": np.minimum(model, panel),
        "mean": (model + panel) / 2,
        "panel": panel,
        "model": model,
    }
    drew, overdue, labelled = _outcomes(here, history)
    rows = []
    for rule in RULES:
        limit = bounds(roster, facts, limits[rule])
        given = limit > 0
        rows.append(
            {
                "rule": rule,
                "households": len(here),
                "exposure": float(limit.sum()),
                "covered": int(given.sum()),
                "drawn": int((given & drew).sum()),
                "overdue": int((given & overdue).sum()),
                "labelled": int((given & labelled).sum()),
            }
        )
    return pd.DataFrame(rows)


def _outcomes(here: pd.DataFrame, history: pd.DataFrame | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who drew, who was overdue, for whom that is known: the latest line of the history counts."""
    none = np.zeros(len(here), bool)
    if history is None or history.empty:
        return none, none, none
    last = history.sort_values([*KEY, "date", "limit"]).drop_duplicates(KEY, keep="last").set_index(KEY)
    last = last.reindex(pd.MultiIndex.from_frame(here[KEY]))
    overdue = last["overdue"].to_numpy(float)
    return last["first_drawn"].notna().to_numpy(), overdue == 1.0, np.isfinite(overdue)
