"""What a run must find: who is kept and eligible, who holds which limit, what has been reached.

Worked out from what the generator itself knows, never through the product's code, so that the two can disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from workbench.town.homes import AS_OF
from workbench.words import TOWN

TARGETS = {"coverage": 0.7, "coverage_members": 0.7, "usage": 0.3, "usage_members": 0.3, "villages_filed": 17.0}
"""Of the milestone date 2021-12-31 in the notice; share, and number of villages."""
MIN_AGE, MAX_AGE, YOUNGEST = 18, 60, 14


def age(birth: date, day: date = AS_OF) -> int:
    """Full years.

    >>> age(date(2003, 12, 31)), age(date(2004, 1, 1))
    (18, 17)
    """
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def kept_people(sheets: dict[str, pd.DataFrame], people: pd.DataFrame, agreed: set[str]) -> pd.DataFrame:
    """Kept and flagged people of villages with an agreement: ``people`` with ``age`` and the telephone as written."""
    parts = []
    for village, sheet in sheets.items():
        if village in agreed:
            rows = sheet[(sheet["person"] >= 0) & (sheet["verdict"] != "reject")]
            parts.append(
                people.loc[rows["person"]].assign(phone=rows["联系方式"].to_numpy(), person=rows["person"].to_numpy())
            )
    kept = pd.concat(parts).reset_index(drop=True)
    return kept.assign(age=[age(b) for b in kept["birth"]])


def judged_people(kept: pd.DataFrame, away: set[int], gone: set[int], listed: set[str]) -> pd.DataFrame:
    """``eligible`` and ``why_not`` (age, away, listed); ``away``: households, ``gone``: single persons who left."""
    old = ~kept["age"].between(MIN_AGE, MAX_AGE)
    moved = kept["home"].isin(away) | kept["person"].isin(gone)
    on_list = kept["id"].isin(listed)
    why = np.select([old, moved, on_list], ["age", "away", "listed"], "")
    return kept.assign(why_not=why, eligible=why == "", base=np.isin(why, ["", "listed"]))


def holders(judged: pd.DataFrame) -> dict[int, str]:
    """Who holds a household's limit, or would: head, else spouse, else the oldest eligible but for the list."""
    base = judged[judged["base"]]
    rank = base["relation"].map({"户主": 0, "配偶": 1}).fillna(2)
    order = base.assign(rank=rank).sort_values(["home", "rank", "birth"], kind="stable").drop_duplicates("home")
    return dict(zip(order["home"], order["id"], strict=True))


@dataclass(frozen=True)
class Standing:
    """What the truth of households and milestones is made of."""

    homes: pd.DataFrame
    judged: pd.DataFrame
    sheets: dict[str, pd.DataFrame]
    grid: pd.DataFrame
    confirmed: pd.DataFrame
    filed: set[int]
    drawn: set[str]
    listed: set[str]


def household_truth(s: Standing) -> pd.DataFrame:
    """A row a household with a kept row (the columns of ``households.csv``, and ``home``)."""
    people = s.judged.groupby("home").agg(people=("id", "size"), eligible=("eligible", "sum"), base=("base", "sum"))
    out = s.homes.loc[people.index, ["village", "number", "group"]].join(people)
    land, forest = land_truth(s)
    holder = pd.Series(holders(s.judged), dtype=object).reindex(out.index)
    in_force = s.confirmed.set_index("home")["holder"].reindex(out.index)
    eligible_ids = set(s.judged["id"][s.judged["eligible"]])
    drew = (
        s.judged[s.judged["id"].isin(s.drawn) & s.judged["eligible"]]
        .groupby("home")
        .size()
        .reindex(out.index)
        .fillna(0)
    )
    extra = unkept(s.sheets, s.homes)
    named = extra.dropna(subset="home").groupby("home").size().reindex(out.index).fillna(0).astype(int)
    who = in_force.where(in_force.notna(), holder)
    return (
        out.assign(
            land_mu=land.reindex(out.index),
            forest_mu=forest.reindex(out.index),
            holder=who,
            listed_holder=who.isin(s.listed),
            filed=out.index.isin(s.filed),
            credited=in_force.notna(),
            holder_eligible=who.isin(eligible_ids),
            drawn=in_force.isin(s.drawn) & in_force.notna(),
            drew=drew.astype(int),
            eligible_high=out["eligible"] + named,
        )
        .merge(s.grid, left_on=["village", "group"], right_on=["village", "group"], how="left")
        .set_index(out.index)
    )


