"""Blind sheets: own order, own household left out, nobody else's figures, held cells, and back through the intake."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.identity import Pseudonyms
from workbench.panel.admit import admit_members, admit_ratings
from workbench.panel.sheets import write_sheets
from workbench.params import PanelRules
from workbench.store.dataset import open_dataset

NAMES = Pseudonyms(b"sheets")
DAY = date(2021, 12, 31)


def people(homes: int = 12) -> pd.DataFrame:
    numbers = [f"{i:04d}" for i in range(1, homes + 1)]
    return pd.DataFrame(
        {
            "village": "竹溪村",
            "number": numbers,
            "household": NAMES.households(["竹溪村"] * homes, numbers),
            "name": ["=HYPERLINK(1)" if i == 0 else f"甲{i}" for i in range(homes)],
            "group": "1组",
            "head": True,
            "age": 50,
        }
    ).astype(dict.fromkeys(("village", "number", "household", "name", "group"), "str"))


def crew(rows: list[tuple[str, str | None]]) -> pd.DataFrame:
    raw = pd.DataFrame({"评议员": [r for r, _ in rows], "户号": [h for _, h in rows]}).assign(
        行政村名称="竹溪村", 身份="村民代表", 组名="1组", source="panel_members.csv", row=range(2, len(rows) + 2)
    )
    return admit_members(raw.astype({c: "str" for c in raw.columns if c != "row"}), NAMES)


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Path]:
    out = write_sheets(people(), crew([("01-1", "0003"), ("01-2", None)]), out=tmp_path / "out", seed=4, as_of=DAY)
    return {p.stem: p for p in out}


def rows_of(path: Path) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(path)["评议表"]
    return [r for r in sheet.iter_rows(min_row=4, values_only=True) if r[3]]


def test_own_household_is_left_out_and_the_order_is_the_members_own(made):
    one, other = ([r[3] for r in rows_of(made[m])] for m in ("01-1", "01-2"))
    assert "0003" not in one
    assert len(one) == 11
    assert len(other) == 12
    assert [h for h in other if h != "0003"] != one
    assert one != sorted(one)


def test_nobody_elses_code_or_figure_stands_in_a_sheet(made):
    with zipfile.ZipFile(made["01-1"]) as book:
        text = "".join(book.read(n).decode("utf-8", "ignore") for n in book.namelist())
    assert "01-2" not in text


def test_cells_are_locked_but_those_to_fill_and_hold_drop_downs(made):
    book = openpyxl.load_workbook(made["01-1"])
    sheet = book["评议表"]
    assert book.sheetnames[0] == "填写说明"
    assert sheet.protection.sheet
    head = [c.value for c in sheet[3]]
    open_columns = {head[c.column - 1] for c in sheet[4] if not c.protection.locked}
    assert open_columns == {
        "了解程度",
        "经营情况",
        "年收入(万元)",
        "诚信品行",
        "建议授信额度(万元)",
        "利害关系",
        "不予授信情形",
        "备注",
        "评议日期",
    }
    kinds = {v.type for v in sheet.data_validations.dataValidation}
    assert {"list", "whole", "decimal", "date"} <= kinds


def test_no_formula_stands_in_any_cell(made):
    for path in made.values():
        for sheet in openpyxl.load_workbook(path):
            assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)


def test_the_same_call_gives_the_same_bytes(tmp_path):
    members = crew([("01-1", None)])
    one, two = (
        [p.read_bytes() for p in write_sheets(people(), members, out=tmp_path / n, seed=4, as_of=DAY)] for n in "ab"
    )
    assert one == two


def fill(path: Path, target: Path, *, drop: bool = False) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["评议表"]
    head = {c.value: c.column for c in sheet[3]}
    for row in range(4, sheet.max_row + 1):
        for name, value in (
            ("了解程度", "不了解" if row == 5 else "了解"),
            ("经营情况", 3),
            ("年收入(万元)", 6.5),
            ("诚信品行", 4),
            ("建议授信额度(万元)", None if row == 5 else 0.57),
            ("利害关系", "否"),
            ("评议日期", date(2021, 11, row % 27 + 1)),
        ):
            sheet.cell(row, head[name]).value = value
    if drop:
        sheet.delete_rows(6)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


def test_a_returned_sheet_is_read_by_the_ordinary_intake(made, tmp_path):
    fill(made["01-1"], tmp_path / "data" / "panels" / "交回.xlsx")
    raw = open_dataset(tmp_path / "data", {}, {}).read("panels")
    ratings = admit_ratings(raw, crew([("01-1", "0003")]), names=NAMES, as_of=DAY, rules=PanelRules())
    assert len(ratings) == 11
    assert set(ratings.loc[ratings["counts"], "limit"]) == {5_700.0}
    assert ratings["counts"].sum() == 10
    assert set(ratings["manner"]) == {"背靠背"}


def test_a_sheet_with_a_row_taken_out_does_not_match_its_check_number(made, tmp_path):
    fill(made["01-1"], tmp_path / "data" / "panels" / "交回.xlsx", drop=True)
    raw = open_dataset(tmp_path / "data", {}, {}).read("panels")
    with pytest.raises(InputError, match="校验号"):
        admit_ratings(raw, crew([("01-1", "0003")]), names=NAMES, as_of=DAY, rules=PanelRules())


def rated(homes: int = 12) -> pd.DataFrame:
    """Ratings of an earlier round: five members, the last one twice as lenient."""
    rows = [
        {
            "行政村名称": "竹溪村",
            "评议员": f"0{j}",
            "身份": "村民代表",
            "户号": f"{i:04d}",
            "经营情况": "3",
            "诚信品行": "3",
            "年收入(万元)": str(i),
            "建议授信额度(万元)": str((i + (i * j) % 3) * (2 if j == 5 else 1)),
        }
        for i in range(1, homes + 1)
        for j in range(1, 6)
    ]
    raw = pd.DataFrame(rows).assign(
        **dict.fromkeys(("利害关系", "了解程度", "评议方式", "评议日期", "不予授信情形", "备注"))
    )
    raw = raw.astype(dict.fromkeys(raw.columns, "str")).assign(source="panels/p.csv", row=range(2, len(rows) + 2))
    return admit_ratings(raw, crew([])[:0], names=NAMES, as_of=DAY, rules=PanelRules())


def test_without_a_list_of_members_those_of_earlier_ratings_get_a_sheet_and_a_page_of_their_own(tmp_path):
    out = write_sheets(people(), crew([])[:0], ratings=rated(), out=tmp_path / "o", seed=1, as_of=DAY)
    names = [p.relative_to(tmp_path / "o").as_posix() for p in out]
    assert [n for n in names if n.endswith(".xlsx")] == [
        *(f"评议表/竹溪村/0{j}.xlsx" for j in range(1, 6)),
        "下季度采集表/竹溪村.xlsx",
    ]
    assert "银行内部/竹溪村.html" in names
    mine = (tmp_path / "o" / "评议回看" / "竹溪村" / "05.html").read_text("utf-8")
    assert "松一些" in mine
    assert not any(f">0{j}<" in mine or f"评议员 0{j}" in mine for j in range(1, 5))
    bank = (tmp_path / "o" / "银行内部" / "竹溪村.html").read_text("utf-8")
    assert "只供银行内部使用" in bank
    assert "http" not in bank + mine
    assert (tmp_path / "o" / "银行内部" / "竹溪村.html").stat().st_mode & 0o077 == 0


def test_a_members_page_says_nothing_where_the_others_are_too_few(tmp_path):
    few = rated()
    few = few[few["rater"].isin(["01", "02", "05"])]
    write_sheets(people(), crew([])[:0], ratings=few, out=tmp_path / "o", seed=1, as_of=DAY)
    mine = (tmp_path / "o" / "评议回看" / "竹溪村" / "05.html").read_text("utf-8")
    assert "不列数字" in mine
    assert "松一些" not in mine


def test_a_town_without_a_known_member_is_told(tmp_path):
    with pytest.raises(InputError, match="panel_members"):
        write_sheets(people(), crew([])[:0], out=tmp_path / "o", seed=1, as_of=DAY)
