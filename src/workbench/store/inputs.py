"""What a dataset may hold: every input table with the columns that it needs and those that it may have.

The names are the contract's (section 1).  A table is a file (``negative.csv``) or a folder of files (``rosters/``).
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.words import FORM_COLUMNS

SUFFIXES = (".csv", ".xlsx", ".xls")


@dataclass(frozen=True)
class InputTable:
    """One input: ``needed`` and ``optional`` columns; ``keep_unknown`` where a feature spec declares the rest."""

    name: str
    meaning: str
    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()
    keep_unknown: bool = False
    any_of: tuple[str, ...] = ()
    printed: tuple[str, ...] = ()
    """Columns that the sheets we make carry for the eye: not read when these come back, and no cause for a note."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Needed columns, then optional ones."""
        return self.needed + self.optional


def _table(name: str, meaning: str, needed: str, optional: str = "", **more: object) -> InputTable:
    return InputTable(name, meaning, tuple(needed.split()), tuple(optional.split()), **more)  # type: ignore[arg-type]


INPUTS: dict[str, InputTable] = {
    table.name: table
    for table in (
        InputTable("rosters", "花名册", FORM_COLUMNS),
        _table(
            "panels",
            "评议表",
            "行政村名称 评议员 身份 户号 经营情况 年收入(万元) 诚信品行 建议授信额度(万元)",
            "利害关系 了解程度 评议方式 评议日期 不予授信情形 备注 校验号",
            printed=("组名", "户主姓名"),
        ),
        _table("panel_members", "评议员名单", "行政村名称 评议员 身份", "组名 户号"),
        _table("records", "银行记录", "行政村名称 户号", "数据日期", keep_unknown=True),
        _table("visits", "入户核实", "行政村名称 户号 建档日期 客户经理 项目 原值 核实值", "身份证"),
        _table(
            "history",
            "已确认额度",
            "行政村名称 户号 确认额度(元) 确认日期 十二个月内逾期",
            "到期日期 首次用信日期 确认方式 授信对象身份证",
        ),
        _table(
            "signoffs",
            "签批",
            "行政村名称 户号 确认额度(元) 审批人 复核人 理由 日期",
            "授信对象身份证",
            printed=(
                "户主",
                "模型额度",
                "公议授信额度",
                "差额",
                "差额原因",
                "理由说明",
                "建议额度",
                "建议",
                "需要看什么",
            ),
        ),
        _table("negative", "负面清单", "身份证 原因 来源 列入日期", "移出日期"),
        _table("drawdowns", "用信", "身份证 用信日期 金额(元)"),
        _table("grid", "网格", "行政村名称 组名 网格 客户经理"),
        _table("agreements", "保密协议", "提供单位 协议编号 签订日期 到期日期"),
        _table("optouts", "反对名单", "", "身份证 联系方式 范围", any_of=("身份证", "联系方式")),
    )
}

ID_COLUMNS = ("身份证", "户主身份证", "授信对象身份证")
"""Columns that hold an ID number: repaired when read; a number cell there has lost its last digits."""
AS_WRITTEN = ("身份证", "户主身份证", "联系方式")
"""Columns whose blanks are repaired, and noted, later."""
FEW_TEXTS = ("乡镇", "行政村名称", "组名", "性别", "与户主关系", "民族", "出生年月", "承包土地及山林信息")
"""Columns of the form that hold few distinct texts: read as codes."""
HOUSEHOLD_COLUMN, VILLAGE_COLUMN = "户号", "行政村名称"
