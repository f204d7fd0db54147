"""One tiny bad file each: what cannot be read rightly is refused in words, by name, before the reader sees it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from harness import SHARED
from roster_forms import VILLAGE, admit, agreement, csv, csv_text, id_number, person, told, xlsx

from workbench.errors import InputError
from workbench.store import archive, guard
from workbench.store.dataset import open_dataset
from workbench.words import FORM_COLUMNS

SHEET = "xl/worksheets/sheet1.xml"


def form(more: Callable[[Any], Any] = lambda sheet: None, **options: Any) -> bytes:
    """A workbook of one person, and whatever else is written on its sheet."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, **options})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, FORM_COLUMNS)
    sheet.write_row(1, 0, list(person().values()))
    more(sheet)
    book.close()
    return out.getvalue()


def edited(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def refused(folder: Path, content: bytes, name: str = f"{VILLAGE}.xlsx") -> str:
    """What is said of a roster file."""
    (folder / "rosters").mkdir(exist_ok=True)
    (folder / "rosters" / name).write_bytes(content)
    with pytest.raises(InputError) as fault:
        open_dataset(folder).read_roster()
    assert f"rosters/{name}" in str(fault.value)
    assert "王甲子" not in str(fault.value)
    assert id_number() not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize(
    "content",
    [
        form(lambda sheet: sheet.write_string(1_048_575, 16_383, "x")),
        edited(form(), SHEET, lambda xml: xml.replace(b'r="A2"', b'r="A4294967295"')),
        edited(form(), SHEET, lambda xml: xml.replace(b'r="A2"', b'r="ZZZZZ2"')),
        edited(form(), SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="99999999"')),
    ],
)
def test_a_cell_far_off_is_refused_before_the_reader_lays_the_sheet_out(tmp_path: Path, content: bytes) -> None:
    assert "reaches farther" in refused(tmp_path, content)


def test_a_dimension_that_lies_does_no_harm(tmp_path: Path) -> None:
    content = edited(
        form(), SHEET, lambda xml: re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', xml)
    )
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "a.xlsx").write_bytes(content)
    (sheet,) = open_dataset(tmp_path).read_roster()
    assert len(sheet.body.row) == 1


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
def test_entities_are_refused(tmp_path: Path, part: str) -> None:
    entity = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    content = edited(form(), part, lambda xml: xml.replace(b"?>", b"?>" + entity, 1))
    assert "entities" in refused(tmp_path, content)


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "LARGEST_XML", 2_000_000)
    content = edited(form(), SHEET, lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * 3_000_000))
    assert "zip bomb" in refused(tmp_path, content)
    lying = bytearray(content)
    at = lying.rfind(b"PK\x01\x02", 0, lying.rfind(SHEET.encode()))
    struct.pack_into("<I", lying, at + 24, 1000)
    assert "workbook" in refused(tmp_path, bytes(lying))


def test_a_shared_text_copied_a_million_times_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_TEXT", 1_000_000)
    content = form(lambda sheet: [sheet.write_string(row, 14, "长" * 10_000) for row in range(2, 60)])
    assert "zip bomb" in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (form()[:2000], "a.xlsx", "damaged"),
        (b"PK\x03\x04" + bytes(range(256)) * 8, "a.xlsx", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(range(256)) * 16, "a.xls", "damaged"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600, "a.xlsx", "password"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "a.xls", "web page"),
        (csv_text([person()]).encode(), "a.xlsx", "no workbook"),
        (form(), "a.csv", "workbook under the name of a csv"),
        (
            edited(form(), "xl/workbook.xml", lambda xml: xml).replace(b"xl/workbook.xml", b"xl/workbook.bin"),
            "a.xlsx",
            "xlsb",
        ),
        (b"", "a.xlsx", "zero bytes"),
    ],
)
def test_a_suffix_that_lies_is_said_by_name(tmp_path: Path, content: bytes, name: str, words: str) -> None:
    assert words in refused(tmp_path, content, name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (csv_text([person(name="王甲子" * 20_000)]), "row 2: a cell holds more than 32,767 characters"),
        (csv_text([person(name=f'"{"王甲子" * 20_000}"')]), "row 2: a cell holds more than 32,767 characters"),
        (csv_text([person()]).replace("\n", "," * 100_000 + "\n", 1), "has more than 2000 columns"),
        (csv_text([person()]).replace("王", "\0"), "NUL"),
        (csv_text([person(), person(address='"老街')]), "row 3: a quotation mark opens here and never closes"),
        ("x" * 3_000_000, "no header row"),
    ],
)
def test_absurd_texts_are_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in refused(tmp_path, text.encode(), "a.csv")


