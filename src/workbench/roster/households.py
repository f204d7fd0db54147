"""Household numbers, and who is the head.

A number is text to the letter (0012 is not 12, 12E3 stays); a whole-number cell is its digits; a date cell has lost it.
Heads are counted among the rows that are kept: none or two flags every kept row of the household, a 户主身份证 that is
nobody's kept in it flags its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.roster.ids import NONE, IdColumn, plain_keys
from workbench.roster.kinship import HEAD
from workbench.roster.rows import Findings, Mask, Rows
from workbench.store import ids
from workbench.store.grid import TEXT

_HALF = {0xFF10 + d: str(d) for d in range(10)}


@dataclass
class HouseholdColumn:
    """``number`` as text, ``code`` of (village, number), -1 where one is missing; ``count`` of codes."""

    number: pa.StringArray
    code: npt.NDArray[np.int64]
    count: int


def check_numbers(rows: Rows, found: Findings) -> HouseholdColumn:
    """Reads 户号 of all rows."""
    dates = rows.is_date("户号")
    found.add("household_missing", ~rows.filled("户号"))
    found.add("household_is_date", dates)
    text = rows.cells["户号"]
    full = np.asarray(pc.match_substring_regex(text, "[０-９]").fill_null(False))
    if full.any():
        half = [t.translate(_HALF) for t in text.filter(pa.array(full)).to_pylist()]
        text = pc.replace_with_mask(text, pa.array(full), pa.array(half, pa.string()))
    village = pc.dictionary_encode(rows.cells["行政村名称"]).indices
    number = pc.dictionary_encode(text).indices
    both = np.asarray(village.fill_null(-1)).astype(np.int64) * (len(rows) + 1) + np.asarray(number.fill_null(-1))
    missing = ~rows.filled("户号") | ~rows.filled("行政村名称") | dates
    both[missing] = -1
    code, distinct = pd.factorize(np.where(missing, np.int64(-1), both), sort=False)
    if missing.any():
        lost = int(code[np.argmax(missing)])
        code = np.where(code == lost, -1, np.where(code > lost, code - 1, code))
    return HouseholdColumn(text, code.astype(np.int64), len(distinct) - bool(missing.any()))


def check_heads(
    rows: Rows,
    found: Findings,
    id_column: IdColumn,
    households: HouseholdColumn,
    relation: npt.NDArray[np.object_],
    as_of: date,
) -> None:
    """Flags households without a head or with more than one, and heads' IDs that are nobody's."""
    kept = found.open & (households.code >= 0)
    heads = np.bincount(households.code[kept & (relation == HEAD)], minlength=max(households.count, 1))
    of_row = np.where(kept, heads[np.maximum(households.code, 0)], 1)
    found.add("household_no_head", kept & (of_row == 0))
    found.add("household_two_heads", kept & (of_row > 1))
    key = _head_keys(rows, found, as_of)
    found.add("head_not_member", kept & ~_members(key, id_column.key, households.code, kept))


def _head_keys(rows: Rows, found: Findings, as_of: date) -> npt.NDArray[np.int64]:
    """Keys of 户主身份证, after the same repairs as 身份证 (noted); -1 where it is no ID."""
    text = rows.cells["户主身份证"]
    kinds = rows.kinds.get("户主身份证", np.zeros(len(rows), np.uint8))
    key = plain_keys(text, as_of)
    key[kinds != TEXT] = NONE
    odd = np.flatnonzero((key == NONE) & rows.filled("户主身份证") & (kinds == TEXT))
    if len(odd):
        given = text.take(pa.array(odd)).to_pylist()
        mended = [ids.repaired(t) for t in given]
        sound = [ids.sound_check(m) for m in mended]
        key[odd] = [int(m[:17]) if ok else NONE for m, ok in zip(mended, sound, strict=True)]
        repaired = np.zeros(len(rows), bool)
        repaired[odd] = [ok and m != t for t, m, ok in zip(given, mended, sound, strict=True)]
        found.add("id_characters", repaired, "户主身份证")
    return key


def _members(key: npt.NDArray[np.int64], of: npt.NDArray[np.int64], code: npt.NDArray[np.int64], kept: Mask) -> Mask:
    """Whether each row's key is the ID of a kept row of its own household (kept IDs are unique)."""
    order = np.argsort(of[kept], kind="stable")
    ids_there, homes = of[kept][order], code[kept][order]
    if not len(ids_there):
        return np.zeros(len(key), bool)
    at = np.minimum(np.searchsorted(ids_there, key), len(ids_there) - 1)
    return np.asarray((ids_there[at] == key) & (homes[at] == code) & (key >= 0))
