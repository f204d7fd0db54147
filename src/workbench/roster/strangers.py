"""Lines of other files that speak of a person by an ID number that nobody can have: told by row, for they match nobody.

A slip of the pen on the negative list leaves the person meant eligible, one on the list of objections leaves a message
on its way, one beside a drawing leaves it uncounted; the line itself cannot be mended here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from workbench.roster.phones import read_phone
from workbench.roster.standing import AUTOMATED, EVERYTHING, MESSAGES, RESIDENCE
from workbench.store import ids
from workbench.store.cells import Cells, rows_told

_SAID = "身份证号不是有效的号码，对不上任何人，请改正 / no valid ID number: it matches nobody, correct it"
_NO_PHONE = "不是电话号码，对不上任何人，请改正 / no telephone number: it matches nobody, correct it"
_NEITHER = "两格都空着，不知道是谁反对，请补上 / both are empty: nobody knows who objects, fill one in"
_NO_SCOPE = "不认识的范围，按反对短信处理 / an unknown word: taken as an objection to messages"
HOLDER = "授信对象身份证"


def told(
    negative: pd.DataFrame | None, optouts: pd.DataFrame | None, visits: pd.DataFrame | None, as_of: date
) -> list[str]:
    """Notes on the files that the import step reads; a line of the negative list without an ID is one of them."""
    of_people = None if visits is None else visits[visits["项目"] == RESIDENCE]
    return [
        *strangers(negative, as_of, day="列入日期", undated=True, blank_too=True),
        *_objections(optouts),
        *strangers(of_people, as_of, day="建档日期"),
    ]


def _objections(raw: pd.DataFrame | None) -> list[str]:
    """Notes on the lines of the list of objections that reach nobody, and on those whose 范围 is another word."""
    if raw is None or not len(raw):
        return []
    cells = Cells(raw)
    numbers, phones, reach = cells.persons("身份证"), cells.text("联系方式"), cells.text("范围")
    wrong = {
        "身份证": _those(numbers, lambda number: not ids.sound_check(number)),
        "联系方式": _those(phones, lambda phone: read_phone(phone).number is None),
        "身份证 / 联系方式": numbers.isna() & phones.isna(),
        "范围": _those(reach, _says_nothing),
    }
    said = {"身份证": _SAID, "联系方式": _NO_PHONE, "身份证 / 联系方式": _NEITHER, "范围": _NO_SCOPE}
    return [
        f"{source}：{column}：{rows_told(lines['row'].tolist())}：{said[column]}"
        for column, rows in wrong.items()
        for source, lines in cells.raw[rows].groupby("source", sort=True)
    ]


def _those(cells: pd.Series, is_wrong: Callable[[str], bool]) -> pd.Series:
    """Which filled cells are wrong."""
    return pd.Series([isinstance(cell, str) and is_wrong(cell) for cell in cells], index=cells.index, dtype=bool)


def _says_nothing(scope: str) -> bool:
    return scope not in EVERYTHING and AUTOMATED not in scope and MESSAGES not in scope


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
