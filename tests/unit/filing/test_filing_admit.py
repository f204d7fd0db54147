"""What a line of ``visits`` says, and which lines stop the run by file and row."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from quarter_town import raw

from workbench.errors import InputError
from workbench.filing.admit import admit_visits, told
from workbench.filing.facts import standing
from workbench.filing.file import Filed, file_visits
from workbench.filing.report import by_item
from workbench.identity import Pseudonyms
from workbench.roster.land import parse_land

NAMES = Pseudonyms(b"visits")
HOME = NAMES.household("竹溪村", "0101")
COLUMNS = ["行政村名称", "户号", "建档日期", "客户经理", "项目", "原值", "核实值", "身份证"]


def line(
    item: str, old: str = "", new: str = "", on: str = "2021-05-10", number: str = "0101", **more: str
) -> dict[str, Any]:
    return {
        "行政村名称": "竹溪村",
        "户号": number,
        "建档日期": on,
        "客户经理": "M01",
        "项目": item,
        "原值": old,
        "核实值": new,
    } | more


def books(**facts: Any) -> pd.DataFrame:
    values = {"recorded_income": 67500.0, "land_mu": 3.1, "main_occupation": "务工"} | facts
    return pd.DataFrame([{"village": "竹溪村", "household": HOME, "record_date": pd.Timestamp("2021-11-30")} | values])


def admit(
    lines: list[dict[str, Any]], records: pd.DataFrame | None = None, **more: Any
) -> tuple[pd.DataFrame, pd.DataFrame]:
    given: dict[str, Any] = {
        "names": NAMES,
        "as_of": date(2021, 12, 31),
        "photos": Path("/nowhere"),
        "parse_land": parse_land,
    }
    return admit_visits(raw(lines, COLUMNS, "visits.csv"), records=records, **(given | more))


def filed(lines: list[dict[str, Any]], records: pd.DataFrame | None) -> Filed:
    visits, photos = admit(lines, records)
    return file_visits(visits, photos, records)


def test_kinds_of_items() -> None:
    visits, _ = admit(
        [
            line("联系方式", "", "13800001004"),
            line("recorded_income", "67500", "67500.0"),
            line("居住状态", "", "常住"),
            line("甲"),
        ],
        books(),
    )
    assert visits.set_index("item")["kind"].to_dict() == {
        "联系方式": "roster",
        "recorded_income": "record",
        "居住状态": "residence",
        "其他": "other",
    }


def test_the_last_day_with_all_its_times_is_seen_and_the_next_is_not() -> None:
    days = [
        "2021-12-31",
        "2021/12/31 23:59:59",
        "2021-12-31T23:59:59+08:00",
        "2022-01-01 00:00:00",
        "2021-12-31T16:00:00Z",
    ]
    visits, _ = admit([line("联系方式", on=day) for day in days])
    assert visits["row"].tolist() == [2, 3, 4]


def test_a_correction_goes_into_the_facts_and_a_confirmation_leaves_them() -> None:
    done = filed([line("recorded_income", "67500.00", "89,300"), line("main_occupation", "务工", "务工")], books())
    assert done.facts[["recorded_income", "main_occupation"]].values.tolist() == [[89300.0, "务工"]]
    assert done.corrections["changed"].tolist() == [False, True]


def test_the_latest_visit_of_a_fact_wins_whatever_the_order_of_rows() -> None:
    lines = [
        line("recorded_income", "70000", "80000", on="2021-08-01"),
        line("recorded_income", "67500", "70000", on="2021-05-01"),
    ]
    assert filed(lines, books()).facts["recorded_income"].tolist() == [80000.0]


def test_a_fact_found_not_to_exist_becomes_empty() -> None:
    assert filed([line("recorded_income", "67500", "")], books()).facts["recorded_income"].isna().all()


def test_a_correction_carried_over_into_the_books_is_no_fault() -> None:
    done = filed([line("recorded_income", "50000", "67500")], books())
    assert done.facts["recorded_income"].tolist() == [67500.0]


def test_a_confirmation_of_what_the_books_no_longer_hold_says_nothing() -> None:
    done = filed([line("recorded_income", "6750", "6750")], books())
    assert done.corrections.empty
    assert done.facts["recorded_income"].tolist() == [67500.0]
    assert done.filed["items"].tolist() == [1]


def test_a_correction_whose_old_value_is_gone_stops_with_its_row() -> None:
    with pytest.raises(InputError) as stopped:
        admit([line("联系方式"), line("recorded_income", "50000", "89300")], books())
    assert "visits.csv: 原值: is not what records hold" in str(stopped.value)
    assert "row 3" in str(stopped.value)
    assert "50000" not in str(stopped.value)


def test_a_correction_dated_after_as_of_does_not_exist() -> None:
    visits, _ = admit([line("recorded_income", "1", "2", on="2022-01-01")], books())
    assert visits.empty


def test_corrected_land_corrects_the_land_of_the_books() -> None:
    done = filed([line("承包土地及山林信息", "若干亩", "承包土地14.7亩，山林0.0亩")], books())
    assert done.facts["land_mu"].tolist() == [14.7]
    assert done.filed[["items", "corrected"]].values.tolist() == [[1, 1]]
    visits, _ = admit([line("承包土地及山林信息", "若干亩", "承包土地14.7亩，山林0.0亩")], books())
    assert by_item(visits).values.tolist() == [["登记表", 1, 1, 1]]


def test_confirmed_land_leaves_the_books_alone() -> None:
    done = filed([line("承包土地及山林信息", "承包土地9亩", "承包土地9亩")], books())
    assert done.facts["land_mu"].tolist() == [3.1]


def test_without_records_nothing_is_corrected_and_the_visit_counts() -> None:
    done = filed([line("recorded_income", "1", "2")], None)
    assert done.facts.empty
    assert done.corrections.empty
    assert done.filed["household"].tolist() == [HOME]


def test_a_household_without_a_record_has_nothing_to_correct() -> None:
    done = filed([line("recorded_income", "1", "2", number="0999")], books())
    assert done.corrections.empty
    assert len(done.filed) == 1


def test_residence_of_a_person_and_a_word_that_is_none() -> None:
    visits, _ = admit([line("居住状态", "", "已迁出", 身份证="34152319650312901x")])
    assert visits["person"].tolist() == [NAMES.person("34152319650312901X")]
    with pytest.raises(InputError, match=r"核实值: is no residence state in row 2"):
        admit([line("居住状态", "", "在外")])


def test_a_line_that_settles_nothing_counts_as_a_visit_and_is_told_by_row() -> None:
    lines = [
        line("居住状态", "常住", ""),
        line("联系方式", "13800001004", ""),
        line("土地面积", "3", "4"),
        line("recorded_income", "67500", "67500"),
    ]
    visits, photos = admit(lines, books())
    assert visits.sort_values("row")["kind"].tolist() == ["open", "open", "other", "record"]
    assert not visits["changed"].any()
    assert file_visits(visits, photos, books()).filed["items"].tolist() == [4]
    notes = told(visits)
    assert [note.split("：")[:2] for note in notes] == [["visits.csv", "row 4"], ["visits.csv", "rows 2, 3"]]
    assert not any(cell in note for note in notes for cell in ("13800001004", "土地面积", "常住"))


def test_unreadable_cells_are_told_at_once() -> None:
    with pytest.raises(InputError) as stopped:
        admit([line("联系方式", on="昨天"), line("联系方式", number=""), line("", on="2021-13-01")])
    said = str(stopped.value)
    assert "建档日期: holds no day in rows 2, 4" in said
    assert "户号: is empty in row 3" in said
    assert "项目: is empty in row 4" in said
    assert "昨天" not in said


def test_text_in_a_number_fact() -> None:
    with pytest.raises(InputError, match=r"核实值: holds no number, and the item is one in row 2"):
        admit([line("recorded_income", "67500", "很多")], books())


def test_a_roster_correction_must_find_its_old_value() -> None:
    roster = pd.DataFrame({"household": [HOME, HOME], "联系方式": ["13800000001", None], "姓名": ["甲", "乙"]})
    admit([line("联系方式", "138-0000-0001", "13900000001")], roster_facts=roster)
    admit([line("联系方式", "13700000001", "13800000001")], roster_facts=roster)
    admit([line("联系方式", "", "13900000001")], roster_facts=roster)
    with pytest.raises(InputError, match=r"原值: is not what the roster holds.* in row 2"):
        admit([line("联系方式", "13700000001", "13900000001")], roster_facts=roster)


def test_what_one_visit_found_is_the_old_value_of_the_next() -> None:
    roster = pd.DataFrame({"household": [HOME], "联系方式": ["13800000001"]})
    second = line("联系方式", "13900000001", "13700000001", on="2021-08-01")
    visits, _ = admit([second, line("联系方式", "13800000001", "13900000001")], roster_facts=roster)
    assert visits["changed"].tolist() == [True, True]


def test_a_roster_that_keeps_no_such_cell_cannot_contradict() -> None:
    roster = pd.DataFrame({"household": [HOME], "联系方式": [None]})
    for number in ({}, {"number": "0999"}):
        visits, _ = admit([line("联系方式", "13700000001", "13900000001", **number)], roster_facts=roster)
        assert visits["changed"].tolist() == [True]


def test_land_that_the_village_mended_in_other_words_is_no_fault() -> None:
    roster = pd.DataFrame({"household": [HOME], "承包土地及山林信息": ["水田14.7亩"]})
    admit([line("承包土地及山林信息", "若干亩", "承包土地14.7亩，山林0.0亩")], roster_facts=roster)
    with pytest.raises(InputError, match=r"row 2"):
        admit([line("承包土地及山林信息", "若干亩", "承包土地9亩")], roster_facts=roster)


def test_photographs_by_keyed_digest(tmp_path: Path) -> None:
    (tmp_path / "户").mkdir()
    (tmp_path / "户" / "一.jpg").write_bytes(b"picture")
    visits, photos = admit(
        [line("客户近照", "", "photos/户/一.jpg"), line("房产照片", "", "户/一.jpg")], photos=tmp_path
    )
    assert photos["kind"].tolist() == ["客户近照", "房产照片"] or photos["kind"].tolist() == ["房产照片", "客户近照"]
    assert set(photos["bytes"]) == {7}
    assert set(photos["digest"]) == {NAMES.digest_file(tmp_path / "户" / "一.jpg")}
    assert not photos["photo"].str.contains("一|jpg").any()
    assert visits["new_text"].isna().all()


@pytest.mark.parametrize(
    "path",
    ["../secret.jpg", "photos/../../secret.jpg", "/etc/hostname", "photos/a/../../../x", "C:\\x.jpg", "photos/out.jpg"],
)
def test_a_path_that_leaves_photos_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"x")
    os.symlink(tmp_path / "secret.jpg", folder / "out.jpg")
    with pytest.raises(InputError) as stopped:
        admit([line("客户近照", "", path)], photos=folder)
    assert "核实值: leaves photos/ in row 2" in str(stopped.value)
    assert "secret" not in str(stopped.value)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("photos/none.jpg", "not there"),
        ("photos/folder", "no plain file"),
        ("", "no photograph"),
        ("photos/empty.jpg", "empty file"),
    ],
)
def test_a_photograph_must_be_there(tmp_path: Path, path: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(InputError, match=said):
        admit([line("客户近照", "", path)], photos=tmp_path)


def test_standing_of_each_line() -> None:
    visits, _ = admit(
        [
            line("recorded_income", "67500", "70000", on="2021-01-01"),
            line("recorded_income", "70000", "70000", on="2021-02-01"),
            line("recorded_income", "1", "1", on="2021-03-01"),
            line("recorded_income", "1", "1", number="0999"),
        ],
        books(),
    )
    by_row = standing(visits, books()).groupby(visits["row"]).first()
    assert by_row.tolist() == ["holds", "holds", "outdated", "no_record"]
