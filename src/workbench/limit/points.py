"""The points table that banks run today: bands of facts to points, points to limits.

It proposes where there is no or too little history, and stands beside the model as a baseline.  The table is a dated,
sourced YAML file that a banker can read and change.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from workbench.errors import Fault, InputError
from workbench.limit.features import Matrix, category_text
from workbench.params import Strict, load_yaml, validated
from workbench.spec import FeatureSpec


class _Band(Strict):
    """Points of a fact below ``below``; the last band of a fact has none and takes the rest."""

    points: float
    below: float | None = None


class _Fact(Strict):
    fact: Annotated[str, Field(min_length=1)]
    missing: float = 0.0
    bands: tuple[_Band, ...] = ()
    values: dict[str, float] = Field(default_factory=dict)
    other: float = 0.0

    @field_validator("bands", mode="before")
    @classmethod
    def _tuple(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given

    @field_validator("bands")
    @classmethod
    def _rising(cls, given: tuple[_Band, ...]) -> tuple[_Band, ...]:
        edges = [b.below for b in given[:-1]]
        if given and (given[-1].below is not None or None in edges or not all(a < b for a, b in pairwise(edges))):  # type: ignore[operator]
            raise ValueError("bands must rise by below, and the last one has no below")
        return given


class _Step(Strict):
    points: float
    limit: Annotated[float, Field(ge=0)]


class _File(Strict):
    name: str
    from_date: str
    source: str
    unit: str = "yuan"
    facts: Annotated[tuple[_Fact, ...], Field(min_length=1)]
    limits: Annotated[tuple[_Step, ...], Field(min_length=1)]

    @field_validator("facts", "limits", mode="before")
    @classmethod
    def _tuple(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given

    @field_validator("limits")
    @classmethod
    def _rising(cls, given: tuple[_Step, ...]) -> tuple[_Step, ...]:
        at = [s.points for s in given]
        if at != sorted(set(at)):
            raise ValueError("limits must rise by points")
        return given


@dataclass(frozen=True)
class PointsTable:
    """A checked points table; a fact whose column is not there gets its ``missing`` points."""

    file: _File
    place: str

    def plain(self) -> dict[str, Any]:
        """As plain data for JSON."""
        return {**self.file.model_dump(), "place": self.place}

    @property
    def facts(self) -> list[str]:
        """The columns that the table looks at."""
        return [f.fact for f in self.file.facts]

    def require(self, spec: FeatureSpec) -> None:
        """``InputError`` where the table looks at a fact that the spec does not declare."""
        lacking = [f for f in self.facts if f not in spec.names]
        if lacking:
            raise InputError(
                [
                    Fault(f"{self.place}: {f}", "is no feature of the spec", "declare it, or take it out")
                    for f in lacking
                ]
            )

    def parts(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Points of each row by fact, with the index of ``frame``."""
        return pd.DataFrame({f.fact: _points(frame, f) for f in self.file.facts}, index=frame.index)

    def figures(self, frame: pd.DataFrame) -> Matrix:
        """The limit of each row: that of the highest step that its points reach, 0 below the first."""
        total = self.parts(frame).sum(axis=1).to_numpy()
        at = np.array([s.points for s in self.file.limits])
        limits = np.array([0.0, *(s.limit for s in self.file.limits)])
        return np.asarray(limits[np.searchsorted(at, total, side="right")])

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """``base`` (0) and yuan by fact, shared out by points; they add up to ``figures``."""
        parts = self.parts(frame)
        size = parts.abs().sum(axis=1)
        share = parts.abs().div(size.where(size > 0, 1.0), axis=0)
        yuan = share.mul(self.figures(frame), axis=0)
        short = np.where(size > 0, 0.0, self.figures(frame))
        yuan.insert(0, "base", short)
        return yuan


def from_plain(data: dict[str, Any]) -> PointsTable:
    """What ``plain`` wrote."""
    return PointsTable(_File.model_validate({k: v for k, v in data.items() if k != "place"}), str(data["place"]))


def load_points(path: Path) -> PointsTable:
    """The points table of a YAML file; all its faults at once."""
    data, faults = load_yaml(path)
    return PointsTable(validated(_File, data, path.name, faults), path.name)


def _points(frame: pd.DataFrame, fact: _Fact) -> Matrix:
    if fact.fact not in frame.columns:
        return np.full(len(frame), fact.missing)
    if fact.values:
        text = category_text(frame[fact.fact])
        return np.where(text.isna(), fact.missing, text.map(fact.values).fillna(fact.other).to_numpy(dtype=float))
    values = pd.to_numeric(frame[fact.fact], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    edges = np.array([b.below for b in fact.bands[:-1]], dtype=float)
    points = np.array([b.points for b in fact.bands] or [0.0])
    # a value on an edge is not below it: it belongs to the next band
    return np.where(np.isnan(values), fact.missing, points[np.searchsorted(edges, values, side="right")])
