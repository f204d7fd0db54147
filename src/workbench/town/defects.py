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
    NO_NUMBER_CELL: ("reject", "member", lambda r, p: {ID: "3.41599E+17"}),
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
}


def _other(character: str) -> str:
    return "3" if character != "3" else "7"


def _month_thirteen(number: str) -> str:
    first17 = f"{AREA}{number[6:10]}13{number[12:17]}"
    return first17 + check_character(first17)


Rows = dict[int, dict[str, Any]]
"""The rows of one sheet by the person that stands in them."""


def damage(forms: pd.DataFrame, people: pd.DataFrame, homes: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """The sheet of every village, in file order, with what went wrong; ``forms`` is the form as it ought to be."""
    sheets = {}
    for village, part in forms.groupby("行政村名称", sort=False):
        place = int(homes["place"][homes["village"] == village].iloc[0])
        sheets[str(village)] = _one_village(
            part, people.loc[part.index], stream(seed, f"defects {place}"), careful=place == 0
        )
    _copy_between(sheets, homes, seed)
    return sheets


class _Crowd:
    """The people of one village, and the households that have no defect yet."""

    def __init__(self, people: pd.DataFrame, rng: np.random.Generator) -> None:
        relation, size = people["relation"], people.groupby("home")["id"].transform("size")
        month = np.array([b.month for b in people["birth"]])
        self.rng = rng
        self.home = people["home"].to_dict()
        self.facts: dict[int, Any] = {
            int(str(i)): row for i, row in zip(people.index, people.itertuples(), strict=True)
        }
        self.fits = {
            "any": (size > 0).to_numpy(),
            "x": people["id"].str.endswith("X").to_numpy(),
            "plain month": ~np.isin(month, (1, 10, 11, 12)),
            "mobile": ((people["phone"].str.len() == 11) & people["phone"].str.startswith("1")).to_numpy(),
            "member": (~relation.isin(["户主", "配偶"]) & (size > 1)).to_numpy(),
            "head": (relation == "户主").to_numpy(),
            "spouse": (relation == "配偶").to_numpy(),
        }
        self._index, self._home = people.index.to_numpy(), people["home"].to_numpy()
        self._spent = np.zeros(len(people), dtype=bool)

    def choose(self, whose: str, spend: bool = True) -> int | None:
        """A row of that sort in a household that has no defect yet, and has one from now on."""
        free = np.flatnonzero(self.fits[whose] & ~self._spent)
        if not len(free):
            return None
        at = int(self.rng.choice(free))
        if spend:
            self._spent |= self._home == self._home[at]
        return int(self._index[at])

    def household(self, row: int) -> list[int]:
        """The rows of that row's household, the head first."""
        return [int(i) for i in self._index[self._home == self.home[row]]]


def _one_village(part: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator, careful: bool) -> pd.DataFrame:
    """One village's sheet; a ``careful`` one has every defect once, another some of them, by its own carelessness."""
    form = part[list(FORM_COLUMNS)]
    rows: Rows = {
        int(str(i)): {**row, "person": int(str(i)), "verdict": "", "kind": ""}  # type: ignore[dict-item]
        for i, row in zip(form.index, form.to_dict("records"), strict=True)
    }
    crowd = _Crowd(people, rng)
    carelessness = float(rng.gamma(2.5, 0.4))
    for kind, (severity, whose, change) in _ROW_DEFECTS.items():
        for _ in range(1 if careful else int(rng.poisson(carelessness))):
            at = crowd.choose(whose)
            if at is not None:
                rows[at] |= change(rows[at], crowd.facts[at]) | {"verdict": severity, "kind": kind}
    _heads(rows, crowd)
    return _other_rows(rows, crowd)


def _heads(rows: Rows, crowd: _Crowd) -> None:
    """Households whose paper is not in order: two heads, a head whose row is rejected, a head who is nobody in it."""
    for kind in ("two_heads", "head_lost", "head_not_member"):
        spouse = crowd.choose("spouse")
        if spouse is None:
            continue
        family = crowd.household(spouse)
        head = rows[family[0]]
        if kind == "two_heads":
            rows[spouse]["与户主关系"] = "户主"
            for member in family:
                rows[member] |= {"verdict": "flag", "kind": kind}
        elif kind == "head_lost":
            wrong = head[ID][:17] + _other(head[ID][17])
            for member in family:
                rows[member] |= {HEAD: wrong, "verdict": "flag", "kind": "no_head_left"}
            head |= {ID: wrong, "verdict": "reject", "kind": kind}
        else:
            stranger = crowd.choose("head", spend=False)
            if stranger is not None:
                rows[spouse] |= {HEAD: crowd.facts[stranger].id, "verdict": "flag", "kind": kind}


def _other_rows(rows: Rows, crowd: _Crowd) -> pd.DataFrame:
    """Rows that are no people, and one person written twice (the copy stands last)."""
    twin = crowd.choose("any")
    sheet = list(rows.values())
    blank: dict[str, Any] = dict.fromkeys(FORM_COLUMNS, "")
    extra = [
        (blank, "empty"),
        (blank, "empty"),
        ({c: c for c in FORM_COLUMNS}, "header"),
        (blank | {"乡镇": "合计", NAME: f"{len(sheet)}人"}, "total"),
    ]
    for content, kind in extra:
        at = int(crowd.rng.integers(1, len(sheet))) if kind != "total" else len(sheet)
        sheet.insert(at, content | {"person": -1, "verdict": "skip", "kind": kind})
    if twin is not None:
        sheet.append(rows[twin] | {"verdict": "reject", "kind": "dup_id"})
    return pd.DataFrame(sheet)


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
