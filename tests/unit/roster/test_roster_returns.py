"""The village's sheet back: marked where it is faulty, read again as it was, and taken in its place once mended."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest
from roster_forms import VILLAGE, admit, agreement, csv, id_number, person, told, xlsx

from workbench.errors import InputError
from workbench.roster.returns import write_returns
from workbench.store.dataset import open_dataset
from workbench.words import FORM_COLUMNS

HEAD, BAD = id_number(), id_number("19900101", 903)[:-1]


def rows() -> list[dict[str, object]]:
    return [person(), person(id=BAD, head=HEAD, relation="子", birth="1990-01", name="=cmd", phone="123", land="")]


@pytest.mark.parametrize("write", [csv, xlsx])
def test_the_sheet_comes_back_marked_and_is_read_as_before(tmp_path: Path, write) -> None:
    agreement(tmp_path)
    original = write(tmp_path, rows())
    before = admit(tmp_path)
    (made,) = write_returns(before, open_dataset(tmp_path), VILLAGE, tmp_path / "out")
    sheet = openpyxl.load_workbook(made).worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    wrong = sheet.cell(3, places["身份证"])
    assert "18 位" in wrong.comment.text
    assert "户口簿" in wrong.comment.text
    assert wrong.fill.fgColor.rgb != "00000000"
    assert sheet.cell(3, places["姓名"]).data_type == "s"
    assert "18 位" in sheet.cell(3, places["退回原因"]).value
    assert [c.value for c in sheet[1]][:14] == list(FORM_COLUMNS)
    if original.suffix == ".xlsx":
        original.unlink()
    shutil.copy(made, tmp_path / "rosters" / made.name)
    after = admit(tmp_path)
    assert told(after) == told(before)
    assert after.tables["people"].equals(before.tables["people"])
    assert any("代替" in note for note in after.notes) == (original.suffix == ".csv")


def test_a_mended_sheet_is_taken_in_its_place(tmp_path: Path) -> None:
    agreement(tmp_path)
    csv(tmp_path, rows())
    (made,) = write_returns(admit(tmp_path), open_dataset(tmp_path), VILLAGE, tmp_path / "out")
    book = openpyxl.load_workbook(made)
    sheet = book.worksheets[0]
    places = {cell.value: cell.column for cell in sheet[1]}
    sheet.cell(3, places["身份证"]).value = id_number("19900101", 903)
    sheet.cell(3, places["联系方式"]).value = "13800000002"
    book.save(tmp_path / "rosters" / made.name)
    assert told(admit(tmp_path)) == []


def test_another_village_in_the_same_file_stays_out(tmp_path: Path) -> None:
    agreement(tmp_path, VILLAGE, "石桥村")
    csv(
        tmp_path,
        [*rows(), person(id=id_number("19800101", 907), village="石桥村", name="李别村", birth="1980-01")],
        "rosters/两村.csv",
    )
    (made,) = write_returns(admit(tmp_path), open_dataset(tmp_path), VILLAGE, tmp_path / "out")
    texts = [str(c.value) for line in openpyxl.load_workbook(made).worksheets[0] for c in line]
    assert made.name == f"两村（{VILLAGE}）.xlsx"
    assert "王甲子" in texts
    assert "李别村" not in texts


def test_nothing_to_mend_is_said_and_nothing_made(tmp_path: Path) -> None:
    agreement(tmp_path)
    csv(tmp_path, [person()])
    with pytest.raises(InputError, match="no row of this village"):
        write_returns(admit(tmp_path), open_dataset(tmp_path), VILLAGE, tmp_path / "out")
    assert not (tmp_path / "out").exists()
