"""Birth month, telephone, land, name, relation: one cell each."""

from __future__ import annotations

from datetime import date

import pytest
from roster_forms import admit, admitted, agreement, csv, id_number, person, rules, told, xlsx

from workbench.roster.birth import months
from workbench.roster.land import parse_land
from workbench.roster.landcolumn import read_distinct
from workbench.roster.lists import load_lists
from workbench.roster.names import standard_name
from workbench.roster.phones import read_phone
from workbench.store.grid import NUMBER


@pytest.mark.parametrize(
    "text",
    [
        "1989-01",
        "1989-1",
        "1989.01",
        "1989/1",
        "1989年1月",
        "1989年01月",
        "198901",
        "19890105",
        "1989-01-05",
        "１９８９年１月",
        "32513",
    ],
)
def test_forms_of_a_birth_month(text: str) -> None:
    assert 198901 in months(text)


@pytest.mark.parametrize("text", ["不详", "1989", "89-01", "1989-13", "1989.001", "", "1989-1-1-1", "999999"])
def test_what_is_no_birth_month(text: str) -> None:
    assert months(text) == ()


def test_january_or_october_where_a_number_lost_its_zero() -> None:
    assert months("1989.1", NUMBER, typed=True) == (198901, 198910)
    assert months("1989.1", typed=False) == (198901, 198910)
    assert months("1989.1", typed=True) == (198901,)
    assert months("1989.10", typed=True) == (198910,)


def test_day_counts_go_by_the_epoch_of_the_workbook() -> None:
    assert months("32513", NUMBER) == (198901,)
    assert months("31051", NUMBER, epoch_1904=True) == (198901,)
    assert months("32513", epoch_1904=True) == (198901,)


def test_birth_against_the_id(tmp_path) -> None:
    agreement(tmp_path)
    cells = ["1965-03", date(1965, 3, 12), 1965.3, 23800, "1965-04", "", "不详"]
    rows = [
        person(id=id_number(sequence=s), household=f"01{s}", birth=b)
        for s, b in zip(range(1, 99, 2), cells, strict=False)
    ]
    xlsx(tmp_path, rows)
    found = {row: rule for row, rule, _ in told(admit(tmp_path))}
    assert found == {
        3: "birth_form",
        4: "birth_form",
        5: "birth_contradicts",
        6: "birth_contradicts",
        7: "birth_from_id",
        8: "birth_contradicts",
    }


@pytest.mark.parametrize(
    ("text", "state", "number", "rule"),
    [
        ("13800001000", "mobile", "13800001000", None),
        ("138 0000 1001", "mobile", "13800001001", "phone_form"),
        ("138-0000-1002", "mobile", "13800001002", "phone_form"),
        ("+86 138 0000 1004", "mobile", "13800001004", "phone_form"),
        ("008613800001004", "mobile", "13800001004", "phone_form"),
        ("8613800001004", "mobile", "13800001004", "phone_form"),
        ("13800001004.0", "mobile", "13800001004", "phone_form"),
        ("１３８００００１００４", "mobile", "13800001004", "phone_form"),
        ("0564-8620005", "landline", "05648620005", None),
        ("05648620005", "landline", "05648620005", None),
        ("0564-8620005-801", "landline", "05648620005", None),
        ("010-62345678", "landline", "01062345678", None),
        ("400-123-4567", "landline", "4001234567", None),
        ("", "none", None, None),
        ("无", "none", None, None),
        ("-", "none", None, None),
        ("8620005", "bad", None, "phone_bad"),
        ("013800001000", "bad", None, "phone_bad"),
        ("12800001000", "bad", None, "phone_bad"),
        ("1380000100", "bad", None, "phone_bad"),
        ("13800001000（儿子）", "bad", None, "phone_bad"),
        ("13800001000/13900001000", "two", "13800001000 13900001000", "phone_bad"),
        ("13800001000 13900001000", "two", "13800001000 13900001000", "phone_bad"),
        ("1380000100013900001000", "two", "13800001000 13900001000", "phone_bad"),
        ("13800001000、0564-8620005", "two", "13800001000 05648620005", "phone_bad"),
    ],
)
def test_telephones(text: str, state: str, number: str | None, rule: str | None) -> None:
    phone = read_phone(text)
    assert (phone.state, phone.number, phone.rule) == (state, number, rule)


def test_a_telephone_typed_as_a_number_is_repaired() -> None:
    assert read_phone("13800000002", number_cell=True).rule == "phone_form"


