"""Decides the yearly ranking of villages and of client managers on declared measures (按年度组织评优).

In: ``milestones``, the people each household adds, the declared measures.  Out: ``standing``.  Each share is drawn
towards the town's by as much as its numbers are small (empirical Bayes: the scatter between scopes beyond chance says
how much), the score is the mean of the measures; a scope with too few eligible people has no rank, so that nobody is
ranked on noise.  Equal scores share a rank.
"""

from __future__ import annotations

import pandas as pd

from workbench.milestones.programme import Standing
from workbench.store.tables import checked

RANKED = ("village", "manager")


def standing_of(milestones: pd.DataFrame, each: pd.DataFrame, rules: Standing) -> pd.DataFrame:
    """STANDING for villages and managers."""
    parts = []
    for kind in RANKED:
        lines = milestones[milestones["scope_kind"] == kind]
        shrunk = {
            measure: shrink(some["numerator"], some["denominator"])
            for measure in rules.measures
            for some in [lines[lines["measure"] == measure].set_index("scope")]
        }
        n = each.groupby(kind)["eligible"].sum()
        part = pd.DataFrame(shrunk)
        part = pd.DataFrame({"score": part.mean(axis=1), "n": n.reindex(part.index).fillna(0).astype("int64")})
        ranked = part["score"].round(9).where(part["n"] >= rules.least_people)
        part["rank"] = ranked.rank(ascending=False, method="min").astype("Int64")
        parts.append(part.rename_axis("scope").reset_index().assign(scope_kind=kind))
    return checked("standing", pd.concat(parts, ignore_index=True))


def shrink(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    """Shares drawn towards the pooled share by as much as their numbers are small.

    Ten people and a thousand that both say 90 %, in a town of about 50 %: the figure of the ten moves further.

    >>> [round(float(x), 2) for x in shrink(pd.Series([9, 900, 100]), pd.Series([10, 1000, 1000]))]
    [0.84, 0.9, 0.1]
    """
    total = int(denominator.sum())
    if not total:
        return pd.Series(float("nan"), index=numerator.index)
    town = float(numerator.sum()) / total
    some = denominator > 0
    chance = town * (1 - town) / denominator[some]
    share = numerator[some] / denominator[some]
    between = max(0.0, float(((share - town) ** 2 - chance).mean()))
    if between <= 0:
        return pd.Series(town, index=numerator.index)
    strength = town * (1 - town) / between
    return (numerator + strength * town) / (denominator + strength)