def test_a_file_of_absurd_size_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LARGEST_FILE", 1_000_000)
    assert "larger than" in refused(tmp_path, b"x" * 1_000_001, "a.csv")


def test_a_row_far_too_long_is_rejected_and_the_others_stay(tmp_path: Path) -> None:
    agreement(tmp_path)
    path = csv(tmp_path, [person(id=id_number(sequence=s), household=f"01{s}") for s in range(1, 41, 2)])
    path.write_text(path.read_text("utf-8").replace("0133,", "0133" + "," * 50_000, 1), "utf-8")
    assert told(admit(tmp_path)) == [(18, "row_shape", "reject")]


def test_marks_that_pair_wrongly_in_a_large_file_end_in_time(tmp_path: Path) -> None:
    agreement(tmp_path)
    path = csv(tmp_path, [person()])
    path.write_text(path.read_text("utf-8") + '甲,"乙\n""丙"",丁\n' * 2000, "utf-8")
    frame = admit(tmp_path).tables["row_counts"]
    assert frame["rows"].sum() == frame[["kept", "flagged", "quarantined", "skipped"]].to_numpy().sum()


def test_formulas_and_scripts_in_cells_stay_text(tmp_path: Path) -> None:
    agreement(tmp_path)
    cells = ["=1+1", "+cmd", "@x", "<script>alert(1)</script>"]
    xlsx(
        tmp_path,
        [
            person(id=id_number(sequence=s), household=f"01{s}", name=c)
            for s, c in zip((1, 3, 5, 7), cells, strict=True)
        ],
    )
    admission = admit(tmp_path)
    assert admission.identities["name"].tolist() == cells
    for name, frame in admission.tables.items():
        assert "script" not in frame.to_csv(), name


def test_formulas_count_by_their_kept_value(tmp_path: Path) -> None:
    agreement(tmp_path)
    content = form(lambda sheet: sheet.write_formula(1, 4, '=CONCATENATE("王","甲子")', None, "王甲子"))
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "a.xlsx").write_bytes(content)
    assert admit(tmp_path).identities["name"].tolist() == ["王甲子"]


def test_dates_of_a_1904_workbook_land_on_their_month(tmp_path: Path) -> None:
    agreement(tmp_path)
    xlsx(
        tmp_path,
        [person(birth=date(1965, 3, 12)), person(id=id_number(sequence=5), household="0102", birth=22350)],
        date_1904=True,
    )
    assert told(admit(tmp_path)) == [(2, "birth_form", "repair"), (3, "birth_form", "repair")]


def test_hidden_rows_count_and_merged_cells_fill_only_what_they_span(tmp_path: Path) -> None:
    agreement(tmp_path)
    son = list(
        person(id=id_number("19900101", 903), head="", household="", relation="子", birth="1990-01", land="").values()
    )

    def more(sheet: Any) -> None:
        sheet.write_row(2, 0, son)
        sheet.write_row(
            3,
            0,
            list(
                person(
                    id=id_number("19910101", 905), head=id_number(), household="", relation="子", birth="1991-01"
                ).values()
            ),
        )
        sheet.merge_range(1, 5, 2, 5, id_number())
        sheet.merge_range(1, 6, 2, 6, "0101")
        sheet.set_row(2, None, None, {"hidden": True})

    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "a.xlsx").write_bytes(form(more))
    admission = admit(tmp_path)
    assert told(admission) == [(4, "household_missing", "reject")]
    assert admission.identities["number"].tolist() == ["0101", "0101"]


def test_a_header_in_two_rows(tmp_path: Path) -> None:
    agreement(tmp_path)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 13, "竹溪村人员信息采集表")
    split = (5, 6)
    sheet.merge_range(1, split[0], 1, split[1], "户主")
    for place, name in enumerate(FORM_COLUMNS):
        sheet.write_string(2 if place in split else 1, place, name)
    sheet.write_row(3, 0, list(person().values()))
    book.close()
    (tmp_path / "rosters").mkdir()
    (tmp_path / "rosters" / "a.xlsx").write_bytes(out.getvalue())
    admission = admit(tmp_path)
    assert told(admission) == []
    assert admission.identities["row"].tolist() == [4]


@pytest.mark.shared
def test_a_real_xls(tmp_path: Path) -> None:
    case = SHARED / "field-cases" / "F37-file-real-xls" / "input"
    if not case.is_dir():
        pytest.skip("the neighbouring folder is not there")
    assert [rule for _, rule, _ in told(admit(case))] == ["birth_form", "phone_form"]
