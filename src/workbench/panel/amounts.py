"""Amounts in 万元 as members write them (intake, Panels).

5万 and 8万元 are 5 and 8, thousands separators go, full-width digits are read; a range, words, a negative, or a limit
above 50 (written in yuan by mistake) is no amount and is refused by whoever asks.  万元 become whole yuan by exact
decimal arithmetic.
"""

from __future__ import annotations

import re

from workbench.store.text import half_width, without_blanks
from workbench.units import yuan_from_wan

MOST_LIMIT = 50
"""万元: the programme's largest limit; anything above was written in yuan by mistake."""
MOST_INCOME = 1_000
"""万元 a year: nobody in a village earns more; it was written in yuan by mistake."""
_AMOUNT = re.compile(r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:万元?)?", re.ASCII)


def yuan_of(text: str, most: int) -> int | None:
    """Whole yuan of an amount in 万元; nothing where it is no amount up to ``most`` 万元.

    >>> [yuan_of(t, 50) for t in ("0.57", "5万", "８ 万元", "1,000", "2~3", "三", "-1", "50000")]
    [5700, 50000, 80000, None, None, None, None, None]
    """
    found = _AMOUNT.fullmatch(without_blanks(half_width(text)))
    if not found:
        return None
    yuan = yuan_from_wan(found[1].replace(",", "").removesuffix("."))
    return yuan if yuan <= most * 10_000 else None
