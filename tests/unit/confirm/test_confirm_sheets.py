"""A decision sheet goes out, is signed, and comes back through ``signoffs``."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from quarter_town import home_row, run_params, table

from workbench.confirm.admit import admit_signoffs
from workbench.confirm.report import LOOK_AT, OUTSIDE, look_at
from workbench.confirm.sheets import write_decision_sheets
from workbench.identity import Pseudonyms
from workbench.store.dataset import open_dataset
from workbench.store.tables import empty

NAMES = Pseudonyms(b"sheets")
HOMES = {n: NAMES.household("竹溪村", n) for n in ("0101", "0102", "0103")}


def made(out: Path) -> Path:
    gaps = pd.DataFrame(
        {
            "village": "竹溪村",
            "household": list(HOMES.values()),
            "model_limit": [80000.0, 50000.0, 20000.0],
            "panel_limit": [60000.0, 50000.0, 20000.0],
            "gap": [20000.0, 0.0, 0.0],
            "primary_cause": ["factor_weighting", "within_tolerance", "within_tolerance"],
            "reason_zh": ["=cmd()", "", None],
            "proposed_limit": [70000.0, 50000.0, 20000.0],
            "action": ["review", "confirm", "confirm"],
            "review_why": ["barred", None, None],
        }
    )
    confirmed = empty("confirmed")
    confirmed = pd.DataFrame({**{c: [None] for c in confirmed.columns}, "household": [HOMES["0103"]]})
    people = pd.DataFrame(
        {
            "household": list(HOMES.values()),
            "number": list(HOMES),
            "name": ["=1+1", "乙", "丙"],
            "head": [True, True, True],
        }
    )
    (path,) = write_decision_sheets({"gaps": gaps, "confirmed": confirmed}, people, out, params=run_params())
    return path


def sheet_of(path: Path) -> Any:
    return openpyxl.load_workbook(path).worksheets[0]


def test_the_form_and_no_formula_in_it(tmp_path: Path) -> None:
    path = made(tmp_path / "out")
    sheet = sheet_of(path)
    header = [cell.value for cell in sheet[2]]
    assert header[:2] == ["行政村名称", "户号"]
    assert header[-6:] == ["确认额度(元)", "审批人", "复核人", "理由", "日期", "授信对象身份证"]
    # the household with a limit in force is not asked about again
    assert [sheet.cell(r, 2).value for r in range(3, sheet.max_row + 1)] == ["0101", "0102"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert path.stat().st_mode & 0o077 == 0


def test_the_signed_copy_comes_back(tmp_path: Path) -> None:
    sheet_path = made(tmp_path / "out")
    book = openpyxl.load_workbook(sheet_path)
    sheet = book.worksheets[0]
    place = {cell.value: cell.column for cell in sheet[2]}
    filled = {"确认额度(元)": 70000, "审批人": "A01", "复核人": "B01", "理由": "折中", "日期": datetime(2021, 12, 20)}
    for column, value in filled.items():
        sheet.cell(3, place[column], value)
    dataset = tmp_path / "dataset"
    (dataset / "signoffs").mkdir(parents=True)
    (dataset / "rosters").mkdir()
    book.save(dataset / "signoffs" / sheet_path.name)
    back = open_dataset(dataset, {}, {}).read("signoffs")
    households = table("households", [home_row("竹溪村", h, 1, None, f"{n}-1", None, None) for n, h in HOMES.items()])
    signed = admit_signoffs(back, names=NAMES, as_of=date(2021, 12, 31), households=households)
    assert signed[["household", "limit", "approver", "checker", "reason", "on_roster"]].values.tolist() == [
        [HOMES["0101"], 70000.0, "A01", "B01", "折中", True]
    ]
    assert signed["date"].tolist() == [pd.Timestamp("2021-12-20")]


def test_what_to_look_at_is_said_of_a_gap_outside_the_tolerance_too() -> None:
    gaps = pd.DataFrame(
        [
            ("within_tolerance", None, ""),
            ("unexplained", None, OUTSIDE),
            ("within_tolerance", "sampled", LOOK_AT["sampled"]),
            ("record_error", "barred record", f"{LOOK_AT['barred']}；{LOOK_AT['record']}"),
        ],
        columns=["primary_cause", "review_why", "told"],
    )
    assert look_at(gaps).tolist() == gaps["told"].tolist()
