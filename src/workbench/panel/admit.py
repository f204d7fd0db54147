"""Ratings and members as the panels' files hold them, admitted: pseudonymous, dated, each with its verdict.

In: raw frames of ``panel_members`` and ``panels``.  Out: the tables ``panel_members`` and ``ratings``.  What is wrong
in a file is told at once, by file, column and rows (exit 2); a rating that does not count stays, and says why.
"""

from __future__ import annotations

import re
from datetime import date

import pandas as pd

from workbench.errors import Fault, InputError
from workbench.identity import Pseudonyms, pseudonym_columns
from workbench.panel.amounts import MOST_INCOME, MOST_LIMIT, yuan_of
from workbench.panel.checknumber import check_digits, check_number
from workbench.panel.remarks import signs_of
from workbench.params import PanelRules
from workbench.store.cells import Cells
from workbench.store.tables import checked
from workbench.store.text import half_width, without_blanks
from workbench.words import ROLES

CHECK = "校验号"
LIMIT, INCOME = "建议授信额度(万元)", "年收入(万元)"
BUSINESS, INTEGRITY = "经营情况", "诚信品行"
NOT_BLIND = ("会议", "电话", "微信")
BLIND = re.compile(r"背(?:靠|对)背式?(?:评议|评分|打分|填写|填表)?")
"""背对背 is the same word to who writes it; 不是背靠背 is not."""
OTHER = "其他"
NO_ROLE = "评议员"
YES, NO = ("是", "有", "1", "true", "y", "√"), ("否", "无", "没有", "0", "false", "n", "×")
NOTHING = re.compile(
    r"[-—－–/\\.。、×x]*|0(?:\.0*)?|否|none|no|nil|n/?a"
    r"|(?:暂|暂时|均|都|目前|尚)?(?:无|没有|没|未发现|未见|不存在|不涉及)"
    r"(?:(?:此|该|上述|以上|以下|任何)(?:类|种|等)?)?"
    r"(?:不良|不予授信|赌博|吸毒|涉诉|失信|逃废债务?|违法|犯罪|[和及或、,])*(?:情形|情况|现象|问题|行为|记录|嗜好|的)?"
)
"""Ways to write that there is no reason for no credit; 无力偿还 or 无固定职业 is one."""
ROWS_TOLD = 500
_CODE = re.compile(r"(?!1[3-9]\d{9}$)[A-Za-z0-9][A-Za-z0-9._-]{0,11}", re.ASCII)
"""A member's code; eleven digits that are a mobile number's are none."""


def admit_members(raw: pd.DataFrame, names: Pseudonyms) -> pd.DataFrame:
    """``panel_members`` out of the raw list of members; ``InputError`` for a member without village, code, or twice."""
    cells, faults = Cells(raw), _Faults(raw)
    village, code = cells.text("行政村名称", needed=True), cells.text("评议员", needed=True)
    cells.done()
    out = pd.DataFrame(
        {
            "village": village,
            "rater": codes(code, names),
            "role": _known_roles(cells.text("身份")).fillna(NO_ROLE),
            "group": cells.text("组名"),
            "number": cells.text("户号"),
        }
    )
    out["household"] = pseudonym_columns(out, names)
    again = out.duplicated(["village", "rater"], keep=False) & ~out.duplicated(keep=False)
    faults.add(again, "评议员", "the same member stands there twice, with other particulars", "keep one line")
    faults.done()
    return checked("panel_members", out.drop(columns="number").drop_duplicates(["village", "rater"]))


