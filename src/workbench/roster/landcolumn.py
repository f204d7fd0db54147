"""承包土地及山林信息 of all rows, and of a household.

What a household holds is written on one of its rows, or the same on each (a merged cell): equal texts count once,
different ones add up; one that cannot be read, or one that stands on a rejected row alone, leaves the land open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.roster.land import parse_land
from workbench.roster.rows import Findings, Mask, Rows

_FORM = "承包土地及山林信息"


@dataclass
class LandColumn:
    """Land and forest (mu, NaN where unreadable) and the code of the text of every row, -1 where blank."""

    land: npt.NDArray[np.float64]
    forest: npt.NDArray[np.float64]
    code: npt.NDArray[np.int64]


def check_land(rows: Rows, found: Findings) -> LandColumn:
    """Reads the land text of all rows."""
    written = rows.coded[_FORM]
    land, forest = read_distinct(written.values)
    column = LandColumn(
        written.of(land, 0.0, np.float64), written.of(forest, 0.0, np.float64), written.codes.astype(np.int64)
    )
    found.add("land_unreadable", np.isnan(column.land))
    return column


_USUAL = (
    r"^(?:[承包土地耕田水旱面积]*[:：]?(?P<land>[0-9]{1,6}(?:\.[0-9]{1,4})?)亩)?"
    r"(?:[，、,;；]?(?:山林|林地|山林地)(?:面积)?[:：]?(?P<forest>[0-9]{1,6}(?:\.[0-9]{1,4})?)亩)?$"
)


def read_distinct(values: list[str]) -> tuple[list[float], list[float]]:
    """Land and forest of distinct texts: the usual form by one pattern, every other one by ``parse_land``.

    >>> read_distinct(["承包土地3.2亩，山林15亩", "三亩半", "若干亩"])
    ([3.2, 3.5, nan], [15.0, 0.0, nan])
    """
    usual = pc.extract_regex(pa.array(values, pa.string()), _USUAL)
    parts = [pc.struct_field(usual, name) for name in ("land", "forest")]
    land, forest = (
        pc.if_else(pc.equal(part, ""), "0", part).cast(pa.float64()).fill_null(float("nan")).to_pylist()
        for part in parts
    )
    for at in np.flatnonzero(np.asarray(usual.is_null())):
        land[at], forest[at] = parse_land(values[at]) or (float("nan"), float("nan"))
    return land, forest


def of_households(column: LandColumn, code: npt.NDArray[np.int64], kept: Mask, lost: Mask, count: int) -> pd.DataFrame:
    """``land_mu`` and ``forest_mu`` by household code; NaN where a text cannot be read."""
    where = np.flatnonzero(kept & (column.code >= 0))
    frame = pd.DataFrame(
        {
            "code": code[where],
            "text": column.code[where],
            "land_mu": column.land[where],
            "forest_mu": column.forest[where],
        }
    ).drop_duplicates(["code", "text"])
    sums = frame.groupby("code")[["land_mu", "forest_mu"]].agg("sum", skipna=False)
    out = sums.round(4).reindex(range(count), fill_value=0.0)
    elsewhere = np.unique(code[lost & (column.code >= 0) & (code >= 0)])
    out.loc[np.setdiff1d(elsewhere, sums.index.to_numpy()), :] = np.nan
    return out
