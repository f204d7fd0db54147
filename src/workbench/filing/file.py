"""Decides which households are filed, which facts a visit confirmed or corrected, and what the books then hold.

In: ``visits``, ``photos``, ``records`` (or None).  Out: ``filed``, ``corrections``, ``facts``.  The latest visit of a
fact wins; a confirmation of what the books no longer hold says nothing (``filing.facts``).  A visit files a household.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.filing.facts import standing
from workbench.store.tables import checked, empty


@dataclass(frozen=True)
class Filed:
    """FILED, CORRECTIONS and FACTS (empty where there are no records)."""

    filed: pd.DataFrame
    corrections: pd.DataFrame
    facts: pd.DataFrame


def file_visits(visits: pd.DataFrame, photos: pd.DataFrame, records: pd.DataFrame | None) -> Filed:
    """FILED, CORRECTIONS, FACTS out of VISITS, PHOTOS and RECORDS."""
    ordered = visits.sort_values(["village", "household", "date", "source", "row", "item"], kind="stable")
    corrections = _corrections(ordered, records)
    return Filed(
        filed=_filed(ordered, corrections, photos), corrections=corrections, facts=_facts(records, corrections)
    )


def _corrections(visits: pd.DataFrame, records: pd.DataFrame | None) -> pd.DataFrame:
    """Facts that a visit confirmed or corrected, in the order of the visits."""
    if records is None or visits.empty:
        return empty("corrections")
    holds = standing(visits, records).eq("holds")
    lines = visits.loc[holds[holds].index.intersection(visits.index, sort=False)].rename(columns={"item": "fact"})
    lines = lines[["village", "household", "fact", "old", "new", "old_text", "new_text", "changed", "date", "manager"]]
    return checked("corrections", lines) if len(lines) else empty("corrections")


def _facts(records: pd.DataFrame | None, corrections: pd.DataFrame) -> pd.DataFrame:
    """The books with every fact as its latest visit found it."""
    if records is None:
        return empty("facts")
    out = records.copy()
    last = corrections.sort_values("date", kind="stable").drop_duplicates(["household", "fact"], keep="last")
    place = pd.Series(out.index, index=out["household"])
    for fact, lines in last.groupby("fact"):
        column = "new" if pd.api.types.is_numeric_dtype(out[fact]) else "new_text"
        out.loc[place[lines["household"]].to_numpy(), fact] = lines[column].to_numpy()
    return checked("facts", out)


def _filed(visits: pd.DataFrame, corrections: pd.DataFrame, photos: pd.DataFrame) -> pd.DataFrame:
    """One line a visited household."""
    if visits.empty:
        return empty("filed")
    by = visits.groupby(["village", "household"], sort=True)
    out = by.agg(filed_on=("date", "min"), last_visit=("date", "max"), manager=("manager", "first"))
    # a line about land corrects two facts: it is one item
    lines = visits.drop_duplicates(["source", "row"]).groupby(["village", "household"]).size()
    out["items"] = lines.reindex(out.index, fill_value=0)
    changed = corrections[corrections["changed"]].drop_duplicates(["village", "household", "fact"])
    out["corrected"] = changed.groupby(["village", "household"]).size().reindex(out.index, fill_value=0)
    out["photos"] = photos.groupby(["village", "household"]).size().reindex(out.index, fill_value=0)
    return checked("filed", out.reset_index())
