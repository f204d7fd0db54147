"""What the bank's books show of a household, and which of it is wrong.

``keep_books`` draws the facts as they ought to stand, with the gaps that books have; ``spoil`` puts the planted wrong
records in.  Amounts are yuan, land is mu, days and counts are whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.town.homes import AS_OF
from workbench.town.identities import stream
from workbench.town.kinds import TownKind, WrongRecord

OCCUPATION = {"farm": "种植", "migrant": "务工", "elderly": "养老", "business": "经商", "scale_farm": "规模种养"}
FACTS = (
    "recorded_income",
    "avg_deposit",
    "term_deposit",
    "wage_inflow",
    "merchant_inflow",
    "subsidy_inflow",
    "land_mu",
    "forest_mu",
    "house_value",
    "vehicle_value",
    "loan_balance",
    "other_bank_loans",
    "guarantees_given",
    "overdue_days",
    "bills_late",
    "members",
    "workers",
    "children",
    "years_settled",
    "months_active",
    "mobile_logins",
    "utility_paid",
    "main_occupation",
)
WHOLE = (
    "overdue_days",
    "bills_late",
    "members",
    "workers",
    "children",
    "years_settled",
    "months_active",
    "mobile_logins",
)
_GAPS = {
    "term_deposit": 0.03,
    "house_value": 0.05,
    "vehicle_value": 0.06,
    "other_bank_loans": 0.09,
    "guarantees_given": 0.08,
    "years_settled": 0.03,
    "months_active": 0.02,
    "utility_paid": 0.06,
    "main_occupation": 0.045,
}
_WAGES = {"farm": 0.16, "migrant": 0.80, "elderly": 0.06, "business": 0.12, "scale_farm": 0.04}
_LAND = {"farm": 5.5, "migrant": 3.2, "elderly": 2.6, "business": 2.4, "scale_farm": 48.0}
_TAKINGS_CODE = {"farm": 0.05, "migrant": 0.03, "elderly": 0.0, "business": 0.78, "scale_farm": 0.30}
EARLY, DATED, STALE, LATE = "2019-09-30", "2021-11-30", "2018-12-31", "2022-02-28"


def keep_books(homes: pd.DataFrame, people: pd.DataFrame, kind: TownKind, seed: int) -> pd.DataFrame:
    """The facts of every household as they ought to stand, a row a household in the order of ``homes``."""
    rng, n = stream(seed, "books"), len(homes)
    trade = homes["trade"]
    income = homes["income"].to_numpy()
    head = people.drop_duplicates("home").set_index("home")["birth"].reindex(range(n))
    age = np.array([(AS_OF - b).days // 365 for b in head])
    by_home = people.assign(age=[(AS_OF - b).days / 365.2425 for b in people["birth"]])
    facts = pd.DataFrame(index=homes.index)
    facts["recorded_income"] = (income * np.exp(rng.normal(0, 0.12, n))).round(-2)
    facts["avg_deposit"] = income * 0.36 * np.exp(rng.normal(0.12 * homes["conduct"], 0.65, n))
    saves = rng.random(n) < 0.32
    facts["term_deposit"] = np.where(saves, (income * rng.lognormal(-0.9, 0.8, n)).round(-3), 0.0)
    facts["wage_inflow"] = np.where(
        rng.random(n) < trade.map(_WAGES) + 0.12, income * trade.map(_WAGES) * rng.uniform(0.75, 1.2, n), 0.0
    )
    code = rng.random(n) < trade.map(_TAKINGS_CODE)
    share = np.where(trade == "business", 1.1, 0.3)
    facts["merchant_inflow"] = np.where(code, income * share * rng.lognormal(0, 0.45, n), np.nan)
    facts["land_mu"], facts["forest_mu"] = _land(homes, rng)
    facts["subsidy_inflow"] = 100 * facts["land_mu"] * rng.uniform(0.85, 1.3, n) + rng.uniform(0, 90, n)
    facts["house_value"] = (108_000 * (income / 75_000) ** 0.28 * np.exp(rng.normal(0, 0.38, n))).round(-3)
    drives = rng.random(n) < np.clip(0.18 + income / 400_000, 0, 0.8)
    facts["vehicle_value"] = np.where(drives, (income * rng.lognormal(-0.7, 0.6, n)).round(-3), 0.0)
    for fact, chance, size in (
        ("loan_balance", 0.22, 0.30),
        ("other_bank_loans", 0.13, 0.16),
        ("guarantees_given", 0.11, 0.3),
    ):
        owes = rng.random(n) < chance
        facts[fact] = np.where(owes, (income * size * rng.lognormal(0, 0.6, n)).round(-2), 0.0)
    conduct = homes["conduct"].to_numpy()
    facts["overdue_days"] = np.where(
        rng.random(n) < np.exp(-2.2 - 0.75 * conduct).clip(0, 0.7), rng.geometric(0.07, n), 0
    )
    facts["bills_late"] = rng.poisson(np.exp(-0.35 - 0.35 * conduct))
    facts["members"] = by_home.groupby("home").size()
    facts["workers"] = by_home["age"].between(18, 65).groupby(by_home["home"]).sum()
    facts["children"] = (by_home["age"] < 18).groupby(by_home["home"]).sum()
    facts["years_settled"] = np.maximum(1, age - rng.integers(20, 34, n))
    facts["months_active"] = rng.normal(27, 12, n).clip(0, 60).round()
    facts["mobile_logins"] = rng.poisson(np.where(age < 60, 5.5, 1.6))
    facts["utility_paid"] = 620 * facts["members"] ** 0.7 * np.exp(rng.normal(0.2, 0.4, n))
    facts["main_occupation"] = trade.map(OCCUPATION)
    for fact, share_gone in _GAPS.items():
        facts.loc[rng.random(n) < min(0.5, share_gone * kind.gaps), fact] = np.nan
    return _written(facts)


def _land(homes: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Contracted land and forest in mu; the new trade has far more of one of them than anybody in the pilots."""
    n = len(homes)
    land = homes["trade"].map(_LAND).to_numpy() * rng.lognormal(-0.1, 0.5, n)
    forest = np.where(rng.random(n) < 0.38, rng.lognormal(1.0, 0.8, n), 0.0)
    new = homes["new"].to_numpy()
    large = new & (homes["trade"] == "scale_farm").to_numpy()
    land = np.where(large, land * rng.uniform(5, 9, n), land).clip(0.3, 900)
    forest = np.where(new & ~large, rng.uniform(60, 160, n), forest)
    return land.round(1), forest.round(1)


