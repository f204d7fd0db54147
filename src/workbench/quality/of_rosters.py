"""What a risk officer asks of rosters: where rows went, whether households and people agree, agreement coverage."""

from __future__ import annotations

import pandas as pd

from workbench.quality.register import Given, column, view

FEW_ROWS = 50
"""Below this many rows a share says little: one slip in ten rows is no broken file.  (A village has hundreds.)"""

NO_END = pd.Timestamp("2999-12-31")
"""Stands for an agreement without an end."""
HOUSEHOLD = ["village", "household"]


def joined(frame: pd.DataFrame, other: pd.DataFrame, keys: list[str] = HOUSEHOLD) -> pd.Series:
    """Whether each row's key stands in the other table; an empty key gives missing."""
    known = pd.MultiIndex.from_frame(other[keys].dropna().astype("object"))
    mine = pd.MultiIndex.from_frame(frame[keys].astype("object"))
    found = pd.Series(mine.isin(known), index=frame.index, dtype="boolean")
    return found.mask(frame[keys].isna().any(axis=1))


def counted(frame: pd.DataFrame, other: pd.DataFrame, keys: list[str] = HOUSEHOLD) -> pd.Series:
    """How many rows of the other table each row's key has."""
    counts = other.groupby(keys, sort=False).size().rename("n").reset_index()
    found = frame[keys].merge(counts, on=keys, how="left")["n"].fillna(0).astype("int64")
    return found.set_axis(frame.index)


def ratio(top: pd.Series, bottom: pd.Series, least: int = 1) -> pd.Series:
    """A share a row; missing where the denominator is below ``least``."""
    return (top / bottom.where(bottom > 0)).where(bottom >= least).astype("float64")


def matched(frame: pd.DataFrame, households: pd.DataFrame) -> pd.Series:
    """By village: households on both sides / the smaller side, so that a half-collected roster is no broken key.

    Missing where either side has fewer than ``FEW_ROWS`` households.
    """
    theirs = frame[HOUSEHOLD].drop_duplicates()
    both = theirs[joined(theirs, households).fillna(False).astype(bool)].groupby("village").size()
    sides = pd.concat([theirs.groupby("village").size(), households.groupby("village").size()], axis=1).fillna(0)
    smaller = sides.min(axis=1)
    return ratio(both.reindex(smaller.index).fillna(0), smaller, FEW_ROWS)


