"""Any roster, however filled in: four counts add up, nothing breaks, no cell's text is said, order is no matter."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roster_forms import AS_OF, NAMES, VILLAGE, id_number, person

from workbench.errors import InputError
from workbench.params import Eligibility
from workbench.roster.admit import Admission, admit_roster
from workbench.roster.land import parse_land
from workbench.roster.landcolumn import read_distinct
from workbench.roster.lists import load_lists
from workbench.roster.rules import RULES
from workbench.roster.verdict import judge
from workbench.store.commas import open_csv
from workbench.store.dataset import RosterSheet
from workbench.store.header import find_header
from workbench.store.inputs import FEW_TEXTS, INPUTS
from workbench.store.workbook import sheet_grid
from workbench.words import FORM_COLUMNS

AGREED = pd.DataFrame(
    [[VILLAGE, "1", "2019-07-01", "2022-12-31", "agreements.csv", 2]],
    columns=["提供单位", "协议编号", "签订日期", "到期日期", "source", "row"],
).astype({"row": "int64"})
IDS = [id_number(f"{year}0105", sequence) for year in (1940, 1965, 1990, 2005, 2015) for sequence in (101, 202, 303)]
SECRET = "密zq"
"""Stands in cells that should never be repeated."""

ids = st.one_of(
    st.sampled_from(IDS),
    st.sampled_from(IDS).map(str.lower),
    st.sampled_from(IDS).map(lambda n: f"'{n[:6]} {n[6:]}"),
    st.sampled_from(IDS).map(lambda n: n[:-1] + "5"),
    st.sampled_from(["", "无", "3.41523E+17", "3415", 3.41523e17, 12, None, f"{SECRET}1", date(1990, 1, 5), "×" * 18]),
    st.text(max_size=20).map(lambda t: t + SECRET),
)
MEANT = (
    "", "无", "男", "女", "户主", "配偶", "子", "汉族", "1990-01", "1990.1", "32513", "合计", "若干亩", "三亩半", "＝1",
    "#N/A", "138 0000 0001", "13800000001/13900000001", "承包土地3.2亩，山林15亩", VILLAGE, "石桥村", "0101", "\u200b",
)  # fmt: skip
words = st.one_of(
    st.sampled_from(MEANT),
    st.sampled_from([0, 12.5, 1990.1, True, date(1990, 1, 5), datetime(1990, 1, 5, 8)]),
    st.text(max_size=12).map(lambda t: SECRET + t),
)
people = st.fixed_dictionaries({}, optional=dict.fromkeys(FORM_COLUMNS, words) | {"身份证": ids, "户主身份证": ids})
numbers_of_homes = st.sampled_from(["0101", "0102", 7])
sound = st.builds(lambda n, h, p: person(id=n, head=n, household=h) | p, st.sampled_from(IDS), numbers_of_homes, people)
blank = people.map(lambda p: dict.fromkeys(FORM_COLUMNS, "") | p)
rosters = st.lists(st.one_of(sound, blank), max_size=12)


def sheet(rows: list[dict[str, Any]], file: str = "rosters/a.xlsx") -> RosterSheet:
    """A sheet as the workbook reader gives it."""
    cells = [list(FORM_COLUMNS), *([("" if r[c] is None else r[c]) for c in FORM_COLUMNS] for r in rows)]
    grid = sheet_grid(file, "s", cells, [])
    header = find_header(grid, INPUTS["rosters"], file, {})
    assert header is not None
    return RosterSheet(file, file, grid.body(header.first, header.places, header.width, FEW_TEXTS))


def admit(*sheets: RosterSheet) -> Admission:
    return admit_roster(list(sheets), AGREED, names=NAMES, as_of=AS_OF, eligibility=Eligibility())


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(rosters)
def test_any_roster_is_accounted_for(rows: list[dict[str, Any]]) -> None:
    verdict = judge([sheet(rows)], {VILLAGE}, AS_OF, load_lists())
    counts, found = verdict.counts(), verdict.found.frame()
    four = counts[["kept", "flagged", "quarantined", "skipped"]].sum(axis=1)
    assert (four == counts["rows"]).all()
    worst: dict[int, set[str]] = {}
    for at, severity in zip(found["at"], found["severity"], strict=True):
        worst.setdefault(at, set()).add(severity)
    assert sum("reject" in s for s in worst.values()) == counts["quarantined"].sum()
    assert sum("skip" in s for s in worst.values()) == counts["skipped"].sum()
    assert sum("flag" in s and "reject" not in s for s in worst.values()) == counts["flagged"].sum()
    assert not found.loc[found["severity"] == "reject", "at"].duplicated().any()
    assert set(found["rule"]) <= set(RULES)
    said = " ".join([*verdict.notes, *counts["source"], *found["message"], *found["field"]])
    assert SECRET not in said
    assert not any(number in said for number in IDS)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rosters)
def test_what_is_admitted_hangs_together(rows: list[dict[str, Any]]) -> None:
    admission = admit(sheet(rows))
    counts, homes, grown = (admission.tables[name] for name in ("row_counts", "households", "people"))
    assert len(admission.identities) == counts[["kept", "flagged"]].to_numpy().sum()
    assert admission.identities["id_number"].is_unique
    assert homes["people"].sum() == len(admission.identities)
    assert (homes["eligible"] <= homes["base"]).all()
    assert homes["eligible"].sum() == grown["eligible"].sum()
    assert homes["holder"].notna().tolist() == (homes["base"] > 0).tolist()
    for name, frame in admission.tables.items():
        assert not any(number in frame.to_csv() for number in IDS), name


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from(IDS), unique=True, min_size=2), st.lists(people, min_size=15, max_size=15), st.randoms()
)
def test_rows_and_files_in_another_order_give_the_same_people(
    numbers: list[str], more: list[dict[str, Any]], dice: Any
) -> None:
    rows = []
    for place, (number, extra) in enumerate(zip(numbers, more, strict=False)):
        other = {name: cell for name, cell in extra.items() if name not in ("身份证", "行政村名称")}
        rows.append(person(id=number, head=number, household=f"01{place % 3}") | other)
    shuffled, cut = dice.sample(rows, len(rows)), len(rows) // 2
    one = admit(sheet(rows))
    other_way = admit(sheet(shuffled[:cut], "rosters/b.xlsx"), sheet(shuffled[cut:], "rosters/c.xlsx"))
    for name in ("people", "households", "quarantined_people"):
        assert one.tables[name].equals(other_way.tables[name]), name


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='a,"\n\r\u4e00 x', max_size=60))
def test_no_csv_line_is_lost_or_told_with_its_text(text: str) -> None:
    content = ("甲,乙,丙\n" + text + "\n末,末,末\n").encode()
    try:
        body = open_csv(content, "x.csv").body(1, {"甲": 0, "乙": 1, "丙": 2}, 3)
    except InputError as fault:
        told = str(fault).splitlines()[0]
    else:
        assert body.row.tolist() == list(range(2, len(body.row) + 2))
        assert body.columns["甲"].text.to_pylist()[-1] is not None
        return
    assert re.fullmatch(r"x\.csv: row \d+: a quotation mark opens here and never closes", told)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="承包土地山林水田旱亩分厘半三十两一0123456789.，、；:（）无", max_size=16))
def test_the_quick_reading_of_land_agrees_with_the_grammar(text: str) -> None:
    land, forest = read_distinct([text])
    slow = parse_land(text)
    assert (np.isnan(land[0]) and slow is None) or (land[0], forest[0]) == slow


def test_frames_given_in_are_not_changed() -> None:
    before = AGREED.copy()
    admit(sheet([person()]))
    assert AGREED.equals(before)