def admit_ratings(
    raw: pd.DataFrame, members: pd.DataFrame, *, names: Pseudonyms, as_of: date, rules: PanelRules
) -> pd.DataFrame:
    """``ratings`` dated up to ``as_of``, in whole yuan; ``InputError`` for amounts, marks, repeats, all at once."""
    cells = Cells(raw)
    days = cells.days("评议日期")
    cells.done()
    raw = raw.reset_index(drop=True)
    _refuse_other_sheets(raw)
    seen = (days.isna() | (days <= pd.Timestamp(as_of))).to_numpy(bool)
    raw, days = raw[seen].reset_index(drop=True), days[seen].reset_index(drop=True)
    cells, faults = Cells(raw), _Faults(raw)
    village, number = cells.text("行政村名称", needed=True), cells.text("户号", needed=True)
    code = cells.text("评议员", needed=True)
    cells.done()
    out = pd.DataFrame({"village": village, "number": number, "rater": codes(code, names), "date": days})
    out["household"] = pseudonym_columns(out, names)
    out["role"] = _roles(out, cells.text("身份"), members)
    out["business"] = _marks(cells.text(BUSINESS), BUSINESS, faults)
    out["integrity"] = _marks(cells.text(INTEGRITY), INTEGRITY, faults)
    out["income"] = _amounts(cells.text(INCOME), INCOME, MOST_INCOME, faults)
    out["limit"] = _amounts(cells.text(LIMIT), LIMIT, MOST_LIMIT, faults)
    out["interest"] = _answers(cells.text("利害关系"), "利害关系", YES, NO, faults)
    out["knows"] = ~_answers(cells.text("了解程度"), "了解程度", ("不了解", "不知道", "不认识"), ("了解",), faults)
    out["manner"] = _manner(cells.text("评议方式"))
    out["bar"] = _barred(cells.text("不予授信情形"))
    out["remark"] = signs_of(cells.text("备注"))
    out["source"], out["row"] = raw["source"], raw["row"]
    again = out.duplicated(["village", "household", "rater"], keep=False)
    faults.add(again, "评议员", "the same member rates the same household more than once", "keep one of the lines")
    faults.done()
    return checked("ratings", _verdict(out.drop(columns="number"), members, rules))


def _refuse_other_sheets(raw: pd.DataFrame) -> None:
    """Refuses a returned sheet whose check number is not that of its member and households; without one it passes."""
    if CHECK not in raw.columns or not raw[CHECK].notna().any():
        return
    faults = _Faults(raw)
    wrong = pd.Series(False, index=raw.index)
    for (_, village, rater), part in raw.groupby(["source", "行政村名称", "评议员"], sort=True):
        said = part[CHECK].dropna()
        if len(said):
            number = check_number(str(village), str(rater), part["户号"].dropna())
            wrong[said.index[said.map(check_digits) != check_digits(number)]] = True
    faults.add(
        wrong,
        CHECK,
        "is not that of the sheet that was sent: another member's, or rows were added or taken out",
        "send the workbook back as it was given; for a sheet of another making leave the column empty",
    )
    faults.done()


def codes(given: pd.Series, names: Pseudonyms) -> pd.Series:
    """Member codes to the letter (007 stays text); whatever is no code, a name perhaps, becomes a pseudonym."""
    known = {}
    for text in given.dropna().unique():
        plain = half_width(str(text)).strip()
        known[text] = plain if _CODE.fullmatch(plain) and re.search(r"\d|^.{1,2}$", plain) else names.staff(str(text))
    return given.map(known).astype("str")


def _roles(out: pd.DataFrame, said: pd.Series, members: pd.DataFrame) -> pd.Series:
    """The role as the sheet has it, else as the list of members has it."""
    listed = out[["village", "rater"]].merge(members[["village", "rater", "role"]], how="left", on=["village", "rater"])
    return _known_roles(said).fillna(pd.Series(listed["role"].to_numpy(), index=said.index)).astype("str")


def _known_roles(said: pd.Series) -> pd.Series:
    """The four roles; any other word, a name in the wrong column perhaps, is told as 其他 and goes no further."""
    return said.where(said.isna() | said.isin([*ROLES, NO_ROLE]), OTHER)


def _amounts(cells: pd.Series, column: str, most: int, faults: _Faults) -> pd.Series:
    known = {text: yuan_of(text, most) for text in cells.dropna().unique()}
    wrong = cells.isin([text for text, yuan in known.items() if yuan is None])
    faults.add(
        wrong,
        column,
        f"is no single amount in 万元 between 0 and {most} (a range, words, a negative, or written in yuan)",
        "write one figure in 万元, such as 5 or 0.8; leave the cell blank for no rating",
    )
    return cells.map({text: float(yuan) for text, yuan in known.items() if yuan is not None}).astype("float64")


