"""Decides every figure of the programme against its dated target, for town, village, grid cell and client manager.

In: what each household adds (``milestones.homes``), the programme.  Out: ``milestones``, ``funnel``, ``course``,
``standing``.  ``met`` compares numerator and target on ``denominator_high``, exactly, on whole numbers: dirty rows
never help.  A file that was not given leaves its figures without ``actual``; so does a denominator of 0, which is
never met, whoever may be credited there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pandas as pd

from workbench.milestones.course import Course, course_of
from workbench.milestones.funnel import funnel_of
from workbench.milestones.homes import HOME_MEASURES, HOME_SCOPES, homes
from workbench.milestones.programme import Milestone, Programme
from workbench.milestones.standing import standing_of
from workbench.params import RunParams
from workbench.store.tables import checked
from workbench.words import TOWN


@dataclass(frozen=True)
class Measured:
    """MILESTONES, FUNNEL, COURSE, STANDING."""

    milestones: pd.DataFrame
    funnel: pd.DataFrame
    course: pd.DataFrame
    standing: pd.DataFrame


def measure(
    households: pd.DataFrame,
    people: pd.DataFrame,
    quarantined_people: pd.DataFrame,
    agreements: pd.DataFrame,
    confirmed: pd.DataFrame,
    *,
    grid: pd.DataFrame | None = None,
    filed: pd.DataFrame | None = None,
    visits: pd.DataFrame | None = None,
    drawdowns: pd.DataFrame | None = None,
    consensus: pd.DataFrame | None = None,
    gaps: pd.DataFrame | None = None,
    messages: pd.DataFrame | None = None,
    decisions: pd.DataFrame | None = None,
    programme: Programme,
    params: RunParams,
) -> Measured:
    """MILESTONES, FUNNEL, COURSE, STANDING at ``params.as_of``.  Tables that are None were not given."""
    cap, as_of = params.credited_per_household, params.as_of
    visited = _visited(filed, visits)
    each = homes(
        households,
        people,
        quarantined_people,
        confirmed,
        visited=set() if visited is None else set(visited["household"]),
        drawdowns=drawdowns,
        cap=cap,
    )
    villages = sorted(set(agreements.loc[agreements["in_force"], "village"]))
    milestones = _milestones(each, villages, grid, programme.milestone(as_of), as_of, params.filed_share)
    unknown = [m for m, given in (("usage", drawdowns), ("filed", visited)) if given is None]
    for word in unknown:
        milestones.loc[milestones["measure"].str.contains(word), "actual"] = float("nan")
    milestones = checked("milestones", milestones)
    return Measured(
        milestones=milestones,
        funnel=funnel_of(each, confirmed, consensus, visited, gaps, messages, drawdowns, villages),
        course=course_of(
            Course(each, confirmed if decisions is None else decisions, visited, drawdowns, villages, params),
            programme,
            as_of,
        ),
        standing=standing_of(milestones, each, programme.standing),
    )


def _visited(filed: pd.DataFrame | None, visits: pd.DataFrame | None) -> pd.DataFrame | None:
    """First visit of each household (household, filed_on); None where no visits were given."""
    if filed is not None:
        return filed[["household", "filed_on"]]
    if visits is None:
        return None
    return visits.groupby("household")["date"].min().rename("filed_on").reset_index()


def needed(numerator: int, denominator_high: int, target: Fraction | None) -> int:
    """How many more are wanted to meet a share of ``denominator_high``.

    >>> needed(306, 525, Fraction(7, 10))
    62
    """
    return 0 if target is None else max(0, math.ceil(target * denominator_high) - numerator)


def _line(counts: tuple[int, int, int], target: Fraction | None, whole: bool = False) -> dict[str, object]:
    """One figure; ``whole`` where the target is a number of villages and not a share."""
    numerator, denominator, high = counts
    missing = max(0, math.ceil(target) - numerator) if whole and target is not None else needed(numerator, high, target)
    return {
        "numerator": numerator,
        "denominator": denominator,
        "denominator_high": high,
        "actual": numerator / denominator if denominator else float("nan"),
        "target": float("nan") if target is None else float(target),
        "met": target is not None and denominator > 0 and missing == 0,
        "missing": missing,
    }


def _milestones(
    each: pd.DataFrame,
    villages: list[str],
    grid: pd.DataFrame | None,
    milestone: Milestone,
    as_of: date,
    filed_share: float,
) -> pd.DataFrame:
    lines: list[dict[str, object]] = []
    sums = {"town": each.assign(town=TOWN).groupby("town"), **{kind: each.groupby(kind) for kind in HOME_SCOPES}}
    columns = [f"{m}:{part}" for m in HOME_MEASURES for part in "ndh"]
    for kind, group in sums.items():
        counts = group[columns].sum().reindex(_scopes(kind, each, villages, grid), fill_value=0)
        for scope, row in zip(counts.index, counts.itertuples(index=False), strict=True):
            values = dict(zip(columns, map(int, row), strict=True))
            for name in HOME_MEASURES:
                target = milestone.target(name, len(villages))
                three = (values[f"{name}:n"], values[f"{name}:d"], values[f"{name}:h"])
                lines.append({"scope_kind": kind, "scope": scope, "measure": name, **_line(three, target)})
    done = villages_filed(each, villages, filed_share)
    target = milestone.target("villages_filed", len(villages))
    town = {"scope_kind": "town", "scope": TOWN, "measure": "villages_filed"}
    lines.append({**town, **_line((len(done), len(villages), len(villages)), target, whole=True)})
    return pd.DataFrame(lines).assign(as_of=pd.Timestamp(as_of), due=pd.Timestamp(milestone.date))


def _scopes(kind: str, each: pd.DataFrame, villages: list[str], grid: pd.DataFrame | None) -> list[str]:
    """Every scope of a kind: also a village or a cell where nobody is counted."""
    if kind == "town":
        return [TOWN]
    known = set(each[kind].dropna())
    if kind == "village":
        known |= set(villages)
    elif grid is not None:
        known |= set(grid.loc[grid["village"].isin(villages), kind].dropna())
    return sorted(known)


def villages_filed(each: pd.DataFrame, villages: list[str], filed_share: float) -> list[str]:
    """Villages of whose households with an eligible person at least ``filed_share`` have a visit."""
    share = Fraction(repr(float(filed_share)))
    counts = each.groupby("village")[["households_filed:n", "households_filed:d"]].sum()
    done = {
        village
        for village, visited, households in counts.itertuples(name=None)
        if households > 0 and int(visited) >= share * int(households)
    }
    return [village for village in villages if village in done]
