"""Reads .xlsx and .xls through the Rust reader: every visible sheet, kinds of cells kept, merged cells filled.

What cannot be read rightly is refused by name before the reader sees it (``archive``): a password, a web page or a csv
under a workbook's name, an archive that swells beyond memory, a sheet of absurd extent.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import (
    CalamineError,
    CalamineSheet,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from workbench.errors import InputError
from workbench.store.apart import read_apart
from workbench.store.archive import check_archive
from workbench.store.grid import HEAD_ROWS, Body, Column, last_row, tidy
from workbench.store.guard import LARGEST_CELL, MOST_COLUMNS
from workbench.store.stretches import Span, cells_in, clipped, columns_of, filled

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
FILLED_AT_MOST = 3_000_000
"""Cells that merged ones may span in one sheet: every cell of 200,000 lines of the form."""
_DAMAGED = ("is a damaged workbook", "open it in a spreadsheet program and save it again")
_PASSWORD = (
    "is protected by a password (encrypted)",
    "take the password off in the spreadsheet program, save, send again",
)


@dataclass
class SheetGrid:
    """An opened sheet: all its columns, merged cells filled; ``again`` reads its rows as Python values once more."""

    place: str
    sheet: str | None
    columns: list[Column]
    again: Callable[[], list[list[Any]]]
    epoch_1904: bool = False
    head: list[list[Any]] = field(default_factory=list)

    def raw(self, width: int) -> list[list[Any]]:
        """All rows as they stand, merged cells filled."""
        return self.again()

    def body(self, first: int, places: Mapping[str, int], width: int, coded: Collection[str] = ()) -> Body:
        """Rows from index ``first`` on; ``width`` and ``coded`` are of no use here."""
        wanted = {place: name for name, place in places.items()}
        below = {}
        for place, column in enumerate(self.columns):
            name = wanted.get(place, "")
            text = tidy(name, column.text.slice(first))
            below[place] = Column(text, None if column.kind is None else column.kind[first:])
        length = last_row({str(place): column for place, column in below.items()})
        nothing = Column(pa.array([None] * length, pa.string()))
        columns = {
            name: _checked(below[place].head(length), self.place, name) if place in below else nothing
            for name, place in places.items()
        }
        row = np.arange(first + 1, first + 1 + length, dtype=np.int64)
        return Body(columns, row, None, self.epoch_1904, typed=True)


@dataclass
class OpenedWorkbook:
    """The visible sheets of a workbook, and the names of the hidden ones."""

    sheets: list[SheetGrid]
    hidden: list[str]


def open_workbook(content: bytes, place: str) -> OpenedWorkbook:
    """The sheets of a workbook; ``InputError`` by name for what cannot be read rightly."""
    if content.startswith(ZIP):
        about = check_archive(content, place)
        if about.plain:
            return _open_archive(content, place, about.epoch_1904)
        return _open_apart(content, place, about.epoch_1904)
    if content.startswith(OLE):
        if _ENCRYPTED in content:
            raise InputError(place, *_PASSWORD)
        return _open_apart(content, place)
    page = content.lstrip()[:200].lower()
    what = "a web page" if page.startswith(b"<") else "no workbook (text, or a damaged copy)"
    raise InputError(place, f"is {what} under a workbook's name", "save it as .xlsx in a spreadsheet program")


def _open_apart(content: bytes, place: str, epoch_1904: bool = False) -> OpenedWorkbook:
    """All sheets, read where an abort is survived."""
    sheets = read_apart(content, place)
    shown = [sheet_grid(place, sheet.name, sheet.rows, sheet.merged, epoch_1904) for sheet in sheets if sheet.visible]
    return OpenedWorkbook(shown, [sheet.name for sheet in sheets if not sheet.visible])


def _open_archive(content: bytes, place: str, epoch_1904: bool) -> OpenedWorkbook:
    """All sheets of an .xlsx that was looked into before."""
    shown, hidden = [], []
    with _in_words(place):
        book = load_workbook(io.BytesIO(content))
        try:
            for index, about in enumerate(book.sheets_metadata):
                if about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet:
                    sheet = book.get_sheet_by_index(index)
                    shown.append(_grid(sheet, place, epoch_1904, _again(content, place, index)))
                else:
                    hidden.append(about.name)
        finally:
            book.close()
    return OpenedWorkbook(shown, hidden)


@contextmanager
def _in_words(place: str) -> Iterator[None]:
    """What the reader may end with, in our words; its panics are no exceptions of the ordinary kind."""
    try:
        yield
    except PasswordError:
        raise InputError(place, *_PASSWORD) from None
    except (CalamineError, OSError, ValueError, OverflowError):
        raise InputError(place, *_DAMAGED) from None
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":
            raise
        raise InputError(place, *_DAMAGED) from None


def _again(content: bytes, place: str, index: int) -> Callable[[], list[list[Any]]]:
    def read() -> list[list[Any]]:
        with _in_words(place):
            sheet = load_workbook(io.BytesIO(content)).get_sheet_by_index(index)
            rows = sheet.to_python(skip_empty_area=False)
            _fill(rows, list(sheet.merged_cell_ranges or []))
            return rows

    return read


def _grid(sheet: CalamineSheet, place: str, epoch_1904: bool, again: Callable[[], list[list[Any]]]) -> SheetGrid:
    """A sheet of an .xlsx; the reader leaves out empty columns on the left, but not empty rows above."""
    left = sheet.start[1] if sheet.start else 0
    _check_width(place, sheet.name, left + sheet.width)
    spans = list(sheet.merged_cell_ranges or [])
    columns = _columns(place, sheet.name, sheet.iter_rows(), sheet.width, left, spans)
    head = [[""] * left + row for row, _ in zip(sheet.iter_rows(), range(HEAD_ROWS + 1), strict=False)]
    _fill(head, spans)
    return SheetGrid(place, sheet.name, columns, again, epoch_1904, head)


def sheet_grid(
    place: str, name: str | None, rows: list[list[Any]], spans: list[Span], epoch_1904: bool = False
) -> SheetGrid:
    """A sheet of rows that are all in memory, as those of an .xls are."""
    across = len(rows[0]) if rows else 0
    _check_width(place, name, across)
    columns = _columns(place, name, rows, across, 0, spans)
    _fill(rows, spans)
    return SheetGrid(place, name, columns, lambda: rows, epoch_1904, rows[: HEAD_ROWS + 1])


def _check_width(place: str, name: str | None, across: int) -> None:
    if across > MOST_COLUMNS:
        raise InputError(f"{place}#{name}", f"has more than {MOST_COLUMNS} columns", "send the form alone")


def _columns(
    place: str, name: str | None, rows: Iterable[list[Any]], across: int, left: int, spans: list[Span]
) -> list[Column]:
    columns = columns_of(rows, across, left)
    merged = clipped(spans, len(columns[0]) if columns else 0, len(columns))
    if cells_in(merged) > FILLED_AT_MOST:
        raise InputError(
            f"{place}#{name}", f"merged cells span more than {FILLED_AT_MOST:,} cells", "take the merging off"
        )
    return filled(columns, merged)


def _fill(rows: list[list[Any]], spans: list[Span]) -> None:
    """Gives the value of a merged cell to every cell of some rows that it spans."""
    for top, left, bottom, right in clipped(spans, len(rows), len(rows[0]) if rows else 0).T.tolist():
        value = rows[top][left]
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [value] * (right - left + 1)


def _checked(column: Column, place: str, name: str) -> Column:
    if (pc.max(pc.binary_length(column.text)).as_py() or 0) > LARGEST_CELL * 3:
        raise InputError(f"{place}: {name}", f"a cell holds more than {LARGEST_CELL:,} characters", "shorten it")
    return column
