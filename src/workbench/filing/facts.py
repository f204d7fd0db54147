"""Decides which visits speak of the books as they are: what holds, what is out of date, what contradicts.

In: the lines of ``visits`` of kind ``record``, and ``records``.  Out: a standing for each line.  Visits of one fact are
taken in the order of their days; what an earlier visit found may be the old value of a later one.

holds     the old value is what the books hold, or what an earlier visit found; or the books already hold the new value
outdated  a confirmation of what the books no longer hold: it says nothing any more
moved     a correction whose old value is no longer there: the door stops (exit 2)
no_record the bank has no record of the household, so there is nothing to correct
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

NEAR = 0.005
"""Two numbers are the same fact within half a cent: files carry two decimals."""
OF_BOOKS = ("village", "household", "record_date")
"""Columns of ``records`` that are no facts."""


def alike(one: Any, other: Any) -> bool:
    """Whether two cells hold the same fact; two empty ones do.

    >>> alike(67500.0, 67500.004), alike(float("nan"), None), alike("务工", "经商")
    (True, True, False)
    """
    empty, other_empty = one is None or one != one, other is None or other != other
    if empty or other_empty:
        return bool(empty and other_empty)
    if isinstance(one, str) or isinstance(other, str):
        return str(one) == str(other)
    return bool(abs(one - other) <= NEAR + 1e-9 * abs(other))


def standing(visits: pd.DataFrame, records: pd.DataFrame) -> pd.Series:
    """The standing of each line of kind ``record``, by its index: holds / outdated / moved / no_record."""
    lines = visits[visits["kind"] == "record"]
    order = lines.sort_values(["item", "household", "date", "source", "row"], kind="stable")
    said: dict[Any, str] = {}
    for item, fact in order.groupby("item", sort=False):
        if item not in records.columns:
            continue
        numbers = pd.api.types.is_numeric_dtype(records[str(item)])
        books = dict(zip(records["household"], records[str(item)], strict=True))
        old, new = ("old", "new") if numbers else ("old_text", "new_text")
        columns = (fact[name] for name in ("household", old, new, "changed"))
        said |= _one_item(books, zip(fact.index, *columns, strict=True))
    out = pd.Series("no_record", index=lines.index, dtype="str")
    if said:
        out.update(pd.Series(said, dtype="str"))
    return out


def _one_item(books: dict[str, Any], lines: Iterable[tuple[Any, str, Any, Any, bool]]) -> dict[Any, str]:
    """The standings of the visits of one item, household by household in the order of days."""
    out: dict[Any, str] = {}
    home, known = "", []
    for place, household, was, found, change in lines:
        if household not in books:
            continue
        book = books[household]
        if household != home:
            home, known = household, [book]
        if any(alike(was, value) for value in known) or alike(found, book):
            out[place] = "holds"
            known.append(found)
        else:
            out[place] = "moved" if change else "outdated"
    return out
