"""Columns and tables that expectations need and no stage makes, computed when an expectation names them.

Takes the tables of a run (and of the run before), gives the frame that a suite looks at.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from workbench.quality import of_limits, of_panels, of_quarter, of_rosters, of_runs
from workbench.quality.register import COLUMNS, VIEWS, Given
from workbench.tables import TABLES

DEFINED_IN = (of_rosters, of_panels, of_limits, of_quarter, of_runs)
"""The modules whose import fills the register."""


def known_tables() -> list[str]:
    """Tables that an expectation may be about: the declared ones, then the derived ones."""
    return [*TABLES, *VIEWS]


def known_columns(table: str) -> list[str]:
    """Declared and derived columns that an expectation about the table may name."""
    declared = TABLES[table].names if table in TABLES else list(VIEWS[table].columns)
    return declared + [c.name for c in COLUMNS.get(table, {}).values()]


def is_open(table: str) -> bool:
    """Whether the feature spec may give the table columns that are not declared."""
    return table in TABLES and TABLES[table].open


def needs_of(table: str, columns: Iterable[str] = ()) -> tuple[str, ...]:
    """The tables that an expectation about these columns of a table rests on."""
    derived = COLUMNS.get(table, {})
    needs = list(VIEWS[table].needs) if table in VIEWS else [table]
    for name in columns:
        needs += derived[name].needs if name in derived else ()
    return tuple(dict.fromkeys(needs))


def frame_of(table: str, columns: Iterable[str], given: Given) -> pd.DataFrame:
    """The table or view with the derived columns that are asked for."""
    frame = VIEWS[table].make(given) if table in VIEWS else given.tables[table]
    derived = COLUMNS.get(table, {})
    wanted = [name for name in dict.fromkeys(columns) if name in derived]
    if not wanted:
        return frame
    return frame.assign(**{name: derived[name].make(frame, given).set_axis(frame.index) for name in wanted})


def place_of(table: str) -> str | None:
    """The column that may be named in a message to say where: a file, a village, a measure; never a household."""
    if table in VIEWS:
        return VIEWS[table].place
    return "source" if table == "row_counts" else None
