"""Promise 1: a name, an ID, a telephone, an address, a household number that stands in a column of something else.

People write them as names of groups, cells and files, as headers, remarks, reasons, items, categories.  Kernels and
pages are given what the door admits, so it is there that nothing may be left.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from workbench.identity import Pseudonyms
from workbench.params import load_params
from workbench.run.door import Admitted, admit
from workbench.run.withheld import Withheld
from workbench.store.dataset import RosterSheet
from workbench.store.grid import Body, Column
from workbench.store.ids import check_character
from workbench.store.text import decode
from workbench.words import FORM_COLUMNS

NAMES = Pseudonyms(b"a-key-for-tests-0001")
SEVENTEEN = "34159919840101001"
WHO = {
    "姓名": "欧阳甲骨",
    "身份证": SEVENTEEN + check_character(SEVENTEEN),
    "联系方式": "13966668888",
    "现居住地址": "杏花路七十七号",
    "户号": "QX888001",
}
ALL = " ".join(WHO.values())


def put(path: Path, changes: dict[str, str], row: int = 0) -> None:
    """Writes over cells of one row of a csv; a column that is not there is added."""
    lines = list(csv.reader(io.StringIO(decode(path.read_bytes(), path.name)[0])))
    for column, text in changes.items():
        if column not in lines[0]:
            lines = [[*line, column if line is lines[0] else ""] for line in lines]
        lines[row + 1][lines[0].index(column)] = text
    out = io.StringIO()
    csv.writer(out).writerows(lines)
    path.write_text(out.getvalue(), "utf-8")


@pytest.fixture
def admitted(town: Path) -> Admitted:
    person = WHO | {"乡镇": "干汊河镇", "行政村名称": "大院村", "组名": ALL, "户主身份证": WHO["身份证"], "性别": "男"}
    person |= {"与户主关系": "户主", "民族": ALL, "出生年月": "1984-01", "承包土地及山林信息": ALL}
    roster = pd.DataFrame([person])[list(FORM_COLUMNS)].assign(**{f"{WHO['姓名']}的意见": "", WHO["姓名"]: ""})
    roster.to_csv(town / "rosters" / f"{WHO['姓名']}{WHO['联系方式']}.csv", index=False)
    put(town / "grid.csv", {"组名": ALL, "网格": f"{WHO['姓名']}片区", "客户经理": WHO["姓名"]})
    put(town / "panel_members.csv", {"组名": ALL, "身份": ALL}, row=1)
    put(town / "records.csv", {"main_occupation": ALL, WHO["姓名"]: "1"})
    put(town / "visits.csv", {"客户经理": ALL, "项目": ALL, "原值": ALL, "核实值": ALL})
    put(town / "visits.csv", {"项目": "main_occupation", "原值": "", "核实值": ALL}, row=1)
    put(town / "optouts.csv", {"范围": ALL})
    put(town / "negative.csv", {"原因": ALL, "来源": ALL})
    put(town / "agreements.csv", {"协议编号": ALL})
    put(next((town / "signoffs").glob("*.csv")), {"审批人": ALL, "理由": ALL})
    panel = next((town / "panels").glob("*.csv"))
    put(panel, {"评议员": WHO["联系方式"], "评议方式": ALL, "不予授信情形": ALL, "备注": ALL})
    params = town / "params.yaml"
    return admit(load_params(params), params, NAMES)


@pytest.mark.parametrize("column", WHO)
def test_it_goes_no_further_than_the_door(column: str, admitted: Admitted) -> None:
    said = {name: frame.to_csv() for name, frame in admitted.tables.items()}
    said |= {"notes": "\n".join(admitted.notes), "inputs": "\n".join(admitted.inputs)}
    assert [name for name, text in said.items() if WHO[column] in text] == []


def test_what_is_no_identity_stays(admitted: Admitted) -> None:
    assert "大院村" in set(admitted.tables["grid"]["village"])
    assert admitted.tables["grid"]["cell"].str.endswith("片区").sum() == 1
    assert admitted.tables["records"]["main_occupation"].nunique() > 2
    assert {"grid.csv", "visits.csv"} <= set(admitted.inputs)
    left_aside = [n for n in admitted.notes if "未用的列" in n]
    assert left_aside
    assert all("的意见" in n or f"“{NAMES.stand_in(WHO['姓名'])}”" in n for n in left_aside)


def test_a_text_too_long_for_a_name_is_replaced_as_a_whole() -> None:
    ready = Withheld([], [], [], [], NAMES)
    frame = pd.DataFrame({"cell": ["短", "长" * 2_000]}, dtype="str")
    assert ready.frame(frame, ["cell"])["cell"].tolist() == ["短", NAMES.stand_in("长" * 2_000)]
    assert ready.text("行所在的村没有生效的保密协议，" * 20) == "行所在的村没有生效的保密协议，" * 20


def look(texts: list[str], people: list[dict[str, str]], staff: list[str] | None = None) -> list[str]:
    """The texts as they come out, with ``*`` for a code."""
    columns = {c: Column(pa.array([p.get(c) for p in people], pa.string())) for c in FORM_COLUMNS}
    sheet = RosterSheet("a.csv", "a.csv", Body(columns, pd.RangeIndex(2, 2 + len(people)).to_numpy()))
    ready = Withheld(texts, [sheet], staff or [], ["大院村", "王庄村"], NAMES)
    codes = [NAMES.stand_in(v) for p in people for v in p.values()] + [NAMES.stand_in(s) for s in staff or []]
    out = [ready.text(text) for text in texts]
    for code in codes:
        out = [text.replace(code, "*") for text in out]
    return out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rosters/王芳.xlsx", "rosters/*.xlsx"),
        ("rosters/大院村王芳2.xlsx", "rosters/大院村*2.xlsx"),
        ("李小庄组", "*组"),
        ("李庄组", "李庄组"),  # two characters inside a word are a place's
        ("王庄村第1网格", "王庄村第1网格"),  # somebody is called as the village is
        ("大院村1组", "大院村1组"),  # an address that is no more than the group
        ("周明片区", "*片区"),  # a manager
        ("M01片区", "M01片区"),
        ("户0012345", "户0012345"),
        ("020013", "*"),
        ("2021-12-31 020013", "2021-12-31 *"),
    ],
)
def test_what_counts_as_an_identity(text: str, told: str) -> None:
    people = [
        {"姓名": "王芳", "户号": "020013"},
        {"姓名": "李小庄", "现居住地址": "大院村1组"},
        {"姓名": "李庄", "现居住地址": "大院村杏花路9号"},
        {"姓名": "王庄", "户号": "12345"},
    ]
    assert look([text], people, ["周明", "M01"]) == [told]
