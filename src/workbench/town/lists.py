"""Who is on the negative list, and who objects to messages or to decisions by automation."""

from __future__ import annotations

from datetime import date

import pandas as pd

from workbench.town.homes import AS_OF
from workbench.town.identities import stream


def negative_list(
    homes: pd.DataFrame, judged: pd.DataFrame, holder: dict[int, str], seed: int
) -> tuple[pd.DataFrame, set[str]]:
    """The list as written, and who is on it on the day: planted holders, some others, some off it or later."""
    rng = stream(seed, "negative list")
    planted = [holder[h] for h in homes.index[homes["cause"] == "policy_limit"] if h in holder]
    others = judged[judged["base"] & ~judged["id"].isin(set(holder.values()))]["id"]
    more = [str(i) for i in rng.choice(others, min(len(others), 3), replace=False)]
    rows = [(i, "失信被执行人", "法院", date(2021, 1 + n % 9, 1), "") for n, i in enumerate(planted)]
    rows += [(i, "涉诉未结", "法院", date(2020, 11, 2), "") for i in more]
    elders = judged["id"][judged["age"] > 60]
    rows += [(str(i), "失信被执行人", "法院", date(2020, 8, 3), "") for i in elders.iloc[:2]]
    free = [i for i in holder.values() if i not in planted]
    off, later = free[: len(free) // 2][:2], free[len(free) // 2 :][:2]
    rows += [(i, "逾期已清", "本行", date(2020, 5, 6), "2021-09-30") for i in off]
    rows += [(i, "失信被执行人", "法院", date(2022, 1, 20), "") for i in later]
    listed = {i for i, _, _, day, until in rows if day <= AS_OF and not until}
    return pd.DataFrame(rows, columns=["id", "reason", "source", "day", "until"]), listed


def objections(judged: pd.DataFrame, confirmed: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Who objects: ``id`` or ``phone``, and the reach (SMS is the default; automated decisions)."""
    rng = stream(seed, "objections")
    plain = judged[(judged["phone"].str.len() == 11) & judged["phone"].str.startswith("1") & (judged["age"] >= 18)]
    ours = plain[plain["id"].isin(confirmed["holder"])]
    some = ours.iloc[rng.permutation(len(ours))[:6]]
    rest = plain[~plain["id"].isin(some["id"])].iloc[rng.permutation(len(plain) - len(some))[:10]]
    rows = [(i, "", ("短信", "")[n % 2]) for n, i in enumerate(some["id"].iloc[:3])]
    rows += [("", p, "短信") for p in some["phone"].iloc[3:]]
    rows += [(i, "", "短信") for i in rest["id"].iloc[:2]] + [("", p, "") for p in rest["phone"].iloc[2:4]]
    rows += [(i, "", "自动决策") for i in rest["id"].iloc[4:]]
    return pd.DataFrame(rows, columns=["id", "phone", "reach"])
