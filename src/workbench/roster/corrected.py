"""Roster facts as visits up to ``as_of`` found them: land and forest of a household, telephone of a person.

The last visit that gives a value that can be read counts.  A telephone without an ID beside it is the head's.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from workbench.roster.kinship import HEAD
from workbench.roster.land import parse_land
from workbench.roster.phones import Phone, read_phone
from workbench.store.cells import Cells

LAND, PHONE = "承包土地及山林信息", "联系方式"


def _lines(visits: pd.DataFrame | None, item: str, as_of: date) -> pd.DataFrame:
    """Visits' lines about an item up to ``as_of``, the oldest first: village, number, id_number, found."""
    if visits is None:
        return pd.DataFrame(columns=["village", "number", "id_number", "found"])
    cells = Cells(visits[visits["项目"] == item])
    frame = pd.DataFrame(
        {
            "village": cells.text("行政村名称"),
            "number": cells.text("户号"),
            "id_number": cells.persons("身份证"),
            "day": cells.days("建档日期", needed=True),
            "found": cells.text("核实值"),
        }
    )
    cells.done()
    frame = frame[(frame["day"] <= pd.Timestamp(as_of)) & frame["found"].notna()]
    return frame.sort_values("day", kind="stable")


def land_found(visits: pd.DataFrame | None, as_of: date) -> dict[tuple[str, str], tuple[float, float]]:
    """(land, forest) in mu by (village, household number), as the last visit found them."""
    out = {}
    for line in _lines(visits, LAND, as_of).itertuples():
        read = parse_land(str(line.found))
        if read is not None:
            out[(str(line.village), str(line.number))] = read
    return out


def correct_phones(identities: pd.DataFrame, visits: pd.DataFrame | None, as_of: date) -> pd.DataFrame:
    """The identities with the telephones that visits found."""
    by_person: dict[str, Phone] = {}
    by_home: dict[tuple[str, str], Phone] = {}
    for line in _lines(visits, PHONE, as_of).itertuples():
        phone = read_phone(str(line.found))
        if isinstance(line.id_number, str):
            by_person[line.id_number] = phone
        else:
            by_home[(str(line.village), str(line.number))] = phone
    if not by_person and not by_home:
        return identities
    homes = list(zip(identities["village"], identities["number"], strict=True))
    heads = identities["relation"] == HEAD
    found = [
        by_person.get(who) or (by_home.get(home) if head else None)
        for who, home, head in zip(identities["id_number"], homes, heads, strict=True)
    ]
    told = pd.Series([phone is not None for phone in found], index=identities.index)
    number = pd.Series([p.number if p else None for p in found], index=identities.index, dtype="str")
    state = pd.Series([p.state if p else None for p in found], index=identities.index, dtype="str")
    return identities.assign(
        phone=identities["phone"].mask(told, number), phone_state=identities["phone_state"].mask(told, state)
    )
