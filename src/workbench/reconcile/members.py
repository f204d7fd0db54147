"""Decides what single members moved: the panel figure without the members found off, against the panel figure.

The consensus undid most of it already, so this is what it could not undo.  Each member's usual severity in the village
is taken out first, so that leaving a mild member out does not make the household look favoured.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.reconcile.align import FLOOR, KEY, Aligned

LEAST_LEFT = 2
"""Members who must be left after the others are taken out."""


def members_share(town: Aligned, ratings: pd.DataFrame, pulls: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Log (figure without the members found off / panel figure), and the chance that somebody was off; 0 where nobody was."""
    share, chance = np.zeros(len(town)), np.zeros(len(town))
    good = ratings[ratings["counts"] & ratings["limit"].notna()].sort_values([*KEY, "rater"], ignore_index=True)
    off = pulls[pulls["chance"] > 0.5]
    if good.empty or off.empty:
        return share, chance
    good = good.assign(log=np.log(good["limit"].clip(lower=FLOOR / 2)))
    good["fair"] = good["log"] - severities(good)
    good["off"] = pd.MultiIndex.from_frame(good[[*KEY, "rater"]]).isin(pd.MultiIndex.from_frame(off[[*KEY, "rater"]]))
    everyone = good.groupby(KEY)["fair"].mean()
    kept = good[~good["off"]].groupby(KEY)["fair"].agg(["mean", "size"])
    place = pd.MultiIndex.from_frame(town.keys)
    without, left = kept["mean"].reindex(place).to_numpy(), kept["size"].reindex(place).to_numpy()
    moved = good.groupby(KEY)["off"].any().reindex(place).fillna(False).to_numpy(bool)
    sure = off.groupby(KEY)["chance"].max().reindex(place).fillna(0.0).to_numpy()
    use = moved & (np.nan_to_num(left) >= LEAST_LEFT)
    against = np.log(town.said)
    toward = without - everyone.reindex(place).to_numpy()
    away = without - against
    same_way = np.sign(toward) == np.sign(away)
    share[use & same_way] = (np.sign(away) * np.minimum(np.abs(away), np.abs(toward)))[use & same_way]
    chance[use] = sure[use]
    return share, chance


def severities(good: pd.DataFrame) -> np.ndarray:
    """Each rating's member severity (log): the member's median distance from the household's median, by village."""
    apart = good["log"] - good.groupby(KEY)["log"].transform("median")
    lean = apart.groupby([good["village"], good["rater"]]).transform("median")
    enough = good.groupby(["village", "rater"])["log"].transform("size") >= 8
    return np.where(enough, lean, 0.0)
