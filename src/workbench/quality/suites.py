"""Reads the suites of expectations and refuses what could not be checked as written.

A suite is a JSON file ``expectations/<name>.json``: a name, a Chinese title, and a list of expectations, each about one
table (declared in ``tables`` or derived in ``quality.derive``).  Great Expectations silently drops what it does not
know, so everything is checked here first: keys, severity, table, column.  All faults of all suites are told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import Fault, InputError
from workbench.quality.derive import is_open, known_columns, known_tables

SEVERITIES = ("critical", "warning", "info")
_SUITE_KEYS = {"name", "title", "notes", "expectations"}
_KEYS = {"table", "type", "kwargs", "severity", "description", "notes"}
_COLUMN_KWARGS = ("column", "column_A", "column_B")
_LIST_KWARGS = ("column_list", "column_set")
LARGEST_SUITE = 1_000_000
"""Bytes; a suite is written by hand."""


@dataclass(frozen=True)
class Expectation:
    """One expectation as written: ``check`` is its number in the file, from 1."""

    suite: str
    check: int
    table: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str
    description: str
    notes: str = ""

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"expectations/{self.suite}.json: expectation {self.check}"

    @property
    def columns(self) -> list[str]:
        """The columns that it names."""
        named = [self.kwargs[k] for k in _COLUMN_KWARGS if k in self.kwargs]
        for key in _LIST_KWARGS:
            named += list(self.kwargs.get(key, []))
        return named


@dataclass(frozen=True)
class Suite:
    """A file of expectations."""

    name: str
    title: str
    expectations: tuple[Expectation, ...]
    notes: str = ""

    @property
    def tables(self) -> list[str]:
        """Its tables, in the order in which they first appear."""
        return list(dict.fromkeys(e.table for e in self.expectations))

    def about(self, table: str) -> list[Expectation]:
        """Its expectations about one table."""
        return [e for e in self.expectations if e.table == table]


def load_suites(folder: Path) -> list[Suite]:
    """Every ``*.json`` of the folder in the order of its name; ``InputError`` with all faults, by file and number."""
    files = (
        sorted(f for f in folder.glob("*.json") if f.is_file() and not f.name.startswith("."))
        if folder.is_dir()
        else []
    )
    if not files:
        raise InputError("expectations", "holds no suite", "put the suites back (expectations/*.json)")
    suites, faults = [], []
    for file in files:
        try:
            suites.append(read_suite(file))
        except InputError as fault:
            faults += fault.faults
    if faults:
        raise InputError(faults)
    return suites


def read_suite(file: Path) -> Suite:
    """One suite; ``InputError`` naming the file and the number of each expectation that cannot be checked."""
    place = f"expectations/{file.name}"
    data = _json(file, place)
    faults = list(_suite_faults(data, file.stem, place))
    if faults:
        raise InputError(faults)
    made = []
    for check, item in enumerate(data["expectations"], 1):
        try:
            made.append(as_expectation(item, data["name"], check))
        except InputError as fault:
            faults += fault.faults
    if faults:
        raise InputError(faults)
    return Suite(data["name"], data.get("title", data["name"]), tuple(made), data.get("notes", ""))


def as_expectation(item: Any, suite: str, check: int) -> Expectation:
    """One expectation from plain data; ``InputError`` with all its faults, by the suite's file and its number."""
    faults = list(_faults(item, f"expectations/{suite}.json: expectation {check}"))
    if faults:
        raise InputError(faults)
    return Expectation(
        suite,
        check,
        item["table"],
        item["type"],
        item.get("kwargs", {}),
        item["severity"],
        item["description"],
        item.get("notes", ""),
    )


def _json(file: Path, place: str) -> Any:
    def no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [k for k, _ in pairs]
        if len(set(keys)) < len(keys):
            raise ValueError("a key stands twice")
        return dict(pairs)

    try:
        if file.stat().st_size > LARGEST_SUITE:
            raise InputError(place, "is far too large for a suite", "keep one suite a subject")
        return json.loads(file.read_bytes().decode("utf-8-sig"), object_pairs_hook=no_twice)
    except json.JSONDecodeError as fault:
        raise InputError(place, f"is no JSON (line {fault.lineno})", "mend that line") from None
    except (ValueError, RecursionError):
        raise InputError(place, "is no plain JSON (UTF-8, each key once)", "mend the file") from None
    except OSError as fault:
        raise InputError(place, f"cannot be read ({fault.strerror})", "make the file readable") from None


def _suite_faults(data: Any, stem: str, place: str) -> Iterator[Fault]:
    if not isinstance(data, dict):
        yield Fault(place, "is no suite", "write {name, title, expectations: [...]}")
        return
    for key in sorted(set(data) - _SUITE_KEYS):
        yield Fault(f"{place}: {key}", "is an unknown key", "known keys: " + ", ".join(sorted(_SUITE_KEYS)))
    if data.get("name") != stem:
        yield Fault(f"{place}: name", "is not the name of the file", f"write {stem}")
    for key in ("title", "notes"):
        if not isinstance(data.get(key, ""), str):
            yield Fault(f"{place}: {key}", "must be text", "")
    if not isinstance(data.get("expectations"), list) or not data["expectations"]:
        yield Fault(f"{place}: expectations", "must be a list of at least one expectation", "see docs/gates.md")


def _faults(item: Any, place: str) -> Iterator[Fault]:
    if not isinstance(item, dict):
        yield Fault(place, "is no expectation", "write {table, type, kwargs, severity, description}")
        return
    for key in sorted(set(item) - _KEYS):
        yield Fault(f"{place}: {key}", "is an unknown key", "known keys: " + ", ".join(sorted(_KEYS)))
    for key in ("table", "type", "description"):
        if not isinstance(item.get(key), str) or not item[key].strip():
            yield Fault(f"{place}: {key}", "must be given as text", "see docs/gates.md")
    if item.get("severity") not in SEVERITIES:
        yield Fault(f"{place}: severity", "is none of " + ", ".join(SEVERITIES), "write one of them")
    kwargs = item.get("kwargs", {})
    if not isinstance(kwargs, dict) or not isinstance(item.get("notes", ""), str):
        yield Fault(f"{place}: kwargs, notes", "must be a mapping and a text", "see docs/gates.md")
        return
    if "row_condition" in kwargs:
        yield Fault(f"{place}: kwargs", "row_condition is not taken", "name a derived column that is empty elsewhere")
    if isinstance(item.get("table"), str):
        yield from _table_faults(item["table"], kwargs, place)


def _table_faults(table: str, kwargs: dict[str, Any], place: str) -> Iterator[Fault]:
    if table not in known_tables():
        yield Fault(f"{place}: table", "no table is called so", "known tables: " + ", ".join(known_tables()))
        return
    known = known_columns(table)
    for key in (*_COLUMN_KWARGS, *_LIST_KWARGS):
        given = kwargs.get(key, [])
        for column in [given] if isinstance(given, str) else given:
            if not isinstance(column, str) or (column not in known and not is_open(table)):
                yield Fault(f"{place}: {key}", f"{table} has no such column", "its columns: " + ", ".join(known))
