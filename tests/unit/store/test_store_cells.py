"""How a cell of a contract file is read: days with zones, amounts with separators, every fault at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from roster_forms import id_number

from workbench.errors import InputError
from workbench.store.cells import Cells, amount, day, rows_told, same_person
from workbench.store.dataset import open_dataset
from workbench.store.inputs import ID_COLUMNS, INPUTS


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2021-12-31", date(2021, 12, 31)),
        ("2021/12/31", date(2021, 12, 31)),
        ("2021.1.5", date(2021, 1, 5)),
        ("2021年1月5日", date(2021, 1, 5)),
        ("20211231", date(2021, 12, 31)),
        ("２０２１－１２－３１", date(2021, 12, 31)),
        (" 2021-12-31 00:00:00 ", date(2021, 12, 31)),
        ("2021-12-31 23:59:59.999", date(2021, 12, 31)),
        ("2021-12-31T23:59:59", date(2021, 12, 31)),
        ("2021/12/31 8:05", date(2021, 12, 31)),
        ("2021-12-31T15:59:59Z", date(2021, 12, 31)),
        ("2021-12-31T16:00:00Z", date(2022, 1, 1)),
        ("2021-12-31T23:59:59+08:00", date(2021, 12, 31)),
        ("2022-01-01T00:30:00+09:00", date(2021, 12, 31)),
        ("2021-12-31 20:00:00-0500", date(2022, 1, 1)),
        ("9999-12-31", date(9999, 12, 31)),
    ],
)
def test_a_day(text: str, found: date) -> None:
    assert day(text) == found


@pytest.mark.parametrize(
    "text",
    ["", "昨天", "2021-13-01", "2021-02-29", "31/12/2021", "2021-12", "44561", "2021-12-31 25:00", "2021-12-31 上午"],
)
def test_no_day(text: str) -> None:
    with pytest.raises(ValueError, match=r"day|month|year|range"):
        day(text)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_every_day_is_read_however_it_is_written(when: date) -> None:
    assert {
        day(f"{when:{form}}") for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%dT11:00:00Z")
    } == {when}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("5,000.00", "5000.00"),
        ("１２３", "123"),
        ("30000元", "30000"),
        ("￥30,000", "30000"),
        ("-1", "-1"),
        ("0.57", "0.57"),
        ("1e3", "1E+3"),
    ],
)
def test_an_amount(text: str, found: str) -> None:
    assert amount(text) == Decimal(found)


@pytest.mark.parametrize(
    "text", ["", "五万", "5万", "5000-6000", "1,00", "nan", "inf", "1e400", "0x10", "1_000", "--1", "=1+1"]
)
def test_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        amount(text)


WITH_X = next(n for n in (id_number(sequence=s) for s in range(901, 999)) if n.endswith("X"))
WITH_A_DIGIT = next(n for n in (id_number(sequence=s) for s in range(901, 999)) if not n.endswith("X"))
TABLES_WITH_IDS = [(t.name, c) for t in INPUTS.values() for c in t.columns if c in ID_COLUMNS]


def test_every_table_that_carries_an_id_is_asked() -> None:
    assert {name for name, _ in TABLES_WITH_IDS} == {
        *("rosters", "visits", "history", "signoffs", "negative", "drawdowns", "optouts")
    }


@pytest.mark.parametrize(("name", "column"), TABLES_WITH_IDS)
def test_an_id_is_repaired_by_one_rule_in_every_table(tmp_path: Path, name: str, column: str) -> None:
    written = {
        **{WITH_X[:-1] + sign: WITH_X for sign in "xＸｘ×ХΧ"},
        **{WITH_A_DIGIT[:-1] + sign: WITH_A_DIGIT[:-1] + sign for sign in "×ХΧ"},
        " " + WITH_A_DIGIT[:9] + "\u3000" + WITH_A_DIGIT[9:] + "\u200b": WITH_A_DIGIT,
        "'" + WITH_A_DIGIT: WITH_A_DIGIT,
        WITH_A_DIGIT.translate({ord("3"): "３"}): WITH_A_DIGIT,
        WITH_A_DIGIT.replace("3", "③"): WITH_A_DIGIT.replace("3", "③"),
    }
    columns = INPUTS[name].columns
    lines = [",".join(columns), *(",".join(text if c == column else "1" for c in columns) for text in written)]
    (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n", "utf-8")
    frame = open_dataset(tmp_path).read(name)
    assert frame[column].tolist() == list(written.values())
    assert Cells(frame).persons(column).tolist() == list(written.values())
    assert Cells(frame.assign(**{column: list(written)})).persons(column).tolist() == list(written.values())


def test_signatures() -> None:
    assert same_person("Ａ01 ", "a01")
    assert not same_person("A01", "A011")


def test_every_fault_of_a_file_is_told_at_once_and_no_cell_is() -> None:
    raw = pd.DataFrame(
        {
            "日期": ["2021-01-01", "秘密", None],
            "金额": ["1", "2", "也是秘密"],
            "source": ["a.csv", "a.csv", "b.csv"],
            "row": [2, 3, 9],
        }
    ).astype({"日期": "str", "金额": "str"})
    cells = Cells(raw)
    assert cells.days("日期", needed=True).isna().tolist() == [False, True, True]
    assert cells.amounts("金额").isna().tolist() == [False, False, True]
    with pytest.raises(InputError) as stopped:
        cells.done()
    assert [(f.place, f.problem) for f in stopped.value.faults] == [
        ("b.csv: 日期", "is empty in row 9"),
        ("a.csv: 日期", "holds no day in row 3"),
        ("b.csv: 金额", "holds no number in row 9"),
    ]
    assert "秘密" not in str(stopped.value)


def test_many_rows_are_counted() -> None:
    assert rows_told(list(range(30, 0, -1))) == "rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 18 more"
