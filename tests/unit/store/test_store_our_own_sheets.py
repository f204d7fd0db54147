"""What a sheet of ours carries for the eye is no unknown column when it comes back: its notes would bury the others."""

from __future__ import annotations

import pytest

from workbench.confirm.sheets import FORM, ROOM
from workbench.panel.workbook import COLUMNS
from workbench.store.dataset import open_dataset
from workbench.store.inputs import INPUTS


@pytest.mark.parametrize(("table", "names"), [("panels", [c[0] for c in COLUMNS]), ("signoffs", [*FORM, *ROOM])])
def test_every_column_of_our_sheets_is_known(table, names, tmp_path):
    known = INPUTS[table]
    assert set(names) == set(names) & {*known.columns, *known.printed}
    assert not set(known.columns) & set(known.printed)
    (tmp_path / table).mkdir()
    (tmp_path / table / "a.csv").write_text(
        ",".join(names) + ",家访\n" + ",".join("1" for _ in names) + ",2\n", "utf-8"
    )
    dataset = open_dataset(tmp_path)
    frame = dataset.read(table)
    assert dataset.notes == [f"{table}/a.csv：未用的列“家访” / column not used"]
    assert not set(known.printed) & set(frame.columns)
