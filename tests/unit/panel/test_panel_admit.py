"""Ratings admitted: amounts, verdicts, dates, members, and every refusal with its rows."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.identity import Pseudonyms
from workbench.panel.admit import admit_members, admit_ratings
from workbench.panel.checknumber import check_number
from workbench.panel.remarks import sign_of
from workbench.params import PanelRules

NAMES = Pseudonyms(b"admit")
DAY = date(2021, 12, 31)
USUAL = {
    "行政村名称": "竹溪村",
    "评议员": "01-1",
    "身份": "村民代表",
    "户号": "0101",
    "经营情况": "3.0",
    "年收入(万元)": "6",
    "诚信品行": "4",
    "建议授信额度(万元)": "5",
    "利害关系": None,
    "了解程度": None,
    "评议方式": None,
    "评议日期": None,
    "不予授信情形": None,
    "备注": None,
}


def raw(*rows: dict[str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame([{**USUAL, "户号": f"{i:04d}", **r} for i, r in enumerate(rows, 1)])
    frame = frame.astype(dict.fromkeys(frame.columns, "str"))
    return frame.assign(source="panels/竹溪村.csv", row=range(2, len(frame) + 2))


def members(*rows: tuple[str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [{"行政村名称": "竹溪村", "评议员": r, "身份": "村民组长", "组名": None, "户号": h} for r, h in rows],
        columns=["行政村名称", "评议员", "身份", "组名", "户号"],
    )
    frame = frame.astype(dict.fromkeys(frame.columns, "str"))
    return admit_members(frame.assign(source="panel_members.csv", row=range(2, len(frame) + 2)), NAMES)


def admitted(*rows: dict[str, str | None], rules: PanelRules | None = None, crew: pd.DataFrame | None = None):
    crew = members() if crew is None else crew
    out = admit_ratings(raw(*rows), crew, names=NAMES, as_of=DAY, rules=rules or PanelRules())
    return out.sort_values("row", ignore_index=True)


@pytest.mark.parametrize(
    ("written", "yuan"),
    [
        ("0.57", 5_700),
        ("16.1", 161_000),
        ("5万", 50_000),
        ("１２", 120_000),
        ("1.13", 11_300),
        ("8万元", 80_000),
        ("0", 0),
        ("50", 500_000),
        (" 3 ", 30_000),
        ("0.07", 700),
    ],
)
def test_amounts_as_people_write_them(written, yuan):
    assert admitted({"建议授信额度(万元)": written})["limit"].tolist() == [yuan]


def test_every_two_decimal_amount_is_whole_yuan():
    texts = [f"{n // 100}.{n % 100:02d}" for n in range(1, 1_200)]
    assert admitted(*({"建议授信额度(万元)": t} for t in texts))["limit"].tolist() == [n * 100 for n in range(1, 1_200)]


def test_all_bad_amounts_are_told_at_once_with_their_rows_and_no_cell():
    bad = ["50000", "2~3", "三", "-1", "5,0", "约5", "1/2", "nan"]
    with pytest.raises(InputError) as told:
        admitted({}, *({"建议授信额度(万元)": b} for b in bad))
    said = str(told.value)
    assert "panels/竹溪村.csv" in said
    assert "建议授信额度(万元)" in said
    assert all(str(row) in said for row in range(3, 11))
    assert "50000" not in said
    assert "2~3" not in said


def test_a_blank_is_no_rating_and_not_knowing_is_none():
    out = admitted({"建议授信额度(万元)": None}, {"了解程度": "不了解"}, {"了解程度": "了解"})
    assert out["why_not"].fillna("").tolist() == ["no_amount", "unknown", ""]
    assert out["counts"].tolist() == [False, False, True]


def test_meeting_telephone_messenger_and_stakes_are_left_out_unless_asked_for():
    rows = [{"评议方式": m} for m in ("会议", "电话", "微信群", "背靠背", "late")] + [{"利害关系": "是"}]
    assert admitted(*rows)["counts"].tolist() == [False, False, False, True, False, False]
    rules = PanelRules(count_meeting=True, count_telephone=True, count_messenger=True, count_interested=True)
    assert admitted(*rows, rules=rules)["counts"].tolist() == [True, True, True, True, False, True]


def test_the_members_own_household_never_counts():
    crew = members(("01-1", "0001"), ("01-2", "0002"))
    out = admitted({}, {}, {"评议员": "01-2", "户号": "0001"}, crew=crew)
    assert out["own"].tolist() == [True, False, False]
    assert out["why_not"].fillna("").tolist() == ["own", "", ""]


def test_nothing_dated_after_as_of_exists_not_even_its_faults():
    out = admitted(
        {"评议日期": "2021-12-31 23:59:59"},
        {"评议日期": "2022-01-01", "建议授信额度(万元)": "三"},
        {"评议日期": "2021-12-31T17:00:00Z"},
    )
    assert out["row"].tolist() == [2]


def test_the_same_member_twice_on_a_household_is_refused_with_both_rows():
    with pytest.raises(InputError, match=r"评议员.*row 3, 5"):
        admitted({}, {"户号": "7"}, {}, {"户号": "７"})


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("经营情况", "6"),
        ("诚信品行", "好"),
        ("年收入(万元)", "65000"),
        ("利害关系", "也许"),
        ("了解程度", "?"),
        ("评议日期", "昨天"),
        ("户号", None),
        ("评议员", None),
    ],
)
def test_other_cells_that_cannot_be_read_are_refused_by_column(column, cell):
    with pytest.raises(InputError) as told:
        admitted({}, {column: cell})
    assert column in str(told.value)
    assert "3" in str(told.value)


def test_a_name_in_the_place_of_a_code_becomes_a_pseudonym_and_codes_stay_text():
    out = admitted({"评议员": "007"}, {"评议员": "王小明"})
    assert out["rater"].tolist()[0] == "007"
    assert "王" not in out["rater"].tolist()[1]


def test_a_role_comes_from_the_list_where_the_sheet_has_none():
    out = admitted({"身份": None}, crew=members(("01-1", None)))
    assert out["role"].tolist() == ["村民组长"]


def test_reasons_for_no_credit_are_counted_and_no_text_is_kept():
    out = admitted({"不予授信情形": "赌博", "备注": "打牌赌钱"}, {"不予授信情形": "无", "备注": "新签了收购合同"})
    assert out["bar"].tolist() == [True, False]
    assert out["remark"].tolist() == [-1, 1]
    assert not out.astype("str").apply(lambda c: c.str.contains("赌")).any().any()


@pytest.mark.parametrize(
    ("remark", "sign"),
    [
        ("户主患病住院", -1),
        ("儿子考上公务员", 1),
        ("征地补偿已到账", 1),
        ("房子去年翻新", 0),
        ("为人老实", 0),
        ("在外打工", 0),
        ("不太了解", 0),
        ("从不欠账", 1),
        ("没有赌博", 0),
        ("不守信", -1),
        ("砖厂已停工", -1),
        ("无外债", 1),
        ("已还清欠款", 0),
        ("", 0),
    ],
)
def test_remarks_through_the_word_list(remark, sign):
    assert sign_of(remark) == sign


def test_a_member_listed_twice_with_other_particulars_is_refused():
    with pytest.raises(InputError, match="row 2, 3"):
        members(("01-1", "0001"), ("01-1", "0002"))


@pytest.mark.parametrize(
    ("written", "named"),
    [
        *((w, False) for w in ("无", "无。", "暂无", "没有", "——", "0.0", "None", "N/A", "无此情形", "未发现")),
        *((w, False) for w in ("无不良嗜好", "没有赌博", "均无", "不存在上述情形", "无赌博、涉诉行为")),
        *(
            (w, True)
            for w in ("赌博", "其他", "无力偿还", "无固定职业", "没有还款能力", "无赌博，但外面欠债", "不清楚")
        ),
    ],
)
def test_a_way_to_write_none_is_no_reason_for_no_credit(written, named):
    """Two members who write 暂无 send nobody to review; whatever is not plainly none does."""
    assert admitted({"不予授信情形": written})["bar"].tolist() == [named]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        *((w, "背靠背") for w in ("背靠背", "背对背", "背靠背评议", " 背 对 背 ")),
        *((w, "其他") for w in ("不是背靠背", "非背靠背", "面谈", "集体评议")),
        ("背靠背（电话）", "电话"),
    ],
)
def test_another_word_for_blind_is_blind_and_its_denial_is_not(written, told):
    out = admitted({"评议方式": written})
    assert out["manner"].tolist() == [told]
    assert out["counts"].tolist() == [told == "背靠背"]


@pytest.mark.parametrize("form", ["{}", " {} ", "full-width", "as a number"])
def test_a_check_number_is_known_by_its_digits(form):
    """What a program makes of 0367-7168 on the way is the same number; another digit is not."""
    number = check_number("竹溪村", "01-1", ["0001", "0002"])
    given = {
        "full-width": number.translate(str.maketrans("0123456789-", "０１２３４５６７８９－")),
        "as a number": str(int(number.replace("-", ""))),
    }.get(form, form.format(number))
    assert len(admitted({"校验号": given}, {"校验号": given})) == 2
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(InputError, match="校验号"):
        admitted({"校验号": wrong}, {"校验号": wrong})
