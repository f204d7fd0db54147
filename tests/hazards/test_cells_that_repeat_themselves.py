"""A cell as long as a cell can be, of one sign again and again, is read in a moment: no reader reads it twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from workbench.roster import skipped
from workbench.roster.birth import months
from workbench.roster.land import parse_land
from workbench.roster.phones import read_phone
from workbench.store import ids
from workbench.store.cells import amount, day
from workbench.store.guard import LARGEST_CELL

LONGEST = 0.5
"""Seconds of one cell; an ordinary one takes some microseconds."""


def _not_raising(read: Callable[[str], Any]) -> Callable[[str], Any]:
    def calm(text: str) -> Any:
        try:
            return read(text)
        except ValueError:
            return None

    return calm


@pytest.mark.parametrize(
    "read",
    [parse_land, read_phone, months, ids.repaired, ids.looks_like_float, skipped._WORDS.match, day, amount],
    ids=lambda read: getattr(read, "__name__", "words"),
)
def test_no_cell_takes_long(read: Callable[[str], Any]) -> None:
    calm = _not_raising(read)
    for sign in ("-", "/", "—", "无", "0", "3", "、", ",", "林地", "(", "第一", "亩", "十", "点", " ", "承包土地无，"):
        for length in (30, LARGEST_CELL // len(sign) - 2):
            for end in ("", "x", "亩", "1x"):
                began = time.process_time()
                calm(sign * length + end)
                assert time.process_time() - began < LONGEST, (sign, length, end)
