"""One member's rating sheet as a workbook: instructions first, then the households, locked but for what is to fill in.

Drop-downs, ranges and prompts are those of the file format itself, so that Excel, WPS and LibreOffice hold to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from workbench.panel.amounts import MOST_INCOME, MOST_LIMIT
from workbench.store.sheets import MADE
from workbench.words import TOWN

BARS = ("赌博", "恶意逃废债务", "涉诉被执行", "长期外出失联", "对外高额担保", "其他")
ROW, LINE = 22.0, 15.0
"""Height of a row, with room to write by hand, and of a line more, in points."""
FIRST = 3
"""Row of the first household, counted from 0: title, note, header above it."""
COLUMNS: tuple[tuple[str, float, bool], ...] = (
    ("行政村名称", 11, True),
    ("评议员", 9, True),
    ("身份", 9, True),
    ("户号", 10, True),
    ("组名", 8, True),
    ("户主姓名", 12, True),
    ("了解程度", 9, False),
    ("经营情况", 9, False),
    ("年收入(万元)", 9, False),
    ("诚信品行", 9, False),
    ("建议授信额度(万元)", 11, False),
    ("利害关系", 9, False),
    ("不予授信情形", 14, False),
    ("备注", 26, False),
    ("评议方式", 9, True),
    ("评议日期", 11, False),
    ("校验号", 11, True),
)
"""Header, width in characters, locked."""


def rules() -> dict[str, dict[str, Any]]:
    """What a cell of each column takes, with the prompt that is shown and the message that stops anything else."""

    def listed(words: tuple[str, ...], prompt: str) -> dict[str, Any]:
        return {
            "validate": "list",
            "source": list(words),
            "input_message": prompt,
            "error_message": "请从下拉列表中选择。",
        }

    mark = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 5}
    return {
        "了解程度": listed(("了解", "不了解"), "不了解这一户，请选“不了解”，后面不用填。"),
        "经营情况": {
            **mark,
            "input_message": "1 很差　2 较差　3 一般　4 较好　5 很好",
            "error_message": "请填 1 到 5 的整数。",
        },
        "诚信品行": {
            **mark,
            "input_message": "1 很差　2 较差　3 一般　4 较好　5 很好",
            "error_message": "请填 1 到 5 的整数。",
        },
        "年收入(万元)": {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": MOST_INCOME,
            "input_message": "全户一年的收入，单位是万元。例：六万五千元填 6.5",
            "error_message": "请填数字，单位是万元（不是元）。",
        },
        "建议授信额度(万元)": {
            "validate": "decimal",
            "criteria": "between",
            "minimum": 0,
            "maximum": MOST_LIMIT,
            "input_message": "您认为合适的额度，单位是万元，最多 50。例：五万元填 5",
            "error_message": "请填 0 到 50 之间的数字，单位是万元（不是元），不要写范围。",
        },
        "利害关系": listed(("否", "是"), "是您的亲属、合伙人、债主或欠您钱的人，请选“是”。"),
        "不予授信情形": listed(BARS, "没有就空着。"),
        "备注": {
            "validate": "length",
            "criteria": "<=",
            "value": 100,
            "input_message": "账上看不到而银行该知道的情况，没有就空着。",
            "error_message": "请不要超过 100 个字。",
        },
        "评议日期": {
            "validate": "date",
            "criteria": ">=",
            "value": date(2019, 7, 1),
            "input_message": "填这一户的日期，例：2021-12-31",
            "error_message": "请填日期，例：2021-12-31",
        },
    }


class _Growing(Worksheet):  # type: ignore[misc]
    """A sheet whose rows grow with what is typed: none of their heights is said to be the user's own choice."""

    def _xml_start_tag_unencoded(self, tag: str, attributes: Any = None) -> None:
        kept = [a for a in attributes or () if tag != "row" or a[0] != "customHeight"]
        super()._xml_start_tag_unencoded(tag, kept)


@dataclass(frozen=True)
class Planned:
    """One member's sheet: whose it is, its households by pseudonym, its check number and its file.

    ``own``: what became of the member's own household: ``left out``, ``not listed`` with the member, or
    ``not on the roster``; in the latter two it may stand in the sheet.
    """

    village: str
    rater: str
    role: str
    homes: frozenset[str]
    number: str
    file: str
    own: str


