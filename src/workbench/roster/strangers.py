"""Lines of other files that speak of a person by an ID number that nobody can have: told by row, for they match nobody.

A slip of the pen on the negative list leaves the person meant eligible, one on the list of objections leaves a message
on its way; the line itself cannot be mended here.
"""

from __future__ import annotations

import pandas as pd

from workbench.roster.standing import RESIDENCE
from workbench.store import ids
from workbench.store.cells import Cells, rows_told

_SAID = "身份证号不是有效的号码，对不上任何人，请改正 / no valid ID number: it matches nobody, correct it"


def told(negative: pd.DataFrame | None, optouts: pd.DataFrame | None, visits: pd.DataFrame | None) -> list[str]:
    """A note on each file that has such lines; a line of the negative list without an ID is one of them."""
    notes = []
    of_people = None if visits is None else visits[visits["项目"] == RESIDENCE]
    for raw, blank_too in ((negative, True), (optouts, False), (of_people, False)):
        if raw is None or not len(raw):
            continue
        numbers = Cells(raw).persons("身份证").to_numpy()
        wrong = [not ids.sound_check(n) if isinstance(n, str) else blank_too for n in numbers]
        for source, lines in raw[wrong].groupby("source", sort=True):
            notes.append(f"{source}：身份证：{rows_told(lines['row'].tolist())}：{_SAID}")
    return notes
