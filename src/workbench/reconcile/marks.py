"""Decides what the members of a panel said about a household beside its limit: stated income, marks, remarks.

Every figure is a household's, never a member's: a member's own lean (who marks everybody high) is taken out first, and
members who were found off for this household are left out, because favour bends the marks too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

KEY = ["village", "household"]
COLUMNS = ["stated", "business", "integrity", "remark", "worst", "best", "spread", "raters"]


def household_marks(keys: pd.DataFrame, ratings: pd.DataFrame, pulls: pd.DataFrame) -> pd.DataFrame:
    """One row a household of ``keys``: log stated income, marks and remarks without the members' own leans.

    ``remark`` is the mean of the remarks' signs, ``worst`` and ``best`` the lowest and highest integrity mark,
    ``spread`` the standard deviation of the log limits; empty where no rating counts.
    """
    good = counted(ratings, pulls)
    if good.empty:
        return pd.DataFrame({c: np.full(len(keys), np.nan) for c in COLUMNS})
    good = good.assign(
        stated=_without_lean(good, np.log(good["income"].clip(lower=1_000))),
        business=_without_lean(good, good["business"]),
        integrity=_without_lean(good, good["integrity"]),
        said=np.log(good["limit"].clip(lower=2_500)),
    )
    by = good.groupby(KEY)
    found = pd.DataFrame(
        {
            "stated": by["stated"].median(),
            "business": by["business"].mean(),
            "integrity": by["integrity"].mean(),
            "remark": by["remark"].mean(),
            "worst": by["integrity"].min(),
            "best": by["integrity"].max(),
            "spread": by["said"].std(),
            "raters": by.size().astype(float),
        }
    )
    return found.reindex(pd.MultiIndex.from_frame(keys)).reset_index(drop=True)[COLUMNS]


def counted(ratings: pd.DataFrame, pulls: pd.DataFrame) -> pd.DataFrame:
    """Ratings that count and are not found off, in the order of their key."""
    good = ratings[ratings["counts"] & ratings["limit"].notna()]
    if len(pulls):
        off = pd.MultiIndex.from_frame(pulls.loc[pulls["chance"] > 0.5, [*KEY, "rater"]])
        good = good[~pd.MultiIndex.from_frame(good[[*KEY, "rater"]]).isin(off)]
    return good.sort_values([*KEY, "rater"], ignore_index=True)


def _without_lean(good: pd.DataFrame, cells: pd.Series) -> pd.Series:
    """Cells less the member's median distance from the household's median."""
    apart = cells - cells.groupby([good["village"], good["household"]]).transform("median")
    lean = apart.groupby([good["village"], good["rater"]]).transform("median")
    return cells - lean.fillna(0.0)
