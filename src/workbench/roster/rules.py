"""The rules of the intake as data: word, severity, field, what is said in Chinese and English, and the remedy.

The words are a closed list (intake, Rule words).  A message names what is wrong, never what stands in the cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["reject", "flag", "repair", "skip"]


@dataclass(frozen=True)
class Rule:
    """One rule; ``field`` is the roster column that it speaks of, empty for the row as a whole."""

    word: str
    severity: Severity
    field: str
    zh: str
    en: str
    remedy_zh: str = ""
    remedy_en: str = ""

    @property
    def message(self) -> str:
        """Problem and remedy, in both languages.

        >>> RULES["name_missing"].message
        '姓名为空；补上姓名 / the name is missing; add it'
        """
        zh = "；".join(filter(None, (self.zh, self.remedy_zh)))
        en = "; ".join(filter(None, (self.en, self.remedy_en)))
        return f"{zh} / {en}"


_ID, _BIRTH, _PHONE, _NUMBER = "身份证", "出生年月", "联系方式", "户号"
_AS_TEXT = ("把该列设为文本格式后重新录入", "format the column as text and type the IDs again")
_LOOK_UP = ("对照户口簿改正", "correct it from the household register")
_ON_SITE = ("入户时核实", "check it on site")

_ALL: tuple[Rule, ...] = (
    # ------------------------------------------------------------ the row as a whole
    Rule("empty", "skip", "", "整行为空", "the row is empty"),
    Rule("header", "skip", "", "重复的表头", "the header again"),
    Rule("not_a_person", "skip", "", "合计、签字等，不是人员", "a total or signature line, no person"),
    Rule(
        "row_shape",
        "reject",
        "",
        "列数与表头不符，或引号吞掉了后面的行",
        "more fields than the header, or a quotation mark that swallows rows",
        "含逗号的内容用引号括起来，成对使用引号",
        "put cells that hold a comma into a pair of quotation marks",
    ),
    Rule(
        "village_without_agreement",
        "reject",
        "行政村名称",
        "该村没有生效的保密协议",
        "the village has no agreement in force",
        "先签协议，或改正村名",
        "sign one first, or correct the village's name",
    ),
    # ------------------------------------------------------------ 身份证
    Rule("id_missing", "reject", _ID, "身份证号为空", "the ID is missing", "补上身份证号", "add it"),
    Rule(
        "id_float",
        "reject",
        _ID,
        "身份证号存成了数值，后几位已丢失",
        "the ID is held as a number: its last digits are lost",
        *_AS_TEXT,
    ),
    Rule("id_length", "reject", _ID, "身份证号不是 18 位", "the ID has not 18 characters", *_LOOK_UP),
    Rule("id_check", "reject", _ID, "身份证号校验不通过", "the ID fails its check", *_LOOK_UP),
    Rule(
        "id_birth",
        "reject",
        _ID,
        "身份证号中的出生日期不存在或在统计日之后",
        "the birth date in the ID is impossible",
        *_LOOK_UP,
    ),
    Rule(
        "id_duplicate",
        "reject",
        _ID,
        "身份证号在前面的行已出现",
        "the ID stands in an earlier row",
        "只保留一行",
        "keep one row",
    ),
    Rule(
        "id_maybe_truncated",
        "flag",
        _ID,
        "身份证号末三位为 000，可能被截断",
        "the ID ends in 000 and may have been cut",
        *_LOOK_UP,
    ),
    Rule(
        "id_characters",
        "repair",
        _ID,
        "身份证号前后或中间的空格、全角、符号已去除",
        "blanks, full-width forms or marks around the ID were removed",
    ),
    # ------------------------------------------------------------ 姓名, 户号
    Rule("name_missing", "reject", "姓名", "姓名为空", "the name is missing", "补上姓名", "add it"),
    Rule(
        "name_form",
        "repair",
        "姓名",
        "间隔号或旧编码字已换成标准写法",
        "a dot or an old code point was brought to its standard form",
    ),
    Rule("household_missing", "reject", _NUMBER, "户号为空", "the household number is missing", "补上户号", "add it"),
    Rule(
        "household_is_date",
        "reject",
        _NUMBER,
        "户号被表格软件变成了日期",
        "the household number was turned into a date",
        "把该列设为文本格式后重新录入",
        "format the column as text and type it again",
    ),
    # ------------------------------------------------------------ 户主
    Rule("household_no_head", "flag", "与户主关系", "本户没有户主", "the household has no head", *_ON_SITE),
    Rule(
        "household_two_heads",
        "flag",
        "与户主关系",
        "本户有两个以上户主",
        "the household has more than one head",
        *_ON_SITE,
    ),
    Rule(
        "head_not_member",
        "flag",
        "户主身份证",
        "户主身份证不是本户任何人的",
        "the head's ID is nobody's in the household",
        *_ON_SITE,
    ),
    # ------------------------------------------------------------ 性别, 出生年月
    Rule("sex_contradicts", "flag", "性别", "性别与身份证号不符", "the sex contradicts the ID", *_ON_SITE),
    Rule("sex_from_id", "repair", "性别", "性别为空，已按身份证号补上", "the sex was blank and is taken from the ID"),
    Rule(
        "birth_contradicts",
        "flag",
        _BIRTH,
        "出生年月与身份证号不符，或认不出",
        "the birth month contradicts the ID, or cannot be read",
        *_ON_SITE,
    ),
    Rule(
        "birth_form",
        "repair",
        _BIRTH,
        "出生年月已换成 1989-01 的写法",
        "the birth month was brought to the form 1989-01",
    ),
    Rule(
        "birth_from_id",
        "repair",
        _BIRTH,
        "出生年月为空，已按身份证号补上",
        "the birth month was blank and is taken from the ID",
    ),
    # ------------------------------------------------------------ 联系方式
    Rule(
        "phone_bad",
        "flag",
        _PHONE,
        "不是一个完整的电话号码",
        "this is not one Chinese telephone number",
        "只写一个号码，固定电话加区号",
        "write one number, a landline with its area code",
    ),
    Rule("phone_form", "repair", _PHONE, "电话中的空格、横线、国际区号已去除", "blanks, dashes or +86 were removed"),
    # ------------------------------------------------------------ 与户主关系, 民族, 承包土地及山林信息
    Rule(
        "relation_unknown",
        "flag",
        "与户主关系",
        "与户主关系不在名单中",
        "the relation is not on the list",
        "按户口簿的写法填写",
        "write it as the household register does",
    ),
    Rule(
        "ethnic_unknown",
        "flag",
        "民族",
        "民族不在名单中",
        "the ethnic group is not on the list",
        "按户口簿的写法填写",
        "write it as the household register does",
    ),
    Rule(
        "land_unreadable",
        "flag",
        "承包土地及山林信息",
        "土地、山林的亩数认不出",
        "no area can be read",
        "写成“承包土地3.2亩，山林15亩”",
        "write it as 承包土地3.2亩，山林15亩",
    ),
)

RULES: dict[str, Rule] = {rule.word: rule for rule in _ALL}


def rules_page() -> str:
    """``docs/rules.md``: the list of rules, as the code holds it."""
    titles = {"reject": "退回 / reject", "flag": "待核实 / flag", "repair": "已修正 / repair", "skip": "跳过 / skip"}
    lines = [
        "# 导入规则 / Rules of the intake",
        "",
        "本页由代码生成（`workbench.roster.rules`），测试保证它与代码一致。 Made from the code; a test keeps it so.",
        "",
        "| 规则 rule | 处理 severity | 列 field | 问题 problem | 处理办法 remedy |",
        "|---|---|---|---|---|",
    ]
    for rule in _ALL:
        remedy = "<br>".join(filter(None, (rule.remedy_zh, rule.remedy_en)))
        field = rule.field or "（整行）"
        lines.append(f"| `{rule.word}` | {titles[rule.severity]} | {field} | {rule.zh}<br>{rule.en} | {remedy} |")
    return "\n".join(lines) + "\n"
