"""Finds the header of a table: names in any order, a title above, blanks and line breaks inside names ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import Fault, InputError
from workbench.store.grid import HEAD_ROWS, Grid
from workbench.store.inputs import InputTable
from workbench.store.text import half_width, without_blanks

REASON_COLUMN, NOTES_SHEET = "退回原因", "退回说明"
"""What a sheet that was sent back carries besides the form's columns: no column and no sheet of the village's own."""
OUR_SHEETS = (NOTES_SHEET, "填写说明")
"""Sheets of instructions in the workbooks that we make."""
ENOUGH = 10
"""Names of the 14 that make a row a roster's header."""


@dataclass(frozen=True)
class Header:
    """Where each column stands (``places``), where the rows begin (``first``), and the names that nobody asked for."""

    places: dict[str, int]
    first: int
    width: int
    unknown: tuple[str, ...]

    reason: int | None = None
    """Where the column stands that a sheet sent back carries."""


def name_of(cell: Any) -> str:
    """A header cell as a name.

    >>> name_of(" 年收入（万元）\\n")
    '年收入(万元)'
    """
    return half_width(without_blanks(cell)) if isinstance(cell, str) else ""


def find_header(grid: Grid, table: InputTable, place: str, renamed: Mapping[str, str]) -> Header | None:
    """The header of a sheet, nothing where it has none; ``InputError`` naming columns that lack or stand twice."""
    rows = [[renamed.get(name_of(c), name_of(c)) for c in row] for row in grid.head]
    known = set(table.columns)
    enough = ENOUGH if table.name == "rosters" else max(1, (len(table.needed) + 1) // 2)
    for index, row in enumerate(rows[:HEAD_ROWS]):
        found = known.intersection(row)
        needed = set(table.needed)
        if not needed <= found and index + 1 < len(rows):
            pair = _pair(row, rows[index + 1], known)
            if needed <= set(rows[index + 1]):
                continue  # merged cells give the whole header to the lower row of two
            if needed <= set(pair):
                return _header(pair, index + 2, table, place)
        if len(found) >= enough:
            return _header(row, index + 1, table, place)
    return None


def _pair(upper: Sequence[str], lower: Sequence[str], known: set[str]) -> list[str]:
    """Two rows as one: of each column the name that is known, the lower one first."""
    width = max(len(upper), len(lower))
    above, below = list(upper) + [""] * (width - len(upper)), list(lower) + [""] * (width - len(lower))
    return [b if b in known or not a else a if a in known or not b else b for a, b in zip(above, below, strict=True)]


def _header(row: Sequence[str], first: int, table: InputTable, place: str) -> Header:
    known = set(table.columns)
    twice = sorted({n for n in row if n in known and list(row).count(n) > 1}, key=list(row).index)
    lacking = [n for n in table.needed if n not in row]
    faults = [Fault(f"{place}: {n}", "the column stands twice", "keep the one that is meant") for n in twice]
    faults += [
        Fault(
            f"{place}: {n}",
            "the column is missing",
            "name it so in the header, or map the header under `columns` in the parameters",
        )
        for n in lacking
    ]
    if table.any_of and not set(table.any_of) & set(row):
        faults.append(Fault(f"{place}: {' / '.join(table.any_of)}", "one of these columns is needed", "add it"))
    if faults:
        raise InputError(faults)
    places = {n: i for i, n in enumerate(row) if n and (n in known or table.keep_unknown)}
    if table.keep_unknown and len(places) != sum(1 for n in row if n):
        again = sorted({n for n in row if n and list(row).count(n) > 1})
        raise InputError(Fault(f"{place}: {n}", "the column stands twice", "keep the one that is meant") for n in again)
    width = max((i + 1 for i, n in enumerate(row) if n), default=0)
    unknown = tuple(dict.fromkeys(n for n in row if n and n not in places))
    reason = row.index(REASON_COLUMN) if REASON_COLUMN in row else None
    return Header(places, first, max(width, 1), unknown, reason)


def no_header(table: InputTable, place: str) -> InputError:
    """The error for a file none of whose sheets has a header."""
    return InputError(
        place,
        f"no header row was found among the first {HEAD_ROWS} rows (needed: {'、'.join(table.needed or table.any_of)})",
        "let the header carry these names; a csv must be separated by commas",
    )
