"""Decides what every household adds to each figure: the one place where people are counted.

In: ``households``, ``people``, ``quarantined_people``, ``confirmed``, ``filed``, ``drawdowns``.  Out: a frame with a
line a household and, for every measure, what it adds to numerator, denominator and denominator_high.  Order: credited
households first, then who of them drew since the confirmation in force, then the cap, which bounds numerator and
denominator alike.  Quarantined rows stand in their household where they name one, else each is a household of its own.
"""

from __future__ import annotations

import pandas as pd

HOME_SCOPES = ("village", "cell", "manager")
HOME_MEASURES = ("coverage", "coverage_members", "usage", "usage_members", "households_filed")


def homes(
    households: pd.DataFrame,
    people: pd.DataFrame,
    quarantined_people: pd.DataFrame,
    confirmed: pd.DataFrame,
    *,
    visited: set[str],
    drawdowns: pd.DataFrame | None,
    cap: int,
) -> pd.DataFrame:
    """A line a household: its place, and ``<measure>:n``, ``:d``, ``:h`` for every measure (whole numbers).

    ``cap`` is ``credited_per_household``: 0 means none.
    """
    out = _lines(households, quarantined_people)
    credited = out["household"].isin(confirmed["household"])
    drew = drawings_since(confirmed, people, drawdowns)
    eligible, high = out["eligible"], out["eligible"] + out["quarantined"]
    holders = out["household"].map(drew.loc[drew["holder"]].groupby("household").size()).fillna(0).astype("int64")
    members = out["household"].map(drew.loc[drew["eligible"]].groupby("household").size()).fillna(0).astype("int64")
    one = credited.astype("int64")
    parts: dict[str, tuple[pd.Series, pd.Series, pd.Series]] = {
        "coverage": (_bound(one, cap), _bound(eligible, cap), _bound(high, cap)),
        "coverage_members": (eligible * one, eligible, high),
        "usage": (_bound(holders, cap), _bound(one, cap), _bound(one, cap)),
        "usage_members": (members, eligible * one, high * one),
        "households_filed": (
            (out["household"].isin(visited) & (eligible > 0)).astype("int64"),
            (eligible > 0).astype("int64"),
            (high > 0).astype("int64"),
        ),
    }
    for measure, (numerator, denominator, denominator_high) in parts.items():
        out[f"{measure}:n"], out[f"{measure}:d"], out[f"{measure}:h"] = numerator, denominator, denominator_high
    return out


def _bound(people: pd.Series, cap: int) -> pd.Series:
    return people.clip(upper=cap) if cap else people


def _lines(households: pd.DataFrame, quarantined_people: pd.DataFrame) -> pd.DataFrame:
    """Households of the roster, and those that only quarantined rows speak of."""
    columns = ["village", "household", "cell", "manager", "people", "eligible", "quarantined"]
    rows = quarantined_people
    known = rows["household"].isin(households["household"])
    more = rows[known].groupby("household")["rows"].sum()
    kept = households.assign(quarantined=households["household"].map(more).fillna(0).astype("int64"))
    strange = rows[~known].rename(columns={"rows": "quarantined"}).assign(people=0, eligible=0)
    named = strange[strange["household"].notna()]
    named = named.groupby("household", as_index=False).agg(
        {
            "village": "first",
            "cell": "first",
            "manager": "first",
            "people": "sum",
            "eligible": "sum",
            "quarantined": "sum",
        }
    )
    alone = strange[strange["household"].isna()]
    alone = alone.loc[alone.index.repeat(alone["quarantined"])].assign(quarantined=1)
    parts = [part.reindex(columns=columns) for part in (kept, named, alone) if len(part)]
    out = pd.concat(parts, ignore_index=True) if parts else kept[columns].copy()
    return out.astype({"people": "int64", "eligible": "int64", "quarantined": "int64"})


def drawings_since(confirmed: pd.DataFrame, people: pd.DataFrame, drawdowns: pd.DataFrame | None) -> pd.DataFrame:
    """People who drew above 0 since the confirmation in force of their household, each once.

    Columns: household, person, ``holder`` (holds the limit), ``eligible`` (an eligible member of the household).
    """
    empty = pd.DataFrame(
        {"household": pd.Series(dtype="str"), "person": pd.Series(dtype="str"), "holder": False, "eligible": False}
    ).astype({"holder": "bool", "eligible": "bool"})
    if drawdowns is None or confirmed.empty:
        return empty
    holders = confirmed[["household", "holder"]].rename(columns={"holder": "person"}).assign(holder=True)
    members = people.loc[people["eligible"] & people["household"].isin(confirmed["household"]), ["household", "person"]]
    who = holders.merge(members.assign(eligible=True), on=["household", "person"], how="outer")
    who[["holder", "eligible"]] = who[["holder", "eligible"]].eq(True)
    drawn = drawdowns[drawdowns["amount"] > 0].merge(who, on="person")
    since = confirmed.set_index("household")["date"].reindex(drawn["household"]).to_numpy()
    drawn = drawn[drawn["date"] >= since].drop_duplicates(["household", "person"])
    return drawn[["household", "person", "holder", "eligible"]].reset_index(drop=True)
