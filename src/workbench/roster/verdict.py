"""The verdict of every row: rosters and agreements in, rows with their readings and findings out.

Order of the rule: no person (skip); broken row; village without agreement; ID; name; household number; duplicates among
what is left, over all rosters; then what is kept is compared: heads, sex, birth month, telephone, relation, ethnic
group, land.  The first reject of a row is told, and all findings of a row that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workbench.roster.birth import check_birth, check_sex
from workbench.roster.households import HouseholdColumn, check_heads, check_numbers
from workbench.roster.ids import IdColumn, check_duplicates, check_ids, plain_column
from workbench.roster.kinship import check_ethnic, check_relations
from workbench.roster.landcolumn import LandColumn, check_land
from workbench.roster.lists import Lists
from workbench.roster.names import check_names
from workbench.roster.phones import check_phones
from workbench.roster.rows import STATUS, Findings, Rows, gather
from workbench.roster.skipped import check_skipped
from workbench.roster.villages import check_villages, without_agreement
from workbench.store.dataset import RosterSheet
from workbench.store.grid import Coded


@dataclass
class Verdict:
    """Rows with ``status`` (index into ``STATUS``), what each cell was read as, and every finding."""

    rows: Rows
    found: Findings
    status: npt.NDArray[np.int8]
    ids: IdColumn
    households: HouseholdColumn
    name: pa.StringArray
    relation: Coded
    ethnic: Coded
    phone_state: Coded
    phone: pa.StringArray
    land: LandColumn
    notes: list[str]
    aside: set[str]
    villages: set[str]

    def counts(self) -> pd.DataFrame:
        """Rows, kept, flagged, quarantined, skipped of every source that is not left aside."""
        out = {"source": [], "rows": []} | {name: [] for name in STATUS}  # type: ignore[var-annotated]
        for index, source in enumerate(self.rows.sources):
            if self.rows.files[index] in self.aside:
                continue
            of = np.bincount(self.status[self.rows.source == index], minlength=len(STATUS))
            out["source"].append(source)
            out["rows"].append(int(of.sum()))
            for place, name in enumerate(STATUS):
                out[name].append(int(of[place]))
        return pd.DataFrame(out)


def judge(sheets: Sequence[RosterSheet], villages: set[str], as_of: date, lists: Lists) -> Verdict:
    """The verdict of every row of all sheets; ``villages`` have an agreement in force."""
    every = gather(sorted(sheets, key=lambda s: s.file))
    first = Findings(len(every))
    key = plain_column(every, "身份证", as_of)
    check_skipped(every, first, key >= 0)
    rows, keep, notes = without_agreement(every, villages, first.skipped)
    found = first
    if not keep.all():
        found, key = Findings(len(rows)), key[keep]
        check_skipped(rows, found, key >= 0)
    aside = {f for i, f in enumerate(every.files) if (every.source == i).any() and not keep[every.source == i].any()}
    found.add("row_shape", rows.broken)
    check_villages(rows, found, villages)
    ids = check_ids(rows, found, key, as_of)
    name = check_names(rows, found, lists)
    households = check_numbers(rows, found)
    check_duplicates(ids, found)
    relation = check_relations(rows, found, lists)
    check_heads(rows, found, ids, households, relation, as_of)
    check_sex(rows, found, ids)
    check_birth(rows, found, ids)
    state, phone = check_phones(rows, found)
    ethnic = check_ethnic(rows, found, lists)
    land = check_land(rows, found)
    return Verdict(
        rows, found, found.status(), ids, households, name, relation, ethnic, state, phone, land, notes, aside, villages
    )