@pytest.mark.parametrize(
    ("text", "land", "forest"),
    [
        ("水田3.5亩、旱地2亩", 5.5, 0),
        ("承包地：8.6（亩）", 8.6, 0),
        ("5亩3分", 5.3, 0),
        ("3亩2分5厘", 3.25, 0),
        ("三亩半", 3.5, 0),
        ("半亩", 0.5, 0),
        ("两亩半", 2.5, 0),
        ("廿五亩", 25, 0),
        ("一百二十亩", 120, 0),
        ("十亩", 10, 0),
        ("叁亩", 3, 0),
        ("三点五亩", 3.5, 0),
        ("林地10.5亩", 0, 10.5),
        ("承包土地3.2亩，山林15亩", 3.2, 15),
        ("山林15亩，承包土地3.2亩", 3.2, 15),
        ("山林15亩3分", 0, 15.3),
        ("承包地5亩（其中水田3亩、旱地2亩）", 5, 0),
        ("承包地5亩（已流转）", 5, 0),
        ("2公顷", 30, 0),
        ("2000平方米", 3, 0),
        ("8.6", 8.6, 0),
        ("无", 0, 0),
        ("0", 0, 0),
        ("/", 0, 0),
        ("承包土地无，山林无", 0, 0),
        ("承包土地无，山林15亩", 0, 15),
        ("承包土地0亩，山林0亩", 0, 0),
        ("第二轮承包地3亩", 3, 0),
        ("３．２亩", 3.2, 0),
        ("水田2亩林地5亩", 2, 5),
        ("水田3.5亩山林十五亩", 3.5, 15),
        ("山林（林权证）15亩", 0, 15),
        ("山林5亩（林权证）", 0, 5),
        ("耕地3亩林地无", 3, 0),
        ("耕地3亩，没有山林", 3, 0),
        ("零", 0, 0),
        ("——", 0, 0),
    ],
)
def test_land_that_can_be_read(text: str, land: float, forest: float) -> None:
    assert parse_land(text) == (land, forest)
    assert read_distinct([text]) == ([land], [forest])


@pytest.mark.parametrize(
    "text",
    [
        "若干亩",
        "几亩",
        "两三亩",
        "二三亩",
        "三、五亩",
        "水田3",
        "承包土地3亩，山林15",
        "3-5亩",
        "3~5亩",
        "2至3亩",
        "3亩/2亩",
        "3/2",
        "不详",
        "承包地5亩（水田3亩）",
        "1.2.3亩",
        "8，6亩",
        "水田三亩，旱地二",
        "山林",
        "承包地5亩，其中水田3亩",
        "5亩，含旱地2亩",
        "5亩，流转出2亩",
        "土地证5.2亩，实际6亩",
        "15亩林地",
        "15亩（林地）",
        "3亩林地，水田2亩",
        "5亩山林，10亩水田",
        "耕地3亩/林地无",
    ],
)
def test_land_that_cannot_be_read(text: str) -> None:
    assert parse_land(text) is None


def test_names_in_their_standard_form() -> None:
    private_use = load_lists().private_use
    assert standard_name("阿依古丽•吐尔逊", private_use) == "阿依古丽·吐尔逊"
    assert standard_name("吴\ue863", private_use) == "吴䶮"
    assert standard_name("张\ue81e", private_use) == "张\u9fb4"
    assert standard_name("欧阳明", private_use) == "欧阳明"


def test_a_name_is_repaired_and_kept(tmp_path) -> None:
    admission = admitted(tmp_path, person(name="吴\ue863"))
    assert rules(admission) == ["name_form"]
    assert admission.identities["name"].tolist() == ["吴䶮"]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("户主", "head"),
        ("本人", "head"),
        ("妻", "spouse"),
        ("丈夫", "spouse"),
        ("长子", "child"),
        ("三女", "child"),
        ("母亲", "parent"),
        ("儿媳", "other"),
        ("女婿", "other"),
        ("孙子", "other"),
        ("岳父", "other"),
        ("弟", "other"),
        ("其他亲属", "other"),
        ("非亲属", "other"),
    ],
)
def test_relations_of_the_list(word: str, kind: str) -> None:
    assert load_lists().relations[word] == kind


def test_ethnic_groups_with_and_without_zu() -> None:
    ethnic = load_lists().ethnic
    assert ethnic["汉"] == ethnic["汉族"] == "汉族"
    assert len({standard for standard in ethnic.values() if standard.endswith("族")}) == 56
    assert {"其他", "外国血统中国籍人士"} <= set(ethnic)


def test_sex_by_its_first_character_and_from_the_id(tmp_path) -> None:
    csv(tmp_path, [])
    rows = [
        person(id=id_number(sequence=s), household=f"01{s}", sex=sex)
        for s, sex in ((1, "男性"), (3, "女"), (5, ""), (7, "？"))
    ]
    found = told(admitted(tmp_path, *rows))
    assert found == [(3, "sex_contradicts", "flag"), (4, "sex_from_id", "repair"), (5, "sex_contradicts", "flag")]