# ---------------------------------------------------------------- row_counts
@column("row_counts", "parts", "kept + flagged + quarantined + skipped - rows")
def _parts(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame[["kept", "flagged", "quarantined", "skipped"]].sum(axis=1) - frame["rows"]


@column("row_counts", "people_rows", "rows of the sheet that are about a person")
def _people_rows(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["rows"] - frame["skipped"]


@column("row_counts", "file_people_rows", "rows of the whole file (all its sheets) that are about a person")
def _file_people_rows(frame: pd.DataFrame, given: Given) -> pd.Series:
    file = frame["source"].str.split("#", n=1).str[0]
    return _people_rows(frame, given).groupby(file).transform("sum")


@column("row_counts", "rejected_share", "rejected rows / rows about a person")
def _rejected_share(frame: pd.DataFrame, given: Given) -> pd.Series:
    return ratio(frame["quarantined"], _people_rows(frame, given))


@column("row_counts", "rejected_share_full", f"the same, for files of at least {FEW_ROWS} rows; else empty")
def _rejected_share_full(frame: pd.DataFrame, given: Given) -> pd.Series:
    return ratio(frame["quarantined"], _people_rows(frame, given), FEW_ROWS)


@column("row_counts", "flagged_share", "rows to be checked on site / rows about a person")
def _flagged_share(frame: pd.DataFrame, given: Given) -> pd.Series:
    return ratio(frame["flagged"], _people_rows(frame, given))


# ---------------------------------------------------------------- households
@column("households", "agreements_in_force", "agreements of the village in force at as_of", "agreements")
def _agreements_in_force(frame: pd.DataFrame, given: Given) -> pd.Series:
    agreements = given.tables["agreements"]
    return counted(frame, agreements[agreements["in_force"]], ["village"])


@column("households", "heads", "kept heads of 14 years or more", "people")
def _heads(frame: pd.DataFrame, given: Given) -> pd.Series:
    people = given.tables["people"]
    return counted(frame, people[people["relation"] == "head"])


@column("households", "eligible_people", "eligible people of the household, counted in people", "people")
def _eligible_people(frame: pd.DataFrame, given: Given) -> pd.Series:
    people = given.tables["people"]
    return counted(frame, people[people["eligible"]])


@column("households", "eligible_less_people", "eligible in households less eligible counted in people", "people")
def _eligible_less_people(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["eligible"] - _eligible_people(frame, given)


@column("households", "holder_named", "who holds the limit is named; empty where nobody is eligible")
def _holder_named(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["holder"].notna().astype("boolean").mask(frame["eligible"] == 0)


@column("households", "in_grid", "the household has a client manager; empty where no grid was given")
def _in_grid(frame: pd.DataFrame, given: Given) -> pd.Series:
    placed = frame["manager"].notna()
    return placed.astype("boolean") if bool(placed.any()) else pd.Series(pd.NA, index=frame.index, dtype="boolean")


# ---------------------------------------------------------------- people
@column("people", "on_roster", "the household of the person stands in households", "households")
def _people_on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"])


@column("people", "eligible_though_listed", "eligible and on the negative list at once")
def _eligible_though_listed(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["eligible"] & frame["listed"]


@column("people", "phone_sharers", "people with the same mobile number; empty without one")
def _phone_sharers(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame.groupby("phone")["person"].transform("size").astype("float64")


@column("people", "has_mobile", "an eligible person has a mobile number; empty for others")
def _has_mobile(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (frame["phone_state"] == "mobile").astype("boolean").mask(~frame["eligible"])


# ---------------------------------------------------------------- a line a village
@column(
    "village_rosters",
    "agreement_days_left",
    "days to the end of the last agreement; empty without one",
    "agreements",
)
def _agreement_days_left(frame: pd.DataFrame, given: Given) -> pd.Series:
    agreements = given.tables["agreements"]
    ends = agreements[agreements["in_force"]].assign(until=lambda a: a["until"].fillna(NO_END))
    last = ends.groupby("village")["until"].max().astype("datetime64[s]").reindex(frame["village"])
    return (last.where(last < NO_END) - given.day).dt.days.astype("float64").reset_index(drop=True)


@view(
    "village_rosters",
    "One line a village with a kept household",
    ("households", "people"),
    "village",
    {
        "village": "行政村名称",
        "households": "households",
        "people": "people",
        "people_a_household": "people / households",
        "eligible_share": "eligible people / people",
        "single_share": "households of one person / households",
        "flagged_share": "flagged rows / people",
        "mobile_share": "eligible people with a mobile number / eligible people",
        "listed_share": "people of 14 or more on the negative list / those people",
        "land_share": "households with readable land / households",
    },
)
def _village_rosters(given: Given) -> pd.DataFrame:
    households = given.tables["households"]
    by = households.assign(single=households["people"] == 1, land=households["land_mu"].notna()).groupby("village")
    sums = by[["people", "eligible", "flagged", "single", "land"]].sum()
    sums["households"] = by.size()
    people = given.tables["people"]
    mobile = people.assign(mobile=(people["phone_state"] == "mobile") & people["eligible"]).groupby("village")
    adults = mobile[["mobile", "listed"]].sum().reindex(sums.index).fillna(0)
    counts = mobile.size().reindex(sums.index).fillna(0)
    out = pd.DataFrame(
        {
            "households": sums["households"],
            "people": sums["people"],
            "people_a_household": ratio(sums["people"], sums["households"], FEW_ROWS),
            "eligible_share": ratio(sums["eligible"], sums["people"], FEW_ROWS),
            "single_share": ratio(sums["single"], sums["households"], FEW_ROWS),
            "flagged_share": ratio(sums["flagged"], sums["people"], FEW_ROWS),
            "mobile_share": ratio(adults["mobile"], sums["eligible"], FEW_ROWS),
            "listed_share": ratio(adults["listed"], counts, FEW_ROWS),
            "land_share": ratio(sums["land"], sums["households"], FEW_ROWS),
        }
    )
    return out.reset_index()