def write_sheet(path: Path, homes: pd.DataFrame, *, sheet: Planned, as_of: date) -> None:
    """Writes one member's workbook; ``homes``: number, group, name in the member's own order."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": f"{sheet.village}授信评议表", "created": MADE})
    instruct(book, sheet, as_of)
    page = book.add_worksheet("评议表", _Growing)
    _heads(book, page, sheet)
    _rows(book, page, homes, sheet)
    _hold(book, page, FIRST + len(homes) - 1)
    book.close()


def _rows(book: Any, page: Any, homes: pd.DataFrame, sheet: Planned) -> None:
    """A row a household, as high as its names need; a long remark makes it higher (``_Growing``)."""
    cell = {"border": 1, "valign": "vcenter", "font_size": 10}
    locked = book.add_format({**cell, "locked": True, "bg_color": "#F0F0F0", "num_format": "@", "text_wrap": True})
    text = book.add_format({**cell, "locked": False, "num_format": "@", "text_wrap": True})
    amount = book.add_format({**cell, "locked": False})
    mark = book.add_format({**cell, "locked": False, "num_format": "0"})
    day = book.add_format({**cell, "locked": False, "num_format": "yyyy-mm-dd"})
    formats = {
        "年收入(万元)": amount,
        "建议授信额度(万元)": amount,
        "经营情况": mark,
        "诚信品行": mark,
        "评议日期": day,
    }
    for row, home in enumerate(homes.itertuples(index=False), FIRST):
        group = home.group if isinstance(home.group, str) else ""
        known = (sheet.village, sheet.rater, sheet.role, home.number, group, home.name)
        for place, (name, _, _) in enumerate(COLUMNS):
            if place < len(known):
                page.write_string(row, place, str(known[place]), locked)
            elif name in ("评议方式", "校验号"):
                page.write_string(row, place, "背靠背" if name == "评议方式" else sheet.number, locked)
            else:
                page.write_blank(row, place, None, formats.get(name, text))
        page.set_row(
            row,
            max(ROW, LINE * max(_lines(str(text), width) for text, (_, width, _) in zip(known, COLUMNS, strict=False))),
        )


def _lines(text: str, width: float) -> int:
    """Lines that a text takes in a column of so many characters, of which a Chinese one is two.

    >>> _lines("阿卜杜热合曼·买买提", 12), _lines("0101", 10)
    (2, 1)
    """
    length = sum(2 if ord(c) > 0xFF else 1 for c in text)
    return max(1, -(-length // int(width)))


def _heads(book: Any, page: Any, sheet: Planned) -> None:
    """Title, reminder, header."""
    title = book.add_format({"bold": True, "font_size": 16})
    note = book.add_format({"font_color": "#B00020"})
    head = {"bold": True, "border": 1, "text_wrap": True, "align": "center", "valign": "vcenter"}
    grey, white = (book.add_format({**head, "bg_color": c}) for c in ("#D9D9D9", "#FFF2CC"))
    page.write_string(0, 0, f"{sheet.village}授信评议表　　评议员 {sheet.rater}　　校验号 {sheet.number}", title)
    page.write_string(1, 0, "背靠背填写：自己一个人填，不商量、不给别人看。只填黄色列；金额单位都是万元。", note)
    for place, (name, width, is_locked) in enumerate(COLUMNS):
        page.set_column(place, place, width)
        page.write_string(2, place, name, grey if is_locked else white)
    page.set_row(0, 26)
    page.set_row(2, 34)


def _hold(book: Any, sheet: Any, last: int) -> None:
    """Rules of the cells, protection, and a page that prints."""
    for place, (name, _, _) in enumerate(COLUMNS):
        if name in rules():
            rule = {"ignore_blank": True, "input_title": name[:32], "error_title": "请改一下", **rules()[name]}
            sheet.data_validation(FIRST, place, last, place, rule)
    unknown = book.add_format({"bg_color": "#E0E0E0", "font_color": "#999999"})
    knows = next(i for i, c in enumerate(COLUMNS) if c[0] == "了解程度")
    criteria = f'=${xlsxwriter.utility.xl_col_to_name(knows)}{FIRST + 1}="不了解"'
    area = (FIRST, knows + 1, last, len(COLUMNS) - 2)
    sheet.conditional_format(*area, {"type": "formula", "criteria": criteria, "format": unknown})
    sheet.protect(
        "", {"select_locked_cells": True, "select_unlocked_cells": True, "format_columns": True, "format_rows": True}
    )
    sheet.freeze_panes(FIRST, 6)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(0.4, 0.4, 0.5, 0.5)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.set_footer("&C第 &P 页，共 &N 页")


OWN_HOME = {
    "left out": "您自己家不在表里。",
    "not listed": "表里如果有您自己家，利害关系选“是”，其余空着。",
    "not on the roster": "表里如果有您自己家，利害关系选“是”，其余空着。",
}


def instruct(book: Any, sheet: Planned, as_of: date) -> None:
    """The first sheet: what is asked, in the order in which it is done."""
    page = book.add_worksheet("填写说明")
    title = book.add_format({"bold": True, "font_size": 18})
    line = book.add_format({"text_wrap": True, "valign": "top", "font_size": 12})
    strong = book.add_format({"text_wrap": True, "valign": "top", "font_size": 12, "bold": True})
    page.set_column(0, 0, 76)
    page.write_string(0, 0, f"{TOWN}{sheet.village}　授信评议　填写说明", title)
    lines = [
        (
            f"评议员 {sheet.rater}　　共 {len(sheet.homes)} 户　　校验号 {sheet.number}　　制表日 {as_of.isoformat()}",
            strong,
        ),
        (
            "一、请自己一个人填写，填完之前不要和别人商量，也不要看别人的表（背靠背）。您的表只交给银行，村里看不到。",
            line,
        ),
        ("二、打开“评议表”，一户一行，只填黄色的列。灰色的列已经填好，改不了，也不要删行、加行、排序。", line),
        ("三、了解程度：不了解这一户，就选“不了解”，后面空着。不了解不算错，乱猜才不好。", line),
        ("四、经营情况、诚信品行：1 很差，2 较差，3 一般，4 较好，5 很好。", line),
        (
            "五、年收入、建议授信额度：单位都是万元。五万元填 5，八千元填 0.8。只填一个数，不写“3到5”。额度最多 50。",
            line,
        ),
        ("六、利害关系：是亲属、合伙人，或有借贷往来的，请选“是”。如实选了不会怎样，只是这一户请别人评。", line),
        ("七、不予授信情形：确实有的才选。两位以上评议员选了，银行会派人核实，不会因此直接定为零。", line),
        ("八、备注：账上看不到、银行该知道的情况，简单写几个字。不要写病名。", line),
        (f"九、{OWN_HOME[sheet.own]}填完保存，把这个文件原样交回客户经理；文件名可以改，表里的校验号不要动。", line),
    ]
    for row, (words, look) in enumerate(lines, 2):
        page.write_string(row, 0, words, look)
        page.set_row(row, 40)
    page.protect()
    page.set_paper(9)
    page.fit_to_pages(1, 1)
