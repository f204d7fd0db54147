"""The collection form (附件 2) of one village for the next quarter, blank, with what may stand in each column.

Columns that hold numbers are text from the start: an ID typed into it keeps all its 18 digits.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from workbench.store.sheets import MADE
from workbench.words import FORM_COLUMNS, TOWN

ROWS, PRINTED = 400, 60
RELATIONS = ("户主", "配偶", "子", "女", "儿媳", "女婿", "孙子", "孙女", "父亲", "母亲", "岳父", "岳母", "其他亲属")
WIDTHS = {"身份证": 21, "户主身份证": 21, "现居住地址": 26, "联系方式": 14, "承包土地及山林信息": 24}
PROMPTS = {
    "身份证": "18 位，最后一位可以是 X",
    "户主身份证": "本户户主的身份证，户主本人也要填",
    "户号": "照上次的户号填，前面的 0 不要省",
    "出生年月": "例：1989-01",
    "承包土地及山林信息": "例：承包土地2.5亩，山林3亩；没有就写 无",
}


def write_form(path: Path, *, village: str, as_of: date) -> None:
    """Writes the blank form of a village."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": f"{village}人员信息采集表", "created": MADE})
    sheet = book.add_worksheet("人员信息采集表")
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#FFF2CC", "text_wrap": True, "align": "center"})
    cell = book.add_format({"border": 1, "num_format": "@", "locked": False})
    title = book.add_format({"bold": True, "font_size": 16})
    sheet.write_string(
        0, 0, f"附件2　人员信息采集表　{village}（{as_of.isoformat()} 之后有变化的人：新来、迁走、生故、换号码）", title
    )
    for place, name in enumerate(FORM_COLUMNS):
        sheet.set_column(place, place, WIDTHS.get(name, 11))
        sheet.write_string(1, place, name, head)
        for row in range(2, 2 + ROWS):
            sheet.write_blank(row, place, None, cell)
        for rule in _rules(name, village):
            sheet.data_validation(2, place, 1 + ROWS, place, rule)
    sheet.protect("", {"format_columns": True, "insert_rows": True, "sort": True})
    sheet.freeze_panes(2, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(1)
    sheet.print_area(0, 0, PRINTED, len(FORM_COLUMNS) - 1)
    book.close()


def _rules(name: str, village: str) -> list[dict[str, Any]]:
    """What a column takes."""
    if name == "性别":
        return [{"validate": "list", "source": ["男", "女"], "error_message": "请选男或女。"}]
    if name == "与户主关系":
        return [{"validate": "list", "source": list(RELATIONS), "error_message": "请从下拉列表中选择。"}]
    if name in ("乡镇", "行政村名称"):
        return [
            {
                "validate": "list",
                "source": [TOWN if name == "乡镇" else village],
                "error_message": "请从下拉列表中选择。",
            }
        ]
    if name in ("身份证", "户主身份证"):
        return [
            {
                "validate": "length",
                "criteria": "==",
                "value": 18,
                "input_title": name,
                "input_message": PROMPTS[name],
                "error_title": "请改一下",
                "error_message": "身份证是 18 位。",
            }
        ]
    if name in PROMPTS:
        return [{"validate": "any", "input_title": name, "input_message": PROMPTS[name]}]
    return []
