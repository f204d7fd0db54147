"""Decides what would raise the model's limit, only through facts that a person can change.

One actionable fact at a time is brought to what nine in ten training households reach, and the very model scores it
again: said as 若……模型会给……, never as a promise.  Income is not advice, and a fact that is as good already gives none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.reconcile.align import Aligned, Score
from workbench.store.tables import empty

LEAST_YUAN, LEAST_SHARE = 1_000.0, 0.03
"""A rise below either is not worth a sentence."""
MOST = 2
NOTE = "若改到试点村九成农户都达到的水平，模型额度约变动这么多；不是承诺"


def advise(town: Aligned, score: Score) -> pd.DataFrame:
    """Rows of ``evidence`` with block ``advice``: the fact, its value, the value to reach, the yuan it would add."""
    shown = town.facts[town.pilot] if town.pilot.any() else town.facts
    base = score(town.facts).to_numpy(float)
    parts = []
    for f in town.features:
        if not f.actionable or f.kind != "number" or f.monotone == 0 or shown[f.name].notna().sum() < 20:
            continue
        goal = float(np.nanpercentile(shown[f.name].to_numpy(float), 10 if f.monotone > 0 else 90))
        worse = town.facts[f.name].lt(goal) if f.monotone > 0 else town.facts[f.name].gt(goal)
        rows = np.flatnonzero(worse.to_numpy() & ~town.listed)
        if not len(rows):
            continue
        trial = town.facts.iloc[rows].copy()
        book = trial[f.name].to_numpy(float)
        trial[f.name] = goal
        gain = score(trial).to_numpy(float) - base[rows]
        parts.append(pd.DataFrame({"row": rows, "fact": f.name, "book": book, "implied": goal, "yuan": gain}))
    if not parts:
        return empty("evidence")
    found = pd.concat(parts, ignore_index=True)
    found = found[(found["yuan"] >= LEAST_YUAN) & (found["yuan"] >= LEAST_SHARE * base[found["row"].to_numpy(int)])]
    found = found.sort_values(["row", "yuan", "fact"], ascending=[True, False, True], kind="stable")
    found["position"] = found.groupby("row").cumcount() + 1
    found = found[found["position"] <= MOST]
    keys = town.keys.iloc[found["row"].to_numpy(int)].reset_index(drop=True)
    found = found.drop(columns="row").reset_index(drop=True).assign(block="advice", note=NOTE)
    out: pd.DataFrame = pd.concat([keys, found], axis=1)
    return out
