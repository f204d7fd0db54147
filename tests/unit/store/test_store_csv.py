"""A csv is read so that no row is lost, and a plain one by Arrow as a careful one line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
from roster_forms import VILLAGE, admit, agreement, csv, csv_text, id_number, person, told

from workbench.errors import InputError
from workbench.store import text
from workbench.store.commas import CommaGrid, open_csv
from workbench.store.dataset import open_dataset
from workbench.words import FORM_COLUMNS

PLACES = {"a": 0, "b": 1, "c": 2}


def body(content: str, width: int = 3):
    grid = open_csv(content.encode(), "x.csv")
    read = grid.body(1, PLACES, width)
    broken = [False] * len(read.row) if read.broken is None else read.broken.tolist()
    return list(zip(*(read.columns[n].text.to_pylist() for n in "abc"), broken, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    agreement(tmp_path)
    path = csv(tmp_path, [])
    rows = [person(name="王䶮"), person(id=id_number(sequence=5), household="0102", name="张𬭎")]
    path.write_bytes(csv_text(rows, end=end).encode(encoding))
    admission = admit(tmp_path)
    assert admission.identities["name"].tolist() == ["王䶮", "张𬭎"]
    assert admission.identities["row"].tolist() == [2, 3]


def test_a_character_cut_by_a_piece_is_read_whole_and_one_cut_by_the_end_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = "王䶮,1𠮷\n吴\ue863,€\n".encode("gb18030")
    for piece in range(1, 9):
        monkeypatch.setattr(text, "_PIECE", piece)
        assert text.utf8(content, "x.csv") == content.decode("gb18030").encode()
        with pytest.raises(InputError, match="a cut character"):
            text.utf8(content[:-2], "x.csv")


def test_surplus_fields_are_tolerated_where_every_row_has_them_and_they_are_blank() -> None:
    assert body("a,b,c\n1,2,3,\n4,5,6,\n") == [("1", "2", "3", False), ("4", "5", "6", False)]
    assert [r[3] for r in body("a,b,c\n1,2,3,\n4,5,6\n")] == [True, False]
    assert [r[3] for r in body("a,b,c\n1,2,3,x\n4,5,6,\n")] == [True, True]


def test_missing_fields_at_the_end_are_blank() -> None:
    assert body("a,b,c\n1,2\n4,5,6\n") == [("1", "2", None, False), ("4", "5", "6", False)]


def test_blank_lines_are_rows_up_to_the_last_that_holds_anything() -> None:
    assert body("a,b,c\n\n1,2,3\n\n,,\n") == [(None, None, None, False), ("1", "2", "3", False)]


def test_a_field_may_hold_a_line_break_and_separators() -> None:
    assert body('a,b,c\n1,"2\nx",3\n4,5,6\n') == [("1", "2\nx", "3", False), ("4", "5", "6", False)]
    assert body('a,b,c\n1,"2,""x""",3\n') == [("1", '2,"x"', "3", False)]


def test_a_mark_that_closes_rows_later_breaks_its_row_and_no_other() -> None:
    text = 'a,b,c\n1,"2,3\n4,5,6\n7,8",9\n10,11,12\n'
    assert [(r[0], r[3]) for r in body(text)] == [("1", True), ("4", False), ("7", False), ("10", False)]


def test_two_stray_marks_at_the_start_of_fields_break_both_rows() -> None:
    text = 'a,b,c\n1,"2,3\n4,5,6\n7,"8,9\n10,11,12\n'
    assert [(r[0], r[3]) for r in body(text)] == [("1", True), ("4", False), ("7", True), ("10", False)]


def test_marks_that_take_separators_into_a_field_of_one_line_break_the_row() -> None:
    assert [r[3] for r in body('a,b,c\n1,"2,3"\n4,5,6\n')] == [True, False]


def test_a_mark_that_never_closes_stops_the_file_naming_the_row() -> None:
    with pytest.raises(InputError, match=r"x\.csv: row 3: .*never closes"):
        body('a,b,c\n1,2,3\n4,"5,6\n7,8,9\n')


def test_a_row_that_swallows_others_is_rejected_and_the_others_kept(tmp_path: Path) -> None:
    agreement(tmp_path)
    head = id_number()
    rows = [person(), *(person(id=id_number("19900101", s), head=head, relation="子", birth="1990-01", address=a)
                        for s, a in ((901, '"老街'), (903, "新街"), (905, '老街"'), (907, "新街")))]  # fmt: skip
    csv(tmp_path, rows)
    admission = admit(tmp_path)
    assert told(admission) == [(3, "row_shape", "reject")]
    assert admission.tables["row_counts"]["rows"].tolist() == [5]


def test_arrow_and_the_careful_reading_agree() -> None:
    lines = ["a,b,c", *(f'{i},"x{i}",{"" if i % 3 else "  y "}' for i in range(200)), "NA,null,None"]
    grid = CommaGrid("x.csv", "\n".join(lines).encode())
    plain, careful = grid._plain(1, PLACES, 3, ()), grid._careful(1, PLACES, 3)
    assert plain is not None
    for name in PLACES:
        assert plain.columns[name].text.to_pylist() == careful.columns[name].text.to_pylist()
        assert plain.columns[name].coded().texts().to_pylist() == careful.columns[name].text.to_pylist()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "zero bytes"),
        ("乡镇".encode("utf-16"), "UTF-16"),
        ("乡镇".encode("utf-16-le"), "no header row|neither"),
        (b"a\0b", "NUL"),
        (b"PK\x03\x04xxxx", "workbook under the name of a csv"),
        (csv_text([person()]).encode()[:-2], "line 2: the bytes are neither"),
        (csv_text([person()]).encode().replace("王".encode(), b"\xe7\x8e"), "line 2: the bytes are neither"),
    ],
)  # fmt: skip
def test_what_is_no_text_table_is_refused_by_name(tmp_path: Path, content: bytes, words: str) -> None:
    csv(tmp_path, []).write_bytes(content)
    with pytest.raises(InputError, match=words) as fault:
        open_dataset(tmp_path).read_roster()
    assert f"rosters/{VILLAGE}.csv" in str(fault.value)
    assert "王" not in str(fault.value)


def test_a_title_may_stand_above_and_missing_or_doubled_columns_are_named(tmp_path: Path) -> None:
    path = csv(tmp_path, [])
    path.write_text(csv_text([person()]).replace("联系方式", "联系电话").replace("组名", "户号"), "utf-8")
    with pytest.raises(InputError) as fault:
        open_dataset(tmp_path).read_roster()
    assert [f.place.rpartition(": ")[2] for f in fault.value.faults] == ["户号", "组名", "联系方式"]
    read = open_dataset(tmp_path, {}, {"联系电话": "联系方式"})
    with pytest.raises(InputError) as fault:
        read.read_roster()
    assert "联系方式" not in str(fault.value)


def test_a_columns_map_goes_either_way(tmp_path: Path) -> None:
    csv(tmp_path, []).write_text(csv_text([person()]).replace("联系方式", "联系电话"), "utf-8")
    for mapped in ({"联系电话": "联系方式"}, {"联系方式": "联系电话"}):
        (sheet,) = open_dataset(tmp_path, {}, mapped).read_roster()
        assert sheet.body.columns["联系方式"].text.to_pylist() == ["13800000001"]


def test_all_columns_of_the_form_are_read(tmp_path: Path) -> None:
    csv(tmp_path, [person()])
    (sheet,) = open_dataset(tmp_path).read_roster()
    assert set(sheet.body.columns) == set(FORM_COLUMNS)
