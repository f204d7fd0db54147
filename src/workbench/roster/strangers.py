"""Lines of other files that speak of a person by an ID number that nobody can have: told by row, for they match nobody.

A slip of the pen on the negative list leaves the person meant eligible, one on the list of objections leaves a message
on its way, one beside a drawing leaves it uncounted; the line itself cannot be mended here.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from workbench.roster.standing import RESIDENCE
from workbench.store import ids
from workbench.store.cells import Cells, rows_told

_SAID = "身份证号不是有效的号码，对不上任何人，请改正 / no valid ID number: it matches nobody, correct it"
HOLDER = "授信对象身份证"


def told(
    negative: pd.DataFrame | None, optouts: pd.DataFrame | None, visits: pd.DataFrame | None, as_of: date
) -> list[str]:
    """Notes on the files that the import step reads; a line of the negative list without an ID is one of them."""
    of_people = None if visits is None else visits[visits["项目"] == RESIDENCE]
    return [
        *strangers(negative, as_of, day="列入日期", undated=True, blank_too=True),
        *strangers(optouts, as_of),
        *strangers(of_people, as_of, day="建档日期"),
    ]


def strangers(
    raw: pd.DataFrame | None,
    as_of: date,
    *,
    number: str = "身份证",
    day: str | None = None,
    undated: bool = False,
    blank_too: bool = False,
) -> list[str]:
    """A note on each source whose lines up to ``as_of`` hold an ID number that nobody can have; rows are named.

    ``undated``: a line without a day counts as known; ``blank_too``: so does one without a number as a wrong one.
    """
    if raw is None or not len(raw) or number not in raw.columns:
        return []
    cells = Cells(raw)
    numbers = cells.persons(number).to_numpy()
    wrong = pd.Series(
        [not ids.sound_check(n) if isinstance(n, str) else blank_too for n in numbers], index=cells.raw.index
    )
    if day is not None:
        days = cells.days(day)
        wrong &= (days <= pd.Timestamp(as_of)) | (days.isna() & undated)
    return [
        f"{source}：{number}：{rows_told(lines['row'].tolist())}：{_SAID}"
        for source, lines in cells.raw[wrong].groupby("source", sort=True)
    ]
