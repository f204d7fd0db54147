"""What a risk officer asks of visits, decisions, messages and targets: dates, two people, consent, honest counts."""

from __future__ import annotations

import pandas as pd

from workbench.quality.of_limits import beside
from workbench.quality.of_panels import days_before
from workbench.quality.of_rosters import FEW_ROWS, HOUSEHOLD, joined, ratio
from workbench.quality.register import Given, column, view


def _on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"])


def _days_ago(frame: pd.DataFrame, given: Given) -> pd.Series:
    return days_before(frame, "date", given)


for _table in ("visits", "photos", "corrections", "filed", "confirmed", "messages"):
    column(_table, "on_roster", "the household stands on a roster", "households")(_on_roster)
for _table in ("visits", "photos", "corrections", "signoffs", "confirmed", "drawdowns"):
    column(_table, "days_ago", "days from the date to as_of")(_days_ago)


@column("visits", "changed_number", "1 where the checked value differs, else 0")
def _changed_number(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["changed"].astype("int64")


@column("filed", "days_visited", "days from the first visit to the last")
def _days_visited(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (frame["last_visit"] - frame["filed_on"]).dt.days.astype("float64")


# ---------------------------------------------------------------- decisions
@column("confirmed", "holder_on_roster", "the holder is a kept person", "people")
def _holder_on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["holder"].isin(given.tables["people"]["person"])


@column("confirmed", "holder_eligible", "the holder is eligible at as_of; empty where no roster knows them", "people")
def _holder_eligible(frame: pd.DataFrame, given: Given) -> pd.Series:
    eligible = given.tables["people"].drop_duplicates("person").set_index("person")["eligible"]
    return eligible.astype("boolean").reindex(frame["holder"]).reset_index(drop=True)


@column("confirmed", "one_hand", "approver and checker have one code")
def _one_hand(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (frame["approver"] == frame["checker"]) & frame["approver"].notna()


@column("confirmed", "days_left", "days from as_of to the end of the limit; empty without an end")
def _days_left(frame: pd.DataFrame, given: Given) -> pd.Series:
    return -days_before(frame, "until", given)


# ---------------------------------------------------------------- messages
@column("messages", "confirmed_here", "the household has a limit in force", "confirmed")
def _confirmed_here(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["confirmed"])


@column("messages", "against_objection", "to be sent, or sent, though the holder objects", "confirmed", "people")
def _against_objection(frame: pd.DataFrame, given: Given) -> pd.Series:
    people = given.tables["people"]
    objecting = set(people.loc[people["sms_optout"], "person"])
    holders = beside(frame, given.tables["confirmed"], "holder")
    return holders.isin(objecting) & frame["state"].isin(["ready", "sent"])


@column("drawdowns", "known_person", "who drew is a kept person", "people")
def _known_person(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["person"].isin(given.tables["people"]["person"])


# ---------------------------------------------------------------- targets
@column("milestones", "share_target", "target of coverage and usage; empty for counts of villages")
def _share_target(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["target"].where(frame["measure"].str.startswith(("coverage", "usage")))


@column("milestones", "met_wrongly", "said to be met though numerator / denominator_high is below the target")
def _met_wrongly(frame: pd.DataFrame, given: Given) -> pd.Series:
    lacking = frame["numerator"] < frame["target"] * frame["denominator_high"] - 1e-9
    return frame["met"] & frame["measure"].str.startswith(("coverage", "usage")) & lacking.fillna(True)


@column("milestones", "over", "numerator less denominator")
def _over(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["numerator"] - frame["denominator"]


@column("milestones", "hidden", "denominator less denominator_high: above 0 dirty rows would help")
def _hidden(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["denominator"] - frame["denominator_high"]


@view(
    "village_credit",
    "One line a village with a confirmed limit",
    ("households", "confirmed"),
    "village",
    {
        "village": "行政村名称",
        "confirmed_share": "households with a limit in force / households with an eligible person",
        "median_limit": "median limit in force, yuan; empty for fewer than ten",
        "top_share": "limits at the cap of 500,000 / limits",
        "signed_share": "limits in force by sign-off / limits",
    },
)
def _village_credit(given: Given) -> pd.DataFrame:
    households, confirmed = given.tables["households"], given.tables["confirmed"]
    able = households[households["eligible"] > 0].groupby("village").size()
    marked = confirmed.assign(top=confirmed["limit"] >= CAP, signed=confirmed["way"] == "签批")
    by = marked.groupby("village")
    n = by[HOUSEHOLD[1]].nunique()
    out = pd.DataFrame(
        {
            "confirmed_share": ratio(n, able.reindex(n.index).fillna(0), FEW_ROWS),
            "median_limit": by["limit"].median().where(n >= SMALL_GROUP),
            "top_share": ratio(by["top"].sum(), n, SMALL_GROUP),
            "signed_share": ratio(by["signed"].sum(), n, SMALL_GROUP),
        }
    )
    return out.rename_axis("village").reset_index()


CAP = 500_000
"""Yuan; the notice's cap, inclusive."""
SMALL_GROUP = 10
"""A figure about fewer people is no figure about a village."""
