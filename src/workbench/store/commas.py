"""Reads a csv so that no row is lost: a plain file by Arrow, one with stray marks line by line.

Rule (intake, CSV).  A field may hold a line break within quotation marks; where such a field holds as many separators
as the header, the mark was a stray one: the row where it opens is broken, and the lines that it swallowed are read on
their own.  A mark that never closes stops the file, naming the row.  Surplus fields are tolerated where every row has
them and they are blank; else the row is broken.  A row with too few fields has blank ones (Excel leaves them off).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from workbench.errors import InputError
from workbench.store.grid import HEAD_ROWS, Body, Coded, Column, encode, last_row, tidy
from workbench.store.guard import LARGEST_CELL, MOST_COLUMNS
from workbench.store.text import BLANKS, utf8

_CODES = pa.dictionary(pa.int32(), pa.string())
_BLOCK = 1 << 22
"""Bytes that Arrow reads at once: each block makes a dictionary of its own, so few large ones cost less."""
_LINE_END_BYTES = re.compile(rb"\r\n|\n|\r")
_LINE_END = re.compile("\r\n|\n|\r")
_STRAY = 13
"""Separators in one quoted field with line breaks that give a stray mark away before the header is known."""


@dataclass
class Record:
    """One record: its fields, and whether a stray mark broke it."""

    fields: list[str]
    broken: bool = False


@dataclass
class CommaGrid:
    """An opened csv (UTF-8 without BOM); ``head`` holds its first records."""

    place: str
    content: bytes
    sheet: str | None = None
    head: list[list[Any]] = field(default_factory=list)

    def raw(self, width: int) -> list[list[Any]]:
        """All records as they stand."""
        return [list(r.fields) for r in _records(self.content.decode(), self.place, max(width - 1, 1))]

    def body(self, first: int, places: Mapping[str, int], width: int, coded: Collection[str] = ()) -> Body:
        """The records from index ``first`` on."""
        plain = self._plain(first, places, width, coded) if _lines_stand_alone(self.content) else None
        return plain or self._careful(first, places, width)

    def _plain(self, first: int, places: Mapping[str, int], width: int, coded: Collection[str]) -> Body | None:
        """By Arrow, where every line is a record; nothing where one has not as many fields as the header."""
        start = _offset(self.content, first)
        if start >= len(self.content):
            return None
        names = [str(i) for i in range(width)]
        wanted = {str(place): name for name, place in places.items()}
        kinds = {at: _CODES if wanted.get(at) in coded else pa.string() for at in names}
        try:
            table = pacsv.read_csv(
                pa.py_buffer(memoryview(self.content)[start:]),
                read_options=pacsv.ReadOptions(use_threads=True, column_names=names, block_size=_BLOCK),
                parse_options=pacsv.ParseOptions(
                    quote_char='"' if b'"' in self.content else False, ignore_empty_lines=False
                ),
                convert_options=pacsv.ConvertOptions(
                    include_columns=list(wanted),
                    column_types=kinds,
                    strings_can_be_null=True,
                    null_values=[""],
                    quoted_strings_can_be_null=True,
                    check_utf8=False,
                ),
            )
        except pa.ArrowInvalid:
            return None
        columns = {name: _column(name, table.column(at)) for at, name in wanted.items()}
        if any(_longest(column) > LARGEST_CELL for column in columns.values()):
            return None
        rows = last_row(columns)
        if rows < table.num_rows:
            # a line may hold something in a column that nobody asked for
            rows = max(rows, table.num_rows - _blank_lines(self.content[start:].decode()))
        columns = {name: column.head(rows) for name, column in columns.items()}
        return Body(columns, np.arange(first + 1, first + 1 + rows, dtype=np.int64))

    def _careful(self, first: int, places: Mapping[str, int], width: int) -> Body:
        """Record by record; broken ones are marked, none is lost."""
        records = list(_records(self.content.decode(), self.place, max(width - 1, 1)))[first:]
        while records and not records[-1].broken and not any(f.strip() for f in records[-1].fields):
            records.pop()
        filled = [r for r in records if any(f.strip() for f in r.fields)]
        common = bool(filled) and all(
            len(r.fields) > width and not any(f.strip() for f in r.fields[width:]) for r in filled
        )
        broken = np.array([r.broken or _misshapen(r.fields, width, common) for r in records], dtype=bool)
        _check_cells(self.place, records, first)
        columns = {
            name: Column(
                tidy(name, pa.array([r.fields[place] if place < len(r.fields) else "" for r in records], pa.string()))
            )
            for name, place in places.items()
        }
        return Body(columns, np.arange(first + 1, first + 1 + len(records), dtype=np.int64), broken)


def open_csv(content: bytes, place: str) -> CommaGrid:
    """An opened csv; ``InputError`` for wrong encodings, NUL bytes, marks that never close in the first rows."""
    grid = CommaGrid(place, utf8(content, place))
    top = grid.content if b'"' in grid.content else grid.content[: _offset(grid.content, HEAD_ROWS + 1)]
    for record in _records(top.decode(), place, _STRAY):
        if len(record.fields) > MOST_COLUMNS:
            row = len(grid.head) + 1
            raise InputError(f"{place}: row {row}", f"has more than {MOST_COLUMNS} columns", "send the form alone")
        grid.head.append(list(record.fields))
        if len(grid.head) > HEAD_ROWS:
            break
    return grid


def _misshapen(fields: list[str], width: int, common: bool) -> bool:
    """Surplus fields that not every row has; or too few, where a quotation mark took separators into a field."""
    if len(fields) > width:
        return not common
    return len(fields) < width and any("," in f for f in fields)


def _blank_lines(text: str) -> int:
    """Lines at the end that hold nothing but separators and blanks.

    >>> _blank_lines("1,2\\n,x\\n,\\n , \\n"), _blank_lines("1,2\\n,"), _blank_lines("1,2\\n")
    (2, 1, 0)
    """
    ends = _LINE_END.findall(text[len(text.rstrip(BLANKS + ',"')) :])
    return len(ends) - text.endswith(("\n", "\r")) if ends else 0


def _lines_stand_alone(content: bytes) -> bool:
    """Whether no quotation mark reaches over a line end: every line holds an even number of them."""
    if b'"' not in content:
        return True
    data = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero((data == 10) | (data == 13))
    marks = np.searchsorted(ends, np.flatnonzero(data == 34))
    return not bool((np.bincount(marks) % 2).any())


def _offset(content: bytes, lines: int) -> int:
    """Where the bytes go on after so many lines."""
    place = 0
    for _ in range(lines):
        found = _LINE_END_BYTES.search(content, place)
        if not found:
            return len(content)
        place = found.end()
    return place


def _column(name: str, chunked: pa.ChunkedArray) -> Column:
    """One column of Arrow's table: codes where they were asked for, else texts."""
    if pa.types.is_dictionary(chunked.type):
        return Column(encode(_one(chunked.unify_dictionaries())))
    return Column(tidy(name, _one(chunked)))


