"""Sex and birth month against the ID, which decides: blank ones are taken from it, other forms are repaired.

A birth month is read into the months that it may mean; it agrees where the ID's month is one of them.  1989.1 held as
a number is January or October (1989.10 loses its zero); five digits are a day count; a date cell is its month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from workbench.roster.ids import IdColumn
from workbench.roster.rows import Findings, Rows
from workbench.store.grid import NUMBER, TEXT, Coded
from workbench.store.text import half_width, without_blanks

EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_PLAIN = re.compile(r"([0-9]{4})-([0-9]{2})")
_PARTED = re.compile(r"(\d{4})(?:[-/.年])(\d{1,2})月?(?:[-/.]?\d{1,2}日?)?(?:T?\d{1,2}:\d{2}(?::\d{2})?)?")
_DOTTED = re.compile(r"(\d{4})\.1")
_RUN = re.compile(r"(\d{4})(\d{2})(?:\d{2})?")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


def months(text: str, kind: int = TEXT, epoch_1904: bool = False, typed: bool = False) -> tuple[int, ...]:
    """Months (yyyymm) that a cell may mean; none where it cannot be read.

    >>> months("1989年1月"), months("1989.1"), months("1989.1", typed=True), months("32786"), months("不详")
    ((198901,), (198901, 198910), (198901,), (198910,), ())
    """
    plain = _PLAIN.fullmatch(text)
    if plain and "01" <= plain.group(2) <= "12":
        return (int(text[:4]) * 100 + int(text[5:]),)
    clean = half_width(without_blanks(text)).removesuffix(".0")
    serial = _SERIAL.fullmatch(clean)
    if serial:
        day = (EPOCH_1904 if epoch_1904 and kind == NUMBER else EPOCH_1900) + timedelta(days=int(serial.group(1)))
        return (day.year * 100 + day.month,)
    found = _PARTED.fullmatch(clean) or _RUN.fullmatch(clean)
    if not found or not 1 <= int(found.group(2)) <= 12:
        return ()
    month = int(found.group(1)) * 100 + int(found.group(2))
    lost_zero = _DOTTED.fullmatch(clean) and (kind == NUMBER or not typed)
    return (month, month + 9) if lost_zero else (month,)


def check_birth(rows: Rows, found: Findings, ids: IdColumn) -> None:
    """Compares 出生年月 of all rows with the ID."""
    written = rows.coded["出生年月"]
    wanted = ids.born // 100
    filled = rows.filled("出生年月")
    agrees, plain = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    for where, kind, epoch, typed in _alike(rows):
        part = Coded(written.codes[where], written.values)
        known = [months(t, kind, epoch, typed) for t in written.values]
        first = part.of([m[0] if m else 0 for m in known], 0, np.int64)
        second = part.of([m[-1] if m else 0 for m in known], 0, np.int64)
        agrees[where] = (first == wanted[where]) | (second == wanted[where])
        plain[where] = part.of([kind == TEXT and _PLAIN.fullmatch(t) is not None for t in written.values], False, bool)
    found.add("birth_from_id", ~filled)
    found.add("birth_contradicts", filled & ~agrees)
    found.add("birth_form", filled & agrees & ~plain)


def check_sex(rows: Rows, found: Findings, ids: IdColumn) -> npt.NDArray[np.bool_]:
    """Compares 性别 (its first character) of all rows with the ID; gives whether each row is male by its ID."""
    written, filled = rows.coded["性别"], rows.filled("性别")
    code = written.of([{"男": 1, "女": 0}.get(t[:1], -1) for t in written.values], -1, np.int8)
    found.add("sex_from_id", ~filled)
    found.add("sex_contradicts", filled & (code != ids.male))
    return ids.male


def _alike(rows: Rows) -> Iterator[tuple[slice | npt.NDArray[np.int64], int, bool, bool]]:
    """Rows whose birth months are read one way: (which, kind of cell, counted from 1904, told from numbers)."""
    kinds = rows.kinds.get("出生年月")
    if kinds is None and not rows.typed.any():
        yield slice(None), TEXT, False, False
        return
    ways = (np.zeros(len(rows), np.uint8) if kinds is None else kinds) * 4 + rows.epoch_1904 * 2 + rows.typed
    for way in np.unique(ways):
        yield np.flatnonzero(ways == way), int(way) // 4, bool(int(way) & 2), bool(int(way) & 1)
