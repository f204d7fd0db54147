"""Relation to the head, and ethnic group, by the lists in ``data/reference``."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from workbench.roster.lists import Lists
from workbench.roster.rows import Findings, Rows
from workbench.store.grid import Coded
from workbench.store.text import half_width, without_blanks

HEAD, SPOUSE, OTHER = "head", "spouse", "other"


def check_relations(rows: Rows, found: Findings, lists: Lists) -> npt.NDArray[np.object_]:
    """Reads 与户主关系 of all rows into head / spouse / child / parent / other."""
    kind, known = _look_up(rows.coded["与户主关系"], lists.relations)
    found.add("relation_unknown", ~known)
    return np.array(np.where(known, kind, OTHER), dtype=object)


def check_ethnic(rows: Rows, found: Findings, lists: Lists) -> npt.NDArray[np.object_]:
    """Reads 民族 of all rows into the standard name; a number of a foreign resident (9…) need not give one."""
    name, known = _look_up(rows.coded["民族"], lists.ethnic)
    foreign = np.asarray(pc.starts_with(rows.cells["身份证"], "9").fill_null(False))
    found.add("ethnic_unknown", ~known & ~(foreign & ~rows.filled("民族")))
    return name


def _look_up(written: Coded, words: dict[str, str]) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.bool_]]:
    said = [words.get(half_width(without_blanks(t))) for t in written.values]
    return written.of(said, None, object), written.of([s is not None for s in said], False, bool)
