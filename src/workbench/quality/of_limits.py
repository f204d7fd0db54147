"""What a risk officer asks of books, history, limits and gaps: known households, ripe labels, bounds, sums."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench import words
from workbench.quality.of_panels import days_before
from workbench.quality.of_rosters import FEW_ROWS, HOUSEHOLD, joined, matched, ratio
from workbench.quality.register import Given, column, view

BLOCKS = list(words.BLOCKS)
STEP = 1_000
"""Yuan; limits are rounded down to it."""
YEAR = 365
"""Days; twelve months at the least."""


def beside(frame: pd.DataFrame, other: pd.DataFrame, value: str) -> pd.Series:
    """The other table's value for each row's household; missing where it has none."""
    found = frame[HOUSEHOLD].merge(other[[*HOUSEHOLD, value]], on=HOUSEHOLD, how="left")
    series: pd.Series = pd.Series(found[value].array, index=frame.index)
    return series


def _facts(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=[*HOUSEHOLD, "record_date"], errors="ignore")


# ---------------------------------------------------------------- records and facts
def _filled(frame: pd.DataFrame, given: Given) -> pd.Series:
    facts = _facts(frame)
    return facts.notna().mean(axis=1) if facts.shape[1] else pd.Series(np.nan, index=frame.index)


def _infinite(frame: pd.DataFrame, given: Given) -> pd.Series:
    numbers = _facts(frame).select_dtypes("number")
    return pd.Series(np.isinf(numbers.to_numpy("float64")).sum(axis=1), index=frame.index)


def _on_roster(frame: pd.DataFrame, given: Given) -> pd.Series:
    return joined(frame, given.tables["households"])


def _record_days(frame: pd.DataFrame, given: Given) -> pd.Series:
    return days_before(frame, "record_date", given)


for _table in ("records", "facts"):
    column(_table, "filled_share", "facts that are given / facts of the spec")(_filled)
    column(_table, "infinite", "facts that are infinite")(_infinite)
    column(_table, "on_roster", "the household stands on a roster", "households")(_on_roster)
    column(_table, "days_ago", "days from 数据日期 to as_of")(_record_days)
for _table in ("history", "limits", "gaps"):
    column(_table, "on_roster", "the household stands on a roster", "households")(_on_roster)


# ---------------------------------------------------------------- history
@column("history", "days_ago", "days from 确认日期 to as_of")
def _history_days(frame: pd.DataFrame, given: Given) -> pd.Series:
    return days_before(frame, "date", given)


@column("history", "label_days", "days from the first drawing (else 确认日期) to as_of where an overdue label is known")
def _label_days(frame: pd.DataFrame, given: Given) -> pd.Series:
    start = frame["first_drawn"].fillna(frame["date"])
    return days_before(frame.assign(start=start), "start", given).where(frame["overdue"].notna())


# ---------------------------------------------------------------- limits
@column(
    "limits", "off_step", "yuan of model_limit beyond a multiple of 1,000; 0 where the step is off", "policy_ledger"
)
def _off_step(frame: pd.DataFrame, given: Given) -> pd.Series:
    lines = given.tables["policy_ledger"]
    step = lines[lines["rule"] == "step"]
    in_force = bool((step["before"] != step["after"]).any())
    return frame["model_limit"] % STEP if in_force else frame["model_limit"] * 0.0


@column("limits", "limit_of_nobody", "model_limit where nobody of the household is eligible; else empty")
def _limit_of_nobody(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["model_limit"].where(frame["eligible"] == 0)


@column("limits", "reason_given", "why_not says why the limit is 0; empty where it is not")
def _reason_given(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["why_not"].notna().astype("boolean").mask(frame["model_limit"] > 0)


@column("metrics", "coverage_90", "share of confirmed limits within the limit model's 90 % interval; else empty")
def _coverage_90(frame: pd.DataFrame, given: Given) -> pd.Series:
    ours = (frame["subject"] == "limit") & (frame["measure"] == "coverage_90") & (frame["scope_kind"] == "all")
    return frame["value"].where(ours)


@column("limits", "rate_excess", "how far the rate is below that of a household with a lower pd")
def _rate_excess(frame: pd.DataFrame, given: Given) -> pd.Series:
    """Never a higher rate for a lower pd: 0 everywhere when the rate is monotone."""
    priced = frame[["pd", "rate"]].dropna()
    highest = priced.groupby("pd")["rate"].max().sort_index().cummax().shift().rename("highest")
    below = priced.merge(highest, left_on="pd", right_index=True, how="left")
    excess = (below["highest"] - below["rate"]).clip(lower=0).fillna(0.0)
    return excess.reindex(frame.index)


@column("limits", "explained", "sum of explanations less model_limit; empty where nothing is explained", "explanations")
def _explained(frame: pd.DataFrame, given: Given) -> pd.Series:
    sums = given.tables["explanations"].groupby(HOUSEHOLD)["yuan"].sum().reset_index()
    return (beside(frame, sums, "yuan") - frame["model_limit"]).abs()


@column("limits", "ledger_end", "limit after the last policy line less model_limit", "policy_ledger")
def _ledger_end(frame: pd.DataFrame, given: Given) -> pd.Series:
    ends = given.tables["policy_ledger"].sort_values([*HOUSEHOLD, "line"]).groupby(HOUSEHOLD)["after"].last()
    return (beside(frame, ends.reset_index(), "after") - frame["model_limit"]).abs()


@column("policy_ledger", "broken", "limit before a line less the limit after the line before it")
def _broken(frame: pd.DataFrame, given: Given) -> pd.Series:
    ordered = frame.sort_values([*HOUSEHOLD, "line"])
    previous = ordered.groupby(HOUSEHOLD)["after"].shift()
    return (ordered["before"] - previous).abs().reindex(frame.index)


# ---------------------------------------------------------------- gaps
@column("gaps", "blocks_off", "sum of the seven blocks less the gap, without sign")
def _blocks_off(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (frame[BLOCKS].sum(axis=1) - frame["gap"]).abs()


@column("gaps", "gap_off", "model_limit - panel_limit less the gap, without sign")
def _gap_off(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (frame["model_limit"] - frame["panel_limit"] - frame["gap"]).abs()


@column("gaps", "model_off", "model_limit in gaps less that in limits, without sign", "limits")
def _model_off(frame: pd.DataFrame, given: Given) -> pd.Series:
    return (beside(frame, given.tables["limits"], "model_limit") - frame["model_limit"]).abs()


@column("gaps", "eligible_before_list", "eligible people before the negative list", "households")
def _eligible_before_list(frame: pd.DataFrame, given: Given) -> pd.Series:
    return beside(frame, given.tables["households"], "base")


@column("gaps", "proposal_off_step", "yuan of proposed_limit beyond a multiple of 1,000")
def _proposal_off_step(frame: pd.DataFrame, given: Given) -> pd.Series:
    return frame["proposed_limit"] % STEP


@column(
    "gaps", "proposal_to_listed", "proposed_limit where the holder is on the negative list; else empty", "households"
)
def _proposal_to_listed(frame: pd.DataFrame, given: Given) -> pd.Series:
    listed = beside(frame, given.tables["households"], "listed_holder").fillna(False).astype(bool)
    return frame["proposed_limit"].where(listed)


@column("gaps", "optout_confirmed", "action is confirm though somebody objects to automated decisions", "households")
def _optout_confirmed(frame: pd.DataFrame, given: Given) -> pd.Series:
    objects = beside(frame, given.tables["households"], "auto_optout").fillna(False).astype(bool)
    return objects & (frame["action"] == "confirm")


@column("gaps", "unexplained_share", "unexplained / gap, without sign; empty within tolerance")
def _unexplained_share(frame: pd.DataFrame, given: Given) -> pd.Series:
    beyond = frame["gap"].abs().where(frame["primary_cause"] != "within_tolerance")
    return (frame["unexplained"].abs() / beyond).astype("float64")


@view(
    "village_records",
    "One line a village: the books against the roster",
    ("households", "records"),
    "village",
    {
        "village": "行政村名称",
        "recorded_share": "roster households with a record / roster households",
        "off_roster_share": "records of a household that no roster knows / records",
        "matched_share": "households on both sides / the smaller of books and roster; empty for few",
        "filled_share": "facts that are given / facts",
    },
)
def _village_records(given: Given) -> pd.DataFrame:
    households, records = given.tables["households"], given.tables["records"]
    has = households.assign(has=joined(households, records).fillna(False).astype(bool)).groupby("village")
    off = records.assign(
        off=~joined(records, households).fillna(False).astype(bool), filled=_filled(records, given)
    ).groupby("village")
    index = has.size().index.union(off.size().index)
    out = pd.DataFrame(
        {
            "recorded_share": ratio(has["has"].sum().reindex(index), has.size().reindex(index), FEW_ROWS),
            "off_roster_share": ratio(off["off"].sum().reindex(index), off.size().reindex(index), FEW_ROWS),
            "matched_share": matched(records, households).reindex(index),
            "filled_share": off["filled"].mean().reindex(index),
        }
    )
    return out.rename_axis("village").reset_index()
