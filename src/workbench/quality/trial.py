"""Lets a modeler try an expectation on a finished run, and keep it, before the next run looks at it.

Takes the tables of a run and an expectation as plain data (as it would stand in ``expectations/<suite>.json``), gives
what it would have found, in counts.  Keeping it appends it to the suite's file, after the same checks that a run makes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError
from workbench.quality import engine
from workbench.quality.derive import known_tables
from workbench.quality.gate import gates_table, run_suite
from workbench.quality.page import full_table
from workbench.quality.register import COLUMNS, VIEWS, Given
from workbench.quality.suites import Suite, as_expectation, read_suite
from workbench.store.atomic import write_text
from workbench.tables import TABLES


def columns_of(table: str) -> pd.DataFrame:
    """The columns that an expectation about a table may name: 列, 含义, 由来, 依据的表."""
    if table not in known_tables():
        raise InputError(f"table {table}", "no table is called so", "known tables: " + ", ".join(known_tables()))
    lines: list[tuple[str, str, str, str]]
    if table in TABLES:
        lines = [(c.name, c.meaning + (f" ({c.unit})" if c.unit else ""), "表中", "") for c in TABLES[table].columns]
    else:
        lines = [
            (name, meaning, "汇总", "、".join(VIEWS[table].needs)) for name, meaning in VIEWS[table].columns.items()
        ]
    lines += [(c.name, c.meaning, "推算", "、".join(c.needs)) for c in COLUMNS.get(table, {}).values()]
    return pd.DataFrame(lines, columns=["列", "含义", "由来", "依据的表"])


def try_expectation(expectation: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], as_of: date) -> pd.DataFrame:
    """What the expectation finds in these tables: one line in Chinese (none where a table that it rests on lacks).

    ``InputError`` where it could not be checked as written, ``RunFailed`` where it cannot be evaluated.
    """
    suite = Suite("trial", "试用", (as_expectation(dict(expectation), "trial", 1),))
    engine.check_types([suite])
    return full_table(gates_table([run_suite(suite, Given(tables, as_of))]))


def keep_expectation(expectation: Mapping[str, Any], suite: str, folder: Path, keep: bool = True) -> str:
    """Appends the expectation to ``folder/<suite>.json`` (a new file where there is none) and says so in Chinese.

    With ``keep`` false nothing is written; an expectation that already stands there is not written twice.
    """
    file = folder / f"{suite}.json"
    data = _standing(file, suite)
    engine.check_types([Suite(suite, suite, (as_expectation(dict(expectation), suite, 1),))])
    if not keep:
        return f"没有保存。把 keep 改为 True，这项要求就写入 expectations/{suite}.json，下一次运行会核对它。"
    if dict(expectation) in data["expectations"]:
        return f"expectations/{suite}.json 里已经有这项要求，没有再写。"
    data["expectations"].append(dict(expectation))
    write_text(file, json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    return f"已写入 expectations/{suite}.json，为第 {len(data['expectations'])} 项；下一次运行会核对它。"


def _standing(file: Path, suite: str) -> dict[str, Any]:
    if not suite.isidentifier():
        raise InputError(f"suite {suite}", "is no name for a suite", "use letters, digits and _")
    if not file.exists():
        return {"name": suite, "title": suite, "expectations": []}
    read_suite(file)
    data: dict[str, Any] = json.loads(file.read_text("utf-8-sig"))
    return data
