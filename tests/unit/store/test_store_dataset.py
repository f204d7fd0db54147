"""Other tables of a dataset: found by name, every cell as text, what was left aside told."""

from __future__ import annotations

import os
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter
from roster_forms import VILLAGE, admit, agreement, csv, id_number, person, table

from workbench.errors import InputError
from workbench.store.dataset import open_dataset
from workbench.store.inputs import INPUTS
from workbench.words import FORM_COLUMNS


def workbook(path: Path, *rows: list[object], **options: object) -> Path:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm", **options})
    sheet = book.add_worksheet()
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    return path


def test_cells_of_a_workbook_become_canonical_text(tmp_path: Path) -> None:
    workbook(
        tmp_path / "records.xlsx",
        ["记录表"],
        ["行政村名称", "户号", "income", "when", "share", "数据日期"],
        [VILLAGE, "0012", 67500.0, datetime(2021, 12, 31, 8, 30), 0.57, date(2021, 12, 31)],
        ["", "", "", "", "", ""],
        [VILLAGE, 12, "  x ", "", "#N/A", ""],
    )
    frame = open_dataset(tmp_path).read("records")
    assert frame["source"].tolist() == ["records.xlsx"] * 2
    assert frame["row"].tolist() == [3, 5]
    assert frame["户号"].tolist() == ["0012", "12"]
    assert frame.iloc[0][["income", "when", "share", "数据日期"]].tolist() == [
        "67500",
        "2021-12-31 08:30:00",
        "0.57",
        "2021-12-31",
    ]
    assert frame["income"].tolist() == ["67500", "x"]
    assert frame["share"].isna().tolist() == [False, True]


def test_absent_optional_columns_are_empty_and_unknown_ones_are_told(tmp_path: Path) -> None:
    table(tmp_path, "negative.csv", "来源,身份证,原因,列入日期,经办", f"法院,'{id_number()},失信,2021-01-01,x")
    dataset = open_dataset(tmp_path)
    frame = dataset.read("negative")
    assert frame["移出日期"].isna().all()
    assert frame["身份证"].tolist() == [id_number()]
    assert "经办" not in frame
    assert any("经办" in note for note in dataset.notes)


def test_an_id_held_as_a_number_is_refused_by_row(tmp_path: Path) -> None:
    workbook(
        tmp_path / "negative.xlsx",
        ["身份证", "原因", "来源", "列入日期"],
        [341523196503129016, "失信", "法院", "2021-01-01"],
    )
    with pytest.raises(InputError, match=r"negative\.xlsx: 身份证: row 2"):
        open_dataset(tmp_path).read("negative")


def test_panels_of_many_files_stand_together(tmp_path: Path) -> None:
    header = "行政村名称,评议员,身份,户号,经营情况,年收入(万元),诚信品行,建议授信额度（万元）"
    table(tmp_path, "panels/乙.csv", header, f"{VILLAGE},02,客户经理,0101,3,5,4,８万元")
    table(tmp_path, "panels/甲.csv", header, f"{VILLAGE},007,客户经理,0101,3,5,4,8")
    frame = open_dataset(tmp_path).read("panels")
    assert frame["评议员"].tolist() == ["02", "007"]
    assert frame["source"].tolist() == ["panels/乙.csv", "panels/甲.csv"]
    assert frame["备注"].isna().all()


@pytest.mark.parametrize("name", ["Thumbs.db", ".DS_Store", "~$竹溪村.xlsx", "_SUCCESS", "desktop.ini"])
def test_droppings_are_ignored_and_named(tmp_path: Path, name: str) -> None:
    csv(tmp_path, [person()])
    (tmp_path / "rosters" / name).write_bytes(b"x")
    dataset = open_dataset(tmp_path)
    assert len(dataset.read_roster()) == 1
    assert any(name in note for note in dataset.notes)


@pytest.mark.parametrize("name", ["竹溪村.numbers", "竹溪村.et", "竹溪村.txt", "竹溪村"])
def test_an_unknown_kind_of_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    csv(tmp_path, [person()])
    (tmp_path / "rosters" / name).write_bytes(b"x")
    with pytest.raises(InputError, match=f"rosters/{name}: is an unknown kind"):
        open_dataset(tmp_path).read_roster()


