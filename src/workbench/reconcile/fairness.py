"""Decides how outcomes differ by attributes that are never features: sex of the holder, ethnic group.

Groups under twenty households are suppressed, and where one is, the smallest other group with it, so that it cannot be
worked out from the total.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.reconcile.align import KEY

LEAST = 20
ATTRIBUTES = ("sex", "ethnic")
FIGURES = ["share_review", "share_zero", "model_residual", "panel_residual"]


def compare_groups(
    gaps: pd.DataFrame, households: pd.DataFrame, people: pd.DataFrame, confirmed: np.ndarray
) -> pd.DataFrame:
    """The table ``fairness``: one row a group of holders.  Residuals are mean log(limit / confirmed) in the pilots."""
    holders = gaps[KEY].merge(households[[*KEY, "holder"]], on=KEY, how="left")
    who = people.drop_duplicates("person").set_index("person")
    known = np.asarray(confirmed, float)
    model = np.where(gaps["model_limit"] > 0, np.log(gaps["model_limit"].clip(lower=1.0)) - np.log(known), np.nan)
    panel = np.where(gaps["panel_limit"] > 0, np.log(gaps["panel_limit"].clip(lower=1.0)) - np.log(known), np.nan)
    rows = []
    for attribute in ATTRIBUTES:
        value = holders["holder"].map(who[attribute]).fillna("不详").astype("str").to_numpy()
        frame = pd.DataFrame(
            {
                "group": value,
                "review": gaps["action"].eq("review").to_numpy(float),
                "zero": gaps["model_limit"].eq(0).to_numpy(float),
                "model": model,
                "panel": panel,
            }
        )
        by = frame.groupby("group").agg(
            n=("review", "size"),
            share_review=("review", "mean"),
            share_zero=("zero", "mean"),
            model_residual=("model", "mean"),
            panel_residual=("panel", "mean"),
        )
        rows.append(_suppressed(by).reset_index().assign(attribute=attribute))
    return pd.concat(rows, ignore_index=True)


def _suppressed(by: pd.DataFrame) -> pd.DataFrame:
    """Groups under ``LEAST`` without figures; a lone one takes the smallest other group with it."""
    small = by["n"] < LEAST
    if small.sum() == 1 and len(by) > 1:
        small |= by.index == by["n"].where(~small).idxmin()
    out = by.astype({"n": "Int64"})
    out.loc[small, ["n", *FIGURES]] = pd.NA
    return out
