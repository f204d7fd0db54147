"""Decides which sign-offs count, and tells each that does not by file and row.

In: ``signoffs``, ``households``, ``people``, ``ratings``.  Out: the sign-offs that count, and ``signoff_findings``.
Which count stands in figures (People and milestones); one dated before its household's rating counts, and is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd

from workbench.store.tables import checked, empty

CAP = 500_000.0
"""Yuan, inclusive: 50（含）万元以下信用贷款 (干办[2019]51号, 一、重要意义); where no policy of the bank says less."""
CapOn = Callable[[date], float | None]
"""The highest limit in force on a day, in yuan; None where no rule is."""

RULES: dict[str, tuple[bool, str, str]] = {
    "no_amount": (
        False,
        "没有填写确认额度，不计入；请补填后重新报送",
        "no limit is written, so it does not count; fill it in and send it again",
    ),
    "not_signed": (
        False,
        "审批人或复核人没有签名，不计入；请两人签名后重新报送",
        "approver or checker is missing, so it does not count; have both sign",
    ),
    "same_person": (
        False,
        "审批人与复核人是同一人，不计入；请由另一人复核",
        "approver and checker are one person, so it does not count; have another person check",
    ),
    "above_cap": (
        False,
        "额度超过当日的单户上限（通知定为50万元），不计入；请按上限重新审批",
        "the limit is above the cap of its day (500,000 yuan by the notice), so it does not count; decide again",
    ),
    "below_zero": (
        False,
        "额度小于零，不计入；请更正额度",
        "the limit is below zero, so it does not count; correct it",
    ),
    "unknown_household": (
        False,
        "名册中没有这一户，不计入；请核对村名和户号",
        "no roster knows the household, so it does not count; check village and number",
    ),
    "listed_holder": (
        False,
        "授信对象在负面清单上，不计入；请核对清单",
        "the holder is on the negative list, so it does not count; check the list",
    ),
    "no_holder": (
        False,
        "该户没有符合条件的授信对象，不计入；请填写授信对象身份证",
        "nobody of the household can hold the limit, so it does not count; name the holder",
    ),
    "before_rating": (
        True,
        "签批日期早于评议日期，仍计入；请说明原因",
        "dated before the household's rating: it counts; say why",
    ),
    "same_day": (
        False,
        "同一户同一天有另一份签批，以后一份为准",
        "another sign-off of the household on that day stands after it, and counts",
    ),
}
"""Rule to (whether the sign-off counts all the same, what is told in Chinese, and in English)."""


def signoffs_that_count(
    signoffs: pd.DataFrame | None,
    households: pd.DataFrame,
    people: pd.DataFrame,
    ratings: pd.DataFrame | None,
    cap_on: CapOn | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(SIGNOFFS that count, SIGNOFF_FINDINGS)."""
    if signoffs is None or signoffs.empty:
        return empty("signoffs"), empty("signoff_findings")
    hits = _hits(signoffs, households, people, ratings, cap_on)
    counts = pd.Series(True, index=signoffs.index)
    findings = []
    for rule, mask in hits.items():
        findings.append(_told(signoffs[mask], rule))
        if not RULES[rule][0]:
            counts &= ~mask
    ordered = signoffs[counts].sort_values(["household", "date", "source", "row"], kind="stable")
    twice = ordered[ordered.duplicated(["household", "date"], keep="last")]
    findings.append(_told(twice, "same_day"))
    return signoffs[counts].drop(index=twice.index), checked("signoff_findings", pd.concat(findings, ignore_index=True))


def _told(signoffs: pd.DataFrame, rule: str) -> pd.DataFrame:
    _, zh, en = RULES[rule]
    return signoffs[["source", "row"]].assign(rule=rule, message=f"{zh} / {en}")


def _hits(
    signoffs: pd.DataFrame,
    households: pd.DataFrame,
    people: pd.DataFrame,
    ratings: pd.DataFrame | None,
    cap_on: CapOn | None,
) -> dict[str, pd.Series]:
    """The sign-offs that each rule meets."""
    home = households.drop_duplicates("household").set_index("household")
    holder = signoffs["holder"].fillna(signoffs["household"].map(home["holder"]))
    own = signoffs["holder"].isna()
    listed_home = signoffs["household"].map(home["listed_holder"]).eq(True)
    listed = holder.isin(people.loc[people["listed"], "person"]) | (own & listed_home)
    return {
        "no_amount": signoffs["limit"].isna(),
        "not_signed": signoffs["approver"].isna() | signoffs["checker"].isna(),
        "same_person": signoffs["same_person"],
        "above_cap": signoffs["limit"] > _caps(signoffs["date"], cap_on),
        "below_zero": signoffs["limit"] < 0,
        "unknown_household": ~signoffs["on_roster"],
        "listed_holder": listed,
        "no_holder": signoffs["on_roster"] & holder.isna() & (signoffs["limit"] > 0),
        "before_rating": signoffs["on_roster"] & _before_rating(signoffs, ratings),
    }


def _caps(days: pd.Series, cap_on: CapOn | None) -> pd.Series:
    """The cap of each day: what held when it was signed, whatever was decided since."""
    found = {day: cap_on(day.date()) if cap_on is not None else None for day in days.unique()}
    return days.map({day: CAP if cap is None else cap for day, cap in found.items()}).astype("float64")


def _before_rating(signoffs: pd.DataFrame, ratings: pd.DataFrame | None) -> pd.Series:
    """Whether a sign-off is dated before the first rating of its household that counts."""
    if ratings is None or not ratings["counts"].any():
        return pd.Series(False, index=signoffs.index)
    first = ratings[ratings["counts"]].groupby("household")["date"].min()
    return signoffs["date"] < signoffs["household"].map(first)
