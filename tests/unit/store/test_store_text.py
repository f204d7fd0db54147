"""A workbook given where Parquet or CSV is read: said what it is, whatever it is called."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.limit.tablefile import read_table
from workbench.store.longtable import read_columns

READERS: dict[str, Callable[[Path], object]] = {
    "consensus": lambda path: read_columns(path, ["h"]),
    "train": read_table,
}


@pytest.mark.parametrize("reads", READERS.values(), ids=READERS)
@pytest.mark.parametrize("name", ["t.xlsx", "t.xls", "t.csv", "t.parquet"])
@pytest.mark.parametrize("form", ["new", "old"])
def test_a_workbook_is_named_as_one(tmp_path: Path, name: str, form: str, reads: Callable[[Path], object]) -> None:
    made = tmp_path / "made.xlsx"
    pd.DataFrame({"h": ["1"]}).to_excel(made, index=False)
    content = made.read_bytes() if form == "new" else b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="is a workbook, and this command reads Parquet or CSV") as told:
        reads(tmp_path / name)
    assert name in str(told.value)
