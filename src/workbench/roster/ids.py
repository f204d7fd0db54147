"""ID numbers of all rows: the plain ones by columns of bytes, every other one, once each, by the rule in words.

Order of the rule (first reject wins): missing, held as a number, not 18 characters, wrong check character, impossible
birth date (also one after ``as_of``).  Area codes are not tested.  An ID that ends 000 and passes is flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.roster.rows import Findings, Mask, Rows
from workbench.store import ids
from workbench.store.grid import DATE, NUMBER, TEXT, signs_of

FIRST_YEAR = 1800
"""Nobody on a roster was born before: an earlier year is a slip of the pen."""
_CHECK = np.frombuffer(ids.CHECK_BY_REMAINDER.encode(), np.uint8)
_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int32)
NONE = -1


@dataclass
class IdColumn:
    """IDs after repair: ``number``, ``key`` (the first 17 digits as a number); null and -1 where rejected."""

    number: pa.StringArray
    key: npt.NDArray[np.int64]

    @property
    def born(self) -> npt.NDArray[np.int64]:
        """Birth day as yyyymmdd, 0 where there is no ID."""
        return np.where(self.key >= 0, self.key // 1000 % 10**8, 0)

    @property
    def male(self) -> Mask:
        """Whether the 17th digit is odd."""
        return np.asarray(self.key % 2 == 1)


def read_id(text: str | None, kind: int, as_of: date) -> tuple[str | None, str | None]:
    """One ID by the rule: (number, None), or (None, rule that rejects it).

    >>> read_id("3.41523E+17", 0, date(2021, 12, 31)), read_id("34152319010101004x", 0, date(2021, 12, 31))
    ((None, 'id_float'), ('34152319010101004X', None))
    """
    if text is None:
        return None, "id_missing"
    if kind in (NUMBER, DATE) or ids.looks_like_float(text):
        return None, "id_float"
    number = ids.repaired(text)
    if not number:
        return None, "id_missing"
    if len(number) != ids.LENGTH:
        return None, "id_length"
    if not ids.sound_check(number):
        return None, "id_check"
    if not _possible(number[6:14], as_of):
        return None, "id_birth"
    return number, None


def _possible(digits: str, as_of: date) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return born.year >= FIRST_YEAR and born <= as_of


def plain_keys(text: pa.StringArray, as_of: date) -> npt.NDArray[np.int64]:
    """Keys of the IDs that stand exactly as they should, -1 for every other cell."""
    keys = np.full(len(text), NONE, np.int64)
    where, signs = signs_of(text, ids.LENGTH)
    if len(where):
        key, sound = _keys(signs)
        sound &= _sound_births(signs[6:14] - np.uint8(48), as_of)
        keys[where[sound]] = key[sound]
    return keys


def _keys(signs: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], Mask]:
    """Keys of 18 rows of bytes, a column an ID, and whether digits and check character are right."""
    key = np.zeros(signs.shape[1], np.int64)
    weighted = np.zeros(signs.shape[1], np.int32)
    highest = np.zeros(signs.shape[1], np.uint8)
    for sign, weight in zip(signs[:17], ids.WEIGHTS, strict=True):
        digit = sign - np.uint8(48)
        key *= 10
        key += digit
        weighted += digit * np.int32(weight)
        np.maximum(highest, digit, out=highest)
    return key, (highest <= 9) & (_CHECK[weighted % 11] == signs[17])


def _sound_births(digits: npt.NDArray[np.uint8], as_of: date) -> Mask:
    """Whether eight rows of digits are days that exist, from ``FIRST_YEAR`` to ``as_of``."""
    y, m, d = digits[:4].astype(np.int32), digits[4:6].astype(np.int32), digits[6:].astype(np.int32)
    year, month, day = ((y[0] * 10 + y[1]) * 10 + y[2]) * 10 + y[3], m[0] * 10 + m[1], d[0] * 10 + d[1]
    leap = ((year & 3 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    of_month = (month >= 1) & (month <= 12)
    last = _DAYS[np.where(of_month, month, 0)] + (leap & (month == 2))
    born, latest = (year * 100 + month) * 100 + day, as_of.year * 10_000 + as_of.month * 100 + as_of.day
    return np.asarray(of_month & (day >= 1) & (day <= last) & (year >= FIRST_YEAR) & (born <= latest))


def plain_column(rows: Rows, column: str, as_of: date) -> npt.NDArray[np.int64]:
    """Keys of a column's plain IDs; a cell that is no text is not one."""
    key = plain_keys(rows.cells[column], as_of)
    if column in rows.kinds:
        key[rows.kinds[column] != TEXT] = NONE
    return key


def check_ids(rows: Rows, found: Findings, key: npt.NDArray[np.int64], as_of: date) -> IdColumn:
    """Reads 身份证 of all rows (``key``: its plain ones) and tells what is wrong or was repaired."""
    text = rows.cells["身份证"]
    kinds = rows.kinds.get("身份证", np.zeros(len(rows), np.uint8))
    number, odd = text, np.flatnonzero(key == NONE)
    if len(odd):
        read = [
            read_id(t, int(k), as_of) for t, k in zip(text.take(pa.array(odd)).to_pylist(), kinds[odd], strict=True)
        ]
        for word in ("id_missing", "id_float", "id_length", "id_check", "id_birth"):
            mask = np.zeros(len(rows), bool)
            mask[odd] = [rule == word for _, rule in read]
            found.add(word, mask)
        key[odd] = [NONE if n is None else int(n[:17]) for n, _ in read]
        repaired = np.zeros(len(rows), bool)
        repaired[odd] = [n is not None for n, _ in read]
        found.add("id_characters", repaired)
        number = pc.replace_with_mask(text, _mask(len(rows), odd), pa.array([n for n, _ in read], pa.string()))
    round_ones = np.flatnonzero((key >= 0) & (key % 100 == 0))
    if len(round_ones):
        cut = np.zeros(len(rows), bool)
        cut[round_ones] = np.asarray(pc.ends_with(number.take(pa.array(round_ones)), "000"))
        found.add("id_maybe_truncated", cut)
    return IdColumn(number, key)


def _mask(length: int, where: npt.NDArray[np.int64]) -> pa.BooleanArray:
    out = np.zeros(length, bool)
    out[where] = True
    return pa.array(out)


def check_duplicates(ids_: IdColumn, found: Findings) -> None:
    """Every copy of an ID after the first that is not rejected for another reason is rejected."""
    where = np.flatnonzero(found.open)
    again = pd.Series(ids_.key[where]).duplicated().to_numpy()
    mask = np.zeros(found.length, bool)
    mask[where[again]] = True
    found.add("id_duplicate", mask)
