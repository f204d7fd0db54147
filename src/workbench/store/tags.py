"""The tags of cells in a sheet's XML, looked at as columns of bytes: how many hold a value, whether one stands far off.

A sheet of 200,000 lines is 100 MB of XML; a pattern searched through it costs as much as half of reading it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_OPEN, _SLASH, _CLOSE, _COLON, _CELL = (ord(sign) for sign in "</>:c")
_BEHIND = np.zeros(256, bool)
_BEHIND[list(b" >/\t\n\r")] = True
"""What ends the name of an element."""
_LETTER, _DIGIT = np.zeros(256, bool), np.zeros(256, bool)
_LETTER[list(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] = True
_DIGIT[list(b"0123456789")] = True
_PLACE, _ROW = b' r="', b'<row r="'
_FAR_DIGITS = 7
"""Digits of a row beyond 999,999."""
_LONGEST = len(_ROW) + 1 + _FAR_DIGITS


@dataclass(frozen=True)
class CellTags:
    """``values``: cells that hold something; ``plain``: each names its place first of all, as ``<c r="A1"``;
    ``far``: one of these stands beyond column Z, or in a row beyond 999,999."""

    values: int
    plain: bool
    far: bool


def cell_tags(piece: bytes) -> CellTags:
    """What the tags of a piece of XML say; the piece is not cut within a tag.

    >>> cell_tags(b'<cols/><c r="A1"><v>1</v></c>')
    CellTags(values=1, plain=True, far=False)
    >>> cell_tags(b"<c r='A1'/>").plain, cell_tags(b"<c/>").plain, cell_tags(b'<x:c r="A1">').plain
    (False, False, False)
    >>> cell_tags(b'<c r="AA1"/>').far, cell_tags(b'<c r="A1000000"/>').far, cell_tags(b'<c r="A999999"/>').far
    (True, True, False)
    """
    signs = np.frombuffer(piece + bytes(_LONGEST), np.uint8)
    cells = _followed(signs, _OPEN, _CELL)
    cells = cells[_BEHIND[signs[cells + 2]]]
    prefixed = _followed(signs, _COLON, _CELL)
    placed = _reads(signs, cells + 2, _PLACE)
    rows = _followed(signs, *_ROW[:2])
    rows = rows[_reads(signs, rows, _ROW)] + len(_ROW)
    closing = _followed(signs, _OPEN, _SLASH)
    closing = closing[(signs[closing + 2] == _CELL) & (signs[closing + 3] == _CLOSE)]
    plain = bool(placed.all()) and not bool(_BEHIND[signs[prefixed + 2]].any())
    far = _far(signs, cells[placed] + 2 + len(_PLACE)) or _far(signs, rows)
    return CellTags(len(closing), plain, far)


def _followed(signs: npt.NDArray[np.uint8], one: int, other: int) -> npt.NDArray[np.int64]:
    """Where one sign is followed by another."""
    pairs = signs[: -_LONGEST + 1] == one
    pairs &= signs[1 : -_LONGEST + 2] == other
    return np.flatnonzero(pairs)


def _reads(signs: npt.NDArray[np.uint8], places: npt.NDArray[np.int64], text: bytes) -> npt.NDArray[np.bool_]:
    """Whether a text stands at each place."""
    found = np.ones(len(places), bool)
    for ahead, sign in enumerate(text):
        found &= signs[places + ahead] == sign
    return found


def _far(signs: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> bool:
    """Whether a place has two letters or more, or seven digits or more."""
    letters = _LETTER[signs[places]]
    if bool((letters & _LETTER[signs[places + 1]]).any()):
        return True
    row = (places + letters)[_DIGIT[signs[places + letters + _FAR_DIGITS - 1]]]
    for ahead in reversed(range(_FAR_DIGITS - 1)):
        row = row[_DIGIT[signs[row + ahead]]]
    return len(row) > 0
