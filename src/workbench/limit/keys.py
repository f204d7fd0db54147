"""Settles one type for each key column over all parts of a dataset, before anything is scored or trained on.

Parts that were written apart differ: one holds 00101 as text, another 101 as a number, a third a dictionary.  Taking
the first part's type would cast 00101 to 101 without a word, and the scores would then join to nobody.  Words that some
programs store as bytes or as a dictionary are read as words; lists are nobody's key and no fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import pyarrow as pa

from workbench.errors import Fault, InputError

KeyTypes = dict[str, pa.DataType]
Cells = TypeVar("Cells", pa.Array, pa.ChunkedArray)


def plain_cells(cells: Cells, name: str, file: str) -> Cells:
    """A column without its dictionary; bytes and views as the words they stand for.

    >>> plain_cells(pa.array([b"a"]), "job", "t.parquet").to_pylist()
    ['a']
    """
    kind = cells.type
    if pa.types.is_dictionary(kind):
        cells, kind = cells.cast(kind.value_type), kind.value_type
    if pa.types.is_string_view(kind):
        return cells.cast(pa.string())
    if not _is_bytes(kind):
        return cells
    try:
        if pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind):
            cells = cells.cast(pa.binary())
        return cells.cast(pa.string())
    except pa.ArrowException:
        raise InputError(f"{file}: column {name}", "holds bytes that are no words", "write it as text") from None


def refuse_lists(schema: pa.Schema, wanted: Sequence[str], file: str) -> None:
    """``InputError`` naming every wanted column whose cells are lists or records."""
    nested = [n for n in dict.fromkeys(wanted) if pa.types.is_nested(_value(schema.field(n).type))]
    if nested:
        raise InputError(
            [Fault(f"{file}: column {n}", "holds lists, no words or numbers", "write one value a cell") for n in nested]
        )


def as_key(cells: Cells, name: str, kind: pa.DataType, file: str) -> Cells:
    """A key column under its settled type; ``InputError`` where a value would lose digits by it."""
    try:
        return cells.cast(kind)
    except pa.ArrowException:
        raise InputError(
            f"{file}: column {name}", "holds numbers that the other parts' type cannot hold", "write it as text"
        ) from None


def _value(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_bytes(kind: pa.DataType) -> bool:
    asks = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
    return any(ask(kind) for ask in asks)


def key_types(schemas: Iterable[pa.Schema], key: Iterable[str]) -> KeyTypes:
    """The type of each key column: text where any part holds text, else the wider number.

    ``InputError`` naming the column where parts hold what has no common form (text here and a date there).

    >>> parts = [pa.schema([("hh", pa.int32())]), pa.schema([("hh", pa.string())])]
    >>> key_types(parts, ["hh"])
    {'hh': DataType(string)}
    """
    seen: dict[str, list[pa.DataType]] = {name: [] for name in key}
    for schema in schemas:
        for name, types in seen.items():
            kind = _value(schema.field(name).type)
            kind = pa.string() if _is_bytes(kind) or pa.types.is_string_view(kind) else kind
            if not pa.types.is_null(kind) and kind not in types:
                types.append(kind)
    out = {name: _common(types) for name, types in seen.items()}
    lacking = [name for name, kind in out.items() if kind is None]
    if lacking:
        raise InputError(
            [Fault(f"column {n}", "holds one type in one part and another in the next", "write one") for n in lacking]
        )
    return {name: kind for name, kind in out.items() if kind is not None}


def _common(types: list[pa.DataType]) -> pa.DataType | None:
    if not types:
        return pa.string()
    if len(types) == 1:
        return types[0]
    if all(map(pa.types.is_integer, types)):
        return pa.string() if pa.uint64() in types else pa.int64()
    if all(_is_text(t) or pa.types.is_integer(t) for t in types):
        return pa.string()
    if all(pa.types.is_integer(t) or pa.types.is_floating(t) for t in types):
        return pa.float64()
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
