"""承包土地及山林信息 of all rows, and of a household.

What a household holds is written on one of its rows, or the same on each (a merged cell): equal texts count once,
different ones add up; one that cannot be read, or one that stands on a rejected row alone, leaves the land open.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
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
    distinct = pc.dictionary_encode(rows.cells[_FORM])
    read = [parse_land(t) or (float("nan"), float("nan")) for t in distinct.dictionary.to_pylist()]
    code = np.asarray(distinct.indices.fill_null(len(read))).astype(np.int64)
    pairs = np.array([*read, (0.0, 0.0)], np.float64)[code]
    column = LandColumn(pairs[:, 0], pairs[:, 1], np.where(code == len(read), -1, code))
    found.add("land_unreadable", np.isnan(column.land))
    return column


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
