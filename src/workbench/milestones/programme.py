"""The programme's dated targets, as ``params/programme.yaml`` gives them with their source.

The target of a day is that of the first milestone date on or after it; after the last, the last (figures).
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from workbench.params import Share, Strict, load_yaml, validated

StandingMeasure = Literal["coverage", "coverage_members", "usage", "usage_members", "households_filed"]


class Milestone(Strict):
    """Targets to be met by the end of a day; ``all`` villages filed is every village with an agreement."""

    date: date
    villages_filed: Annotated[int, Field(ge=0)] | Literal["all"]
    coverage: Share
    usage: Share
    source: str = ""

    @field_validator("date", mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return _day(given)

    def target(self, measure: str, villages: int) -> Fraction | None:
        """The target of a measure, exact; None where the programme sets none.

        >>> at = Milestone(date=date(2021, 12, 31), villages_filed="all", coverage=0.7, usage=0.3)
        >>> at.target("coverage_members", 19), at.target("villages_filed", 19), at.target("households_filed", 19)
        (Fraction(7, 10), Fraction(19, 1), None)
        """
        if measure == "villages_filed":
            return Fraction(villages if self.villages_filed == "all" else self.villages_filed)
        share = {"coverage": self.coverage, "usage": self.usage}.get(measure.removesuffix("_members"))
        # a share is written in decimals: 0.7 is seven tenths, not the nearest binary number
        return None if share is None else Fraction(repr(share))


class Standing(Strict):
    """The yearly ranking: the mean of these measures; scopes with fewer eligible people are not ranked."""

    measures: tuple[StandingMeasure, ...] = ("coverage", "usage", "households_filed")
    least_people: Annotated[int, Field(ge=1)] = 30

    @field_validator("measures", mode="before")
    @classmethod
    def _tuple(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given


class Programme(Strict):
    """Name, source, term and milestones in the order of their dates."""

    name: str
    source: str
    begins: date
    ends: date
    milestones: Annotated[tuple[Milestone, ...], Field(min_length=1)]
    standing: Standing = Standing()

    @field_validator("begins", "ends", mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return _day(given)

    @field_validator("milestones", mode="before")
    @classmethod
    def _tuple(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given

    @field_validator("milestones")
    @classmethod
    def _ordered(cls, given: tuple[Milestone, ...]) -> tuple[Milestone, ...]:
        days = [m.date for m in given]
        if days != sorted(set(days)):
            raise ValueError("dates must rise, each once")
        return given

    @model_validator(mode="after")
    def _term(self) -> Programme:
        if self.ends < self.begins:
            raise ValueError("ends lies before begins")
        return self

    def milestone(self, day: date) -> Milestone:
        """The milestone whose targets hold on a day."""
        return next((m for m in self.milestones if m.date >= day), self.milestones[-1])

    def next_milestone(self, day: date) -> Milestone | None:
        """The first milestone after a day, if there is one."""
        return next((m for m in self.milestones if m.date > day), None)


def load_programme(path: Path) -> Programme:
    """The programme out of its file; every fault at once as ``InputError``."""
    data, faults = load_yaml(path)
    return validated(Programme, data, path.name, faults)


def _day(given: Any) -> Any:
    if isinstance(given, str):
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise ValueError("write a date as 2021-12-31") from None
    return given
