"""The bank's books of rules: policy, price and points as dated, sourced parameters in YAML.

A parameter has a unit and values, each with the day it begins and its source; on a day the last value that has begun
holds.  A rule that had not begun by then is not in force.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, field_validator

from workbench.errors import InputError
from workbench.limit.points import PointsTable, load_points
from workbench.params import RunParams, Strict, load_yaml, validated
from workbench.spec import FeatureSpec
from workbench.store.place import product


class Value(Strict):
    """One value and the day it begins."""

    begins: Annotated[str, Field(alias="from")]
    value: float | str | None
    source: Annotated[str, Field(min_length=1)]

    @field_validator("begins")
    @classmethod
    def _day(cls, given: str) -> str:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
            raise ValueError("must be a date written as 2021-12-31")
        date.fromisoformat(given)
        return given


class Dated(Strict):
    """A parameter over time."""

    label_zh: str
    label_en: str = ""
    unit: str
    values: Annotated[list[Value], Field(min_length=1)]

    @field_validator("values")
    @classmethod
    def _rising(cls, given: list[Value]) -> list[Value]:
        days = [v.begins for v in given]
        if days != sorted(set(days)):
            raise ValueError("values must stand in the order of their days, one a day")
        return given

    def at(self, day: date) -> Value | None:
        """The value in force on a day, None before the first."""
        begun = [v for v in self.values if v.begins <= day.isoformat()]
        return begun[-1] if begun else None

    def number(self, day: date) -> float | None:
        """The number in force on a day, None before the first."""
        value = self.at(day)
        return None if value is None or value.value is None else float(value.value)


def _each(given: Dated, wrong: Callable[[float | str], bool], told: str) -> Dated:
    """The dated values, none of which is wrong (an empty one never is); ``ValueError`` says what they must be."""
    if any(value.value is not None and wrong(value.value) for value in given.values):
        raise ValueError(told)
    return given


def _number(given: Dated) -> Dated:
    told = "a value must be a number that is not below 0, or empty"
    return _each(given, lambda v: isinstance(v, str) or not 0 <= v < float("inf"), told)


def _step(given: Dated) -> Dated:
    return _each(given, lambda v: v == 0, "a step must be above 0, or empty")


def _share(given: Dated) -> Dated:
    return _each(given, lambda v: float(v) >= 1, "a value must be a share below 1: 3.85 % is 0.0385")


def _chance(given: Dated) -> Dated:
    return _each(given, lambda v: v == 0, "a probability must be above 0, or empty")


def _word(given: Dated) -> Dated:
    return _each(given, lambda v: not isinstance(v, str), "a value must be a word in quotation marks, or empty")


Number = Annotated[Dated, AfterValidator(_number)]
Step = Annotated[Dated, AfterValidator(_number), AfterValidator(_step)]
Share = Annotated[Dated, AfterValidator(_number), AfterValidator(_share)]
Chance = Annotated[Dated, AfterValidator(_number), AfterValidator(_share), AfterValidator(_chance)]
Word = Annotated[Dated, AfterValidator(_word)]


class PolicyBook(Strict):
    """params/policy.yaml."""

    cap: Number
    consumption_cap: Number
    step: Step
    floor: Number
    exposure: Word


class Grade(Strict):
    """A grade of the master scale: PD below ``pd_below``, and the spread of its price."""

    grade: str
    pd_below: Annotated[float, Field(gt=0, le=1)]
    spread: Annotated[float, Field(ge=0, lt=1)]


class PriceBook(Strict):
    """params/price.yaml."""

    base_rate: Share
    preference: Share
    planning_pd: Chance
    cut_off: Word
    grades: Annotated[list[Grade], Field(min_length=2)]
    grades_from: str
    grades_source: str

    @field_validator("grades")
    @classmethod
    def _scale(cls, given: list[Grade]) -> list[Grade]:
        edges, spreads = [g.pd_below for g in given], [g.spread for g in given]
        if edges != sorted(set(edges)) or edges[-1] != 1.0:
            raise ValueError("pd_below must rise and end at 1.0")
        if spreads != sorted(spreads):
            raise ValueError("a spread may not fall with a worse grade")
        if len({g.grade for g in given}) != len(given):
            raise ValueError("a grade stands twice")
        return given


@dataclass(frozen=True)
class Books:
    """The three books of a run."""

    policy: PolicyBook
    price: PriceBook
    points: PointsTable


def load_books(params: RunParams | None = None, folder: Path | None = None, spec: FeatureSpec | None = None) -> Books:
    """The books that the parameters name (relative to ``folder``), else those of the product.

    With ``spec``, a policy that takes off a balance which the records do not hold is refused: nothing would be taken
    off, and nobody told.
    """
    here = folder or Path(".")
    named = {k: getattr(params, k, None) for k in ("policy", "price", "points")}
    place = {k: here / str(v) if v else product() / "params" / f"{k}.yaml" for k, v in named.items()}
    price = _book(PriceBook, place["price"])
    if not {value.value for value in price.cut_off.values} <= {g.grade for g in price.grades}:
        raise InputError(f"{place['price'].name}: cut_off", "is no grade of the scale", "name one of the grades")
    books = Books(_book(PolicyBook, place["policy"]), price, load_points(place["points"]))
    columns = {str(value.value) for value in books.policy.exposure.values if value.value is not None}
    if spec is not None and not columns <= set(spec.numbers):
        raise InputError(
            f"{place['policy'].name}: exposure",
            "is no number among the features of the spec",
            "name a column of the records that the spec declares as a number",
        )
    return books


def _book(kind: type, path: Path):  # type: ignore[no-untyped-def]
    data, faults = load_yaml(path)
    return validated(kind, data, path.name, faults)
