"""Villages and their confidentiality agreements: without one in force at ``as_of`` no row of a village is used.

An agreement is in force on its first and on its last day.  A file wholly of villages without one is left aside and
named; a single row of such a village is rejected.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from workbench.roster.rows import Findings, Mask, Rows
from workbench.store.cells import Cells
from workbench.store.tables import checked


def admit_agreements(raw: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """``agreements`` out of the file; ``InputError`` naming rows without a village or a first day."""
    cells = Cells(raw)
    day = pd.Timestamp(as_of)
    village = cells.text("提供单位", needed=True)
    signed, until = cells.days("签订日期", needed=True), cells.days("到期日期")
    cells.done()
    in_force = (signed <= day) & ~(until < day)
    return checked(
        "agreements", pd.DataFrame({"village": village, "signed": signed, "until": until, "in_force": in_force})
    )


def in_force(agreements: pd.DataFrame) -> set[str]:
    """Villages with an agreement in force."""
    return set(agreements.loc[agreements["in_force"], "village"])


def without_agreement(rows: Rows, villages: set[str], skipped: np.ndarray) -> tuple[Rows, np.ndarray, list[str]]:
    """The rows of files that name a village in force, which rows those are, and a note on every file left aside."""
    named = rows.filled("行政村名称") & ~skipped & ~rows.broken
    good = named & _good(rows, villages)
    files = np.array([rows.files.index(f) for f in rows.files], np.int32)[rows.source] if len(rows) else rows.source
    some, ours = np.bincount(files, named, len(rows.files)), np.bincount(files, good, len(rows.files))
    aside = (some > 0) & (ours == 0)
    notes = []
    for index in np.flatnonzero(aside):
        notes.append(
            f"{rows.files[index]}：{int(some[index])} 行所在的村没有生效的保密协议，整个文件未使用"
            f" / no agreement in force for its village, the whole file is left aside"
        )
    keep = ~aside[files] if len(rows) else np.zeros(0, bool)
    return (rows if keep.all() else rows.take(keep)), keep, notes


def check_villages(rows: Rows, found: Findings, villages: set[str]) -> None:
    """Rejects rows whose village has no agreement in force."""
    found.add("village_without_agreement", ~_good(rows, villages))


def _good(rows: Rows, villages: set[str]) -> Mask:
    written = rows.coded["行政村名称"]
    return written.of([value in villages for value in written.values], False, bool)
