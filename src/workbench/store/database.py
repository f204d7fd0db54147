"""Records out of a database through SQLAlchemy, in the shape in which a file of records is read.

The URL holds a password: it stands in no message, and no driver's own words are repeated (they quote values).  Text
keys stay text; numbers, decimals and days become the canonical text that a workbook's cells become.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from workbench.errors import Fault, InputError
from workbench.store.header import name_of
from workbench.store.inputs import HOUSEHOLD_COLUMN, INPUTS
from workbench.store.stretches import written
from workbench.store.text import ERROR_CELLS, half_width

PLACE = "records (database)"
MOST_ROWS = 5_000_000
_READING = re.compile(r"(?is)^\s*(?:--[^\n]*\n\s*)*(?:select|with|values|table)\b")
_PIECE = 20_000


def read_records(url: str, query: str) -> pd.DataFrame:
    """What the query gives, every cell as text, with ``source`` and ``row``; ``InputError`` in our words otherwise."""
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    if not _READING.match(query) or ";" in query.strip().rstrip(";"):
        raise InputError("records: query", "is not one reading query", "write one SELECT")
    try:
        engine = create_engine(url, hide_parameters=True, poolclass=NullPool)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        raise InputError(
            PLACE, "the URL is none that can be opened", "write it as sqlite:///file.db or postgresql+psycopg://…"
        ) from None
    try:
        with engine.connect().execution_options(stream_results=True) as connection:
            result = connection.execute(text(query))
            names = [str(name) for name in list(result.keys())]
            rows: list[Sequence[Any]] = []
            while piece := result.fetchmany(_PIECE):
                rows.extend(piece)
                if len(rows) > MOST_ROWS:
                    raise InputError(PLACE, f"the query gives more than {MOST_ROWS:,} rows", "narrow the query")
    except (SQLAlchemyError, ImportError, OSError, UnicodeError, ValueError) as fault:
        raise InputError(
            PLACE,
            f"the query cannot be run ({_kind(fault)})",
            "check the URL's variable, the right to read, and the query",
        ) from None
    finally:
        engine.dispose()
    return _frame(names, rows)


def _frame(names: list[str], rows: list[Sequence[Any]]) -> pd.DataFrame:
    table = INPUTS["records"]
    clean = [name_of(name) or name for name in names]
    faults = [
        Fault(f"{PLACE}: {n}", "the column is missing", "name it so in the query")
        for n in table.needed
        if n not in clean
    ]
    faults += [
        Fault(f"{PLACE}: {n}", "the column stands twice", "name it once")
        for n in sorted(set(clean))
        if clean.count(n) > 1
    ]
    if faults:
        raise InputError(faults)
    across = list(zip(*rows, strict=True)) if rows else [()] * len(clean)
    frame = pd.DataFrame(
        {n: pd.Series([_text(c) for c in cells], dtype="str") for n, cells in zip(clean, across, strict=True)}
    )
    frame[HOUSEHOLD_COLUMN] = frame[HOUSEHOLD_COLUMN].map(half_width, na_action="ignore").astype("str")
    for name in table.optional:
        if name not in frame:
            frame[name] = pd.Series(pd.NA, index=frame.index, dtype="str")
    frame.insert(0, "source", pd.Series(PLACE, index=frame.index, dtype="str"))
    frame.insert(1, "row", range(1, len(frame) + 1))
    return frame


def _text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, Decimal):
        if not cell.is_finite():
            return None
        said = format(cell, "f")
        return said.rstrip("0").rstrip(".") if "." in said else said
    if isinstance(cell, bytes | memoryview):
        raise InputError(PLACE, "a column holds binary data", "select text, numbers and dates only")
    if isinstance(cell, datetime) and cell.tzinfo is not None:
        return cell.isoformat(sep=" ")
    if isinstance(cell, float) and cell != cell:
        return None
    said = written(cell) if isinstance(cell, bool | int | float | date) else str(cell)
    said = said.strip()
    return None if said in ERROR_CELLS or not said else said


def _kind(fault: BaseException) -> str:
    """The kind of a driver's fault by its class; its words may quote a password or a cell."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(fault).__name__).lower()
