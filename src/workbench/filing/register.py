"""Decides whether a correction of a roster column still fits the roster: its old value must stand in the household.

In: the lines of ``visits`` of kind ``roster``, and the roster's rows with identities (memory only).  Out: a mask of the
lines that contradict.  Only columns that the roster keeps as they were written are compared, blanks, dashes and width
apart; a household that has no kept row cannot be compared, and a roster that already holds the new value is no fault.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

COMPARED = {"姓名": "name", "联系方式": "phone", "现居住地址": "address"}
"""Roster columns kept as written: form column to the name it has among the roster's rows."""
_LOOSE = re.compile("[\\s\u200b\ufeff\\-—－－()（）'’·•]+")
_COUNTRY = re.compile(r"^(?:\+?86|0086)(?=1\d{10}$)")


def plain(text: str) -> str:
    """A cell with what people write differently gone.

    >>> plain("+86 138-0000-0001") == plain("１３８０００００００１")
    True
    """
    return _COUNTRY.sub("", _LOOSE.sub("", unicodedata.normalize("NFKC", text)).removesuffix(".0")).upper()


def roster_contradicted(lines: pd.DataFrame, roster: pd.DataFrame | None) -> pd.Series:
    """Mask over ``lines`` (household, item, old, new, changed): corrections whose old value no row of theirs holds."""
    out = pd.Series(False, index=lines.index, dtype=bool)
    if roster is None or not len(lines):
        return out
    for item, column in COMPARED.items():
        some = lines[(lines["item"] == item) & lines["changed"]]
        if column not in roster.columns or not len(some):
            continue
        held = roster[roster["household"].isin(some["household"])].groupby("household")[column].agg(list).to_dict()
        for place, household, old, new in some[["household", "old", "new"]].itertuples(name=None):
            if household in held:
                values = {plain(v) if isinstance(v, str) else "" for v in held[household]}
                out[place] = not ({_cell(old), _cell(new)} & values)
    return out


def _cell(value: object) -> str:
    return plain(value) if isinstance(value, str) else ""
