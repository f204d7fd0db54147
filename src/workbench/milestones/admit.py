"""Decides what a line of ``drawdowns.*`` says, cut at ``as_of``: who drew, when, how much.

In: the raw file.  Out: ``drawdowns``.  A drawing of nothing is kept (and counts for nobody); a day or an amount that
cannot be read, a line without an ID: exit 2, by file and row.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from workbench.identity import Pseudonyms
from workbench.store.cells import Cells
from workbench.store.tables import checked, empty


def admit_drawdowns(raw: pd.DataFrame, *, names: Pseudonyms, as_of: date) -> pd.DataFrame:
    """DRAWDOWNS up to ``as_of``; ``InputError`` naming file, column and rows."""
    cells = Cells(raw)
    person = cells.persons("身份证")
    cells.refuse(person.isna(), "身份证", "is empty", "fill the cell, or take the row out")
    out = pd.DataFrame(
        {
            "date": cells.days("用信日期", needed=True),
            "amount": cells.amounts("金额(元)", needed=True),
            "source": cells.raw["source"].astype("str"),
            "row": cells.raw["row"].astype("int64"),
        }
    )
    cells.done()
    out["person"] = pd.Series(names.persons(person), dtype="str")
    out = out[out["date"] <= pd.Timestamp(as_of)]
    return checked("drawdowns", out) if len(out) else empty("drawdowns")
