"""Scores a Parquet dataset of any size in bounded memory: batches read, predicted and written one after another.

The next batch is read while this one is predicted.  Every part is read under its own schema, so a text column that one
part holds as a dictionary is no matter; columns are found by name.  FILE appears whole or not at all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from workbench.errors import Fault, InputError
from workbench.limit.features import LARGEST, UNSEEN, Matrix
from workbench.limit.keys import KeyTypes, as_key, key_types, plain_cells, refuse_lists
from workbench.limit.model import LimitModel, load_model
from workbench.limit.tablefile import is_csv, parts_of, read_table, readable
from workbench.store.atomic import whole

BATCH = 65_536
EXPLAIN_BATCH = 8_192
BUFFER = 1 << 20


def score_file(table: Path, model: Path, out: Path, *, explain: bool, engine: str) -> list[str]:
    """Scores ``table`` into ``out``; gives what is to be said: rows, categories that training never saw."""
    _library_alone()
    fitted = load_model(model)
    if out.exists() and out.is_dir():
        raise InputError(out.name, "is a folder", "give a file")
    parts = [table] if is_csv(table) else parts_of(table)
    tally = Tally()
    with whole(out) as unfinished:
        if engine == "dask" and not is_csv(table):
            _with_dask(parts, model, fitted, unfinished, explain, tally, is_csv(out))
        else:
            _locally(parts, fitted, unfinished, explain, tally, is_csv(out))
    return tally.sentences(fitted)


def _library_alone() -> None:
    """Imports LightGBM without scikit-learn and dask, which it only looks whether it can have: a second and 100 MB."""
    if "lightgbm" in sys.modules:
        return
    absent = [name for name in ("sklearn", "dask") if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import_module("lightgbm")
    finally:
        for name in absent:
            del sys.modules[name]


class Tally:
    """Counts of a scoring: rows, rows outside the training range, unseen categories by column."""

    def __init__(self) -> None:
        self.rows = 0
        self.new = 0
        self.unseen: dict[str, int] = {}

    def add(self, rows: int, new: int, unseen: dict[str, int]) -> None:
        """Adds the counts of a batch."""
        self.rows += rows
        self.new += new
        for name, n in unseen.items():
            self.unseen[name] = self.unseen.get(name, 0) + n

    def sentences(self, fitted: LimitModel) -> list[str]:
        """What the command prints."""
        out = [f"{self.rows} rows scored with model {fitted.digest[:12]}"]
        if self.new:
            out.append(f"{self.new} rows lie outside what the training rows showed; their interval is wider")
        out += [f"{name}: {n} cells hold a category that training never saw" for name, n in sorted(self.unseen.items())]
        return out


def writer_of(out: Path, schema: pa.Schema, as_csv: bool) -> pq.ParquetWriter | csv.CSVWriter:
    """Writes batches into FILE: Parquet, or CSV (UTF-8, words in quotation marks) where its name ends so."""
    if as_csv:
        return csv.CSVWriter(out, schema)
    return pq.ParquetWriter(out, schema, compression="zstd", use_dictionary=False)


def _locally(parts: list[Path], fitted: LimitModel, out: Path, explain: bool, tally: Tally, as_csv: bool) -> None:
    writer = None
    try:
        keys = types_of(parts, fitted)
        for batch, place in _read_ahead(_batches(parts, fitted, explain)):
            made = score_batch(batch, fitted, explain, place, tally, keys)
            writer = writer or writer_of(out, made.schema, as_csv)
            writer.write_batch(made)
        if writer is None:
            raise InputError(parts[0].name, "holds no rows", "give a table with rows")
    finally:
        if writer is not None:
            writer.close()


def types_of(parts: list[Path], fitted: LimitModel) -> KeyTypes:
    """The types of the key columns in FILE; every part is asked for its columns before the first row is scored."""
    columns = columns_of(fitted)
    if is_csv(parts[0]):
        return {name: pa.string() for name in fitted.spec.key}
    schemas = []
    for part in parts:
        with readable(part):
            schemas.append(pq.read_schema(part))
        require(schemas[-1].names, columns, part.name)
        refuse_lists(schemas[-1], columns, part.name)
    return key_types(schemas, fitted.spec.key)


def columns_of(fitted: LimitModel) -> list[str]:
    """The columns that scoring reads."""
    return list(dict.fromkeys([*fitted.spec.key, *fitted.spec.names]))


def _read_ahead(batches: Iterator[Any]) -> Iterator[Any]:
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = reader.submit(next, batches, None)
            yield batch


def _batches(parts: list[Path], fitted: LimitModel, explain: bool) -> Iterator[tuple[pa.RecordBatch, str]]:
    columns = columns_of(fitted)
    size = EXPLAIN_BATCH if explain else BATCH
    for part in parts:
        if is_csv(part):
            whole_table = pa.Table.from_pandas(read_table(part), preserve_index=False)
            require(whole_table.schema.names, columns, part.name)
            yield from ((b, part.name) for b in whole_table.select(columns).to_batches(size))
            continue
        # read-ahead buffers of the default reader grow with the file: a small buffered stream does not
        with readable(part):
            file = pq.ParquetFile(part, pre_buffer=False, buffer_size=BUFFER, memory_map=False)
            yield from ((b, part.name) for b in file.iter_batches(size, columns=columns, use_threads=False))


def require(present: list[str], wanted: list[str], file: str) -> None:
    """``InputError`` naming every column that is missing or stands twice."""
    lacking = [n for n in wanted if n not in present]
    twice = [n for n in wanted if present.count(n) > 1]
    if lacking or twice:
        raise InputError(
            [Fault(f"{file}: column {n}", "is missing", "the model was trained with it") for n in lacking]
            + [Fault(f"{file}: column {n}", "stands twice", "keep one of them") for n in twice]
        )


def score_batch(
    batch: pa.RecordBatch, fitted: LimitModel, explain: bool, place: str, tally: Tally, keys: KeyTypes
) -> pa.RecordBatch:
    """Key columns, ``score``, ``low``, ``high`` of a batch; with ``explain`` also ``base`` and ``yuan:<feature>``."""
    x, unseen = _matrix(batch, fitted, place)
    names = list(fitted.spec.key)
    arrays = [as_key(plain_cells(batch.column(n), n, place), n, keys[n], place) for n in names]
    if explain:
        figures, base, parts = fitted.in_yuan(x)
    else:
        figures = fitted.figures(x)
    new = fitted.range.new(x)
    low, high = fitted.interval(figures, new)
    columns = {"score": figures, "low": low, "high": high}
    if explain:
        columns["base"] = base
        columns |= {f"yuan:{f}": parts[:, j] for j, f in enumerate(fitted.spec.names)}
    tally.add(len(x), int(new.sum()), unseen)
    return pa.RecordBatch.from_arrays(
        [*arrays, *(pa.array(v) for v in columns.values())], names=[*names, *columns.keys()]
    )


def _matrix(batch: pa.RecordBatch, fitted: LimitModel, place: str) -> tuple[Matrix, dict[str, int]]:
    x = np.empty((batch.num_rows, len(fitted.spec.features)))
    unseen: dict[str, int] = {}
    for j, feature in enumerate(fitted.spec.features):
        cells = plain_cells(batch.column(feature.name), feature.name, place)
        if feature.kind == "number":
            x[:, j] = _number(cells, feature.name, place)
        else:
            x[:, j] = _codes(cells, fitted.codes[feature.name])
            strange = int((x[:, j] == UNSEEN).sum())
            if strange:
                unseen[feature.name] = strange
    largest = np.maximum(np.fmax.reduce(x, axis=0, initial=0.0), -np.fmin.reduce(x, axis=0, initial=0.0))
    if (largest > LARGEST).any():
        name = fitted.spec.names[int(np.argmax(largest))]
        raise InputError(
            f"{place}: column {name}",
            "holds an infinite number or one beyond any amount",
            "mend these cells, or leave them empty",
        )
    return x, unseen


def _number(cells: pa.Array, name: str, place: str) -> Matrix:
    wrong = InputError(
        f"{place}: column {name}", "holds text or dates where the model needs a number", "mend these cells"
    )
    text = pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type)
    try:
        if text:
            trimmed = pc.utf8_trim_whitespace(cells)
            cells = pc.if_else(pc.equal(trimmed, ""), None, trimmed)
        values = np.asarray(cells.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=float)
    except (pa.ArrowException, TypeError, ValueError):
        raise wrong from None
    if text and int(np.isnan(values).sum()) > cells.null_count:  # the word nan, which training refuses too
        raise wrong
    return values


def _codes(cells: pa.Array, values: list[str]) -> Matrix:
    distinct = cells.unique()
    text = _category_words(distinct)
    place = {v: float(k) for k, v in enumerate(values)}
    codes = np.array([np.nan if t is None else place.get(t, UNSEEN) for t in text])
    at = pc.index_in(cells, distinct, skip_nulls=False)
    return np.asarray(codes[at.to_numpy(zero_copy_only=False).astype(np.int64)])


def _category_words(distinct: pa.Array) -> list[str | None]:
    from workbench.limit.features import category_text

    return [t if isinstance(t, str) else None for t in category_text(distinct.to_pandas())]


def _with_dask(
    parts: list[Path], folder: Path, fitted: LimitModel, out: Path, explain: bool, tally: Tally, as_csv: bool
) -> None:
    """The same code, a piece of row groups a task; pieces are put together in the order of the table."""
    from workbench.limit.cluster import score_pieces

    score_pieces(parts, folder, fitted, out, explain, tally, as_csv)
