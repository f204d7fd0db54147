"""An ID number that nobody can have, in any file: told by row, up to the day the run looks from, and never repeated."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from roster_forms import id_number

from workbench.roster.standing import opted_out
from workbench.roster.strangers import strangers, told

AS_OF = date(2021, 12, 31)
GOOD = id_number("19700101")
WRONG = GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1")


def lines(column: str, numbers: list[str | None], **more: list[str | None]) -> pd.DataFrame:
    frame = pd.DataFrame({column: pd.array(numbers, dtype="str"), **more})
    return frame.assign(source="a.csv", row=range(2, len(frame) + 2))


@pytest.mark.parametrize(
    ("column", "day"),
    [("身份证", "用信日期"), ("身份证", "建档日期"), ("授信对象身份证", "确认日期"), ("授信对象身份证", "日期")],
)
def test_a_wrong_number_is_told_by_row_and_not_repeated(column: str, day: str) -> None:
    frame = lines(column, [GOOD, WRONG, None], **{day: ["2021-01-01"] * 3})
    notes = strangers(frame, AS_OF, number=column, day=day)
    assert len(notes) == 1
    assert "a.csv" in notes[0]
    assert "3" in notes[0].replace("a.csv", "")
    assert WRONG not in notes[0]


def test_what_is_dated_after_the_day_is_not_there() -> None:
    frame = lines("身份证", [WRONG, WRONG], 用信日期=["2021-12-31", "2022-01-01"])
    assert "row 2" in strangers(frame, AS_OF, day="用信日期")[0]
    assert strangers(frame.iloc[1:], AS_OF, day="用信日期") == []


def test_a_line_of_the_negative_list_without_number_or_day_is_told() -> None:
    negative = lines("身份证", [None, GOOD, WRONG], 列入日期=["2020-01-01", None, None])
    said = told(negative, None, None, AS_OF)
    assert len(said) == 1
    assert "2" in said[0] and "4" in said[0]  # noqa: PT018


def test_a_file_without_the_column_or_without_rows_has_none() -> None:
    assert strangers(lines("户号", ["1"]), AS_OF) == []
    assert strangers(None, AS_OF) == []


def test_an_objection_that_reaches_nobody_is_told_by_row_and_not_repeated() -> None:
    frame = lines(
        "身份证",
        [GOOD, WRONG, None, None, None],
        联系方式=[None, None, "1380000100", "13800001004", None],
        范围=["短信", None, "自动决策", "电话", None],
    )
    notes = told(None, frame, None, AS_OF)
    assert [(n.split("：")[1], n.split("：")[2]) for n in notes] == [
        ("身份证", "row 3"), ("联系方式", "row 4"), ("身份证 / 联系方式", "row 6"), ("范围", "row 5"),
    ]  # fmt: skip
    assert not any(text in note for note in notes for text in (WRONG, "1380000100", "电话号码是"))


def test_who_objects_to_everything_objects_to_both() -> None:
    frame = lines("身份证", [GOOD, WRONG], 联系方式=[None, None], 范围=["全部", "自动决策"])
    sms, _, automated, _ = opted_out(frame)
    assert sms == {GOOD}
    assert automated == {GOOD, WRONG}
