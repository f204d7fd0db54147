"""Runs the signed cases of price, rounding and policy against the shipped books."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.limit import policy, pricing
from workbench.limit.books import load_books
from workbench.params import LimitRules

HERE = Path(__file__).parent
BOOKS = load_books()


def cases(name: str) -> list[Any]:
    rows = yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8"))
    return [pytest.param(row, id=row["name"]) for row in rows]


@pytest.mark.parametrize("case", cases("price"))
def test_price(case: dict[str, Any]) -> None:
    p, want = np.array([case["input"]["pd"]]), case["output"]
    assert pricing.grades(p, BOOKS.price)[0] == want["grade"]
    assert pricing.rates(p, BOOKS.price, case["as_of"])[0] == want["rate"]


def settled(given: dict[str, Any], day: date) -> tuple[float, str]:
    household = pd.DataFrame(
        {
            "village": "甲村",
            "household": "0",
            "base": [given.get("eligible", 1)],
            "listed_holder": [given.get("listed_holder", False)],
            "listed_member": [given.get("listed_member", False)],
        }
    )
    rules = policy.policy_at(BOOKS.policy, day, LimitRules(**given.get("rules", {})))
    see = policy.facing(household, pd.DataFrame({"household": ["0"]}), rules)
    raw = np.array([float(given["raw"])])
    limit = policy.limit_after(raw, see, rules)
    return float(limit[0]), policy.why_not(see, raw, limit, rules).fillna("")[0]


@pytest.mark.parametrize("case", [*cases("rounding"), *cases("policy")])
def test_limit_after_policy(case: dict[str, Any]) -> None:
    limit, why = settled(case["input"], case["as_of"])
    assert limit == case["output"]["limit"]
    if limit == 0 and "why" in case["output"]:
        assert why == case["output"]["why"]
    if limit > 0:
        assert why == ""