def _written(facts: pd.DataFrame) -> pd.DataFrame:
    """Rounded as books are kept: two places of money, one of mu, whole counts."""
    out = facts[list(FACTS)].copy()
    for fact in FACTS:
        if fact in ("land_mu", "forest_mu"):
            out[fact] = out[fact].round(1)
        elif fact in WHOLE:
            out[fact] = out[fact].astype("Int64")
        elif fact != "main_occupation":
            out[fact] = out[fact].round(2)
    return out


@dataclass(frozen=True)
class Books:
    """Facts as they ought to stand and as they stand; ``what`` names the wrong ones, ``dated`` the day of the row."""

    clean: pd.DataFrame
    shown: pd.DataFrame
    what: pd.Series
    dated: pd.Series


def spoil(clean: pd.DataFrame, homes: pd.DataFrame, kind: TownKind, seed: int) -> Books:
    """Puts wrong records into the households whose planted cause is ``record_error``."""
    rng = stream(seed, "wrong records")
    shown = clean.copy()
    what = pd.Series("", index=clean.index, dtype=object)
    dated = pd.Series(DATED, index=clean.index, dtype=object)
    dated[rng.random(len(clean)) < 0.02] = "2020-10-31"
    for turn, home in enumerate(clean.index[homes["cause"] == "record_error"]):
        slip = kind.wrong_kinds[turn % len(kind.wrong_kinds)]
        right = clean.loc[home]
        wrong = _wrong(slip, right, rng)
        for fact, value in wrong.items():
            shown.loc[home, fact] = value
        what[home] = "+".join(wrong)
        if slip == "stale":
            dated[home] = STALE
    return Books(clean, shown, what, dated)


def _wrong(slip: WrongRecord, right: pd.Series, rng: np.random.Generator) -> dict[str, float]:
    """The facts that one slip of a clerk changes, with what then stands in the books."""
    income, deposit, wages = (float(right[f]) for f in ("recorded_income", "avg_deposit", "wage_inflow"))
    if slip == "unit_slip":
        return {"recorded_income": round(income * (10 if income < 60_000 else 0.1), 2)}
    if slip == "mixed_up":
        factor = float(rng.uniform(0.22, 0.4) if rng.random() < 0.6 else rng.uniform(2.6, 4.0))
        return {"recorded_income": round(income * factor, 2), "avg_deposit": round(deposit * factor, 2)}
    if slip == "phantom_debt":
        return {
            "loan_balance": round(float(right["loan_balance"]) + float(rng.uniform(0.6, 1.3)) * max(income, 40_000), -2)
        }
    if slip == "land_slip":
        land = float(right["land_mu"])
        return {"land_mu": round(land * 10, 1), "recorded_income": round(income + 900 * land * 9, 2)}
    if slip == "strange_takings":
        return {
            "avg_deposit": round(deposit * float(rng.uniform(5, 9)), 2),
            "merchant_inflow": float(rng.integers(15, 45) * 10_000),
        }
    fell = float(rng.uniform(0.25, 0.45))
    out = {"recorded_income": round(income * fell, 2), "avg_deposit": round(deposit * fell, 2)}
    return out | ({"wage_inflow": round(wages * fell, 2)} if wages else {})
