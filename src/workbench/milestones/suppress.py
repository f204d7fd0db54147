"""Decides which figures may leave the bank: none about fewer than ten people, and none that would give such a one back.

In: ``milestones`` or ``funnel``.  Out: the same with a figure emptied where it, or what it is a share of, is about one
to nine people.  Among the scopes of one kind (villages that add up to the town) a single emptied figure could
be had by subtraction, so the smallest of the others goes with it, until the emptied ones are ten people or more in two
scopes at least.  Inside the bank the pages show counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

LEAST_PEOPLE = 10
FIGURES = ("numerator", "denominator", "denominator_high", "actual", "missing")
OF_PEOPLE = ("coverage", "coverage_members", "usage", "usage_members", "households_filed")


def hidden(counts: pd.Series, least: int = LEAST_PEOPLE) -> pd.Series:
    """Which of the parts of a known sum must be hidden.

    >>> list(hidden(pd.Series([3, 40, 12, 0])))
    [True, False, True, False]
    >>> list(hidden(pd.Series([3, 4, 9])))
    [True, True, True]
    >>> list(hidden(pd.Series([50, 0, 12])))
    [False, False, False]
    """
    out = (counts > 0) & (counts < least)
    if not out.any():
        return out
    for place in counts[~out & (counts > 0)].sort_values(kind="stable").index:
        if int(out.sum()) >= 2 and int(counts[out].sum()) >= least:
            break
        out[place] = True
    return out


def outward_milestones(milestones: pd.DataFrame) -> pd.DataFrame:
    """MILESTONES as they may leave the bank: small figures emptied (counts become nullable)."""
    out = milestones.astype(
        {"numerator": "Int64", "denominator": "Int64", "denominator_high": "Int64", "missing": "Int64"}
    )
    people = out["measure"].isin(OF_PEOPLE)
    for _, some in milestones[people].groupby(["scope_kind", "measure"]):
        hide = hidden(some["numerator"]) | hidden(some["denominator"])
        out.loc[hide[hide].index, list(FIGURES)] = pd.NA
    return out


def outward_course(course: pd.DataFrame) -> pd.DataFrame:
    """COURSE as it may leave the bank: without the dates at which a share is about one to nine people.

    A forecast that such a date is the last of goes too, for its line starts there.
    """
    people = course["measure"].isin(OF_PEOPLE) & ~course["forecast"]
    hide = people & (hidden_alone(course["numerator"]) | hidden_alone(course["denominator"]))
    known = course[~course["forecast"]]
    last = known["date"] == known.groupby("measure")["date"].transform("max")
    thin = set(known.loc[last & hide.loc[known.index], "measure"])
    return course[~hide & ~(course["forecast"] & course["measure"].isin(thin))]


def hidden_alone(counts: pd.Series, least: int = LEAST_PEOPLE) -> pd.Series:
    """Which counts are of one to nine people.

    >>> list(hidden_alone(pd.Series([0, 4, 10])))
    [False, True, False]
    """
    return (counts > 0) & (counts < least)


def outward_counts(frame: pd.DataFrame, by: Sequence[str], column: str) -> pd.DataFrame:
    """Counts of people as they may leave the bank: within each group of ``by`` the parts add up to a known sum."""
    out = frame.astype({column: "Int64"})
    for _, some in frame.groupby(list(by)):
        hide = hidden(some[column])
        out.loc[hide[hide].index, column] = pd.NA
    return out
