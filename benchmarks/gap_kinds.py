"""Kinds of invented townships for measuring the gap: how panels lean, what they weigh otherwise, what is planted."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.town.books import FACTS, OCCUPATION

NUMBERS = [fact for fact in FACTS if fact != "main_occupation"]
UP = [
    "recorded_income",
    "avg_deposit",
    "term_deposit",
    "wage_inflow",
    "merchant_inflow",
    "land_mu",
    "forest_mu",
    "house_value",
    "vehicle_value",
]
DOWN = ["loan_balance", "other_bank_loans", "guarantees_given", "overdue_days", "bills_late", "children"]
TRADES = ("farm", "migrant", "business", "elderly", "scale_farm")
"""In the order of ``Kind.mix``."""
WORDS = {trade: OCCUPATION[trade] for trade in TRADES} | {"new": "其他"}


@dataclass(frozen=True)
class Kind:
    """How a town differs.  Shares are 0-1, leans and weights in log."""

    name: str
    villages: int = 14
    pilots: int = 4
    households: int = 130
    mix: tuple[float, ...] = (0.30, 0.35, 0.12, 0.18, 0.05)
    lean: float = -0.1
    village_lean: float = 0.08
    weights: dict[str, float] = field(default_factory=lambda: {"wage": -0.7})
    conduct: float = 0.17
    hidden: float = 0.08
    new_share: float = 0.04
    new_effect: float = 0.5
    soft_share: float = 0.05
    wrong_share: float = 0.06
    bias_share: float = 0.05
    bend_marks: bool = True
    gaps: float = 0.04
    raters: int = 7
    noise: float = 0.13
    income_scale: float = 1.0
    factor: float = 1.0


PRACTICE = (
    Kind("wages-down"),
    Kind("land-up", lean=0.1, weights={"wage": -0.2, "land": 0.25, "business": 0.3}, mix=(0.4, 0.25, 0.1, 0.15, 0.1)),
    Kind("plain", lean=-0.25, weights={"debt": -0.5, "house": 0.2}, new_share=0.06, factor=0.7),
)
KINDS = (
    Kind("severe", lean=-0.35, weights={"wage": -0.5, "debt": -0.3}, mix=(0.25, 0.4, 0.1, 0.2, 0.05)),
    Kind("generous", lean=0.2, weights={"wage": 0.3, "house": 0.25, "elderly": -0.3}, factor=0.8),
    Kind("neutral", lean=0.0, weights={"business": -0.6, "land": 0.2}, mix=(0.25, 0.25, 0.25, 0.15, 0.1), gaps=0.08),
    Kind("gaps", lean=-0.1, weights={"deposit": 0.25, "wage": -0.4}, gaps=0.12, raters=5, wrong_share=0.09),
    Kind("small-panels", lean=-0.15, weights={"land": -0.35, "workers": 0.3}, raters=5, noise=0.18, households=110),
    Kind("colluders", lean=0.05, weights={"wage": -0.6, "business": 0.4}, bias_share=0.09, soft_share=0.07),
    Kind(
        "new-trade", lean=-0.2, weights={"house": -0.3, "wage": -0.3}, new_share=0.09, new_effect=0.7, income_scale=1.4
    ),
)
CALM = Kind(
    "calm",
    weights={},
    lean=0.0,
    village_lean=0.0,
    conduct=0.0,
    hidden=0.0,
    new_share=0,
    soft_share=0,
    wrong_share=0,
    bias_share=0,
)
WITNESS = Kind(
    "tests", villages=6, pilots=3, households=55, lean=-0.15, weights={"wage": -0.3}, mix=(0.25, 0.4, 0.1, 0.2, 0.05)
)
"""Some 330 households: the town of many tests."""
