"""A small village world for the limit model: facts, a fair limit that follows from them, and the frames of a run."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench.params import RunParams
from workbench.spec import Feature, FeatureSpec
from workbench.store.tables import checked

VILLAGES = ("甲村", "乙村", "丙村", "丁村")


@pytest.fixture(scope="session")
def spec() -> FeatureSpec:
    return FeatureSpec(
        "limit",
        (
            Feature("income", "年收入", "income", "收入", monotone=1, unit="yuan"),
            Feature("debt", "负债", "debt", "负债", monotone=-1, actionable=True, unit="yuan"),
            Feature("wage", "工资", "wage", "工资", monotone=1, unit="yuan"),
            Feature("late", "迟缴", "late", "信用", monotone=-1, actionable=True, unit="count"),
            Feature("trade", "从业", "trade", "经营", kind="category", unit="code"),
        ),
        scale="log",
        key=("village", "household"),
        group="village",
    )


def make_facts(n: int, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    income = np.round(np.exp(rng.normal(11, 0.6, n)), 1)
    return pd.DataFrame(
        {
            "village": [VILLAGES[k % len(VILLAGES)] for k in range(n)],
            "household": [f"{k:016x}" for k in range(n)],
            "record_date": pd.Series([pd.NaT] * n, dtype="datetime64[s]"),
            "income": income,
            "debt": np.where(rng.random(n) < 0.7, 0.0, np.round(rng.gamma(2, 20_000, n))),
            "wage": np.where(rng.random(n) < 0.3, np.nan, np.round(income * rng.uniform(0.1, 0.9, n))),
            "late": rng.poisson(0.6, n).astype(float),
            "trade": rng.choice(["种植", "经商", "务工"], n),
        }
    )


def fair(facts: pd.DataFrame) -> np.ndarray:
    return np.maximum(8_000.0, 0.9 * facts.income - 0.4 * facts.debt - 4_000 * facts.late).to_numpy()


@pytest.fixture(scope="session")
def facts() -> pd.DataFrame:
    return make_facts(320)


@pytest.fixture(scope="session")
def table(facts: pd.DataFrame) -> pd.DataFrame:
    noise = np.exp(np.random.default_rng(2).normal(0, 0.15, len(facts)))
    return facts.assign(limit=np.round(fair(facts) * noise, -3).clip(min=5_000))


@pytest.fixture(scope="session")
def households(facts: pd.DataFrame) -> pd.DataFrame:
    n = len(facts)
    listed = np.arange(n) == 3
    base = np.where(np.arange(n) == 5, 0, 2)
    frame = facts[["village", "household"]].assign(
        people=3, eligible=np.where(listed, base - 1, base), land_mu=1.0, forest_mu=0.0, base=base, group="一组",
        cell="网格", manager="M01", holder=[f"p{k:015x}" for k in range(n)], listed_holder=listed,
        listed_member=np.arange(n) == 4, auto_optout=False, flagged=0, quarantined=0, away=False,
    )  # fmt: skip
    return checked("households", frame)


@pytest.fixture(scope="session")
def people(households: pd.DataFrame) -> pd.DataFrame:
    frame = households[["village", "household"]].assign(
        person=households.holder, age=40, sex=np.where(np.arange(len(households)) % 2, "男", "女"), ethnic="汉族",
        relation="head", birth_rank=1, eligible=True, why_not=np.nan, listed=False, phone_state="mobile", phone=np.nan,
        sms_optout=False, auto_optout=False, opted_phone=False,
    )  # fmt: skip
    return checked("people", frame.astype({"why_not": "str", "phone": "str"}))


@pytest.fixture(scope="session")
def history(table: pd.DataFrame) -> pd.DataFrame:
    some = table[table.village.isin(VILLAGES[:3])]
    rng = np.random.default_rng(3)
    overdue = (rng.random(len(some)) < 0.04 + 0.05 * some.late).astype(float)
    frame = some[["village", "household", "limit"]].assign(
        date=pd.Timestamp("2020-03-20"), overdue=overdue.where(np.arange(len(some)) % 2 == 0), label_in_file=True,
        until=pd.NaT, first_drawn=pd.Timestamp("2020-04-01"), way="公议", holder=np.nan, source="history.csv",
        row=range(1, len(some) + 1),
    )  # fmt: skip
    return checked("history", frame.astype({"holder": "str"}))


@pytest.fixture(scope="session")
def params() -> RunParams:
    return RunParams(name="t", dataset=".", as_of=date(2021, 12, 31))
