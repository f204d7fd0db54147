"""Telephones: one Chinese number, or flagged.  Blank and 无 are no telephone, and no fault.

Mobile: 1[3-9] and nine digits, after blanks, dashes, +86 / 0086 / 86 and ``.0``.  Landline: area code 010, 02x or
03xx-09xx with 7-8 digits, an extension allowed; 400 and 800 numbers.  A landline takes no SMS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.roster.rows import Findings, Mask, Rows
from workbench.store.grid import Coded, signs_of
from workbench.store.text import half_width, without_blanks

MOBILE, LANDLINE, NONE, TWO, BAD = "mobile", "landline", "none", "two", "bad"
STATES = (MOBILE, LANDLINE, NONE, TWO, BAD)
_DASHES = re.compile("[-‐‑‒–—―−]")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})(?:\.0+)?")
_AREA = r"0(?:10|2\d|[3-9]\d{2})"
_LANDLINE = re.compile(rf"(?:\+?86|0086)?-?\(?({_AREA})\)?-?(\d{{7,8}})(?:(?:-|转|\*|#|ext\.?)\d{{1,6}})?")
_RUN_TOGETHER = re.compile(rf"{_AREA}\d{{7,8}}")
_SERVICE = re.compile(r"[48]00\d{7}")
_PLAIN_LANDLINE = re.compile(rf"{_AREA}-?\d{{7,8}}(?:-\d{{1,6}})?|[48]00-?\d{{3}}-?\d{{4}}")
_BETWEEN = re.compile(r"[/\\、,;|\n和或\s]+")
_TWO_MOBILES = re.compile(r"(1[3-9]\d{9})(1[3-9]\d{9})")


@dataclass(frozen=True)
class Phone:
    """A telephone as read: its state, its number or numbers (separated by a blank), and the rule that applies."""

    state: str
    number: str | None = None
    rule: str | None = None


def read_phone(text: str, number_cell: bool = False) -> Phone:
    """One cell of 联系方式.

    >>> read_phone("+86 138-0000 1004")
    Phone(state='mobile', number='13800001004', rule='phone_form')
    >>> read_phone("0564-8620005").state, read_phone("8620005").state, read_phone("无").state
    ('landline', 'bad', 'none')
    """
    ascii_text = half_width(text)
    clean = _DASHES.sub("-", without_blanks(ascii_text))
    if clean.strip("-") in ("", "无"):
        return Phone(NONE)
    one = _one(clean)
    if one:
        plain = text == one.number or (one.state == LANDLINE and _PLAIN_LANDLINE.fullmatch(text) is not None)
        return one if plain and not number_cell else Phone(one.state, one.number, "phone_form")
    parts = [_one(_DASHES.sub("-", p)) for p in _BETWEEN.split(ascii_text.strip()) if p]
    joined = _TWO_MOBILES.fullmatch(clean.replace("-", ""))
    if len(parts) > 1 and all(parts):
        return Phone(TWO, " ".join(p.number or "" for p in parts if p), "phone_bad")
    if joined:
        return Phone(TWO, " ".join(joined.groups()), "phone_bad")
    return Phone(BAD, None, "phone_bad")


def _one(clean: str) -> Phone | None:
    digits = clean.replace("-", "")
    mobile = _MOBILE.fullmatch(digits)
    if mobile:
        return Phone(MOBILE, mobile.group(1))
    landline = _LANDLINE.fullmatch(clean)
    if landline:
        return Phone(LANDLINE, landline.group(1) + landline.group(2))
    if _RUN_TOGETHER.fullmatch(digits) or _SERVICE.fullmatch(digits):
        return Phone(LANDLINE, digits)
    return None


def _plain_mobiles(text: pa.StringArray) -> Mask:
    """Which cells are a mobile number and nothing else: nearly all of them, so by columns of bytes."""
    out = np.zeros(len(text), bool)
    where, signs = signs_of(text, 11)
    digits = signs - np.uint8(48)
    out[where] = (digits <= 9).all(axis=0) & (digits[0] == 1) & (digits[1] >= 3)
    return out


def check_phones(rows: Rows, found: Findings) -> tuple[Coded, pa.StringArray]:
    """Reads 联系方式 of all rows; gives state and number (null where none)."""
    text, numbers = rows.cells["联系方式"], rows.is_number("联系方式")
    plain = _plain_mobiles(text) & ~numbers
    state = Coded(np.where(plain, STATES.index(MOBILE), STATES.index(NONE)).astype(np.int32), list(STATES))
    odd = np.flatnonzero(~plain & rows.filled("联系方式"))
    if not len(odd):
        return state, text
    read = [read_phone(t, bool(n)) for t, n in zip(text.take(pa.array(odd)).to_pylist(), numbers[odd], strict=True)]
    state.codes[odd] = [STATES.index(p.state) for p in read]
    for word in ("phone_bad", "phone_form"):
        mask = np.zeros(len(rows), bool)
        mask[odd] = [p.rule == word for p in read]
        found.add(word, mask)
    where = np.zeros(len(rows), bool)
    where[odd] = True
    number = pc.replace_with_mask(text, pa.array(where), pa.array([p.number for p in read], pa.string()))
    return state, number
