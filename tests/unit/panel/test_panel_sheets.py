"""Blind sheets: own order, own household left out, nobody else's figures, held cells, and back through the intake."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.identity import Pseudonyms
from workbench.panel.admit import admit_members, admit_ratings
from workbench.panel.handout import handout_of, listed_as, write_handout
from workbench.panel.sheets import write_sheets
from workbench.params import PanelRules
from workbench.run.identifying import make_sheets
from workbench.store.dataset import open_dataset
from workbench.town.make import make_town

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


def test_a_whole_number_shows_without_a_stray_point_and_rows_grow_with_what_is_typed(made):
    """Excel shows 5 as "5." under 0.##, and keeps a row at a height that is said to be chosen."""
    sheet = openpyxl.load_workbook(made["01-1"])["评议表"]
    head = {c.value: c.column for c in sheet[3]}
    formats = {n: sheet.cell(4, head[n]).number_format for n in ("经营情况", "年收入(万元)", "建议授信额度(万元)")}
    assert formats == {"经营情况": "0", "年收入(万元)": "General", "建议授信额度(万元)": "General"}
    assert sheet.protection.formatRows is False  # not forbidden
    with zipfile.ZipFile(made["01-1"]) as book:
        rows = re.findall(r"<row [^>]*>", book.read("xl/worksheets/sheet2.xml").decode())
    assert len(rows) == 3 + 11
    assert not [r for r in rows if "customHeight" in r]


def test_a_long_name_has_room(tmp_path):
    homes = people()
    homes.loc[3, "name"] = "阿卜杜热合曼·买买提托合提·吐尔逊"
    path = write_sheets(homes, crew([("01-1", None)]), out=tmp_path / "o", seed=1, as_of=DAY)[0]
    sheet = openpyxl.load_workbook(path)["评议表"]
    heights = {sheet.cell(r, 4).value: sheet.row_dimensions[r].height for r in range(4, 16)}
    assert heights.pop("0004") >= 44
    assert set(heights.values()) <= {21.75, 30.0}
    assert sheet.cell(4, 6).alignment.wrap_text


@pytest.mark.parametrize(("own", "left_out"), [("0003", True), (None, False), ("9999", False)])
def test_a_sheet_does_not_say_that_a_household_is_left_out_which_is_not(tmp_path, own, left_out):
    path = write_sheets(people(), crew([("01-1", own)]), out=tmp_path / "o", seed=1, as_of=DAY)[0]
    book = openpyxl.load_workbook(path)
    words = "".join(str(c.value) for row in book["填写说明"].iter_rows() for c in row)
    assert ("您自己家不在表里" in words) is left_out
    assert ("如果有您自己家" in words) is not left_out


def test_no_sheet_takes_the_place_of_another_whatever_the_case_of_its_code_or_its_village(tmp_path):
    homes = pd.concat([people(), *(people().assign(village=v) for v in ("甲/乙村", "甲_乙村"))], ignore_index=True)
    homes["household"] = NAMES.households(homes["village"], homes["number"])
    members = crew([("A1", None), ("a1", None)])
    members = pd.concat([members, *(members.assign(village=v) for v in ("甲/乙村", "甲_乙村"))], ignore_index=True)
    out = write_sheets(homes, members, out=tmp_path / "o", seed=1, as_of=DAY)
    names = [p.relative_to(tmp_path / "o").as_posix().casefold() for p in out]
    assert len(set(names)) == 6 + 3
    whose = {(r[0], r[1]) for p in out[:6] for r in rows_of(p)}
    assert len(whose) == 6


def listing(names: list[tuple[str, str | None]], village: str = "竹溪村") -> pd.DataFrame:
    raw = pd.DataFrame({"评议员": [r for r, _ in names], "户号": [h for _, h in names]}).assign(
        行政村名称=village, 身份="村民代表", 组名=None, source="panel_members.csv", row=range(2, len(names) + 2)
    )
    return raw.astype({c: "str" for c in raw.columns if c != "row"})


def test_the_list_says_whose_sheet_a_pseudonym_is_and_what_no_sheet_was_made_for(tmp_path):
    raw = pd.concat([listing([("张三<b>", "0003"), ("01-2", None), ("０７", "8888")]), listing([("09", None)], "竹溪")])
    members = admit_members(raw, NAMES)
    homes = pd.concat([people(), people().assign(village="空村")], ignore_index=True)
    handout = handout_of(homes, members, None)
    out = write_sheets(homes, members, out=tmp_path, seed=1, as_of=DAY)
    page = write_handout(tmp_path, handout, listed_as(raw, NAMES), DAY)
    text = page.read_text("utf-8")
    assert page.stat().st_mode & 0o077 == 0
    assert {tmp_path / s.file for s in handout.sheets} == {p for p in out if p.parent.parent.name == "评议表"}
    for sheet in handout.sheets:
        number = next(r[16] for r in rows_of(tmp_path / sheet.file))
        assert sheet.number == number
        assert f"<td>{sheet.rater}</td>" in text
        assert f"<td>{number}</td><td>{sheet.file}</td>" in text
    assert f"<td>{NAMES.staff('张三<b>')}</td><td>张三&lt;b&gt;</td>" in text
    assert text.count("已剔除</td>") == text.count("名单没写</td>") == text.count("户号不在册</td>") == 1
    assert "空村。请在评议员名单里补上" in text
    assert "竹溪（1 人）" in text
    lines = handout.lines()
    assert [line.rpartition(": ")[2] for line in lines] == ["1", "1", "1"]
    assert "空村" in lines[0]
    assert not any(word in " ".join(lines) for word in ("张三", "8888", "竹溪"))


def test_the_command_tells_what_it_left_aside(tmp_path, monkeypatch):
    make_town(tmp_path / "town", villages=2, households=20, seed=3)
    members = pd.read_csv(tmp_path / "town" / "panel_members.csv", dtype="str")
    villages = sorted(members["行政村名称"].unique())
    for name in ("panels", "agreements.csv"):
        place = tmp_path / "town" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    agreed = pd.DataFrame({"提供单位": villages, "协议编号": "1", "签订日期": "2019-07-01", "到期日期": "2029-12-31"})
    agreed.to_csv(tmp_path / "town" / "agreements.csv", index=False)
    members = members[members["行政村名称"] == villages[0]].reset_index(drop=True)
    members.loc[0, "行政村名称"] += "委会"
    members.to_csv(tmp_path / "town" / "panel_members.csv", index=False)
    monkeypatch.setenv("WORKBENCH_KEY", "sheets-key-00000000000000000001")
    monkeypatch.setenv("WORKBENCH_LEDGER", str(tmp_path / "ledger.jsonl"))
    said: list[str] = []
    made = make_sheets(tmp_path / "town" / "params.yaml", tmp_path / "out", note=said.append)
    assert f"没有评议员、因此没有评议表的村：{villages[1]} / villages without a member, no sheets made: 1" in said
    assert any("no sheets made: 1" in s and "花名册" in s for s in said)
    assert made[-1] == tmp_path / "out" / "银行内部" / "发放清单.html"
