"""Relation to the head, and ethnic group, by the lists in ``data/reference``."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from workbench.roster.lists import Lists
from workbench.roster.rows import Findings, Rows
from workbench.store.grid import Coded
from workbench.store.text import half_width, without_blanks

HEAD, SPOUSE, OTHER = "head", "spouse", "other"


def check_relations(rows: Rows, found: Findings, lists: Lists) -> Coded:
    """Reads 与户主关系 of all rows into head / spouse / child / parent / other, -1 where it is not on the list."""
    relation = _look_up(rows.coded["与户主关系"], lists.relations)
    found.add("relation_unknown", relation.codes < 0)
    return relation


def check_ethnic(rows: Rows, found: Findings, lists: Lists) -> Coded:
    """Reads 民族 of all rows into the standard name; a number of a foreign resident (9…) need not give one."""
    group = _look_up(rows.coded["民族"], lists.ethnic)
    unknown = group.codes < 0
    if unknown.any():
        foreign = np.asarray(pc.starts_with(rows.cells["身份证"], "9").fill_null(False))
        found.add("ethnic_unknown", unknown & ~(foreign & ~rows.filled("民族")))
    return group


def _look_up(written: Coded, words: dict[str, str]) -> Coded:
    return written.mapped([words.get(half_width(without_blanks(t))) for t in written.values])
