"""Decides how many people stand at each stage, from the roster to the first drawing, for the town and each village.

In: what each household adds (``milestones.homes``) and the tables of the steps.  Out: ``funnel``.  On the roster every
kept row counts; from "eligible" on people are counted with the cap of the coverage figure, so that its last stages are
the numerators of coverage and usage; a stage whose table was not given is left out.
"""

from __future__ import annotations

import pandas as pd

from workbench.store.tables import checked
from workbench.words import TOWN

STAGES = ("roster", "eligible", "rated", "visited", "proposed", "confirmed", "notified", "drawn")
TOLD = ("ready", "sent")
"""States of a message that reaches its person: sent, or ready for the platform."""


def funnel_of(
    each: pd.DataFrame,
    confirmed: pd.DataFrame,
    consensus: pd.DataFrame | None,
    visited: pd.DataFrame | None,
    gaps: pd.DataFrame | None,
    messages: pd.DataFrame | None,
    drawdowns: pd.DataFrame | None,
    villages: list[str],
) -> pd.DataFrame:
    """FUNNEL: people at each stage, town and village."""
    eligible, credited = each["coverage:d"], each["coverage:n"]
    home = each["household"]
    people: dict[str, pd.Series] = {"roster": each["people"], "eligible": eligible, "confirmed": credited}
    if consensus is not None:
        people["rated"] = eligible * home.isin(consensus.loc[consensus["raters"] > 0, "household"])
    if visited is not None:
        people["visited"] = eligible * home.isin(visited["household"])
    if gaps is not None:
        people["proposed"] = eligible * home.isin(gaps.loc[gaps["proposed_limit"] > 0, "household"])
    if messages is not None:
        people["notified"] = credited * home.isin(messages.loc[messages["state"].isin(TOLD), "household"])
    if drawdowns is not None:
        people["drawn"] = each["usage:n"]
    by_village = pd.DataFrame(
        {stage: people[stage].groupby(each["village"]).sum() for stage in STAGES if stage in people}
    )
    by_village = by_village.reindex(villages, fill_value=0)
    lines = [("village", village, by_village.loc[village]) for village in villages]
    lines.append(("town", TOWN, by_village.sum()))
    return checked(
        "funnel",
        pd.DataFrame(
            [
                {"scope_kind": kind, "scope": scope, "position": STAGES.index(str(stage)), "stage": stage, "people": n}
                for kind, scope, counts in lines
                for stage, n in counts.items()
            ],
            columns=["scope_kind", "scope", "position", "stage", "people"],
        ),
    )
