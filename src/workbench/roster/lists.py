"""Lists that the intake looks words up in: relations, ethnic groups, units of land, private-use characters.

They are data (``data/reference/``); the bank may add lines.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from workbench.errors import InputError
from workbench.store.place import product


@dataclass(frozen=True)
class Lists:
    """``relations``: word to head / spouse / child / parent / other; ``ethnic``: word to standard name;
    ``units``: unit to mu; ``private_use``: old code point to standard character."""

    relations: dict[str, str]
    ethnic: dict[str, str]
    units: dict[str, Decimal]
    private_use: dict[int, str]


@cache
def load_lists(folder: Path | None = None) -> Lists:
    """The lists of a folder, the product's own by default."""
    folder = folder or product() / "data" / "reference"
    return Lists(
        relations={r["word"]: r["kind"] for r in _rows(folder / "relations.csv")},
        ethnic={r["word"]: r["standard"] for r in _rows(folder / "ethnic-groups.csv")},
        units={r["unit"]: Decimal(r["mu"]) for r in _rows(folder / "land-units.csv")},
        private_use={int(r["private"], 16): chr(int(r["standard"], 16)) for r in _rows(folder / "private-use.csv")},
    )


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError:
        raise InputError(f"data/reference/{path.name}", "is missing", "put the product's own file back") from None
