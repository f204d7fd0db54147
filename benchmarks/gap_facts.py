"""Facts of invented households, what they can fairly be granted, how a panel weighs them, and which are wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
from gap_kinds import NUMBERS, WORDS, Kind


def facts_of(t: pd.DataFrame, rng: np.random.Generator, kind: Kind) -> pd.DataFrame:
    n, trade, income = len(t), t.type, t.true_income.to_numpy()
    ln = lambda sd: np.exp(sd * rng.normal(size=n))  # noqa: E731
    some = lambda p, x: np.where(rng.random(n) < p, x, 0.0)  # noqa: E731
    f = pd.DataFrame(index=t.index)
    f["recorded_income"] = np.round(income * ln(0.12), -2)
    f["avg_deposit"] = np.round(income * 0.3 * ln(0.6) * np.exp(0.1 * t.conduct), 2)
    f["term_deposit"] = some(0.35, np.round(income * 0.6 * ln(0.7), -3))
    wage = trade.map({"farm": 0.25, "migrant": 0.8, "business": 0.1, "elderly": 0.05, "scale_farm": 0.05, "new": 0.05})
    f["wage_inflow"] = some(np.where(trade == "migrant", 1, 0.5), np.round(income * wage * ln(0.2), 2))
    f["merchant_inflow"] = np.where(
        trade.isin(["business", "new"]), np.round(income * np.where(trade == "new", 5.5, 1.4) * ln(0.4), 2), 0.0
    )
    f["land_mu"] = np.round(np.where(trade == "scale_farm", 90, 3.5) * np.exp(0.5 * rng.normal(size=n)), 1).clip(0.3)
    f["forest_mu"] = some(0.3, np.round(4 * ln(0.7), 1))
    f["subsidy_inflow"] = np.round(100 * f.land_mu * ln(0.25), 2)
    f["house_value"] = np.round(110_000 * (income / 80_000) ** 0.2 * ln(0.4), -3)
    f["vehicle_value"] = some(0.4, np.round(50_000 * (income / 80_000) ** 0.3 * ln(0.6), -3))
    f["loan_balance"] = some(0.2, np.round(income * 0.4 * ln(0.7), -2))
    f["other_bank_loans"] = some(0.1, np.round(income * 0.25 * ln(0.7), -2))
    f["guarantees_given"] = some(0.1, np.round(40_000 * ln(0.7), -3))
    f["overdue_days"] = some(0.12, np.round(12 * ln(0.8) * np.exp(-0.4 * t.conduct)))
    f["bills_late"] = rng.poisson(0.8 * np.exp(-0.5 * t.conduct)).astype(float)
    f["members"] = t.members.astype(float)
    f["children"] = rng.binomial(np.maximum(t.members - 2, 0), 0.3).astype(float)
    f["workers"] = np.where(
        trade == "elderly", 0, np.maximum(t.members - f.children - rng.binomial(1, 0.3, n), 1)
    ).astype(float)
    f["years_settled"] = np.round(rng.gamma(3, 7, n)).clip(1, 55)
    f["months_active"] = rng.integers(5, 60, n).astype(float)
    f["mobile_logins"] = rng.poisson(5, n).astype(float)
    f["utility_paid"] = np.round(800 * (income / 40_000) ** 0.5 * t.members**0.4 * ln(0.3), 1)
    for name in [
        "term_deposit",
        "house_value",
        "vehicle_value",
        "other_bank_loans",
        "guarantees_given",
        "years_settled",
        "months_active",
        "utility_paid",
    ]:
        f.loc[rng.random(n) < kind.gaps, name] = np.nan
    f.loc[~trade.isin(["business", "new"]), "merchant_inflow"] = np.nan
    f = f[list(NUMBERS)].astype(float)
    f["main_occupation"] = pd.Series(
        np.where(rng.random(n) < kind.gaps, np.nan, trade.map(WORDS)), index=t.index, dtype="str"
    )
    return f


def fair_of(t: pd.DataFrame, f: pd.DataFrame, kind: Kind) -> np.ndarray:
    living = 7_000 * t.members
    z = f[list(NUMBERS)].fillna(0)
    left = np.maximum(t.true_income - living - 0.12 * z.loan_balance - 0.1 * z.other_bank_loans, 0.12 * t.true_income)
    assets = (
        0.15 * z.avg_deposit + 0.1 * z.term_deposit + 0.04 * f.house_value.fillna(110_000) - 0.1 * z.guarantees_given
    )
    value = np.log(np.maximum(1.3 * left + assets, 2_000)) + np.log(kind.factor)
    return np.asarray(
        value + kind.conduct * t.conduct - 0.01 * z.overdue_days.clip(upper=60) + np.log(t.soft) + np.log(t.newness)
    )


def weighing_of(f: pd.DataFrame, kind: Kind, rng: np.random.Generator, t: pd.DataFrame) -> np.ndarray:
    z = f[list(NUMBERS)].fillna(0)
    shown = {
        "wage": np.minimum(z.wage_inflow / z.recorded_income, 1.2),
        "land": np.tanh(np.log1p(z.land_mu) - 1.5),
        "business": (z.merchant_inflow > 0) * 1.0,
        "debt": np.minimum((z.loan_balance + z.other_bank_loans) / z.recorded_income, 1.5),
        "house": np.log(f.house_value.fillna(110_000) / 110_000),
        "elderly": (z.workers == 0) * 1.0,
        "deposit": np.tanh(np.log(z.avg_deposit.clip(lower=100) / (0.3 * z.recorded_income))),
        "workers": (z.workers / z.members) - 0.6,
    }
    lean = dict(zip(t.village.unique(), rng.normal(kind.lean, kind.village_lean, t.village.nunique()), strict=True))
    out = t.village.map(lean).to_numpy(float)
    for name, weight in kind.weights.items():
        out = out + weight * shown[name].to_numpy()
    return np.asarray(out)


def spoilt(
    clean: pd.DataFrame, t: pd.DataFrame, rng: np.random.Generator, share: float
) -> tuple[pd.DataFrame, pd.Series]:
    records, what = clean.copy(), pd.Series("", index=clean.index)
    for i in np.flatnonzero((rng.random(len(t)) < share) & (t.cause == "none")):
        kind = rng.choice(["income", "income_all", "deposit", "debt", "land"], p=[0.25, 0.25, 0.15, 0.25, 0.1])
        times = rng.choice([0.2, 0.35, 2.5, 4.0, 10.0], p=[0.3, 0.3, 0.2, 0.15, 0.05])
        if kind == "debt":
            records.loc[i, "loan_balance"] = (
                np.round(clean.recorded_income[i] * rng.uniform(0.8, 2.5), -2) if clean.loan_balance[i] == 0 else 0.0
            )
            what[i] = "loan_balance"
            continue
        names = {
            "income": ["recorded_income"],
            "income_all": ["recorded_income", "wage_inflow", "merchant_inflow", "avg_deposit"],
            "deposit": ["avg_deposit"],
            "land": ["land_mu"],
        }[kind]
        names = [c for c in names if clean.loc[i, c] > 0]
        records.loc[i, names] = clean.loc[i, names].astype(float) * times
        what[i] = "+".join(names)
    return records, what
