"""How the files of a town are written: what villages send is never of one kind.

Some workbooks carry a title above the header, some text files are GB18030, some UTF-8 with a byte order mark.  The
same rows give the same bytes: workbooks carry a fixed date.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

import pandas as pd
import xlsxwriter

Style = Literal["xlsx", "xlsx title", "gb18030", "gb18030 title", "utf-8-sig", "utf-8"]
STYLES: tuple[Style, ...] = ("xlsx title", "gb18030", "utf-8-sig", "xlsx", "gb18030 title", "utf-8")
_MADE = datetime(2022, 3, 31, 9, 0, 0)


def suffix(style: Style) -> str:
    """The file's suffix."""
    return ".xlsx" if style.startswith("xlsx") else ".csv"


def lines_above(style: Style) -> int:
    """Rows above the first data row: the header, and a title where there is one.

    >>> lines_above("xlsx title"), lines_above("utf-8")
    (2, 1)
    """
    return 2 if style.endswith("title") else 1


def write_table(
    path: Path, frame: pd.DataFrame, style: Style, *, title: str = "", numbers: Sequence[str] = (), as_float: str = ""
) -> None:
    """Writes a frame of text.  In a workbook the columns ``numbers`` become number cells; a cell of ``as_float`` is
    written as the number it was once read as (an ID that a spreadsheet turned into a float)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [list(frame.columns), *frame.astype(str).where(frame.notna(), "").to_numpy().tolist()]
    if style.endswith("title"):
        rows.insert(0, [title] + [""] * (len(frame.columns) - 1))
    if style.startswith("xlsx"):
        path.write_bytes(_workbook(rows, lines_above(style), [frame.columns.get_loc(c) for c in numbers], as_float))
        return
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(style.split(" ")[0]))


def _workbook(rows: list[list[str]], above: int, numbers: list[object], as_float: str) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": _MADE})
    sheet = book.add_worksheet("Sheet1")
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text and (text == as_float or (r >= above and c in numbers)):
                sheet.write_number(r, c, float(text))
            elif text:
                sheet.write_string(r, c, text)
    book.close()
    return stream.getvalue()
