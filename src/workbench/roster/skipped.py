"""Rows that are no people: empty ones, the header again, a total or signature line.

Only rows without anything like an ID are looked at.  A total or signature line begins a cell with one of its words and
holds few distinct texts (a person's row holds a name, a household number, an address and more).
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.roster.rows import Findings, Mask, Rows
from workbench.store.header import name_of
from workbench.store.text import half_width, without_blanks
from workbench.words import FORM_COLUMNS

MOST_TEXTS = 6
"""Distinct texts in a total or signature line; a person's row with its ID missing holds ten."""
HEADER_NAMES = 3
_LIKE_AN_ID = "(?:[0-9０-９][^0-9０-９]*){12}"
"""Twelve digits: what is left of an ID that was cut or masked; a number of people or a date has fewer."""
_WORDS = re.compile(
    r"合计|总计|小计|共计|汇总|总人数|总户数|总数|本页|本组|本村共|全村共|以上|填表|制表|填报|审核|复核|审批|经办|负责人|村负责人|"
    r"村民组长|签字|签名|签章|盖章|公章|单位|日期|填写|说明|备注|注[:：1]|附件|附表|第.{1,4}页|共.{0,6}[人户页]|.{0,20}采集表|.{0,20}花名册|"
    r"(?:第?.{1,3}组|.{1,6}[村镇乡])(?:合计|总计|小计|共计)|.{0,20}[（(](?:盖章|公章|签章|签字|签名)[)）]|"
    r"(?:村?主任|书记|会计|文书|组长|联系人)[:：]"
)
_ALONE = re.compile(
    r"[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|年月日|\W{0,9}以下(?:空白|无正文)\W{0,9}|[接续](?:上页|下页|前页|表)"
)
"""What the only text of a line may be, beside a total's words: nobody's row has a single cell."""


def check_skipped(rows: Rows, found: Findings, plain: Mask) -> None:
    """Marks the rows that are no people; ``plain`` are rows whose ID stands as it should."""
    where = np.flatnonzero(~plain)
    ids = rows.cells["身份证"].take(pa.array(where))
    like_an_id = np.asarray(pc.match_substring_regex(ids, _LIKE_AN_ID).fill_null(False))
    where = where[~like_an_id]
    empty = np.zeros(len(rows), bool)
    empty[where] = ~np.logical_or.reduce([rows.filled(column)[where] for column in FORM_COLUMNS])
    found.add("empty", empty & ~rows.broken)
    where = where[~empty[where]]
    header, total = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    if len(where):
        picked = {name: rows.texts(name).take(pa.array(where)).to_pylist() for name in FORM_COLUMNS}
        for at, *cells in zip(where, *picked.values(), strict=True):
            header[at] = _is_header(cells)
            total[at] = not header[at] and _is_total(cells)
    found.add("header", header)
    found.add("not_a_person", total & ~rows.broken)


def _is_header(cells: list[str | None]) -> bool:
    if _numbers_the_columns(cells):
        return True
    same = sum(cell is not None and name_of(cell) == name for name, cell in zip(FORM_COLUMNS, cells, strict=True))
    return same >= HEADER_NAMES


def _numbers_the_columns(cells: list[str | None]) -> bool:
    """Whether the line below the header counts the columns: 1, 2, 3 and so on, each once."""
    texts = [half_width(without_blanks(cell)).strip("()") for cell in cells if cell is not None]
    numbers = {int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 2}
    return len(numbers) == len(texts) == len(FORM_COLUMNS) and max(numbers) < 2 * len(FORM_COLUMNS)


def _is_total(cells: list[str | None]) -> bool:
    texts = {without_blanks(cell) for cell in cells if cell is not None}
    said = [bool(_WORDS.match(text)) for text in texts]
    if len(texts) == 1 and _ALONE.fullmatch(next(iter(texts))):
        return True
    return len(texts) <= MOST_TEXTS and any(said) and not _names_somebody(cells)


def _names_somebody(cells: list[str | None]) -> bool:
    """Whether a name and a household number stand side by side, and neither is a word of a total line."""
    name, number = cells[FORM_COLUMNS.index("姓名")], cells[FORM_COLUMNS.index("户号")]
    if name is None or number is None or name == number:
        return False
    return not any(_WORDS.match(without_blanks(text)) for text in (name, number)) and not name[:1].isdigit()
