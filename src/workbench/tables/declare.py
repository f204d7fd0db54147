"""How a table is declared: columns from lines of text, with type, unit and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "int", "float", "bool", "date"]
Privacy = Literal["open", "pseudonymous", "identifying"]


@dataclass(frozen=True)
class Column:
    """One column: ``null`` says whether cells may be empty."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    null: bool = False


@dataclass(frozen=True)
class Table:
    """One declared table.  Rows are saved in the order of ``key`` (pseudonyms, so roster order is not kept)."""

    name: str
    meaning: str
    privacy: Privacy
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    open: bool = False
    unique: bool = True

    @property
    def names(self) -> list[str]:
        """The declared column names in their order."""
        return [c.name for c in self.columns]


def columns_of(text: str) -> tuple[Column, ...]:
    """Columns from lines ``name kind[?] [unit] | meaning``; ``?`` lets cells be empty."""
    out = []
    for line in filter(None, map(str.strip, text.strip().splitlines())):
        head, _, meaning = line.partition("|")
        name, kind, *unit = head.split()
        out.append(Column(name, kind.rstrip("?"), meaning.strip(), " ".join(unit), kind.endswith("?")))  # type: ignore[arg-type]
    return tuple(out)


def table(
    name: str, privacy: Privacy, key: str, meaning: str, columns: str, *, open: bool = False, unique: bool = True
) -> Table:
    """A declaration; ``key`` and ``columns`` as text."""
    return Table(name, meaning, privacy, tuple(key.split()), columns_of(columns), open, unique)


HOUSEHOLD = """
village text | 行政村名称, blanks around it gone
household text | pseudonym of the household: 16 hex digits
"""
