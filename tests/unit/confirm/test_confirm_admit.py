"""History with labels only where they can be known, sign-offs with codes and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from quarter_town import home_row, raw, table

from workbench.confirm.admit import admit_history, admit_signoffs
from workbench.errors import InputError
from workbench.identity import Pseudonyms

NAMES = Pseudonyms(b"confirm")
AS_OF = date(2021, 12, 31)
HISTORY = [
    "行政村名称",
    "户号",
    "确认额度(元)",
    "确认日期",
    "十二个月内逾期",
    "到期日期",
    "首次用信日期",
    "确认方式",
    "授信对象身份证",
]
SIGNOFFS = ["行政村名称", "户号", "确认额度(元)", "审批人", "复核人", "理由", "日期"]


def past(
    number: str = "0101", yuan: str = "30000", on: str = "2020-01-01", label: str = "", drawn: str = "", **more: str
) -> dict[str, Any]:
    return {"行政村名称": "竹溪村", "户号": number, "确认额度(元)": yuan, "确认日期": on} | {
        "十二个月内逾期": label,
        "首次用信日期": drawn,
        **more,
    }


def history(*lines: dict[str, Any], as_of: date = AS_OF) -> pd.DataFrame:
    return admit_history(raw(list(lines), HISTORY, "history.csv"), names=NAMES, as_of=as_of)


@pytest.mark.parametrize(
    ("on", "label", "drawn", "known"),
    [
        ("2019-12-20", "0", "2020-12-31", 0.0),  # twelve months from the first drawing end on as_of
        ("2019-12-20", "1", "2021-01-01", None),  # they end tomorrow
        ("2019-12-20", "1", "2022-01-05", None),  # the first drawing has not been seen yet
        ("2020-12-31", "1", "", 1.0),  # no first drawing: from the confirmation
        ("2021-01-01", "1", "", None),
        ("2019-12-20", "", "2020-01-05", None),  # the file does not know
    ],
)
def test_when_a_label_is_known(on: str, label: str, drawn: str, known: float | None) -> None:
    line = history(past(on=on, label=label, drawn=drawn)).iloc[0]
    assert (None if pd.isna(line["overdue"]) else line["overdue"]) == known
    assert line["label_in_file"] == (known is not None)  # not even that a later label exists may be seen


def test_a_first_drawing_after_as_of_does_not_exist() -> None:
    assert history(past(drawn="2022-01-05"))["first_drawn"].isna().all()


def test_optional_columns_may_be_absent() -> None:
    frame = raw([past()], HISTORY[:5], "history.csv")
    line = admit_history(frame, names=NAMES, as_of=AS_OF).iloc[0]
    assert line[["until", "first_drawn", "way", "holder"]].isna().all()


def test_two_limits_on_one_day_are_refused_with_their_rows() -> None:
    with pytest.raises(InputError, match=r"确认日期: gives one household two limits on one day in rows 2, 3"):
        history(past(), past(yuan="40000"))


def test_history_that_cannot_be_read() -> None:
    with pytest.raises(InputError) as stopped:
        history(past(yuan="三万"), past(number="0102", label="也许"), past(number="0103", on=""))
    said = str(stopped.value)
    assert "确认额度(元): holds no number in row 2" in said
    assert "十二个月内逾期: is neither 0 nor 1 in row 3" in said
    assert "确认日期: is empty in row 4" in said
    assert "三万" not in said


def signed(*lines: dict[str, Any]) -> pd.DataFrame:
    households = table(
        "households", [home_row("竹溪村", NAMES.household("竹溪村", "0101"), 1, None, "p-1", None, None)]
    )
    return admit_signoffs(
        raw(list(lines), SIGNOFFS, "signoffs/一.xlsx"), names=NAMES, as_of=AS_OF, households=households
    )


def sign(
    number: str = "0101",
    yuan: str = "30000",
    one: str = "A01",
    two: str = "B01",
    why: str = "按公议",
    on: str = "2021-06-01",
) -> dict[str, Any]:
    return {
        "行政村名称": "竹溪村",
        "户号": number,
        "确认额度(元)": yuan,
        "审批人": one,
        "复核人": two,
        "理由": why,
        "日期": on,
    }


def test_free_text_and_names_go_no_further() -> None:
    line = signed(sign(one="王某某", why="邻居王某担保")).iloc[0]
    assert line["reason"] == "其他"
    assert line["approver"].startswith("p")
    assert line["checker"] == "B01"


@pytest.mark.parametrize(
    ("one", "two", "same"), [("A01", " a０1", True), ("王 某", "王某", True), ("A01", "A02", False), ("A01", "", False)]
)
def test_one_person_twice(one: str, two: str, same: bool) -> None:
    assert signed(sign(one=one, two=two))["same_person"].tolist() == [same]


def test_rows_left_for_later_are_no_decisions() -> None:
    assert len(signed(sign(), sign(number="0102", yuan="", one="", two="", why="", on=""))) == 1


def test_a_filled_row_needs_its_day() -> None:
    with pytest.raises(InputError, match=r"日期: is empty in row 2"):
        signed(sign(on=""))


def test_which_households_a_roster_knows() -> None:
    assert signed(sign(), sign(number="0999")).set_index("row")["on_roster"].to_dict() == {2: True, 3: False}