def test_a_table_that_stands_twice_is_refused(tmp_path: Path) -> None:
    agreement(tmp_path)
    workbook(tmp_path / "agreements.xlsx", ["提供单位", "协议编号", "签订日期", "到期日期"])
    with pytest.raises(InputError, match="more than once"):
        open_dataset(tmp_path).read("agreements")


def test_links_pipes_and_climbing_paths_are_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    real = csv(tmp_path / "elsewhere", [person()])
    (data / "rosters").mkdir(parents=True)
    link = data / "rosters" / "a.csv"
    link.symlink_to(real)
    with pytest.raises(InputError, match="is a link"):
        open_dataset(data).read_roster()
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(InputError, match="no ordinary file"):
        open_dataset(data).read_roster()
    link.unlink()
    for given in ("../elsewhere/rosters", str(real), "rosters/../../elsewhere", "C:/x.csv"):
        with pytest.raises(InputError, match="paths: rosters: leaves the dataset folder"):
            open_dataset(data, {"rosters": given}).read_roster()
    (data / "rosters").rmdir()
    (data / "rosters").symlink_to(real.parent)
    with pytest.raises(InputError, match="rosters: is a link"):
        open_dataset(data).read_roster()


def test_paths_name_another_file_or_folder(tmp_path: Path) -> None:
    csv(tmp_path, [person()], "花名册/竹溪村.csv")
    (sheet,) = open_dataset(tmp_path, {"rosters": "花名册/*"}).read_roster()
    assert sheet.source == "花名册/竹溪村.csv"
    with pytest.raises(InputError, match="paths: roster: is no table"):
        open_dataset(tmp_path, {"roster": "x"})


def test_message_names_hold_no_long_digits(tmp_path: Path) -> None:
    header = ",".join(INPUTS["agreements"].needed) + ",341523196503129016"
    table(tmp_path, "agreements.csv", header, f"{VILLAGE},1,2019-07-01,2022-12-31,x")
    dataset = open_dataset(tmp_path)
    dataset.read("agreements")
    assert not any("341523" in note for note in dataset.notes)


def test_a_header_of_two_rows_with_merged_cells_is_read(tmp_path: Path) -> None:
    """Merged over two rows, each name stands in both: the lower row holds them all, the upper one most."""
    agreement(tmp_path)
    path = tmp_path / "rosters" / "a.xlsx"
    path.parent.mkdir()
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    parted = ("性别", "与户主关系", "民族")
    for place, name in enumerate(FORM_COLUMNS):
        if name in parted:
            sheet.write(1, place, name)
        else:
            sheet.merge_range(0, place, 1, place, name)
    first = FORM_COLUMNS.index(parted[0])
    sheet.merge_range(0, first, 0, first + 2, "个人情况")
    sheet.write_row(2, 0, list(person().values()))
    book.close()
    admission = admit(tmp_path)
    assert admission.identities["row"].tolist() == [3]
    assert admission.notes == []


@pytest.mark.parametrize("number", ["Ａ01", "3－12", "０１01", "a1", "（1）"])
def test_a_household_number_is_read_alike_in_every_table(tmp_path: Path, number: str) -> None:
    agreement(tmp_path)
    csv(tmp_path, [person(household=number)])
    header = "行政村名称,户号,建档日期,客户经理,项目,原值,核实值"
    table(tmp_path, "visits.csv", header, f"{VILLAGE},{number},2021-01-01,M01,居住状态,,已迁出")
    admission = admit(tmp_path)
    assert admission.tables["households"]["away"].tolist() == [True]


@pytest.mark.parametrize("columns", [{"abc": "def"}, {"身份证号码": "身份证号"}])
def test_a_column_map_that_names_no_column_is_refused(tmp_path: Path, columns: dict[str, str]) -> None:
    csv(tmp_path, [person()])
    with pytest.raises(InputError, match=f"columns: {next(iter(columns))}"):
        open_dataset(tmp_path, columns=columns)
