"""Makes the decision sheets (identifying): a workbook a village, to be signed by approver and checker.

In: the run's ``gaps`` and ``confirmed``, the roster's identities (memory only).  Out: one workbook a village in a
folder of its own.  It is the form: both limits, gap, cause, reason, proposal, what to look at, and room for limit,
holder, approver, checker, reason and date under the very headers of ``signoffs/``, so the signed copy comes back as it
is; a row that nobody filled in is no decision there.  No limit is filled in beforehand, be it to confirm or to review:
it is written by whoever answers for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from workbench.params import RunParams
from workbench.store.atomic import whole
from workbench.store.inputs import INPUTS
from workbench.words import ACTIONS, CAUSES

FORM = ("行政村名称", "户号", *INPUTS["signoffs"].printed)
"""What is printed; a copy that comes back is read without a note on these columns."""
ROOM = ("确认额度(元)", "审批人", "复核人", "理由", "日期", "授信对象身份证")
AMOUNTS = ("模型额度", "公议授信额度", "差额", "建议额度", "确认额度(元)")
REASONS = ("按模型", "按公议", "折中", "核实后调整", "复议后调整", "评议不支持", "其他")
WIDTHS = {"理由说明": 38, "需要看什么": 18, "授信对象身份证": 20, "差额原因": 14, "户主": 9, "审批人": 9, "复核人": 9}
WIDTH = 10.5
"""Narrow enough that the sheet, one page wide on A4, is still read and filled in by hand."""


def write_decision_sheets(
    tables: Mapping[str, pd.DataFrame], identities: pd.DataFrame, out: Path, *, params: RunParams
) -> list[Path]:
    """One workbook a village that has something to decide; their paths in the order of the villages."""
    lines = decision_lines(tables, identities)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    for village, some in lines.groupby("行政村名称", sort=True):
        path = out / f"{_plain(str(village))}决定表.xlsx"
        with whole(path, 0o600) as part:
            _write(part, some, f"{village}授信额度决定表（截至 {params.as_of}，审批人与复核人不能是同一人）")
        made.append(path)
    return made


def decision_lines(tables: Mapping[str, pd.DataFrame], identities: pd.DataFrame) -> pd.DataFrame:
    """A line a household with a proposal and no limit in force, in the order of village and household number."""
    from workbench.confirm.report import look_at

    gaps, confirmed = tables["gaps"], tables.get("confirmed")
    open_ = gaps if confirmed is None else gaps[~gaps["household"].isin(confirmed["household"])]
    heads = identities.sort_values("head", ascending=False, kind="stable").drop_duplicates("household")
    heads = heads.set_index("household")
    out = pd.DataFrame(
        {
            "行政村名称": open_["village"],
            "户号": open_["household"].map(heads["number"]),
            "户主": open_["household"].map(heads["name"]),
            "模型额度": open_["model_limit"].round().astype("int64"),
            "公议授信额度": open_["panel_limit"].round().astype("int64"),
            "差额": open_["gap"].round().astype("int64"),
            "差额原因": open_["primary_cause"].map(CAUSES),
            "理由说明": open_["reason_zh"],
            "建议额度": open_["proposed_limit"].round().astype("int64"),
            "建议": open_["action"].map(ACTIONS),
            "需要看什么": look_at(open_),
        }
    )
    return out[out["户号"].notna()].sort_values(["行政村名称", "户号"], kind="stable", ignore_index=True)


def _plain(village: str) -> str:
    """A village's name as a file name."""
    return "".join("_" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in village).strip(". ") or "_"


def _write(path: Path, lines: pd.DataFrame, title: str) -> None:
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format(
            {"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "valign": "vcenter"}
        ),
        "text": book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"}),
        "yuan": book.add_format({"border": 1, "num_format": "#,##0", "valign": "top"}),
        "room": book.add_format({"border": 1, "bg_color": "#FFF9E5", "num_format": "@", "valign": "top"}),
        "room_yuan": book.add_format({"border": 1, "bg_color": "#FFF9E5", "num_format": "0", "valign": "top"}),
    }
    sheet = book.add_worksheet("决定表")
    columns = (*FORM, *ROOM)
    sheet.write_string(0, 0, title, formats["title"])
    for place, column in enumerate(columns):
        sheet.write_string(1, place, column, formats["head"])
        sheet.set_column(place, place, WIDTHS.get(column, WIDTH))
    for row, line in enumerate(lines.itertuples(index=False), 2):
        for place, (column, cell) in enumerate(zip(FORM, line, strict=True)):
            _cell(sheet, row, place, column, cell, formats)
        sheet.set_row(row, _height(line))
        for place, column in enumerate(ROOM, len(FORM)):
            sheet.write_blank(row, place, None, formats["room_yuan" if column in AMOUNTS else "room"])
    last = len(lines) + 1
    reason = columns.index("理由")
    sheet.data_validation(2, reason, max(2, last), reason, {"validate": "list", "source": list(REASONS)})
    sheet.freeze_panes(2, 3)
    sheet.autofilter(1, 0, max(1, last), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    book.close()


def _height(line: tuple[object, ...]) -> float:
    """The height of a row in points that shows all of its longest text; not every program finds it by itself."""
    lines = 1
    for column, cell in zip(FORM, line, strict=True):
        if isinstance(cell, str):
            lines = max(lines, -(-2 * len(cell) // int(WIDTHS.get(column, WIDTH))))
    return 15.0 * min(lines, 12)


def _cell(sheet: Any, row: int, place: int, column: str, cell: Any, formats: Mapping[str, Any]) -> None:
    if cell is None or cell != cell:
        sheet.write_blank(row, place, None, formats["text"])
    elif column in AMOUNTS:
        sheet.write_number(row, place, float(cell), formats["yuan"])
    else:
        sheet.write_string(row, place, str(cell), formats["text"])
