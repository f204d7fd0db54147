"""Rows of Python values, as the reader of workbooks gives them, become columns: some thousand rows at a time.

A value in Python takes several times the room of its text, so no more of them than one stretch are held at once.  A
stretch of texts alone is read in one go; one with numbers or days among them column by column, with each cell's kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from workbench.store.grid import DATE, NUMBER, OTHER, TEXT, Column

STRETCH = 2_000
"""Rows read at once."""
Span = tuple[tuple[int, int], tuple[int, int]]
"""A merged cell: (top, left), (bottom, right)."""
_KINDS: dict[type, int] = {
    str: TEXT,
    int: NUMBER,
    float: NUMBER,
    date: DATE,
    datetime: DATE,
    time: DATE,
    timedelta: OTHER,
    bool: OTHER,
}


def columns_of(rows: Iterable[list[Any]], across: int, left: int = 0) -> list[Column]:
    """All columns of a sheet; ``across`` cells a row, and ``left`` columns before them that hold nothing."""
    parts: list[list[Column]] = [[] for _ in range(across)]
    coming, height = iter(rows), 0
    while stretch := list(islice(coming, STRETCH)):
        height += len(stretch)
        for part, column in zip(parts, _columns(stretch, across), strict=True):
            part.append(column)
    blank = Column(pa.array([None] * height, pa.string())) if left else None
    return [*([blank] * left if blank else []), *map(_joined, parts)]


def _columns(stretch: list[list[Any]], across: int) -> list[Column]:
    try:
        flat = pa.array(list(chain.from_iterable(stretch)), pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return [_column(cells) for cells in zip(*stretch, strict=True)]
    at = np.arange(0, len(flat), across, dtype=np.int64)
    return [Column(flat.take(pa.array(at + place))) for place in range(across)]


def _column(cells: Sequence[Any]) -> Column:
    """One column of Python values as texts and kinds."""
    try:
        return Column(pa.array(cells, pa.string()))
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        said = [cell if type(cell) is str else written(cell) for cell in cells]
        kind = np.fromiter((_KINDS.get(type(cell), OTHER) for cell in cells), np.uint8, len(cells))
        return Column(pa.array(said, pa.string()), kind)


def _joined(parts: list[Column]) -> Column:
    if len(parts) == 1:
        return parts[0]
    texts = pa.concat_arrays([pa.array([], pa.string()), *(part.text for part in parts)])
    if all(part.kind is None for part in parts):
        return Column(texts)
    return Column(texts, np.concatenate([part.kinds() for part in parts]))


def clipped(spans: Iterable[Span], height: int, across: int) -> npt.NDArray[np.int64]:
    """The merged cells of more than one cell, within the sheet: four rows (top, left, bottom, right), a column each."""
    corners = np.array([(*start, *end) for start, end in spans], np.int64).reshape(-1, 4)
    corners[:, 2] = np.minimum(corners[:, 2], height - 1)
    corners[:, 3] = np.minimum(corners[:, 3], across - 1)
    several = (corners[:, 2] - corners[:, 0] + corners[:, 3] - corners[:, 1]) > 0
    inside = (corners[:, 0] < corners[:, 2] + 1) & (corners[:, 1] < corners[:, 3] + 1)
    return corners[several & inside].T


def cells_in(spans: npt.NDArray[np.int64]) -> int:
    """How many cells the merged ones span."""
    top, left, bottom, right = spans
    return int(((bottom - top + 1) * (right - left + 1)).sum())


def filled(columns: list[Column], spans: npt.NDArray[np.int64]) -> list[Column]:
    """The columns with the value of each merged cell in every cell that it spans; no other blank is filled."""
    top, left, bottom, right = spans
    out = list(columns)
    for place in range(int(left.min()), int(right.max()) + 1) if len(top) else ():
        of = (left <= place) & (place <= right)
        if of.any():
            out[place] = _one_filled(columns, place, top[of], bottom[of], left[of])
    return out


def _one_filled(
    columns: list[Column],
    place: int,
    top: npt.NDArray[np.int64],
    bottom: npt.NDArray[np.int64],
    left: npt.NDArray[np.int64],
) -> Column:
    """One column, filled from itself and from the columns where its merged cells begin."""
    heights, until = bottom - top + 1, int(bottom.max()) + 1
    at = np.repeat(top, heights) + np.arange(heights.sum()) - np.repeat(np.cumsum(heights) - heights, heights)
    row, column = np.repeat(top, heights), np.repeat(left, heights)
    pool = [place, *sorted({int(one) for one in left} - {place})]
    index = np.arange(until)
    for number, source in enumerate(pool):
        mine = column == source
        index[at[mine]] = number * until + row[mine]
    upper = pa.concat_arrays([columns[one].text.slice(0, until) for one in pool]).take(pa.array(index))
    own = columns[place]
    text = pa.concat_arrays([upper, own.text.slice(until)])
    if all(columns[one].kind is None for one in pool):
        return Column(text)
    kinds = np.concatenate([columns[one].kinds()[:until] for one in pool])[index]
    return Column(text, np.concatenate([kinds, own.kinds()[until:]]))


def written(cell: Any) -> str:
    """A cell that is no text, as text: whole numbers without ``.0``, days as ISO, with the time where there is one.

    >>> written(12.0), written(0.57), written(datetime(2021, 12, 31, 8, 30)), written(True)
    ('12', '0.57', '2021-12-31 08:30:00', 'TRUE')
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return (
            cell.isoformat(sep=" ") if (cell.hour, cell.minute, cell.second) != (0, 0, 0) else cell.date().isoformat()
        )
    return "" if cell is None else str(cell)
