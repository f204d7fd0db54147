"""Decides whether a correction of a roster column still fits the roster: its old value must stand in the household.

In: the lines of ``visits`` of kind ``roster``, and the roster's rows with identities (memory only).  Out: a mask of the
lines that contradict.  Only columns that the roster keeps as they were written are compared, blanks, dashes and width
apart; a household that has no kept row cannot be compared, and a roster that already holds the new value is no fault.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

LAND = "承包土地及山林信息"
COMPARED = ("姓名", "联系方式", "现居住地址", "组名", "性别", "与户主关系", "民族", LAND)
"""Roster columns that the roster's rows carry as they were written."""
ParseLand = Callable[[str], object]
_LOOSE = re.compile("[\\s\u200b\ufeff\\-—－－()（）'’·•]+")
_COUNTRY = re.compile(r"^(?:\+?86|0086)(?=1\d{10}$)")


def plain(text: str) -> str:
    """A cell with what people write differently gone.

    >>> plain("+86 138-0000-0001") == plain("１３８０００００００１")
    True
    """
    return _COUNTRY.sub("", _LOOSE.sub("", unicodedata.normalize("NFKC", text)).removesuffix(".0")).upper()


def roster_contradicted(
    lines: pd.DataFrame, roster: pd.DataFrame | None, parse_land: ParseLand | None = None
) -> pd.Series:
    """Mask over ``lines``: corrections whose old value no row of their household holds.

    Columns of ``lines``: household, date, item, old, new, changed.

    A household whose kept rows all leave the column empty cannot be compared: the cell may stand in a rejected row.
    """
    out = pd.Series(False, index=lines.index, dtype=bool)
    if roster is None or not len(lines):
        return out
    for item in COMPARED:
        some = lines[(lines["item"] == item) & lines["changed"]]
        if item not in roster.columns or not len(some):
            continue
        held = roster[roster["household"].isin(some["household"])].groupby("household")[item].agg(list).to_dict()
        said = {home: {_cell(value) for value in values} - {""} for home, values in held.items()}
        for place, home, old, new in some.sort_values("date")[["household", "old", "new"]].itertuples(name=None):
            values = said.get(home, set())
            wanted = {_cell(old), _cell(new)}
            if values and _cell(old) and not wanted & values and not _same_land(item, new, values, parse_land):
                out[place] = True
            # what one visit found may be the old value of the next
            said[home] = values | {_cell(new)} if values else values
    return out


def _same_land(item: str, new: object, values: set[str], parse_land: ParseLand | None) -> bool:
    """Whether the roster already says the new land, in other words."""
    if item != LAND or parse_land is None or not isinstance(new, str):
        return False
    found = parse_land(new)
    return found is not None and any(parse_land(value) == found for value in values)


def _cell(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""
