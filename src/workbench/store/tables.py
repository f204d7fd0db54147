"""Declared tables to and from Parquet: checked on the way out and on the way in, the same bytes for the same rows.

A table is sorted by its key (pseudonyms, so that the order of a roster does not show), its columns stand in declared
order, its declaration travels as Arrow metadata.  A violation is our bug (``ContractBroken``), never the user's fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import InputError
from workbench.store.atomic import whole
from workbench.tables import TABLES, Column, Table

_ARROW = {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "date": pa.date32()}
_PANDAS: dict[str, Any] = {"text": "str", "int": "int64", "float": "float64", "bool": "bool", "date": "datetime64[s]"}


class ContractBroken(AssertionError):
    """A stage made a table that is not as declared: our bug."""


def declared(name: str) -> Table:
    """The declaration of a table."""
    if name not in TABLES:
        raise ContractBroken(f"no table is called {name}")
    return TABLES[name]


def empty(name: str) -> pd.DataFrame:
    """A frame of no rows in the declared shape."""
    table = declared(name)
    return pd.DataFrame({c.name: pd.Series(dtype=_dtype(c)) for c in table.columns})


def checked(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in declared order, types and row order; ``ContractBroken`` names table and column, never a cell."""
    table = declared(name)
    lacking = [c for c in table.names if c not in frame.columns]
    surplus = [] if table.open else [str(c) for c in frame.columns if c not in table.names]
    if lacking or surplus:
        raise ContractBroken(f"{name}: lacks {lacking}, has besides {surplus}")
    out = {}
    for column in table.columns:
        cells = frame[column.name]
        if not column.null and bool(cells.isna().any()):
            raise ContractBroken(f"{name}.{column.name}: {int(cells.isna().sum())} of {len(cells)} cells are empty")
        try:
            out[column.name] = cells.astype(_dtype(column)).reset_index(drop=True)
        except (TypeError, ValueError):
            raise ContractBroken(f"{name}.{column.name}: cells are no {column.kind}") from None
    for extra in frame.columns:
        if extra not in out:
            out[str(extra)] = frame[extra].reset_index(drop=True)
    del frame
    key = list(table.key)
    again = int(pd.DataFrame({part: out[part] for part in key}).duplicated().sum()) if table.unique else 0
    if again:
        raise ContractBroken(f"{name}: {again} rows repeat the key {key}")
    order = _order(out, key if table.unique else [*key, *(c for c in table.names if c not in key)])
    for title in out:  # one after another: a large table would be held twice
        out[title] = out[title].take(order).reset_index(drop=True)
    return pd.DataFrame(out)


def in_order(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """The rows in the order of some columns, empty cells first, equal ones as they stood.

    Arrow sorts texts several times as fast as pandas.
    """
    return frame.take(_order(frame, by))


def _order(columns: Mapping[str, pd.Series] | pd.DataFrame, by: list[str]) -> npt.NDArray[np.int64]:
    """Where the rows stand that follow one another in the order of some columns."""
    keys = pa.table({column: pa.array(columns[column], from_pandas=True) for column in by})
    return np.asarray(
        pc.sort_indices(keys, sort_keys=[(column, "ascending", "at_start") for column in by]), dtype=np.int64
    )


def save_table(folder: Path, name: str, frame: pd.DataFrame) -> Path:
    """Saves ``folder/name.parquet``, whole or not at all; an identifying table is refused in a run folder."""
    table = declared(name)
    if table.privacy == "identifying":
        raise ContractBroken(f"{name}: an identifying table may not stand in a run folder")
    ready = checked(name, frame)
    arrow = pa.Table.from_arrays([_array(table, ready[c], str(c)) for c in ready.columns], schema=_schema(table, ready))
    path = folder / f"{name}.parquet"
    with whole(path) as part:
        pq.write_table(arrow, part, compression="zstd", version="2.6", store_schema=True)
    return path


def load_table(folder: Path, name: str) -> pd.DataFrame:
    """A saved table, checked; ``InputError`` where the file is no such table."""
    path = folder / f"{name}.parquet"
    try:
        # without a pool of threads: where none can be started for want of memory, Arrow waits for ever
        with pq.ParquetFile(path, pre_buffer=False) as file:
            frame = file.read(use_threads=False).to_pandas(date_as_object=False, types_mapper=None, use_threads=False)
    except FileNotFoundError:
        raise InputError(f"{name}.parquet", "is not there", "run the step that makes it") from None
    except (pa.ArrowException, OSError):
        raise InputError(f"{name}.parquet", "is no readable Parquet file", "run the step that makes it again") from None
    return checked(name, frame)


def _dtype(column: Column) -> Any:
    return "Int64" if column.kind == "int" and column.null else _PANDAS[column.kind]


def _schema(table: Table, frame: pd.DataFrame) -> pa.Schema:
    known = {c.name: c for c in table.columns}
    fields = []
    for name in frame.columns:
        column = known.get(str(name))
        if column is None:
            kind = "float" if pd.api.types.is_numeric_dtype(frame[name]) else "text"
            fields.append(pa.field(str(name), _ARROW[kind], metadata={"meaning": "declared by the feature spec"}))
        else:
            fields.append(
                pa.field(
                    column.name, _ARROW[column.kind], column.null, {"meaning": column.meaning, "unit": column.unit}
                )
            )
    return pa.schema(
        fields,
        metadata={"table": table.name, "meaning": table.meaning, "privacy": table.privacy, "key": " ".join(table.key)},
    )


def _array(table: Table, cells: pd.Series, name: str) -> pa.Array:
    known = {c.name: c for c in table.columns}
    kind = known[name].kind if name in known else ("float" if pd.api.types.is_numeric_dtype(cells) else "text")
    return (
        pa.array(cells, type=_ARROW[kind], from_pandas=True)
        if kind != "date"
        else pa.array(cells.astype("datetime64[s]"), from_pandas=True).cast(pa.date32())
    )
