"""Opens a table for training or scoring: Parquet (a file or a folder of parts) or CSV, columns found by name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from workbench.errors import Fault, InputError
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


def read_table(table: Path) -> pd.DataFrame:
    """A whole table.  CSV cells stay text (007 is a key), Parquet keeps its types; what pandas noted of an index does
    not count: every column of the file is a column."""
    if is_csv(table):
        return _read_csv(table)
    import pyarrow as pa
    import pyarrow.parquet as pq

    frames: list[pd.DataFrame] = []
    for part in parts_of(table):
        try:
            refuse_twice(pq.read_schema(part).names, part.name)
            frames.append(pq.read_table(part, use_threads=False, partitioning=None).to_pandas(ignore_metadata=True))
        except (pa.ArrowException, OSError):
            raise InputError(part.name, "is no readable Parquet file", "write it again, or give a CSV") from None
    for frame in frames:
        for name in frame.columns[frame.dtypes == "category"]:
            frame[name] = frame[name].astype(frame[name].cat.categories.dtype)
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


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
    import pyarrow as pa
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
