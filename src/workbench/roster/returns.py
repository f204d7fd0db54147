"""The village's own sheet back: every row where it stood, faulty cells coloured, the rule and the remedy as a comment.

The workbook is ready to be mended and sent again: the intake reads it as it reads any other, and takes it in the place
of the file that it came from (same name; a csv comes back as a workbook that says so).  Nothing in it is a formula:
what somebody typed stays text.  Rows of other villages in the same file are left out; such a sheet has another name,
for it cannot take the file's place.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
import xlsxwriter

from workbench.errors import InputError
from workbench.roster.admit import Admission
from workbench.roster.rules import RULES
from workbench.store.atomic import whole
from workbench.store.dataset import Dataset, HeadedSheet
from workbench.store.header import NOTES_SHEET, REASON_COLUMN
from workbench.words import SEVERITIES

MADE = datetime(2020, 1, 1)
"""A fixed day of making: the same rows give the same bytes."""
_VILLAGE = "行政村名称"
_COLOURS = {"reject": "#F4B6A6", "flag": "#FFE3A8"}
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_ALONE = "改好后保持文件名和工作表不变发回银行，银行放回 rosters 文件夹即代替原来的表。"
_SHARED = "原文件里还有别的村，这里只有本村的行：改好后发回银行，由银行改到原文件里。"
_WIDTHS = {
    "身份证": 21,
    "户主身份证": 21,
    "现居住地址": 22,
    "承包土地及山林信息": 26,
    "联系方式": 15,
    REASON_COLUMN: 48,
}


def write_returns(admission: Admission, dataset: Dataset, village: str, out: Path) -> list[Path]:
    """One workbook a file of the village with a row to mend or to check; ``InputError`` where there is none."""
    findings = admission.tables["quarantine"]
    findings = findings[findings["severity"].isin(list(_COLOURS))]
    rows = admission.rows
    ours = rows[rows[_VILLAGE] == village]
    others = set(admission.tables["agreements"]["village"]) - {village}
    strangers = {
        (s, int(r)) for s, r in rows.loc[rows[_VILLAGE].isin(others), ["source", "row"]].itertuples(index=False)
    }
    files = sorted({_file(source) for source in ours["source"]})
    made = []
    for file in files:
        told = findings[findings["source"].map(_file) == file]
        told = told[[(s, int(r)) not in strangers for s, r in zip(told["source"], told["row"], strict=True)]]
        if len(told):
            shared = any(_file(source) == file for source, _ in strangers)
            stem = PurePosixPath(file).stem
            path = out / (f"{stem}（{village}）.xlsx" if shared else f"{stem}.xlsx")
            _workbook(path, file, dataset.headed(file), told, strangers)
            made.append(path)
    if not made:
        raise InputError(village, "no row of this village has to be mended", "nothing was made")
    return made


def _file(source: str) -> str:
    return str(source).partition("#")[0]


def _workbook(
    path: Path, file: str, sheets: list[HeadedSheet], told: pd.DataFrame, strangers: set[tuple[str, int]]
) -> None:
    with whole(path, 0o600) as part:
        book = xlsxwriter.Workbook(str(part), _OPTIONS)
        book.set_properties({"created": MADE})
        formats = _Formats(book)
        for sheet in sheets:
            mine = told[told["source"] == sheet.source]
            _sheet(book.add_worksheet(_sheet_name(sheet)), formats, sheet, mine, strangers)
        shared = any(_file(source) == file for source, _ in strangers)
        _notes(book.add_worksheet(NOTES_SHEET), formats, file, told, _SHARED if shared else _ALONE)
        book.close()


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        text = {"num_format": "@", "valign": "top"}
        self.text = book.add_format(text)
        self.plain = book.add_format({"valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.faulty = {s: book.add_format({**text, "bg_color": colour, "border": 1}) for s, colour in _COLOURS.items()}


def _sheet_name(sheet: HeadedSheet) -> str:
    return sheet.grid.sheet if sheet.grid.sheet and len(sheet.grid.sheet) <= 31 else "花名册"


def _sheet(
    page: Any, formats: _Formats, sheet: HeadedSheet, told: pd.DataFrame, strangers: set[tuple[str, int]]
) -> None:
    header = sheet.header
    width = max([header.width, *(len(row) for row in sheet.grid.raw(header.width)[header.first :])])
    reason = header.reason if header.reason is not None else width
    faults = _faults(told, header.places)
    for name, place in header.places.items():
        page.set_column(place, place, _WIDTHS.get(name, 11), formats.text)
    page.set_column(reason, reason, _WIDTHS[REASON_COLUMN])
    for at, cells in enumerate(sheet.grid.raw(header.width)):
        if (sheet.source, at + 1) in strangers:
            continue
        wrong = faults.get(at + 1, {})
        for place, cell in enumerate(cells):
            if place != reason:
                _cell(page, formats, at, place, cell, wrong.get(place), at < header.first)
        for place in set(wrong) - set(range(len(cells))):
            _cell(page, formats, at, place, "", wrong[place], False)
        if wrong:
            page.write_string(at, reason, _reasons(wrong), formats.wrap)
    page.write_string(header.first - 1, reason, REASON_COLUMN, formats.head)
    page.freeze_panes(header.first, 0)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, header.first - 1)


def _faults(told: pd.DataFrame, places: dict[str, int]) -> dict[int, dict[int, list[str]]]:
    """Rules by row and column place; a finding about the row as a whole stands at its first cell."""
    out: dict[int, dict[int, list[str]]] = {}
    for row, field, rule in zip(told["row"], told["field"].fillna(""), told["rule"], strict=True):
        out.setdefault(int(row), {}).setdefault(places.get(field, 0), []).append(str(rule))
    return out


def _cell(page: Any, formats: _Formats, row: int, place: int, cell: Any, rules: list[str] | None, head: bool) -> None:
    style = formats.head if head else formats.plain
    if rules:
        worst = "reject" if any(RULES[word].severity == "reject" for word in rules) else "flag"
        style = formats.faulty[worst]
        page.write_comment(row, place, "\n".join(_said(rules)), {"author": "银行", "x_scale": 1.6})
    if isinstance(cell, bool):
        page.write_boolean(row, place, cell, style)
    elif isinstance(cell, int | float):
        page.write_number(row, place, cell, style)
    elif isinstance(cell, date):
        page.write_datetime(row, place, cell, formats.day if not rules else style)
    elif cell != "" and cell is not None:
        page.write_string(row, place, str(cell)[:32_767], style if rules or head else formats.text)
    elif rules:
        page.write_blank(row, place, None, style)


def _said(rules: list[str]) -> Iterator[str]:
    for word in rules:
        rule = RULES[word]
        yield f"【{SEVERITIES[rule.severity]}】{rule.zh}" + (f"。{rule.remedy_zh}" if rule.remedy_zh else "")


def _reasons(wrong: dict[int, list[str]]) -> str:
    return "；".join(said for place in sorted(wrong) for said in _said(wrong[place]))


def _notes(page: Any, formats: _Formats, file: str, told: pd.DataFrame, last: str) -> None:
    """What the village reads first: what the colours mean, how to send the sheet again."""
    rejects = int((told["severity"] == "reject").sum())
    flags = told[told["severity"] == "flag"][["source", "row"]].drop_duplicates()
    lines = (
        f"原文件：{PurePosixPath(file).name}",
        f"红色：退回的 {rejects} 行，改正前不能使用。黄色：保留但要核实的 {len(flags)} 行，能改的请一并改正。",
        f"把鼠标放在有颜色的单元格上看原因和改法；“{REASON_COLUMN}”一列写着同样的话，不用删除。",
        "身份证、户号两列是文本格式，请直接输入，不要改成数值。",
        last,
    )
    page.set_column(0, 0, 90)
    for at, line in enumerate(lines):
        page.write_string(at, 0, line, formats.wrap)
