"""Every table that a run holds: its columns with type, unit and meaning, its key, and who may see it.

A table is declared once, here; it is checked when it is saved and when it is loaded, and its declaration travels inside
the Parquet file as Arrow field metadata.  Columns beyond the declared ones are refused, but for tables marked ``open``
(household facts, whose columns the feature spec declares).  Names of contract tables and columns are fixed by the
contract; the others are ours.

In pandas: text is ``str`` (missing: NaN), int is ``int64``, float is ``float64``, bool is ``bool``, date is
``datetime64[s]`` without zone; a nullable int is ``Int64``.  Money is yuan, shares are 0-1.
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.tables import bank, gap, panel, quarter, roster
from workbench.tables.declare import Column, Table

DECLARED: tuple[Table, ...] = (
    *roster.DECLARED,
    *panel.DECLARED,
    *bank.DECLARED,
    *gap.DECLARED,
    *quarter.DECLARED,
)

TABLES: Mapping[str, Table] = {t.name: t for t in DECLARED}

__all__ = ["DECLARED", "TABLES", "Column", "Table"]
