"""Promise 5: the order of rows and of columns in any file but the rosters changes nothing that the door admits.

Of two roster rows for one person the earlier stands, by rule; there the order matters.  What goes on from the door is
the same bytes for the same tables (``test_same_bytes``).
"""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pandas as pd
import pytest

from workbench.identity import Pseudonyms
from workbench.params import load_params
from workbench.run.door import Admitted, admit
from workbench.store.text import decode

NAMES = Pseudonyms(b"a-key-for-tests-0001")
PLACE = ("row",)
"""Where a row stood is told, so that it can be found again."""


def shuffled(path: Path, chance: random.Random) -> None:
    head, *rows = csv.reader(io.StringIO(decode(path.read_bytes(), path.name)[0]))
    chance.shuffle(rows)
    columns = chance.sample(range(len(head)), len(head))
    out = io.StringIO()
    csv.writer(out).writerows([[line[c] for c in columns] for line in (head, *rows) if len(line) == len(head)])
    path.write_text(out.getvalue(), "utf-8")


def plain(admitted: Admitted) -> dict[str, str]:
    """The tables without the places of rows."""
    frames = {name: frame.drop(columns=[*PLACE], errors="ignore") for name, frame in admitted.tables.items()}
    return {name: _sorted(frame).to_csv() for name, frame in frames.items()}


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(list(frame.columns), ignore_index=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_rows_and_columns_in_another_order_are_the_same_tables(seed: int, tiny_town: Path, town: Path) -> None:
    chance = random.Random(seed)
    files = [p for p in sorted(town.rglob("*.csv")) if p.parent.name != "rosters"]
    assert len(files) > 8
    for path in files:
        shuffled(path, chance)
    here, there = (admit(load_params(t / "params.yaml"), t / "params.yaml", NAMES) for t in (tiny_town, town))
    assert plain(there) == plain(here)
