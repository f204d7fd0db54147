"""Records out of a database through SQLAlchemy, in the shape in which a file of records is read.

The URL holds a password: it stands in no message, and no driver's own words are repeated (they quote values).  Text
keys stay text; numbers, decimals and days become the canonical text that a workbook's cells become.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import Fault, InputError
from workbench.store.header import name_of
from workbench.store.inputs import HOUSEHOLD_COLUMN, INPUTS
from workbench.store.stretches import written
from workbench.store.text import ERROR_CELLS, half_width_digits

PLACE = "records (database)"
MOST_ROWS = 5_000_000
_READING = re.compile(r"(?is)^(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*(?:select|with|values|table)\b")
_PIECE = 20_000


def read_records(url: str, query: str) -> pd.DataFrame:
    """What the query gives, every cell as text, with ``source`` and ``row``; ``InputError`` in our words otherwise.

    The query only reads: where the database can, it is told so, and nothing is ever committed.
    """
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
    from sqlalchemy.pool import NullPool

    if not _READING.match(query) or ";" in query.strip().rstrip(";"):
        raise InputError("records: query", "is not one reading query", "write one SELECT")
    try:
        engine = create_engine(url, hide_parameters=True, poolclass=NullPool)
        _refuse_new_file(engine.url)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        raise InputError(
            PLACE, "the URL is none that can be opened", "write it as sqlite:///file.db or postgresql+psycopg://…"
        ) from None
    try:
        reading: dict[str, Any] = {"stream_results": True}
        if engine.dialect.name == "postgresql":
            reading["postgresql_readonly"] = True
        with engine.connect().execution_options(**reading) as connection:
            # a colon in a query is a colon: no name of a parameter, of which there are none
            result = connection.execute(text(query.replace(":", r"\:")))
            names = [str(name) for name in list(result.keys())]
            rows: list[Sequence[Any]] = []
            while piece := result.fetchmany(_PIECE):
                rows.extend(piece)
                if len(rows) > MOST_ROWS:
                    raise InputError(PLACE, f"the query gives more than {MOST_ROWS:,} rows", "narrow the query")
    except (SQLAlchemyError, ImportError, OSError, UnicodeError, ValueError, OverflowError) as fault:
        raise InputError(PLACE, *_said(fault)) from None
    finally:
        engine.dispose()
    return _frame(names, rows)


def content(frame: pd.DataFrame) -> bytes:
    """What was read, in an order of its own: the same whatever order the database gave the rows in."""
    cells = frame.drop(columns=["source", "row"])
    lines: list[str] = sorted(cells.fillna("").agg("\x1f".join, axis=1)) if len(cells) else []
    return "\x1e".join(["\x1f".join(cells.columns), *lines]).encode()


def _refuse_new_file(url: Any) -> None:
    """A file that is not there would be made, empty, by opening it."""
    name = url.database
    named = url.get_backend_name() == "sqlite" and name and name != ":memory:" and not name.startswith("file:")
    if named and not Path(name).is_file():
        raise InputError(
            PLACE, "the URL names a database file that is not there", "give the whole path: sqlite:////folder/file"
        )


_FAULTS = (
    (("42P01", "3F000"), ("no such table",), "the query names a table that is not there", "correct its name or schema"),
    (
        ("42703",),
        ("no such column",),
        "the query names a column that is not there",
        "correct the name; Chinese names stand in double quotation marks",
    ),
    (("42601",), ("syntax error", "incomplete input"), "the query is no correct SQL", "try it in a client"),
    (
        ("28",),
        ("password authentication failed", "no password supplied", "access denied", "role "),
        "the database refuses the user or the password",
        "correct them in the URL; signs like @ : / % are written as %40 %3A %2F %25",
    ),
    (("42501",), ("permission denied",), "the right to read is lacking", "let the user read the tables of the query"),
    (("3D000",), ("does not exist",), "there is no database of that name", "correct the end of the URL"),
    (
        ("25006", "0A000"),
        ("attempt to write", "readonly"),
        "the query writes, and records are only read",
        "write one SELECT",
    ),
    (
        ("08", "57P03"),
        ("connection", "resolve", "unable to open", "not a database"),
        "the database cannot be reached",
        "check host and port of the URL, and that the database runs",
    ),
)
"""What is said of a driver's fault: how its SQL state begins, else a word of it; then problem and remedy."""


def _said(fault: BaseException) -> tuple[str, str]:
    """Problem and remedy of a driver's fault; its own words may quote a password or a cell, and are not repeated."""
    own = getattr(fault, "orig", None) or fault
    state, words = str(getattr(own, "sqlstate", None) or ""), str(own).lower()
    for states, signs, problem, remedy in _FAULTS:
        if state.startswith(states) if state else any(sign in words for sign in signs):
            return problem, remedy
    return f"the query cannot be run ({_kind(fault)})", "check the URL's variable, the right to read, and the query"


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
    frame[HOUSEHOLD_COLUMN] = frame[HOUSEHOLD_COLUMN].map(half_width_digits, na_action="ignore").astype("str")
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
    if isinstance(cell, bool):
        return "1" if cell else "0"
    said = written(cell) if isinstance(cell, int | float | date) else str(cell)
    said = said.strip()
    return None if said in ERROR_CELLS or not said else said


def _kind(fault: BaseException) -> str:
    """The kind of a driver's fault by its class; its words may quote a password or a cell."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(fault).__name__).lower()
