"""What a household can fairly be granted, what the panels as bodies say, and what an ideal model would say.

In log: fair = the bank's rule on true circumstances + conduct + what only the village knows + what a new trade takes;
the body of a panel says fair + its own lean + what it weighs otherwise.  So every part of a gap has a known size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.town.homes import AS_OF
from workbench.town.identities import stream
from workbench.town.kinds import TownKind

Floats = npt.NDArray[np.float64]

FLOOR, CAP = 5_000.0, 500_000.0
_FACTOR = 1.25
"""Yuan of limit for a yuan of income above the cost of living."""
_LIVING, _LIVING_A_MEMBER = 6_000.0, 6_000.0
_CONDUCT = 0.11
_CONDUCT_MORE = 0.06
"""Panels put more on conduct than the bank does: it belongs to what they know beyond the records."""


def rule(income: Floats, members: Floats, debts: Floats) -> Floats:
    """The bank's rule in yuan, unbounded but above 0.

    >>> rule(np.array([80_000.0]), np.array([4.0]), np.array([10_000.0])).tolist()
    [57500.0]
    """
    spare = np.maximum(income - _LIVING - _LIVING_A_MEMBER * members, 0.07 * income)
    return np.maximum(_FACTOR * spare - 0.5 * debts, 0.05 * income + 500.0)


def debts(facts: pd.DataFrame) -> Floats:
    """What the household owes or answers for, yuan; what the books do not know of counts as nothing."""
    known = facts[["loan_balance", "other_bank_loans", "guarantees_given"]].astype(float).fillna(0.0)
    return (known["loan_balance"] + known["other_bank_loans"] + 0.3 * known["guarantees_given"]).to_numpy()


def older_rule(income: Floats) -> Floats:
    """What the bank's older rule gave for an income in its books, in yuan: debts and mouths to feed it did not know.

    >>> older_rule(np.array([80_000.0])).tolist()
    [50000.0]
    """
    return np.maximum(0.7 * income - 6_000.0, FLOOR)


def weighed(facts: pd.DataFrame, homes: pd.DataFrame, people: pd.DataFrame, kind: TownKind, seed: int) -> Floats:
    """What each panel as a body puts above or below for the facts of a household, its own lean included (log)."""
    income = homes["income"].to_numpy()
    old = (
        pd.Series([(AS_OF - b).days > 60 * 365.2425 for b in people["birth"]]).groupby(people["home"].to_numpy()).mean()
    )
    gauges: dict[str, npt.NDArray[Any]] = {
        "wage": (facts["wage_inflow"].to_numpy(float) / income).clip(0, 1.2) - 0.3,
        "land": np.log1p(facts["land_mu"].to_numpy(float)).clip(0, 4.5) - 1.5,
        "house": np.log(facts["house_value"].astype(float).fillna(108_000.0).to_numpy() / 108_000),
        "debt": (debts(facts) / income).clip(0, 2) - 0.1,
        "elders": old.reindex(homes.index).fillna(0.0).to_numpy() - 0.25,
        "business": (homes["trade"] == "business").to_numpy(float) - 0.1,
        "vehicle": (facts["vehicle_value"].astype(float).fillna(0.0) > 0).to_numpy(float) - 0.3,
        "children": facts["children"].to_numpy(float) - 0.4,
    }
    rng = stream(seed, "leans")
    leans = (
        rng.normal(kind.lean, kind.lean_spread, int(homes["place"].max()) + 1)
        if kind.lean_spread
        else np.full(int(homes["place"].max()) + 1, kind.lean)
    )
    out: Floats = leans[homes["place"].to_numpy()].astype(float)
    for name, weight in kind.weighs:
        out = out + weight * gauges[name]
    return out


def judge(facts: pd.DataFrame, homes: pd.DataFrame, people: pd.DataFrame, kind: TownKind, seed: int) -> pd.DataFrame:
    """Fair limit, the panel's clean figure and the true size of each cause, in yuan; a row a household."""
    conduct = homes["conduct"].to_numpy()
    base = rule(homes["income"].to_numpy(), facts["members"].to_numpy(float), debts(facts))
    lack = facts[["overdue_days", "bills_late"]].to_numpy(float)
    seen = np.column_stack([np.ones(len(lack)), np.log1p(lack)])
    shown_conduct = seen @ np.linalg.lstsq(seen, conduct, rcond=None)[0]
    known = np.log(base) + _CONDUCT * conduct + homes["soft"].to_numpy()
    fair_log = known + homes["newness"].to_numpy()
    weight = weighed(facts, homes, people, kind, seed)
    hidden = homes["soft"].to_numpy() + (_CONDUCT + _CONDUCT_MORE) * (conduct - shown_conduct)
    clean_log = fair_log + weight + _CONDUCT_MORE * conduct
    fair, clean = _bound(np.exp(fair_log)), _bound(np.exp(clean_log))
    without = _bound(np.exp(clean_log - weight - hidden))
    total = weight + hidden
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(np.abs(total) > 1e-3, (clean - without) / total, clean)
    rate = np.clip(rate, 0, 3 * clean)
    return pd.DataFrame(
        {
            "fair_limit": fair,
            "clean_panel": clean,
            "weighting_effect": rate * weight,
            "soft_effect": rate * hidden,
            "newness_effect": fair - _bound(np.exp(known)),
            "clean_log": clean_log,
            "conduct_hidden": conduct - shown_conduct,
            "older_rule": older_rule(facts["recorded_income"].to_numpy(float)),
        },
        index=homes.index,
    )


def ideal_model(
    clean: pd.DataFrame, shown: pd.DataFrame, homes: pd.DataFrame, fair: pd.Series
) -> tuple[Floats, Floats]:
    """What a model that has seen every household's fair limit says on right facts, and on the facts as they stand."""
    plain = (homes["cause"].isin(["none", "rater_bias"])).to_numpy()
    basis = _basis(clean)
    weights = np.linalg.lstsq(basis[plain], np.log(fair.to_numpy())[plain], rcond=None)[0]
    return np.exp(basis @ weights), np.exp(_basis(shown) @ weights)


def _basis(facts: pd.DataFrame) -> Floats:
    number = facts.drop(columns="main_occupation").astype(float)
    number = number.fillna({c: 108_000.0 if c == "house_value" else 0.0 for c in number.columns})
    income = number["recorded_income"].to_numpy()
    figure = np.log(_bound(rule(income, number["members"].to_numpy(), debts(facts))))
    return np.column_stack(
        [
            np.ones(len(number)),
            figure,
            figure**2,
            np.log(income),
            np.log(number["avg_deposit"] + 500),
            np.log1p(number["wage_inflow"]),
            np.log1p(number["overdue_days"]),
            number["bills_late"],
            np.log1p(number["term_deposit"]),
            np.log(number["utility_paid"] + 300),
        ]
    )


def _bound(limit: Floats) -> Floats:
    bounded: Floats = np.clip(limit, FLOOR, CAP)
    return bounded
