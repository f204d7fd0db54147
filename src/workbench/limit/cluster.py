"""The second engine: the same scoring code, one task for each few row groups, under dask.

Without a cluster two local threads work (LightGBM gives the interpreter free); under a ``distributed`` client the same
tasks go to its workers, which must see the folders of table and model.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import InputError
from workbench.limit.keys import KeyTypes
from workbench.limit.model import LimitModel, load_model
from workbench.limit.scoring import BATCH, BUFFER, EXPLAIN_BATCH, Tally, columns_of, score_batch, types_of, writer_of
from workbench.limit.tablefile import readable

WORKERS = 2


def score_pieces(
    parts: list[Path], folder: Path, fitted: LimitModel, out: Path, explain: bool, tally: Tally, as_csv: bool
) -> None:
    """Scores pieces beside each other into a scratch folder, then puts them together in the order of the table."""
    from dask.base import compute
    from dask.delayed import delayed

    keys = types_of(parts, fitted)
    pieces = [(part, group) for part in parts for group in range(_groups(part))]
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as scratch:
        tasks = [
            delayed(partial(score_piece, part, group, folder, Path(scratch) / f"{k}.parquet", explain, keys))()
            for k, (part, group) in enumerate(pieces)
        ]
        counts = compute(*tasks, **_where())  # type: ignore[no-untyped-call]
        for rows, new, unseen in counts:
            tally.add(rows, new, unseen)
        _together([Path(scratch) / f"{k}.parquet" for k in range(len(pieces))], out, parts, as_csv)


def score_piece(
    part: Path, group: int, folder: Path, out: Path, explain: bool, keys: KeyTypes
) -> tuple[int, int, dict[str, int]]:
    """One row group of one part, by a model that the worker loads itself; gives rows, rows outside, unseen values."""
    fitted, tally = load_model(folder), Tally()
    columns = columns_of(fitted)
    writer = None
    for batch in _batches(part, group, columns, EXPLAIN_BATCH if explain else BATCH):
        made = score_batch(batch, fitted, explain, part.name, tally, keys)
        writer = writer or pq.ParquetWriter(out, made.schema, compression="NONE", use_dictionary=False)
        writer.write_batch(made)
    if writer is not None:
        writer.close()
    return tally.rows, tally.new, tally.unseen


def _batches(part: Path, group: int, columns: list[str], size: int) -> Iterator[pa.RecordBatch]:
    with readable(part):
        file = pq.ParquetFile(part, pre_buffer=False, buffer_size=BUFFER, memory_map=False)
        yield from file.iter_batches(size, row_groups=[group], columns=columns, use_threads=False)


def _where() -> dict[str, object]:
    try:
        client = import_module("distributed").get_client()
        return {"scheduler": client}
    except (ImportError, ValueError):
        return {"scheduler": "threads", "num_workers": WORKERS}


def _groups(part: Path) -> int:
    with readable(part):
        return int(pq.ParquetFile(part).metadata.num_row_groups)


def _together(pieces: list[Path], out: Path, parts: list[Path], as_csv: bool) -> None:
    writer = None
    for piece in (p for p in pieces if p.exists()):
        for batch in pq.ParquetFile(piece, pre_buffer=False, buffer_size=BUFFER).iter_batches(BATCH, use_threads=False):
            writer = writer or writer_of(out, batch.schema, as_csv)
            writer.write_batch(batch)
    if writer is None:
        raise InputError(parts[0].name, "holds no rows", "give a table with rows")
    writer.close()
