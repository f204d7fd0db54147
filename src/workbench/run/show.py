"""Frames and sentences as HTML in which every text is escaped: what a notebook shows and what a page holds.

No text out of the data is read as Markdown or HTML, so a village called ``<script>`` or ``![](http://…)`` is shown to
the letter.  Amounts have thousands separators, shares keep the digits that they were given with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

MOST_ROWS = 40
"""Rows of a frame that a page shows; the whole stands in tables/."""
MOST_DECIMALS = 4
SHORT = 18
"""Characters of a cell that is never broken over two lines."""
_PRINTED = re.compile(r"[*—]|[+-]?[\d,]+(\.\d+)?%?( / [\d,]+)?|[*] / ([*]|[\d,]+)|[\d,]+ / [*]")
YES_NO = {True: "是", False: "否"}


def cell(value: Any) -> str:
    """One cell as text for reading.

    >>> cell(123400.0), cell(0.25), cell(True), cell(None), cell(float("nan"))
    ('123,400', '0.25', '是', '', '')
    """
    if value is None or (not isinstance(value, str) and bool(pd.isna(value))):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return YES_NO[bool(value)]
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        number = float(value) + 0.0  # never "-0"
        return f"{number:,.0f}" if number.is_integer() or abs(number) >= 1000 else f"{number:,.3g}"
    if isinstance(value, int) or type(value).__name__.startswith(("int", "uint")):
        return f"{int(value):,}"
    return str(value)


def table_html(
    frame: pd.DataFrame, caption: str, labels: Mapping[str, str] | None = None, most: int = MOST_ROWS
) -> str:
    """A frame as an HTML table, every text escaped, numbers to the right; the caption says when rows were left out."""
    labels = labels or {}
    shown = frame.head(most)
    left_out = len(frame) - len(shown)
    right = {c for c in frame.columns if _of_numbers(frame[c])}
    texts = {c: _column(shown[c]) for c in frame.columns}
    said = escape(caption) + (
        f"（共 {len(frame):,} 行，此处列出前 {most} 行；全部见本次运行的 tables/ 文件夹）" if left_out else ""
    )
    head = "".join(
        f'<th scope="col"{_align(c in right)}>{escape(str(labels.get(str(c), c)))}</th>' for c in frame.columns
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{_align(c in right, texts[c][k])}>{escape(texts[c][k])}</td>" for c in frame.columns)
        + "</tr>"
        for k in range(len(shown))
    )
    empty = "" if len(frame) else f'<tr><td colspan="{max(1, len(frame.columns))}">没有</td></tr>'
    return (
        f'<table class="shown"><caption>{said}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}{empty}</tbody></table>"
    )


def _column(column: pd.Series) -> list[str]:
    """The cells of a column as text; small figures with the same number of decimals, so that they stand in line.

    >>> _column(pd.Series([0.61, 0.7, -0.0])), _column(pd.Series([29.6, 299.0]))
    (['0.61', '0.70', '0.00'], ['29.6', '299.0'])
    """
    texts = [cell(value) for value in column]
    if not pd.api.types.is_float_dtype(column.dtype) or (column.abs() >= 1000).any():
        return texts
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    if not 0 < decimals <= MOST_DECIMALS or any("e" in text for text in texts):
        return texts
    return ["" if pd.isna(value) else f"{float(value) + 0.0:.{decimals}f}" for value in column]


def _of_numbers(column: pd.Series) -> bool:
    """Whether a column is read as figures: numbers, or text that is one as it is printed (``57.6%``, ``—``, ``*``)."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return False
    if pd.api.types.is_numeric_dtype(column.dtype):
        return True
    texts = [text for text in map(cell, column) if text]
    return any(any(c.isdigit() for c in text) for text in texts) and all(_PRINTED.fullmatch(text) for text in texts)


def _align(right: bool, text: str = "") -> str:
    if right:
        return ' class="number"'
    return ' class="short"' if 0 < len(text) <= SHORT else ""


def prose_html(text: str) -> str:
    """Text as paragraphs; a blank line parts them, ``- `` begins a line of a list, ``**x**`` is strong; all else stays.

    >>> prose_html("有 **3** 户 <b>")
    '<p>有 <strong>3</strong> 户 &lt;b&gt;</p>'
    """
    out = []
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.splitlines()
        if lines and all(line.startswith("- ") for line in lines):
            out.append("<ul>" + "".join(f"<li>{_strong(line[2:])}</li>" for line in lines) + "</ul>")
        else:
            out.append("<p>" + "<br>".join(map(_strong, lines)) + "</p>")
    return "".join(out)


def _strong(line: str) -> str:
    return re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(line))