def land_truth(s: Standing) -> tuple[pd.Series, pd.Series]:
    """Land and forest as a roster's kept head rows tell them; empty where they cannot be read."""
    heads = []
    for sheet in s.sheets.values():
        rows = sheet[(sheet["person"] >= 0) & (sheet["verdict"] != "reject") & (sheet["承包土地及山林信息"] != "")]
        heads.append(rows[rows["kind"] != "land_text"])
    kept = s.homes.index.intersection(
        s.judged["home"][s.judged["person"].isin(pd.concat(heads)["person"])].unique().tolist()
    )
    return s.homes["land_mu"].loc[kept], s.homes["forest_mu"].loc[kept]


def unkept(sheets: dict[str, pd.DataFrame], homes: pd.DataFrame) -> pd.DataFrame:
    """Rejected rows but duplicates, with the household that they name (empty where they name none)."""
    number = {(v, n): home for home, v, n in zip(homes.index, homes["village"], homes["number"], strict=True)}
    rows = []
    for village, sheet in sheets.items():
        for row in sheet[(sheet["verdict"] == "reject") & ~sheet["kind"].str.startswith("dup")].to_dict("records"):
            rows.append({"village": village, "group": row["组名"], "home": number.get((village, row["户号"]))})
    return pd.DataFrame(rows, columns=["village", "group", "home"])


def milestone_truth(s: Standing, h: pd.DataFrame, agreed: set[str]) -> pd.DataFrame:
    """Every figure of every scope, on whole numbers (the columns of ``milestones.csv``)."""
    nameless = unkept({v: x for v, x in s.sheets.items() if v in agreed}, s.homes)
    nameless = nameless[nameless["home"].isna()].merge(s.grid, on=["village", "group"], how="left")
    lines = _scope("town", TOWN, h, len(nameless))
    for kind, column in (("village", "village"), ("cell", "cell"), ("manager", "manager")):
        for scope, part in h.groupby(column, sort=True):
            lines += _scope(kind, str(scope), part, int((nameless[column] == scope).sum()))
    open_homes = h[h["eligible"] > 0]
    done = int(open_homes.groupby("village")["filed"].all().sum())
    lines.append(_line("town", TOWN, "villages_filed", done, len(agreed), len(agreed), done))
    return pd.DataFrame(lines)


def _scope(kind: str, scope: str, h: pd.DataFrame, nameless: int) -> list[dict[str, Any]]:
    credited, able = h["credited"], h["eligible"] > 0
    high = h["eligible_high"]
    eligible_holder = credited & h["holder_eligible"]
    members = int(h["eligible"][credited].sum())
    drew = int(h["drew"][credited].sum())
    figures = {
        "coverage": (credited.sum(), able.sum(), (high > 0).sum() + nameless, eligible_holder.sum()),
        "coverage_members": (members, h["eligible"].sum(), high.sum() + nameless, members),
        "usage": (h["drawn"].sum(), credited.sum(), credited.sum(), (h["drawn"] & h["holder_eligible"]).sum()),
        "usage_members": (drew, members, high[credited].sum(), drew),
        "households_filed": (
            (h["filed"] & able).sum(),
            able.sum(),
            (high > 0).sum() + nameless,
            (h["filed"] & able).sum(),
        ),
    }
    return [_line(kind, scope, m, *map(int, f)) for m, f in figures.items()]


def _line(kind: str, scope: str, measure: str, number: int, base: int, high: int, eligible: int) -> dict[str, Any]:
    target = TARGETS.get(measure)
    if target is None:
        met: Any = None
    elif measure == "villages_filed":
        met = number >= target
    else:
        met = high > 0 and number * 1000 >= round(target * 1000) * high
    return {
        "as_of": str(AS_OF),
        "scope_kind": kind,
        "scope": scope,
        "measure": measure,
        "numerator": number,
        "denominator": base,
        "denominator_high": high,
        "numerator_eligible": eligible,
        "target": target,
        "met": met,
    }


def message_truth(
    confirmed: pd.DataFrame, judged: pd.DataFrame, opted_ids: set[str], opted_phones: set[str]
) -> list[str]:
    """The state of each confirmed household's message; whoever says no on a telephone says it for that telephone."""
    phone = dict(zip(judged["id"], judged["phone"], strict=True))
    said_no = opted_phones | {phone[i] for i in opted_ids if phone.get(i)}
    out = []
    for holder in confirmed["holder"]:
        number = phone.get(holder, "").replace("+86 ", "").replace("-", "")
        if holder in opted_ids or number in said_no:
            out.append("opted_out")
        elif "/" in number:
            out.append("two_numbers")
        else:
            out.append("ready" if len(number) == 11 and number.startswith("1") else "no_mobile")
    return out
