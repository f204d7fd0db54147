"""Rows and households: what is skipped, rejected, flagged, and how the four counts come about."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from roster_forms import (
    NAMES,
    VILLAGE,
    admit,
    admitted,
    agreement,
    csv,
    csv_text,
    id_number,
    person,
    rules,
    table,
    told,
    xlsx,
)

from workbench.errors import InputError
from workbench.words import FORM_COLUMNS

HEAD = id_number()
SON = id_number("19900101", 903)


def son(**given: object) -> dict[str, object]:
    return person(**{"id": SON, "head": HEAD, "relation": "子", "birth": "1990-01", "land": "", **given})


def blank() -> dict[str, object]:
    return dict.fromkeys(FORM_COLUMNS, "")


def counts(admission) -> dict[str, tuple[int, ...]]:
    frame = admission.tables["row_counts"]
    return {r.source: (r.rows, r.kept, r.flagged, r.quarantined, r.skipped) for r in frame.itertuples()}


def test_the_four_counts_add_up_over_every_kind_of_row(tmp_path: Path) -> None:
    header = dict(zip(FORM_COLUMNS, FORM_COLUMNS, strict=True))
    total = blank() | {"乡镇": "合计", "姓名": "2人"}
    signed = blank() | {"乡镇": "填表人：", "现居住地址": "审核人：", "出生年月": "2019年11月20日"}
    rows = [
        person(),
        blank(),
        header,
        son(phone="12345"),
        son(id=id_number("19910101", 905), birth="1991-01", name=""),
        total,
        signed,
    ]
    admission = admitted(tmp_path, *rows)
    assert counts(admission) == {f"rosters/{VILLAGE}.csv": (7, 1, 1, 1, 4)}
    assert told(admission) == [
        (3, "empty", "skip"), (4, "header", "skip"), (5, "phone_bad", "flag"), (6, "name_missing", "reject"),
        (7, "not_a_person", "skip"), (8, "not_a_person", "skip"),
    ]  # fmt: skip


def test_blank_rows_at_the_end_are_no_rows(tmp_path: Path) -> None:
    assert counts(admitted(tmp_path, person(), blank(), blank())) == {f"rosters/{VILLAGE}.csv": (1, 1, 0, 0, 0)}


def test_a_person_without_an_id_is_no_total_line(tmp_path: Path) -> None:
    assert rules(admitted(tmp_path, person(), son(id=""))) == ["id_missing"]


def test_total_lines_with_large_numbers_and_sparse_people(tmp_path: Path) -> None:
    total = blank() | {"乡镇": "合计", "身份证": "1382", "姓名": "1382人", "户号": "402"}
    across = dict.fromkeys(FORM_COLUMNS, "填表人：　　审核人：")
    sparse = blank() | {"行政村名称": VILLAGE, "姓名": "王丙寅", "户号": "0101", "现居住地址": "单位宿舍"}
    found = told(admitted(tmp_path, person(), sparse, total, across))
    assert found == [(3, "id_missing", "reject"), (4, "not_a_person", "skip"), (5, "not_a_person", "skip")]


def test_a_rejected_row_tells_its_first_reject_only(tmp_path: Path) -> None:
    assert told(admitted(tmp_path, person(), son(id="123", name="", household="", phone="1"))) == [
        (3, "id_length", "reject")
    ]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([person(relation="子"), son()], [(2, "household_no_head"), (3, "household_no_head")]),
        ([person(), son(relation="户主")], [(2, "household_two_heads"), (3, "household_two_heads")]),
        ([person(), son(head=id_number("19500101", 911))], [(3, "head_not_member")]),
        ([person(), son(head="")], [(3, "head_not_member")]),
        ([person(), son(head=HEAD.replace("9", "９"))], [(3, "id_characters")]),
        ([person(name=""), son()], [(2, "name_missing"), (3, "head_not_member"), (3, "household_no_head")]),
        ([person(), son(relation="同村友人")], [(3, "relation_unknown")]),
        ([person(), son(ethnic="未明族")], [(3, "ethnic_unknown")]),
        ([person(household="")], [(2, "household_missing")]),
        ([person(village="石桥村"), person(id=id_number(sequence=1))], [(2, "village_without_agreement")]),
        ([person(), son(name="#N/A")], [(3, "name_missing")]),
    ],
)  # fmt: skip
def test_households_and_words(tmp_path: Path, rows: list[dict[str, object]], found: list[tuple[int, str]]) -> None:
    assert [(row, rule) for row, rule, _ in told(admitted(tmp_path, *rows))] == found


def test_one_number_in_two_villages_is_two_households(tmp_path: Path) -> None:
    agreement(tmp_path, VILLAGE, "石桥村")
    other = id_number("19700101", 905)
    csv(tmp_path, [person(), person(id=other, village="石桥村", birth="1970-01")])
    admission = admit(tmp_path)
    assert rules(admission) == []
    assert sorted(admission.tables["households"]["household"]) == sorted(
        [NAMES.household(VILLAGE, "0101"), NAMES.household("石桥村", "0101")]
    )


def test_household_numbers_are_text_to_the_letter(tmp_path: Path) -> None:
    agreement(tmp_path)
    cells = ["0012", 12, "12E3", "０１０３", date(2019, 3, 12), " 7 "]
    xlsx(
        tmp_path, [person(id=id_number(sequence=s), household=h) for s, h in zip(range(1, 20, 2), cells, strict=False)]
    )
    admission = admit(tmp_path)
    assert told(admission) == [(6, "household_is_date", "reject")]
    assert sorted(admission.identities["number"]) == ["0012", "0103", "12", "12E3", "7"]


def test_a_file_wholly_without_agreement_has_no_line_and_is_named(tmp_path: Path) -> None:
    agreement(tmp_path)
    csv(tmp_path, [person()])
    csv(tmp_path, [person(id=SON, village="石桥村", birth="1990-01")], "rosters/石桥村.csv")
    admission = admit(tmp_path)
    assert list(counts(admission)) == [f"rosters/{VILLAGE}.csv"]
    assert any("rosters/石桥村.csv" in note for note in admission.notes)
    assert admission.tables["quarantine"].empty


def test_a_person_of_a_village_without_agreement_is_no_first_copy(tmp_path: Path) -> None:
    agreement(tmp_path)
    csv(tmp_path, [person(village="石桥村")], "rosters/石桥村.csv")
    csv(tmp_path, [person()])
    assert rules(admit(tmp_path)) == []


@pytest.mark.parametrize(
    ("day", "used"),
    [(date(2020, 1, 1), True), (date(2019, 12, 31), False), (date(2021, 6, 30), True), (date(2021, 7, 1), False)],
)
def test_an_agreement_is_in_force_on_its_first_and_last_day(tmp_path: Path, day: date, used: bool) -> None:
    agreement(tmp_path, signed="2020-01-01", until="2021-06-30")
    csv(tmp_path, [person()])
    assert (len(admit(tmp_path, day).identities) == 1) == used


def test_an_agreement_without_a_readable_day_is_told_by_row(tmp_path: Path) -> None:
    agreement(tmp_path, signed="很久以前")
    csv(tmp_path, [person()])
    with pytest.raises(InputError, match=r"agreements\.csv: 签订日期") as told_:
        admit(tmp_path)
    assert "很久以前" not in str(told_.value)


def test_the_order_of_files_decides_which_copy_is_first(tmp_path: Path) -> None:
    agreement(tmp_path, VILLAGE, "石桥村")
    csv(tmp_path, [person()])
    csv(tmp_path, [person(village="石桥村")], "rosters/石桥村.csv")
    assert list(admit(tmp_path).tables["quarantine"]["source"]) == [f"rosters/{VILLAGE}.csv"]


def test_sheets_of_one_workbook_are_sources_of_their_own(tmp_path: Path) -> None:
    import xlsxwriter

    agreement(tmp_path)
    (tmp_path / "rosters").mkdir()
    book = xlsxwriter.Workbook(str(tmp_path / "rosters" / "竹溪村.xlsx"))
    hidden = book.add_worksheet("代码")
    hidden.hide()
    for name, row in (("1组", person()), ("2组", person(id=SON, household="0102", birth="1990-01"))):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, FORM_COLUMNS)
        sheet.write_row(1, 0, list(row.values()))
    book.add_worksheet("说明").write_string(0, 0, "本表由村会计填写")
    book.get_worksheet_by_name("1组").activate()
    book.close()
    admission = admit(tmp_path)
    assert list(counts(admission)) == ["rosters/竹溪村.xlsx#1组", "rosters/竹溪村.xlsx#2组"]
    assert any("代码" in n for n in admission.notes)
    assert any("说明" in n for n in admission.notes)


def test_no_table_holds_a_name_an_id_or_a_household_number(tmp_path: Path) -> None:
    table(tmp_path, "grid.csv", "行政村名称,组名,网格,客户经理", f"{VILLAGE},1组,竹溪村第1网格,M01")
    admission = admitted(tmp_path, person(), son(), son(id=f"{SON[:-1]}?"))
    for name, frame in admission.tables.items():
        text = frame.to_csv()
        for secret in (HEAD, SON, "王甲子", "0101,", "13800000001", "竹溪村1组1号"):
            assert secret not in text, name


def test_csv_of_another_order_of_columns_reads_the_same(tmp_path: Path) -> None:
    agreement(tmp_path)
    (tmp_path / "rosters").mkdir()
    text = csv_text([person(), son()], columns=FORM_COLUMNS[::-1])
    (tmp_path / "rosters" / "竹溪村.csv").write_text("某村人员信息采集表,,\n" + text, "utf-8")
    admission = admit(tmp_path)
    assert counts(admission) == {"rosters/竹溪村.csv": (2, 2, 0, 0, 0)}
    assert admission.identities["row"].tolist() == [3, 4]


def test_what_stands_in_a_broken_rows_cells_goes_no_further(tmp_path: Path) -> None:
    agreement(tmp_path)
    path = csv(tmp_path, [person(), person(group="王甲子", id=id_number(sequence=7), household="0102")])
    shifted = "干汊河镇,李丁卯,老街," + ",".join(str(c) for c in son().values())
    path.write_text(path.read_text("utf-8") + shifted + "\n", "utf-8")
    admission = admit(tmp_path)
    assert rules(admission) == ["row_shape"]
    assert admission.tables["quarantined_people"]["village"].tolist() == [VILLAGE]
    assert admission.tables["households"]["group"].isna().sum() == 1
    assert not any("李丁卯" in frame.to_csv() for frame in admission.tables.values())


BLANKS_AROUND = ("{} ", " {}", "\u3000{}", "{}\u00a0", "{}\u200b", "\ufeff{}")


@pytest.mark.parametrize("around", BLANKS_AROUND)
@pytest.mark.parametrize("write", [csv, xlsx])
def test_blanks_around_a_cell_make_no_second_village_and_no_second_land(tmp_path: Path, around: str, write) -> None:
    """One file that holds both spellings of a cell: a village, a text of land, a relation is one, not two."""
    agreement(tmp_path)
    land = person()["承包土地及山林信息"]
    other = son(village=around.format(VILLAGE), land=around.format(land), relation=around.format("子"))
    write(tmp_path, [person(), other])
    admission = admit(tmp_path)
    assert rules(admission) == []
    assert admission.tables["households"][["people", "land_mu"]].to_numpy().tolist() == [[2, 5.0]]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"乡镇": "1组小计", "姓名": "2人"}, "not_a_person"),
        ({"组名": "竹溪村合计", "户号": "2户"}, "not_a_person"),
        ({"乡镇": "汇总"}, "not_a_person"),
        ({"乡镇": "竹溪村村委会（盖章）"}, "not_a_person"),
        ({"乡镇": "村主任：", "姓名": "会计："}, "not_a_person"),
        ({"联系方式": "2021年12月31日"}, "not_a_person"),
        ({"乡镇": "——以下空白——"}, "not_a_person"),
        ({"乡镇": "接上页"}, "not_a_person"),
        ({c: str(i) for i, c in enumerate(FORM_COLUMNS, 1)}, "header"),
        ({c: f"（{i}）" for i, c in enumerate(FORM_COLUMNS, 2)}, "header"),
    ],
)
def test_lines_that_are_no_people_are_skipped(tmp_path: Path, cells: dict[str, str], rule: str) -> None:
    admission = admitted(tmp_path, person(), blank() | cells)
    assert told(admission) == [(3, rule, "skip")]


@pytest.mark.parametrize(
    "cells",
    [
        {"姓名": "王小计", "户号": "0102"},
        {"承包土地及山林信息": "10亩"},
        {"姓名": "李乙丑", "户号": "0102", "出生年月": "1989年1月5日"},
        {"现居住地址": "竹溪村1组3号", "联系方式": "13800000009"},
        dict.fromkeys(FORM_COLUMNS, "1"),
    ],
)
def test_what_may_be_a_person_is_rejected_and_not_skipped(tmp_path: Path, cells: dict[str, str]) -> None:
    admission = admitted(tmp_path, person(), blank() | {"行政村名称": VILLAGE} | cells)
    assert [(row, severity) for row, _, severity in told(admission)] == [(3, "reject")]
