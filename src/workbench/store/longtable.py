"""Long tables of millions of rows, Parquet or CSV, for commands that need no dataset: some columns in, a frame out."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import Fault, InputError
from workbench.store.atomic import whole
from workbench.store.text import decode, refuse_workbook

ROWS_TOLD = 50


def read_columns(path: Path, columns: list[str]) -> pd.DataFrame:
    """The named columns: text as ``str`` (blank: NaN), numbers of a Parquet file as they are, rows in file order.

    ``InputError`` where the file is not there, is no table, or lacks a column.  Row n of the frame is row n + 2 of the
    file as a spreadsheet shows it.
    """
    if not path.is_file():
        raise InputError(path.name, "there is no such file", "give the path of a Parquet or CSV table")
    refuse_workbook(path)
    with path.open("rb") as stream:
        parquet = stream.read(4) == b"PAR1"
    frame = _parquet(path, columns) if parquet else _csv(path, columns)
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]) or pd.api.types.is_bool_dtype(frame[column]):
            cells = frame[column].astype("str").str.strip()
            frame[column] = cells.mask(cells == "")
    return frame


def _parquet(path: Path, columns: list[str]) -> pd.DataFrame:
    try:
        _refuse_missing(path, columns, pq.read_schema(path).names)
        table = pq.read_table(path, columns=list(dict.fromkeys(columns)), use_threads=False)
        return pd.DataFrame(table.to_pandas(use_threads=False))
    except (pa.ArrowException, OSError):
        raise InputError(path.name, "is no readable Parquet file", "make it again") from None


def _csv(path: Path, columns: list[str]) -> pd.DataFrame:
    text, _ = decode(path.read_bytes(), path.name)
    try:
        head = next(csv.reader(io.StringIO(text[:100_000])), [])
        _refuse_missing(path, columns, head)
        _refuse_misshapen(path, text, len(head))
        return pd.read_csv(
            io.StringIO(text),
            usecols=list(dict.fromkeys(columns)),
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, csv.Error, ValueError):
        raise InputError(
            path.name, "is no table with one number of fields a row", "save it again as CSV UTF-8"
        ) from None


def _refuse_misshapen(path: Path, text: str, width: int) -> None:
    """Refuses rows with surplus fields (50,000 without quotation marks is two), and those that a stray mark runs into.

    Surplus fields are tolerated where every row has them and they are blank, as in a dataset.
    """
    surplus, stray, shorter = [], [], False
    for row, fields in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
        if len(fields) > width:
            surplus.append((row, any(f.strip() for f in fields[width:])))
        elif row > 1 and any(f.strip() for f in fields):
            shorter = True
        if row > 1 and any("\n" in f and f.count(",") >= width - 1 for f in fields):
            stray.append(row)
    wrong = [row for row, filled in surplus if filled or shorter]
    if wrong or stray:
        numbers = sorted({*wrong, *stray})
        more = f" and {len(numbers) - ROWS_TOLD} more" if len(numbers) > ROWS_TOLD else ""
        raise InputError(
            f"{path.name}: row {', '.join(map(str, numbers[:ROWS_TOLD]))}{more}",
            "has more fields than the header, or a quotation mark that swallows rows",
            "put cells that hold a comma into quotation marks",
        )


def _refuse_missing(path: Path, columns: list[str], there: list[str]) -> None:
    lacking = [c for c in columns if c not in there]
    if lacking:
        raise InputError(
            f"{path.name}: {', '.join(lacking)}",
            "the table has no such column",
            "give the names as its header has them",
        )
    twice = sorted({c for c in columns if there.count(c) > 1})
    if twice:
        raise InputError(
            Fault(f"{path.name}: {c}", "the column stands twice", "keep the one that is meant") for c in twice
        )


def write_frame(path: Path, frame: pd.DataFrame, like: Path | None = None) -> None:
    """Writes a frame as Parquet, or as CSV where ``path`` (or ``like``) ends with .csv; whole or not at all."""
    as_csv = (like or path).suffix.lower() == ".csv"
    with whole(path) as part:
        if as_csv:
            frame.to_csv(part, index=False, lineterminator="\n")
        else:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False, nthreads=1), part, compression="zstd")