def _longest(column: Column) -> int:
    if isinstance(column.cells, Coded):
        return max(map(len, column.cells.values), default=0)
    return pc.max(pc.binary_length(column.cells)).as_py() or 0


def _records(text: str, place: str, stray: int) -> Iterator[Record]:
    """Records in their order; ``stray`` separators in a field with line breaks give a stray mark away."""
    lines = _Lines(text)
    number, closing = 0, -1
    while (line := lines.next()) is not None:
        number += 1
        here = lines.index
        if '"' not in line:
            yield Record(line.split(","))
            continue
        fields, opened = _split(line)
        if not opened:
            yield Record(fields)
            continue
        if here == closing:
            yield Record(fields, broken=True)
            continue
        joined = _until_closed(lines, line, here)
        if joined is None:
            raise InputError(
                f"{place}: row {number}", "a quotation mark opens here and never closes", "close it or take it out"
            )
        whole, last = joined
        fields, _ = _split(whole)
        if any("\n" in f and f.count(",") >= stray for f in fields):
            closing = last
            yield Record(_split(line)[0], broken=True)
            continue
        lines.skip_to(last + 1)
        yield Record(fields)


class _Lines:
    """The lines of a text, one after another, with looking ahead."""

    def __init__(self, text: str) -> None:
        self._lines = _LINE_END.split(text)
        if self._lines and self._lines[-1] == "":
            self._lines.pop()
        self.index = -1

    def next(self) -> str | None:
        """The next line, or nothing at the end."""
        self.index += 1
        return self._lines[self.index] if self.index < len(self._lines) else None

    def at(self, index: int) -> str | None:
        """Any line."""
        return self._lines[index] if index < len(self._lines) else None

    def skip_to(self, index: int) -> None:
        """Goes on with a later line."""
        self.index = index - 1


def _until_closed(lines: _Lines, line: str, here: int) -> tuple[str, int] | None:
    """The line joined with those up to where its quotation mark closes, and the index of the last."""
    parts, index = [line], here
    while (more := lines.at(index + 1)) is not None:
        index += 1
        parts.append(more)
        if '"' in more and not _open_after(more):
            return "\n".join(parts), index
    return None


def _open_after(line: str) -> bool:
    """Whether a mark that was open before the line is open after it (or another one is)."""
    _, place, closed = _quoted(line, 0)
    if not closed:
        return True
    comma = line.find(",", place)
    return comma >= 0 and _split(line[comma + 1 :])[1]


def _split(line: str) -> tuple[list[str], bool]:
    """Fields of one record, and whether a quotation mark is still open at its end.

    A mark opens only at the start of a field; a doubled one inside stands for itself; what follows the closing mark up
    to the separator belongs to the field.

    >>> _split('1,"a, ""b"" c",d')
    (['1', 'a, "b" c', 'd'], False)
    """
    fields: list[str] = []
    place, end = 0, len(line)
    while True:
        if place < end and line[place] == '"':
            text, place, closed = _quoted(line, place + 1)
            if not closed:
                return [*fields, text], True
        else:
            text = ""
        comma = line.find(",", place)
        if comma < 0:
            return [*fields, text + line[place:]], False
        fields.append(text + line[place:comma])
        place = comma + 1


def _quoted(line: str, place: int) -> tuple[str, int, bool]:
    parts = []
    while (mark := line.find('"', place)) >= 0:
        parts.append(line[place:mark])
        if line[mark + 1 : mark + 2] != '"':
            return "".join(parts), mark + 1, True
        parts.append('"')
        place = mark + 2
    return "".join([*parts, line[place:]]), len(line), False


def _check_cells(place: str, records: list[Record], first: int) -> None:
    for number, record in enumerate(records, first + 1):
        if any(len(f) > LARGEST_CELL for f in record.fields):
            raise InputError(
                f"{place}: row {number}", f"a cell holds more than {LARGEST_CELL:,} characters", "shorten it"
            )


def _one(chunked: pa.ChunkedArray) -> pa.Array:
    return chunked.chunk(0) if chunked.num_chunks == 1 else pa.concat_arrays(chunked.chunks)