def _marks(cells: pd.Series, column: str, faults: _Faults) -> pd.Series:
    plain = cells.map(lambda t: without_blanks(half_width(t)).removesuffix("分"), na_action="ignore")
    marks = pd.to_numeric(plain, errors="coerce").astype("float64")
    faults.add(cells.notna() & ~marks.between(1, 5), column, "is no mark from 1 to 5", "write 1, 2, 3, 4 or 5")
    return marks


def _answers(cells: pd.Series, column: str, yes: tuple[str, ...], no: tuple[str, ...], faults: _Faults) -> pd.Series:
    plain = cells.str.lower()
    faults.add(
        cells.notna() & ~plain.isin([*yes, *no]),
        column,
        f"is neither {yes[0]} nor {no[0]}",
        f"write {yes[0]} or {no[0]}",
    )
    return plain.isin(yes)


def _plain(cells: pd.Series) -> pd.Series:
    """Texts without blanks, half-width."""
    return cells.map(lambda t: without_blanks(half_width(t)), na_action="ignore").astype("str")


def _barred(cells: pd.Series) -> pd.Series:
    """Whether a reason for no credit is named: any text but a way to write that there is none."""
    plain = _plain(cells).str.lower().str.rstrip("。.!！,，;；")
    return cells.notna() & ~plain.str.fullmatch(NOTHING).fillna(False).astype(bool)


def _manner(cells: pd.Series) -> pd.Series:
    """背靠背, 会议, 电话, 微信; any other word is told as 其他, for free text goes no further."""
    out = cells.where(cells.isna(), OTHER).mask(_plain(cells).str.fullmatch(BLIND).fillna(False).astype(bool), "背靠背")
    for word in NOT_BLIND:
        out = out.mask(cells.str.contains(word, regex=False).fillna(False).astype(bool), word)
    return out


def _verdict(out: pd.DataFrame, members: pd.DataFrame, rules: PanelRules) -> pd.DataFrame:
    """``own``, ``counts`` and ``why_not``; the first reason that holds is told."""
    own = members.dropna(subset=["household"])[["village", "rater", "household"]].assign(own=True)
    out = out.merge(own, how="left", on=["village", "rater", "household"])
    out["own"] = out["own"].fillna(False).astype(bool)
    counted = dict(zip(NOT_BLIND, (rules.count_meeting, rules.count_telephone, rules.count_messenger), strict=True))
    left_out = out["manner"].isin([OTHER, *(word for word, counts in counted.items() if not counts)])
    why = pd.Series(pd.NA, index=out.index, dtype="str")
    for reason, holds in (
        ("interest", out["interest"] & (not rules.count_interested)),
        ("manner", left_out),
        ("no_amount", out["limit"].isna()),
        ("unknown", ~out["knows"]),
        ("own", out["own"]),
    ):
        why = why.mask(holds.astype(bool), reason)
    return out.assign(why_not=why, counts=why.isna())


class _Faults:
    """Faults of one raw frame by file and column, with every row, raised together."""

    def __init__(self, raw: pd.DataFrame) -> None:
        self.raw = raw.reset_index(drop=True)
        self.found: list[Fault] = []

    def add(self, rows: pd.Series, column: str, problem: str, remedy: str) -> None:
        """Marks the rows of a mask."""
        wrong = self.raw[rows.to_numpy(bool)]
        for source, part in wrong.groupby("source", sort=True):
            numbers = sorted(part["row"].astype(int))
            more = f" and {len(numbers) - ROWS_TOLD} more" if len(numbers) > ROWS_TOLD else ""
            said = ", ".join(map(str, numbers[:ROWS_TOLD])) + more
            self.found.append(Fault(f"{source}: {column}", f"{problem}: row {said}", remedy))

    def done(self) -> None:
        """Raises what was found."""
        if self.found:
            raise InputError(self.found)
