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
from workbench.store.grid import TEXT, Coded, may_hold

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
    if may_hold(text, "０"):
        full = np.asarray(pc.match_substring_regex(text, "[０-９]").fill_null(False))
        half = [t.translate(_HALF) for t in text.filter(pa.array(full)).to_pylist()]
        text = pc.replace_with_mask(text, pa.array(full), pa.array(half, pa.string()))
    village = rows.coded["行政村名称"].codes.astype(np.int64)
    number = np.asarray(pc.dictionary_encode(text).indices.fill_null(-1)).astype(np.int64)
    missing = (village < 0) | (number < 0) | dates
    code = number
    if village.max(initial=0) > 0 or missing.any():
        code = np.full(len(rows), -1, np.int64)
        code[~missing] = pd.factorize(village[~missing] * (len(rows) + 1) + number[~missing])[0]
    return HouseholdColumn(text, code, int(code.max(initial=-1)) + 1)


def check_heads(
    rows: Rows,
    found: Findings,
    id_column: IdColumn,
    households: HouseholdColumn,
    relation: Coded,
    as_of: date,
) -> None:
    """Flags households without a head or with more than one, and heads' IDs that are nobody's."""
    kept = found.open & (households.code >= 0)
    is_head = kept & relation.is_(HEAD)
    heads = np.bincount(households.code[is_head], minlength=max(households.count, 1))
    of_row = np.where(kept, heads[np.maximum(households.code, 0)], 1)
    found.add("household_no_head", kept & (of_row == 0))
    found.add("household_two_heads", kept & (of_row > 1))
    unclear = np.flatnonzero(kept & ~_names_the_head(rows, id_column, households, is_head))
    key = _head_keys(rows, found, unclear, as_of)
    stranger = np.zeros(len(rows), bool)
    stranger[unclear] = ~_members(key, households.code[unclear], id_column.key, households.code, kept)
    found.add("head_not_member", stranger)


def _names_the_head(rows: Rows, id_column: IdColumn, households: HouseholdColumn, is_head: Mask) -> Mask:
    """Rows whose 户主身份证 is, to the letter, the ID of a head in the household: nearly all of them."""
    head_row = np.full(households.count + 1, -1, np.int64)
    head_row[households.code[is_head]] = np.flatnonzero(is_head)
    at = head_row[households.code]
    same = pc.equal(id_column.number.take(pa.array(np.maximum(at, 0))), rows.cells["户主身份证"]) if len(rows) else None
    return np.zeros(0, bool) if same is None else np.asarray(same.fill_null(False)) & (at >= 0)


def _head_keys(rows: Rows, found: Findings, which: npt.NDArray[np.int64], as_of: date) -> npt.NDArray[np.int64]:
    """Keys of 户主身份证 of some rows, after the same repairs as 身份证 (noted); -1 where it is no ID."""
    text = rows.cells["户主身份证"].take(pa.array(which))
    is_text = rows.kinds.get("户主身份证", np.zeros(len(rows), np.uint8))[which] == TEXT
    key = np.where(is_text, plain_keys(text, as_of), NONE)
    odd = np.flatnonzero((key == NONE) & np.asarray(text.is_valid()) & is_text)
    if len(odd):
        given = text.take(pa.array(odd)).to_pylist()
        mended = [ids.repaired(t) for t in given]
        sound = [ids.sound_check(m) for m in mended]
        key[odd] = [int(m[:17]) if ok else NONE for m, ok in zip(mended, sound, strict=True)]
        repaired = np.zeros(len(rows), bool)
        repaired[which[odd]] = [ok and m != t for t, m, ok in zip(given, mended, sound, strict=True)]
        found.add("id_characters", repaired, "户主身份证")
    return key


def _members(
    key: npt.NDArray[np.int64],
    home: npt.NDArray[np.int64],
    of: npt.NDArray[np.int64],
    code: npt.NDArray[np.int64],
    kept: Mask,
) -> Mask:
    """Whether each key is the ID of a kept row of the household ``home`` (kept IDs are unique)."""
    if not len(key):
        return np.zeros(0, bool)
    there = np.flatnonzero(kept)
    at = pd.Index(of[there]).get_indexer(pd.Index(key))
    return np.asarray((at >= 0) & (code[there[at]] == home) & (key >= 0))
