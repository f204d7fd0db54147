"""Tables of invented households for the tests of the quarter: a few words each, declared tables out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.milestones.measure import Measured, measure
from workbench.milestones.programme import Programme, load_programme
from workbench.params import RunParams
from workbench.store.tables import checked, empty

PROGRAMME = Path(__file__).resolve().parents[1] / "params" / "programme.yaml"
AS_OF = date(2021, 12, 31)


def programme() -> Programme:
    """The product's own targets."""
    return load_programme(PROGRAMME)


def run_params(as_of: date = AS_OF, **more: Any) -> RunParams:
    """Parameters of a run that reads nothing."""
    return RunParams(name="case", dataset=".", as_of=as_of, **more)


@dataclass
class Town:
    """Rows of an invented town; ``group`` adds alike households, ``measure`` gives the figures."""

    households: list[dict[str, Any]] = field(default_factory=list)
    people: list[dict[str, Any]] = field(default_factory=list)
    confirmed: list[dict[str, Any]] = field(default_factory=list)
    filed: list[dict[str, Any]] = field(default_factory=list)
    drawdowns: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[dict[str, Any]] = field(default_factory=list)
    villages: list[str] = field(default_factory=list)

    def household(
        self,
        village: str,
        name: str,
        *,
        members: int = 1,
        people: int | None = None,
        limit: float | None = None,
        on: str = "2021-06-30",
        until: str | None = None,
        visited: str | None = None,
        drew: str | None = None,
        yuan: float = 1000.0,
        who: int = 1,
        cell: str | None = None,
        manager: str | None = None,
    ) -> None:
        """One household of ``members`` eligible people, the first of whom holds the limit."""
        if village not in self.villages:
            self.villages.append(village)
        persons = [f"{name}-{i}" for i in range(1, max(1, members) + 1)]
        self.households.append(home_row(village, name, members, people, persons[0], cell, manager))
        self.people += [person_row(village, name, p, eligible=members > 0) for p in persons]
        if limit is not None:
            self.confirmed.append(
                {"village": village, "household": name, "limit": limit, "date": pd.Timestamp(on), "way": "公议"}
                | {"holder": persons[0], "rule": "history", "approver": None, "checker": None}
                | {"until": pd.Timestamp(until) if until else pd.NaT, "first_drawn": pd.NaT}
            )
        if visited is not None:
            day = pd.Timestamp(visited)
            self.filed.append(
                {"village": village, "household": name, "filed_on": day, "last_visit": day, "manager": manager}
                | {"items": 1, "corrected": 0, "photos": 0}
            )
        if drew is not None:
            self.drew(persons[who - 1], drew, yuan)

    def drew(self, person: str, on: str, yuan: float) -> None:
        """One drawing."""
        row = len(self.drawdowns) + 2
        self.drawdowns.append(
            {"person": person, "date": pd.Timestamp(on), "amount": float(yuan), "source": "drawdowns.csv", "row": row}
        )

    def group(
        self,
        village: str,
        count: int,
        *,
        members: int = 1,
        credited: int = 0,
        visited: int = 0,
        drew: int = 0,
        **more: Any,
    ) -> None:
        """``count`` households, the first of which are credited, visited, drawn upon."""
        start = len(self.households)
        for i in range(count):
            self.household(
                village,
                f"{village}{start + i:04d}",
                members=members,
                limit=30000.0 if i < credited else None,
                visited="2021-05-10" if i < visited else None,
                drew="2021-09-01" if i < drew else None,
                **more,
            )

    def tables(self) -> dict[str, pd.DataFrame]:
        """Declared tables."""
        agreements = pd.DataFrame(
            {"village": self.villages, "signed": pd.Timestamp("2019-07-01"), "until": pd.NaT, "in_force": True}
        ).astype({"signed": "datetime64[s]", "until": "datetime64[s]"})
        return {
            "households": table("households", self.households),
            "people": table("people", self.people),
            "quarantined_people": table("quarantined_people", self.quarantined),
            "agreements": checked("agreements", agreements),
            "confirmed": table("confirmed", self.confirmed),
            "filed": table("filed", self.filed),
            "drawdowns": table("drawdowns", self.drawdowns),
        }

    def measure(self, as_of: date = AS_OF, **more: Any) -> Measured:
        """The figures."""
        return measured(self.tables(), run_params(as_of, **more))


def measured(tables: Mapping[str, pd.DataFrame], params: RunParams) -> Measured:
    """The figures of a set of tables."""
    names = ("households", "people", "quarantined_people", "agreements", "confirmed")
    others = {k: v for k, v in tables.items() if k not in names}
    return measure(*(tables[n] for n in names), **others, programme=programme(), params=params)


def table(name: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a declared table."""
    return checked(name, pd.DataFrame(rows)) if rows else empty(name)


def home_row(
    village: str, name: str, members: int, people: int | None, holder: str, cell: str | None, manager: str | None
) -> dict[str, Any]:
    """A line of ``households``."""
    return {
        "village": village,
        "household": name,
        "people": members if people is None else people,
        "eligible": members,
        "land_mu": 1.0,
        "forest_mu": 0.0,
        "base": members,
        "group": "1组",
        "cell": cell,
        "manager": manager,
        "holder": holder if members else None,
        "listed_holder": False,
        "listed_member": False,
        "auto_optout": False,
        "flagged": 0,
        "quarantined": 0,
        "away": False,
    }


def person_row(village: str, household: str, person: str, *, eligible: bool = True, **more: Any) -> dict[str, Any]:
    """A line of ``people``."""
    return {
        "village": village,
        "household": household,
        "person": person,
        "age": 40,
        "sex": "男",
        "ethnic": "汉族",
        "relation": "head" if person.endswith("-1") else "child",
        "birth_rank": int(person.rpartition("-")[2]),
        "eligible": eligible,
        "why_not": None if eligible else "age",
        "listed": False,
        "phone_state": "mobile",
        "phone": f"tel-{person}",
        "sms_optout": False,
        "auto_optout": False,
        "opted_phone": False,
    } | more


def raw(rows: list[dict[str, Any]], columns: list[str], source: str = "file.csv") -> pd.DataFrame:
    """A raw file as the door reads it: all text, blanks empty, ``source`` and ``row``."""
    frame = pd.DataFrame(rows, columns=columns).astype("str") if rows else pd.DataFrame(columns=columns, dtype="str")
    frame = frame.mask(frame.isin(["", "None", "nan"]))
    return frame.assign(source=source, row=range(2, len(frame) + 2))
