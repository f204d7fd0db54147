"""Workbooks that we make: text stays text, so that nothing that somebody typed is run as a formula."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

MADE = datetime(2020, 1, 1)
"""A fixed day of making, so that the same table gives the same bytes."""
_WIDEST, _NARROWEST = 40, 8


def write_workbook(path: Path, frames: Mapping[str, pd.DataFrame], titles: Mapping[str, str] | None = None) -> None:
    """One sheet a frame: header frozen, filters on, wide enough; numbers as numbers, the rest as text."""
    book = xlsxwriter.Workbook(
        str(path),
        {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties({"created": MADE})
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "text_wrap": True, "valign": "vcenter"})
    title_format = book.add_format({"bold": True, "font_size": 14})
    for name, frame in frames.items():
        sheet = book.add_worksheet(name[:31])
        top = 0
        if titles and name in titles:
            sheet.write_string(0, 0, titles[name], title_format)
            top = 1
        for place, column in enumerate(frame.columns):
            sheet.write_string(top, place, str(column), head)
            cells = frame[column]
            longest = max([len(str(column)) * 2, *(_width(c) for c in cells.head(200))])
            sheet.set_column(place, place, min(_WIDEST, max(_NARROWEST, longest + 2)))
            for row, cell in enumerate(cells, top + 1):
                _write(sheet, row, place, cell)
        sheet.freeze_panes(top + 1, 0)
        # on paper: A4 across, as wide as the page, the header on every page
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)
        if len(frame.columns):
            sheet.autofilter(top, 0, top + len(frame), len(frame.columns) - 1)
    book.close()


def _write(sheet: xlsxwriter.worksheet.Worksheet, row: int, place: int, cell: object) -> None:
    if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
        return
    if isinstance(cell, bool):
        sheet.write_string(row, place, "是" if cell else "否")
    elif isinstance(cell, int | float):
        sheet.write_number(row, place, cell)
    elif isinstance(cell, pd.Timestamp):
        sheet.write_string(row, place, cell.strftime("%Y-%m-%d"))
    else:
        sheet.write_string(row, place, str(cell))


def _width(cell: object) -> int:
    return 0 if cell is None else sum(2 if ord(c) > 0x2E7F else 1 for c in str(cell))
