"""The register of derived columns and tables that expectations may use beside the declared ones.

A *derived column* stands beside the columns of a declared table (``ratings.on_roster``); a *view* is a small table of
its own, one line a village or one line a measure (``village_panels``, ``drift``).  Both are computed only when an
expectation names them, from the tables that they need; where one of those is not there, what rests on it is left out
and said to be left out.  The definitions stand in ``quality.of_*``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

BEFORE = "before:"
"""Marks the need for a table of the run before."""


@dataclass(frozen=True)
class Given:
    """What a derivation may look at: this run's tables, those of the run before, and the day."""

    tables: Mapping[str, pd.DataFrame]
    as_of: date
    before: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def day(self) -> pd.Timestamp:
        """``as_of`` as a time stamp."""
        return pd.Timestamp(self.as_of)

    def has(self, needs: Iterable[str]) -> bool:
        """Whether every needed table is there; ``before:people`` is that of the run before."""
        return all(
            need.removeprefix(BEFORE) in self.before if need.startswith(BEFORE) else need in self.tables
            for need in needs
        )


@dataclass(frozen=True)
class DerivedColumn:
    """One derived column: ``make`` gives a series in the order of the table's rows."""

    table: str
    name: str
    meaning: str
    needs: tuple[str, ...]
    make: Callable[[pd.DataFrame, Given], pd.Series]


@dataclass(frozen=True)
class View:
    """One derived table; ``place`` is the column that says which line it is, open to be named in a message."""

    name: str
    meaning: str
    needs: tuple[str, ...]
    place: str
    columns: Mapping[str, str]
    make: Callable[[Given], pd.DataFrame]


COLUMNS: dict[str, dict[str, DerivedColumn]] = {}
VIEWS: dict[str, View] = {}


def column(table: str, name: str, meaning: str, *needs: str) -> Callable[[_Column], _Column]:
    """Declares a derived column of a table."""

    def keep(make: _Column) -> _Column:
        COLUMNS.setdefault(table, {})[name] = DerivedColumn(table, name, meaning, needs, make)
        return make

    return keep


def view(
    name: str, meaning: str, needs: tuple[str, ...], place: str, columns: Mapping[str, str]
) -> Callable[[_View], _View]:
    """Declares a derived table."""

    def keep(make: _View) -> _View:
        VIEWS[name] = View(name, meaning, needs, place, columns, make)
        return make

    return keep


_Column = Callable[[pd.DataFrame, Given], pd.Series]
_View = Callable[[Given], pd.DataFrame]
