"""What a risk officer asks of panels: who rated whom, whether enough did, and whether the consensus stands on it."""

from __future__ import annotations

import pandas as pd

from workbench.quality.of_rosters import FEW_ROWS, counted, joined, matched, ratio
from workbench.quality.register import Given, column, view


def days_before(frame: pd.DataFrame, dates: str, given: Given) -> pd.Series:
    """Days from a date to ``as_of``; negative would be the future."""
    return (given.day - frame[dates].astype("datetime64[s]")).dt.days.astype("float64")


@column(
    "panel_members", "on_roster", "the member's own household stands on a roster; empty where not told", "households"
)
def _member_on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"])


@column("panel_members", "village_known", "the member's village has a roster", "households")
def _member_village_known(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"], ["village"])


@column("ratings", "on_roster", "the rated household stands on a roster", "households")
def _rating_on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"])


@column(
    "ratings", "is_member", "the rater stands in panel_members; empty where that list is not given", "panel_members"
)
def _is_member(frame: pd.DataFrame, given: Given) -> pd.Series:
    members = given.tables["panel_members"]
    found = joined(frame, members, ["village", "rater"])
    return found.mask(~joined(frame, members, ["village"]).fillna(False).astype(bool))


@column("ratings", "days_ago", "days from the rating to as_of")
def _rating_days(frame: pd.DataFrame, given: Given) -> pd.Series:
    return days_before(frame, "date", given)


@column("ratings", "amount_given", "a limit is proposed; empty where the member does not know the household")
def _amount_given(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["limit"].notna().astype("boolean").mask(~frame["knows"])


@column("ratings", "own_counts", "a member's rating of the own household enters the consensus")
def _own_counts(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["own"] & frame["counts"]


@column("consensus", "on_roster", "the household stands on a roster", "households")
def _consensus_on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"])


@column("consensus", "counted_ratings", "ratings that count less raters", "ratings")
def _counted_ratings(frame: pd.DataFrame, given: Given) -> pd.Series:
    ratings = given.tables["ratings"]
    return counted(frame, ratings[ratings["counts"]]) - frame["raters"]


@column("consensus", "interval_share", "width of the 90 % interval / panel limit; empty at 0")
def _interval_share(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (frame["high"] - frame["low"]) / frame["panel_limit"].where(frame["panel_limit"] > 0)


@view(
    "village_panels",
    "One line a village with a rating",
    ("households", "ratings"),
    "village",
    {
        "village": "行政村名称",
        "raters": "members who rated",
        "ratings": "ratings",
        "rated_share": "roster households with a rating that counts / roster households with an eligible person",
        "ratings_a_household": "ratings that count / households rated",
        "counting_share": "ratings that count / ratings",
        "interest_share": "ratings with a declared stake / ratings",
        "unknown_share": "ratings of a household that the member does not know / ratings",
        "matched_share": "households on both sides / the smaller of rated and roster; empty for few",
        "blind_share": "ratings given 背靠背 / ratings whose manner is told",
        "commonest_share": "ratings with the village's commonest amount / ratings with an amount",
    },
)
def _village_panels(given: Given) -> pd.DataFrame:
    ratings, households = given.tables["ratings"], given.tables["households"]
    marked = ratings.assign(
        unknown=~ratings["knows"], blind=ratings["manner"] == "背靠背", told=ratings["manner"].notna()
    )
    by = marked.groupby("village")
    sums = by[["counts", "interest", "unknown", "blind", "told"]].sum()
    n = by.size()
    counting = marked[marked["counts"]]
    rated = counting.groupby("village")["household"].nunique().reindex(n.index).fillna(0)
    able = households[households["eligible"] > 0]
    rated_able = able[joined(able, counting).fillna(False).astype(bool)].groupby("village").size()
    amounts = marked[marked["limit"].notna()].groupby("village")["limit"]
    commonest = amounts.agg(lambda v: v.value_counts().iloc[0]).reindex(n.index)
    able_n = able.groupby("village").size().reindex(n.index).fillna(0)
    out = pd.DataFrame(
        {
            "raters": by["rater"].nunique(),
            "ratings": n,
            "rated_share": ratio(rated_able.reindex(n.index).fillna(0), able_n, FEW_ROWS),
            "ratings_a_household": ratio(sums["counts"], rated, FEW_ROWS),
            "counting_share": ratio(sums["counts"], n, FEW_ROWS),
            "interest_share": ratio(sums["interest"], n, FEW_ROWS),
            "unknown_share": ratio(sums["unknown"], n, FEW_ROWS),
            "matched_share": matched(ratings, households).reindex(n.index),
            "blind_share": ratio(sums["blind"], sums["told"], FEW_ROWS),
            "commonest_share": ratio(commonest, amounts.size().reindex(n.index), FEW_ROWS),
        }
    )
    return out.reset_index()


@view(
    "village_raters",
    "One line a village: its members as the consensus sees them",
    ("raters",),
    "village",
    {
        "village": "行政村名称",
        "raters": "members",
        "copied_share": "members with the same sheet as another / members",
        "severe_share": "members more than a half above or below the panel / members",
    },
)
def _village_raters(given: Given) -> pd.DataFrame:
    raters = given.tables["raters"]
    marked = raters.assign(copied=raters["copied_from"].notna(), severe=raters["severity"].abs() > SEVERE)
    by = marked.groupby("village")
    sums, n = by[["copied", "severe"]].sum(), by.size()
    out = pd.DataFrame(
        {"raters": n, "copied_share": ratio(sums["copied"], n, 3), "severe_share": ratio(sums["severe"], n, 3)}
    )
    return out.reset_index()


SEVERE = 0.405
"""ln 1.5: a member who writes half as much again as the panel, or two thirds of it."""
