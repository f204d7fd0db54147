"""Decides which limit of each household is in force at ``as_of``, and which sign-offs do not count.

In: ``households``, ``people``, ``history``, ``signoffs``, ``gaps``, ``ratings``.  Out: ``decisions`` (every decision
that counts), ``confirmed`` (the limit above 0 in force), ``signoff_findings``.  The order: sign-offs that do not count
are told and put aside; of what counts the latest decision of a household stands, a sign-off before a line of history of
the same day; its last day ends it, and an earlier one does not come back; a limit of 0 withdraws.

Holder: 授信对象身份证 where given, else the roster's holder (figures, People and milestones).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.confirm.admit import WAY_UNKNOWN
from workbench.confirm.signoffs import CapOn, signoffs_that_count
from workbench.params import RunParams
from workbench.store.tables import checked, empty

SIGNED = "签批"


@dataclass(frozen=True)
class Confirmed:
    """CONFIRMED, SIGNOFF_FINDINGS and DECISIONS."""

    confirmed: pd.DataFrame
    signoff_findings: pd.DataFrame
    decisions: pd.DataFrame


def confirm_limits(
    households: pd.DataFrame,
    people: pd.DataFrame,
    history: pd.DataFrame | None,
    signoffs: pd.DataFrame | None,
    gaps: pd.DataFrame | None,
    ratings: pd.DataFrame | None,
    *,
    params: RunParams,
    cap_on: CapOn | None = None,
) -> Confirmed:
    """CONFIRMED at ``params.as_of``, SIGNOFF_FINDINGS, DECISIONS.  ``gaps`` only says which decisions are awaited;
    ``cap_on`` gives the bank's highest limit on a day (without it that of the notice)."""
    counting, findings = signoffs_that_count(signoffs, households, people, ratings, cap_on)
    decisions = _decisions(history, counting, households)
    return Confirmed(in_force(decisions, pd.Timestamp(params.as_of)), findings, decisions)


def _decisions(history: pd.DataFrame | None, signoffs: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """DECISIONS: history and counting sign-offs of households that a roster knows, each with its holder."""
    parts = [signoffs.assign(way=SIGNED, rule=signoffs["reason"].fillna("其他"), rank=1)]
    if history is not None:
        parts.append(history.assign(rule="history", way=history["way"].fillna(WAY_UNKNOWN), rank=0))
    columns = ["village", "household", "limit", "date", "way", "rule", "approver", "checker", "until", "first_drawn"]
    kept = [*columns, "holder", "rank", "source", "row"]
    parts = [part.reindex(columns=kept).astype(_TYPES) for part in parts if len(part)]
    if not parts:
        return empty("decisions")
    out = pd.concat(parts, ignore_index=True)
    known = households.set_index("household")["holder"]
    out = out[out["household"].isin(known.index)]
    out["holder"] = out["holder"].fillna(out["household"].map(known))
    out = out.sort_values(["household", "date", "rank", "source", "row"], kind="stable")
    # the last decision of a day is the one that stands
    out = out.drop_duplicates(["household", "date"], keep="last")
    return checked("decisions", out[[*columns, "holder"]])


_TYPES = {"approver": "str", "checker": "str", "until": "datetime64[s]", "first_drawn": "datetime64[s]"}


def in_force(decisions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """CONFIRMED on a day: the latest decision up to it, above 0, not past its last day, of somebody to hold it."""
    known = decisions[decisions["date"] <= day].sort_values(["household", "date"], kind="stable")
    last = known.drop_duplicates("household", keep="last")
    stands = (last["limit"] > 0) & (last["until"].isna() | (last["until"] >= day)) & last["holder"].notna()
    return checked("confirmed", last[stands])
