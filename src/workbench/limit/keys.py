"""Settles one type for each key column over all parts of a dataset, before anything is scored.

Parts that were written apart differ: one holds 00101 as text, another 101 as a number, a third a dictionary.  Taking
the first part's type would cast 00101 to 101 without a word, and the scores would then join to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from workbench.errors import Fault, InputError

KeyTypes = dict[str, pa.DataType]


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
            kind = schema.field(name).type
            kind = kind.value_type if pa.types.is_dictionary(kind) else kind
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
        return pa.int64()
    if all(_is_text(t) or pa.types.is_integer(t) for t in types):
        return pa.string()
    if all(pa.types.is_integer(t) or pa.types.is_floating(t) for t in types):
        return pa.float64()
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
