"""Reads .xlsx and .xls through the Rust reader: every visible sheet, kinds of cells kept, merged cells filled.

What cannot be read rightly is refused by name before the reader sees it (``archive``): a password, a web page or a csv
under a workbook's name, an archive that swells beyond memory, a sheet of absurd extent.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

from workbench.errors import InputError
from workbench.store.apart import PlainSheet, read_apart
from workbench.store.archive import check_archive
from workbench.store.grid import DATE, HEAD_ROWS, NUMBER, OTHER, TEXT, Body, Column, tidy
from workbench.store.guard import LARGEST_CELL, MOST_COLUMNS

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FILLED_AT_MOST = 2_000_000
"""Cells that merged ranges may fill in one sheet."""
_DAMAGED = ("is a damaged workbook", "open it in a spreadsheet program and save it again")
_PASSWORD = (
    "is protected by a password (encrypted)",
    "take the password off in the spreadsheet program, save, send again",
)


@dataclass
class SheetGrid:
    """An opened sheet: rows of Python values as the reader gives them."""

    place: str
    sheet: str | None
    rows: list[list[Any]]
    epoch_1904: bool = False
    head: list[list[Any]] = field(default_factory=list)

    def raw(self, width: int) -> list[list[Any]]:
        """All rows as they stand, merged cells filled."""
        return self.rows

    def body(self, first: int, places: Mapping[str, int], width: int, coded: Collection[str] = ()) -> Body:
        """Rows from index ``first`` on; ``width`` and ``coded`` are of no use here."""
        last = first + _last_filled(self.rows[first:], 0)
        below = self.rows[first:last]
        across = len(self.rows[0]) if self.rows else 0
        flat = _all_text(below, across)
        columns = {}
        for name, place in places.items():
            if place >= across or not below:
                columns[name] = Column(pa.array([None] * len(below), pa.string()))
            elif flat is not None:
                at = np.arange(place, len(below) * across, across, dtype=np.int64)
                columns[name] = _checked(Column(tidy(name, flat.take(pa.array(at)))), self.place, name)
            else:
                columns[name] = _checked(_column([row[place] for row in below], name), self.place, name)
        row = np.arange(first + 1, last + 1, dtype=np.int64)
        return Body(columns, row, None, self.epoch_1904, typed=True)


@dataclass
class OpenedWorkbook:
    """The visible sheets of a workbook, and the names of the hidden ones."""

    sheets: list[SheetGrid]
    hidden: list[str]


def open_workbook(content: bytes, place: str) -> OpenedWorkbook:
    """The sheets of a workbook; ``InputError`` by name for what cannot be read rightly."""
    epoch_1904 = False
    if content.startswith(ZIP):
        about = check_archive(content, place)
        epoch_1904 = about.epoch_1904
        sheets = _read(content, place) if about.plain else read_apart(content, place)
    elif content.startswith(OLE):
        if _ENCRYPTED in content:
            raise InputError(place, *_PASSWORD)
        sheets = read_apart(content, place)
    else:
        page = content.lstrip()[:200].lower()
        what = "a web page" if page.startswith(b"<") else "no workbook (text, or a damaged copy)"
        raise InputError(place, f"is {what} under a workbook's name", "save it as .xlsx in a spreadsheet program")
    shown = [_grid(sheet, place, epoch_1904) for sheet in sheets if sheet.visible]
    return OpenedWorkbook(shown, [sheet.name for sheet in sheets if not sheet.visible])


def _read(content: bytes, place: str) -> list[PlainSheet]:
    """All sheets of an .xlsx that was looked into before."""
    try:
        book = load_workbook(io.BytesIO(content))
        try:
            out = []
            for index, about in enumerate(book.sheets_metadata):
                visible = about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet
                sheet = book.get_sheet_by_index(index) if visible else None
                rows = sheet.to_python(skip_empty_area=False) if sheet else []
                merged = list(sheet.merged_cell_ranges or []) if sheet else []
                out.append(PlainSheet(about.name, visible, rows, merged))
            return out
        finally:
            book.close()
    except PasswordError:
        raise InputError(place, *_PASSWORD) from None
    except (CalamineError, OSError, ValueError, OverflowError):
        raise InputError(place, *_DAMAGED) from None
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":
            raise
        raise InputError(place, *_DAMAGED) from None


def _grid(sheet: PlainSheet, place: str, epoch_1904: bool) -> SheetGrid:
    if sheet.rows and len(sheet.rows[0]) > MOST_COLUMNS:
        raise InputError(f"{place}#{sheet.name}", f"has more than {MOST_COLUMNS} columns", "send the form alone")
    _fill(sheet.rows, sheet.merged)
    return SheetGrid(place, sheet.name, sheet.rows, epoch_1904, sheet.rows[: HEAD_ROWS + 1])


def _fill(rows: list[list[Any]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Gives the value of a merged cell to every cell that it spans; a blank is never filled otherwise."""
    filled = 0
    for (top, left), (bottom, right) in ranges:
        if top >= len(rows) or not rows or left >= len(rows[0]):
            continue
        bottom, right = min(bottom, len(rows) - 1), min(right, len(rows[0]) - 1)
        filled += (bottom - top + 1) * (right - left + 1)
        if filled > _FILLED_AT_MOST:
            return
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [value] * (right - left + 1)


def _all_text(rows: list[list[Any]], across: int) -> pa.StringArray | None:
    """All cells one after another, where every one is text."""
    try:
        return pa.array(chain.from_iterable(rows), pa.string(), size=len(rows) * across)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


def _column(cells: list[Any], name: str) -> Column:
    """One column of Python values as texts and kinds."""
    try:
        return Column(tidy(name, pa.array(cells, pa.string())))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        said = [cell if type(cell) is str else written(cell) for cell in cells]
        kind = np.fromiter((_KINDS.get(type(cell), OTHER) for cell in cells), np.uint8, len(cells))
        return Column(tidy(name, pa.array(said, pa.string())), kind)


def _checked(column: Column, place: str, name: str) -> Column:
    if (pc.max(pc.binary_length(column.text)).as_py() or 0) > LARGEST_CELL * 3:
        raise InputError(f"{place}: {name}", f"a cell holds more than {LARGEST_CELL:,} characters", "shorten it")
    return column


_KINDS: dict[type, int] = {
    str: TEXT,
    int: NUMBER,
    float: NUMBER,
    date: DATE,
    datetime: DATE,
    time: DATE,
    timedelta: OTHER,
    bool: OTHER,
}


def written(cell: Any) -> str:
    """A cell that is no text, as text: whole numbers without ``.0``, days as ISO, with the time where there is one.

    >>> written(12.0), written(0.57), written(datetime(2021, 12, 31, 8, 30)), written(True)
    ('12', '0.57', '2021-12-31 08:30:00', 'TRUE')
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return (
            cell.isoformat(sep=" ") if (cell.hour, cell.minute, cell.second) != (0, 0, 0) else cell.date().isoformat()
        )
    return "" if cell is None else str(cell)


def _last_filled(rows: list[list[Any]], least: int) -> int:
    """Number of rows up to the last that holds anything in any column."""
    for index in range(len(rows), least, -1):
        if any(cell != "" and not (isinstance(cell, str) and not cell.strip()) for cell in rows[index - 1]):
            return index
    return least
