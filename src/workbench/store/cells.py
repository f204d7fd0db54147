"""How a cell of a contract file is read: a day, an amount, an ID number, a code; every fault of a file told at once.

``Cells`` takes a raw frame (all text, with ``source`` and ``row``), gives typed columns, and gathers the rows that
cannot be read by file and column; ``done`` raises them together as one ``InputError`` (exit 2) that repeats no cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from workbench.errors import Fault, InputError
from workbench.store import ids

SHANGHAI = timezone(timedelta(hours=8))
"""Asia/Shanghai since 1991: no summer time in any year of the programme."""
LARGEST = Decimal(10) ** 15
"""Yuan; what is written above it is a slip of the keyboard, and floats would lose its yuan."""
ROWS_TOLD = 12
"""Row numbers that a message names before it only counts."""
_DAY = re.compile(r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]+(.+))?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$")
_AMOUNT = re.compile(r"^[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?$|^[-+]?\.\d+$|^[-+]?\d+(?:\.\d+)?[eE][-+]?\d{1,3}$")
_BLANKS = re.compile("[\\s\u00a0\u3000\u200b\ufeff]+")


def day(text: str) -> date:
    """A day as people write it; a time with a zone is read in Asia/Shanghai, a day includes all its times.

    >>> day("2021-12-31 23:59:59"), day("2021/1/5"), day("2021-12-31T17:00:00Z"), day("2021年3月8日")
    (datetime.date(2021, 12, 31), datetime.date(2021, 1, 5), datetime.date(2022, 1, 1), datetime.date(2021, 3, 8))

    ``ValueError`` (which repeats nothing) where the text is no day.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _COMPACT.match(plain):
        return _date(*match.groups())
    match = _DAY.match(plain)
    if not match:
        raise ValueError("no day")
    found, rest = _date(*match.groups()[:3]), match.group(4)
    if rest is None:
        return found
    time = _TIME.match(rest.strip())
    if not time:
        raise ValueError("no time of day")
    hour, minute, second, zone = int(time[1]), int(time[2]), int(time[3] or 0), time[4]
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("no time of day")
    if zone is None:
        return found
    moment = datetime(found.year, found.month, found.day, hour, minute, second, tzinfo=_zone(zone))
    try:
        return moment.astimezone(SHANGHAI).date()
    except OverflowError:
        raise ValueError("no day") from None


def amount(text: str) -> Decimal:
    """An amount as people write it, exact: thousands separators, full-width digits and a final 元 are read.

    >>> amount("5,000.00"), amount("１２３元")
    (Decimal('5000.00'), Decimal('123'))

    ``ValueError`` (which repeats nothing) where the text is no number.
    """
    plain = _BLANKS.sub("", unicodedata.normalize("NFKC", text)).removeprefix("¥").removesuffix("元")
    if not _AMOUNT.match(plain):
        raise ValueError("no amount")
    try:
        found = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise ValueError("no amount") from None
    if abs(found) > LARGEST:
        raise ValueError("no amount")
    return found


def same_person(one: str, other: str) -> bool:
    """Whether two signatures are one person: blanks, case and width apart (contract, section 1).

    >>> same_person("A01", " ａ 01"), same_person("A01", "B01")
    (True, False)
    """
    return _signature(one) == _signature(other)


class Cells:
    """Reads the columns of one raw frame; ``done`` raises every fault of the file at once."""

    def __init__(self, raw: pd.DataFrame) -> None:
        self.raw = raw.reset_index(drop=True)
        self._bad: dict[tuple[str, str, str, str], list[int]] = {}

    def text(self, column: str, *, needed: bool = False) -> pd.Series:
        """A text column, blanks around it gone, empty cells NaN."""
        cells = self.raw[column].astype("str").str.strip()
        cells = cells.mask(cells == "")
        if needed:
            self.refuse(cells.isna(), column, "is empty", "fill the cell, or take the row out")
        return cells

    def days(self, column: str, *, needed: bool = False) -> pd.Series:
        """A column of days as ``datetime64[s]``."""
        found = self._each(column, day, needed, "holds no day", "write it as 2021-12-31")
        return pd.to_datetime(pd.Series(found, dtype="object", index=self.raw.index)).astype("datetime64[s]")

    def amounts(self, column: str, *, needed: bool = False) -> pd.Series:
        """A column of numbers as ``float64``, read by exact decimal arithmetic."""
        found = self._each(column, amount, needed, "holds no number", "write the amount in yuan, in digits")
        return pd.Series(
            [float(x) if x is not None else float("nan") for x in found], index=self.raw.index, dtype="float64"
        )

    def persons(self, column: str) -> pd.Series:
        """A column of ID numbers after their repairs (``store.ids``, for every table alike), empty cells NaN."""
        cells = self.text(column)
        known = {cell: ids.repaired(cell) or None for cell in cells.dropna().unique()}
        return cells.map(known).astype("str")

    def refuse(self, rows: pd.Series, column: str, problem: str, remedy: str) -> None:
        """Marks the rows of a mask as faults of a column."""
        for source, row in self.raw.loc[rows.to_numpy(dtype=bool), ["source", "row"]].itertuples(index=False):
            self._bad.setdefault((str(source), column, problem, remedy), []).append(int(row))

    def done(self) -> None:
        """Raises the faults gathered so far, if any."""
        if self._bad:
            raise InputError(
                Fault(f"{source}: {column}", f"{problem} in {rows_told(rows)}", remedy)
                for (source, column, problem, remedy), rows in self._bad.items()
            )

    def _each(self, column: str, read: Callable[[str], Any], needed: bool, problem: str, remedy: str) -> list[Any]:
        """Every cell read; each distinct text is read once."""
        cells = self.text(column, needed=needed)
        known: dict[str, Any] = {}
        for cell in cells.dropna().unique():
            try:
                known[cell] = read(cell)
            except (ValueError, OverflowError):
                known[cell] = None
        found = [known.get(cell) if isinstance(cell, str) else None for cell in cells]
        unread = cells.notna() & pd.Series([x is None for x in found], index=cells.index, dtype=bool)
        self.refuse(unread, column, problem, remedy)
        return found


def rows_told(rows: list[int]) -> str:
    """Row numbers for a message.

    >>> rows_told([7, 3])
    'rows 3, 7'
    """
    said = ", ".join(str(row) for row in sorted(rows)[:ROWS_TOLD])
    more = f" and {len(rows) - ROWS_TOLD} more" if len(rows) > ROWS_TOLD else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {said}{more}"


def _date(year: str, month: str, of_month: str) -> date:
    return date(int(year), int(month), int(of_month))


def _zone(text: str) -> timezone:
    if text in ("Z", "z", "UTC"):
        return UTC
    sign = -1 if text[0] == "-" else 1
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(sign * timedelta(minutes=minutes))


def _signature(text: str) -> str:
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
