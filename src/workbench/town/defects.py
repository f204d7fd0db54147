"""What goes wrong with a roster before it reaches the bank, and the verdict that each row must get.

A sheet is a frame of the form's 14 columns in file order with, beside them, ``person`` (the row of ``people``, -1 for a
row that is no person), ``verdict`` (the worst severity, empty for a plain row) and ``kind`` (what was done to it).
A household has at most one defect, and nothing is done to a household of one person that would make it vanish.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from workbench.town.identities import AREA, check_character, stream
from workbench.words import FORM_COLUMNS

_WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_EPOCH = date(1899, 12, 30)
ID, HEAD, NUMBER, NAME, PHONE = "身份证", "户主身份证", "户号", "姓名", "联系方式"
NO_NUMBER_CELL = "float_id"
"""The kind whose ID stands as a number where the file can hold numbers."""

Change = Callable[[dict[str, str], Any], dict[str, str]]

_ROW_DEFECTS: dict[str, tuple[str, str, Change]] = {
    # kind: (severity, whose row it may be, change)
    "apostrophe_id": ("repair", "any", lambda r, p: {ID: "'" + r[ID]}),
    "spaced_id": ("repair", "any", lambda r, p: {ID: f"{r[ID][:6]} {r[ID][6:14]} {r[ID][14:]}"}),
    "fullwidth_id": ("repair", "any", lambda r, p: {ID: r[ID].translate(_WIDE)}),
    "formula_id": ("repair", "any", lambda r, p: {ID: f'="{r[ID]}"'}),
    "lower_x": ("repair", "x", lambda r, p: {ID: r[ID].replace("X", "x")}),
    "birth_cn": ("repair", "any", lambda r, p: {"出生年月": f"{p.birth.year}年{p.birth.month}月"}),
    "birth_dotted": ("repair", "plain month", lambda r, p: {"出生年月": f"{p.birth.year}.{p.birth.month}"}),
    "birth_serial": ("repair", "any", lambda r, p: {"出生年月": str((p.birth - _EPOCH).days)}),
    "phone_form": ("repair", "mobile", lambda r, p: {PHONE: f"+86 {r[PHONE][:3]}-{r[PHONE][3:7]}-{r[PHONE][7:]}"}),
    "bad_phone": ("flag", "mobile", lambda r, p: {PHONE: r[PHONE][:8]}),
    "two_numbers": ("flag", "mobile", lambda r, p: {PHONE: f"{r[PHONE]}/1650{r[PHONE][:3:-1]}"}),
    "sex_contradicts": ("flag", "any", lambda r, p: {"性别": "女" if p.male else "男"}),
    "birth_contradicts": ("flag", "any", lambda r, p: {"出生年月": f"{p.birth.year - 7}-{p.birth.month:02d}"}),
    "unknown_relation": ("flag", "member", lambda r, p: {"与户主关系": "同村合伙人"}),
    "unknown_ethnic": ("flag", "any", lambda r, p: {"民族": "不详族"}),
    "land_text": ("flag", "head", lambda r, p: {"承包土地及山林信息": "若干亩"}),
    "no_id": ("reject", "member", lambda r, p: {ID: ""}),
    "no_name": ("reject", "member", lambda r, p: {NAME: ""}),
    "no_household": ("reject", "member", lambda r, p: {NUMBER: ""}),
    "short_id": ("reject", "member", lambda r, p: {ID: r[ID][:15] + r[ID][16:]}),
    "bad_check": ("reject", "member", lambda r, p: {ID: r[ID][:17] + _other(r[ID][17])}),
    "bad_birth_in_id": ("reject", "member", lambda r, p: {ID: _month_thirteen(r[ID])}),
    NO_NUMBER_CELL: ("reject", "member", lambda r, p: {ID: "3.41599E+17"}),
}


def _other(character: str) -> str:
    return "3" if character != "3" else "7"


def _month_thirteen(number: str) -> str:
    first17 = f"{AREA}{number[6:10]}13{number[12:17]}"
    return first17 + check_character(first17)


def damage(forms: pd.DataFrame, people: pd.DataFrame, homes: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """The sheet of every village, in file order, with what went wrong; ``forms`` is the form as it ought to be."""
    sheets = {}
    for village, part in forms.groupby("行政村名称", sort=False):
        place = int(homes["place"][homes["village"] == village].iloc[0])
        rng = stream(seed, f"defects {place}")
        sheets[str(village)] = _one_village(part, people, rng)
    _copy_between(sheets, homes, seed)
    return sheets


def _one_village(part: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    sheet = part[list(FORM_COLUMNS)].assign(person=part.index, verdict="", kind="")
    crowd = people.loc[part.index].assign(size=lambda p: p.groupby("home")["id"].transform("size"))
    spent: set[int] = set()
    for kind, (severity, whose, change) in _ROW_DEFECTS.items():
        for _ in range(2 if kind == "land_text" else 1):
            row = _choose(crowd, whose, spent, rng)
            if row is None:
                continue
            was = {str(k): str(v) for k, v in sheet.loc[row, list(FORM_COLUMNS)].items()}
            for column, text in change(was, crowd.loc[row]).items():
                sheet.loc[row, column] = text
            sheet.loc[row, ["verdict", "kind"]] = [severity, kind]
    _heads(sheet, crowd, spent, rng)
    return _other_rows(sheet, crowd, spent, rng)


def _choose(crowd: pd.DataFrame, whose: str, spent: set[int], rng: np.random.Generator) -> Any:
    """A row of that sort in a household that has no defect yet; ``spent`` takes the household up."""
    member = ~crowd["relation"].isin(["户主", "配偶"])
    fits = {
        "any": crowd["size"] > 0,
        "x": crowd["id"].str.endswith("X"),
        "plain month": pd.Series([b.month not in (1, 10, 11, 12) for b in crowd["birth"]], index=crowd.index),
        "mobile": (crowd["phone"].str.len() == 11) & ~crowd["phone"].str.startswith("0"),
        "member": member & (crowd["size"] > 1),
        "head": crowd["relation"] == "户主",
    }[whose]
    free = crowd.index[fits & ~crowd["home"].isin(spent)]
    if not len(free):
        return None
    row = int(rng.choice(free))
    spent.add(crowd["home"].to_dict()[row])
    return row


def _heads(sheet: pd.DataFrame, crowd: pd.DataFrame, spent: set[int], rng: np.random.Generator) -> None:
    """Households whose paper is not in order: two heads, a head whose row is rejected, a head who is nobody in it."""
    for kind in ("two_heads", "head_lost", "head_not_member"):
        pairs = crowd.index[(crowd["relation"] == "配偶") & ~crowd["home"].isin(spent)]
        if not len(pairs):
            continue
        spouse = int(rng.choice(pairs))
        home = crowd["home"].to_dict()[spouse]
        spent.add(home)
        rows = crowd.index[crowd["home"] == home]
        head = rows[0]
        if kind == "two_heads":
            sheet.loc[spouse, "与户主关系"] = "户主"
            sheet.loc[rows, ["verdict", "kind"]] = ["flag", kind]
        elif kind == "head_lost":
            wrong = str(sheet.at[head, ID])[:17] + _other(str(sheet.at[head, ID])[17])
            sheet.loc[head, ID] = wrong
            sheet.loc[rows, HEAD] = wrong
            sheet.loc[rows, ["verdict", "kind"]] = ["flag", "no_head_left"]
            sheet.loc[head, ["verdict", "kind"]] = ["reject", kind]
        else:
            stranger = crowd.index[(crowd["relation"] == "户主") & ~crowd["home"].isin(spent)]
            if len(stranger):
                sheet.loc[spouse, HEAD] = str(crowd.at[int(rng.choice(stranger)), "id"])
                sheet.loc[spouse, ["verdict", "kind"]] = ["flag", kind]


def _other_rows(sheet: pd.DataFrame, crowd: pd.DataFrame, spent: set[int], rng: np.random.Generator) -> pd.DataFrame:
    """Rows that are no people, and one person written twice (the copy stands last)."""
    rows = sheet.to_dict("records")
    blank = dict.fromkeys(FORM_COLUMNS, "")
    extra = [
        (blank, "empty"),
        (blank, "empty"),
        ({c: c for c in FORM_COLUMNS}, "header"),
        (blank | {"乡镇": "合计", NAME: f"{len(sheet)}人"}, "total"),
    ]
    for content, kind in extra:
        at = int(rng.integers(1, len(rows))) if kind != "total" else len(rows)
        rows.insert(at, content | {"person": -1, "verdict": "skip", "kind": kind})
    twin = _choose(crowd, "any", spent, rng)
    if twin is not None:
        rows.append(sheet.loc[twin].to_dict() | {"verdict": "reject", "kind": "dup_id"})
    return pd.DataFrame(rows)


def _copy_between(sheets: dict[str, pd.DataFrame], homes: pd.DataFrame, seed: int) -> None:
    """Two people who stand in two villages' files; the later file (by code points of its name) has the copy."""
    rng = stream(seed, "copies between")
    agreed = set(homes["village"][homes["agreed"]])
    villages = sorted(agreed & set(sheets))
    for first, later in ((villages[0], villages[-1]), (villages[0], villages[len(villages) // 2])):
        if first == later or not len(sheets[first]):
            continue
        plain = sheets[first][(sheets[first]["kind"] == "") & (sheets[first]["与户主关系"] != "户主")]
        row: dict[Any, Any] = plain.iloc[int(rng.integers(len(plain)))].to_dict()
        host = sheets[later][sheets[later]["kind"] == ""].iloc[0]
        row |= {c: host[c] for c in ("行政村名称", "组名", NUMBER, HEAD)} | {
            "verdict": "reject",
            "kind": "dup_other_village",
        }
        sheets[later] = pd.concat([sheets[later], pd.DataFrame([row])], ignore_index=True)
