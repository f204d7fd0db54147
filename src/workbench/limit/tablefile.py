"""Opens a table for training or scoring: Parquet (a file or a folder of parts) or CSV, columns found by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import Fault, InputError
from workbench.limit.features import require_columns
from workbench.limit.keys import KeyTypes, as_key, key_types, plain_cells, refuse_lists
from workbench.store.text import refuse_workbook

LARGEST_CSV = 2_000_000_000


def parts_of(table: Path) -> list[Path]:
    """The Parquet files of a dataset in code-point order of their path; markers and hidden files are no parts."""
    if table.is_dir():
        found = sorted(
            p
            for p in table.rglob("*.parquet")
            if p.is_file() and not any(s.startswith((".", "_")) for s in p.relative_to(table).parts)
        )
        if not found:
            raise InputError(table.name, "holds no Parquet file", "give a Parquet file or a folder of them")
        return found
    if not table.is_file():
        raise InputError(table.name, "there is no such file", "give a Parquet or CSV file")
    refuse_workbook(table)
    return [table]


def is_csv(table: Path) -> bool:
    """Whether the table is read as CSV."""
    return table.suffix.lower() == ".csv"


def read_table(table: Path, wanted: Sequence[str] = (), key: Sequence[str] = ()) -> pd.DataFrame:
    """A whole table.  CSV cells stay text (007 is a key), Parquet keeps its types; what pandas noted of an index does
    not count: every column of the file is a column.

    Of Parquet parts each must hold the columns ``wanted``, none of them lists; ``key`` columns get one type over all
    parts (``keys.key_types``), whole numbers with gaps among them stay whole.
    """
    if is_csv(table):
        return _read_csv(table)
    parts = parts_of(table)
    schemas = []
    for part in parts:
        with readable(part):
            schemas.append(pq.read_schema(part))
        refuse_twice(schemas[-1].names, part.name)
        require_columns(schemas[-1].names, list(wanted), part.name)
        refuse_lists(schemas[-1], wanted, part.name)
    types = key_types(schemas, key)
    frames = []
    for part in parts:
        with readable(part):
            made = pq.read_table(part, use_threads=False, partitioning=None)
        frames.append(_frame(made, types, part.name))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


@contextmanager
def readable(part: Path) -> Iterator[None]:
    """What the library says of a Parquet file that it cannot read, in our words."""
    try:
        yield
    except (pa.ArrowException, OSError):
        raise InputError(part.name, "is no readable Parquet file", "write it again, or give a CSV") from None


def _frame(table: pa.Table, key: KeyTypes, file: str) -> pd.DataFrame:
    """An Arrow table as a frame: dictionaries and bytes as the words they stand for, keys under their settled type."""
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    for name in table.schema.names:
        cells = plain_cells(table.column(name), name, file)
        cells = as_key(cells, name, key[name], file) if name in key else cells
        gaps = name in key and pa.types.is_integer(cells.type) and cells.null_count
        if gaps or cells.type != table.schema.field(name).type:
            frame[name] = cells.to_pandas(types_mapper=_whole if gaps else None)
    return frame


def _whole(kind: pa.DataType) -> Any:
    """A type of whole numbers that can have gaps: as floats, long keys would lose digits."""
    return pd.UInt64Dtype() if pa.types.is_unsigned_integer(kind) else pd.Int64Dtype()


def refuse_twice(names: list[str], file: str) -> None:
    """``InputError`` naming every column that stands twice."""
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise InputError([Fault(f"{file}: column {n}", "stands twice", "keep one of them") for n in twice])


def _read_csv(table: Path) -> pd.DataFrame:
    if not table.is_file():
        raise InputError(table.name, "there is no such file", "give a Parquet or CSV file")
    refuse_workbook(table)
    if table.stat().st_size > LARGEST_CSV:
        raise InputError(table.name, "is too large for a CSV", "write it as Parquet")
    content = table.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise InputError(table.name, "is neither UTF-8 nor GB18030", "save it as UTF-8")
    names = next(csv.reader(io.StringIO(text)), [])
    refuse_twice(names, table.name)
    if not names:
        raise InputError(table.name, "is no readable CSV", "one header row, then as many fields in each row")
    return _as_text(table.name, text.encode(), names)


def _as_text(file: str, content: bytes, names: list[str]) -> pd.DataFrame:
    """Every cell as text.  Arrow's reader refuses a row of another length, which pandas would shift in silence."""
    from pyarrow import csv as arrow_csv

    text_cells = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        null_values=[""],
    )
    try:
        made = arrow_csv.read_csv(
            io.BytesIO(content),
            read_options=arrow_csv.ReadOptions(use_threads=False),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=text_cells,
        )
    except pa.ArrowException:
        raise InputError(file, "is no readable CSV", "one header row, then as many fields in each row") from None
    frame: pd.DataFrame = made.to_pandas()
    return frame
