"""The quarter's workbook and PDF: tables to paste from, small figures emptied in what leaves the bank."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quarter_town import Town, programme, run_params

from workbench.milestones import moves, paper
from workbench.milestones.changes import Since
from workbench.milestones.paper import write_report_paper
from workbench.milestones.papers import write_papers
from workbench.milestones.suppress import LEAST_PEOPLE, hidden, outward_milestones
from workbench.milestones.workbook import report_sheets, write_report_workbook


def tables() -> dict[str, pd.DataFrame]:
    town = Town()
    town.group("竹溪村", 30, credited=21, visited=30, drew=12, manager="M01")
    town.group("石桥村", 40, credited=20, visited=31, drew=3, manager="M02")
    town.group("枫岭村", 50, credited=40, visited=45, drew=30, manager="M02")
    done = town.measure()
    return {"milestones": done.milestones, "funnel": done.funnel, "course": done.course, "standing": done.standing}


def since(**more: tuple[str, ...]) -> Since:
    """A quarter before in which 15 fewer were credited in a village, and 12 households have moved since."""
    town = Town()
    town.group("竹溪村", 30, credited=6, visited=30, drew=2)
    lines = pd.DataFrame({"household": [f"{i:016x}" for i in range(12)]}).assign(
        village="竹溪村", figure="model_limit", before=30_000.0, after=32_000.0, change=2_000.0, cause="data"
    )
    lines = lines.assign(**dict.fromkeys(moves.PARTS, 0.0) | {"data": 2_000.0})
    return Since("上一次运行（甲，截至 2021-09-30）", {"milestones": town.measure().milestones}, lines, **more)


def test_what_changed_stands_in_both_papers_and_households_in_the_banks_own_alone(tmp_path: Path) -> None:
    told = since(inside=("数据 rosters/a.csv：有变动",), outward=("数据：1 个文件有变动。",))
    for outward in (False, True):
        sheets = report_sheets(tables(), programme=programme(), params=run_params(), since=told, outward=outward)
        content = paper.paper_content(
            tables(), tmp_path, programme=programme(), params=run_params(), since=told, outward=outward
        )
        (section,) = (s for s in content["sections"] if "上一次运行（甲" in s["title"])
        everything = str([sheet.to_numpy().tolist() for sheet in sheets.values()]) + str(section)
        assert "模型额度：12 户变动，合计 +24,000 元，主要因数据的 12 户。" in section["text"]
        assert ["模型额度", "数据", "12", "24,000"] in section["tables"][0]["rows"]
        assert ("000000000000000b" in everything) is not outward
        assert ("rosters/a.csv" in everything) is not outward
        assert ("1 个文件有变动" in everything) is outward


def test_the_workbook_holds_every_table(tmp_path: Path) -> None:
    path = write_report_workbook(tables(), tmp_path / "季报.xlsx", programme=programme(), params=run_params())
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "全镇进度",
        "村进度",
        "客户经理进度",
        "各季进度",
        "从名册到用信",
        "村评优",
        "客户经理评优",
        "口径与来源",
    ]
    town = {row[1].value: row for row in book["全镇进度"].iter_rows(min_row=3)}
    assert [c.value for c in town["授信面"][2:]] == [81, 120, 120, "67.5%", "70%", "否", 3]
    said = [row[0].value for row in book["口径与来源"].iter_rows(min_row=3)]
    assert any("干办[2019]51号" in str(line) for line in said)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_small_figures_do_not_leave_the_bank(tmp_path: Path) -> None:
    sheets = report_sheets(tables(), programme=programme(), params=run_params(), outward=True)
    village = sheets["村进度"]
    usage = village[village["指标"] == "用信面"].set_index("村")["分子"]
    # 3 drew in one village; the 12 of the next smallest go with them, or the town's 45 would give the 3 back
    assert usage.to_dict() == {"石桥村": "*", "竹溪村": "*", "枫岭村": 30}
    funnel = sheets["从名册到用信"].set_index("范围")["已用信"]
    assert funnel.to_dict() == {"石桥村": "*", "竹溪村": "*", "枫岭村": 30, "干汊河镇": 45}
    inside = report_sheets(tables(), programme=programme(), params=run_params(), outward=False)
    assert "*" not in set(inside["村进度"]["分子"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_what_is_hidden_cannot_be_had_by_subtraction(counts: list[int]) -> None:
    parts = pd.Series(counts)
    hide = hidden(parts)
    assert not ((parts > 0) & (parts < LEAST_PEOPLE) & ~hide).any()
    assert not (hide & (parts == 0)).any()
    if hide.any() and (parts[~hide] > 0).any():
        assert hide.sum() >= 2
        assert parts[hide].sum() >= LEAST_PEOPLE


def test_a_hidden_figure_is_empty_and_the_rest_as_it_was() -> None:
    milestones = tables()["milestones"]
    out = outward_milestones(milestones)
    gone = out["numerator"].isna()
    assert gone.any()
    assert out.loc[gone, ["denominator", "denominator_high", "actual", "missing"]].isna().all().all()
    assert (out.loc[~gone, "numerator"] == milestones.loc[~gone, "numerator"]).all()


def test_the_pdf_is_one_the_same_twice_and_reads_no_markup(tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="the extra pdf is not installed")
    made = [
        write_report_paper(
            tables(),
            tmp_path / f"{i}.pdf",
            programme=programme(),
            params=run_params(),
            since=since(inside=('#panic("x") $a$ **3** 户',)),
        ).read_bytes()
        for i in range(2)
    ]
    assert made[0] == made[1]
    assert made[0].startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", made[0])) in range(2, 6)
    assert b"/tmp" not in made[0]


def test_the_papers_of_a_quarter_are_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.milestones.papers.find_spec", lambda name: None)
    once, twice = (
        write_papers(tables(), tmp_path / name, programme=programme(), params=run_params()) for name in ("a", "b")
    )
    assert [p.name for p in once] == ["quarter-inside.xlsx", "quarter.xlsx"]
    assert [p.read_bytes() for p in once] == [p.read_bytes() for p in twice]


def test_no_room_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xlsxwriter.exceptions import FileCreateError

    from workbench.errors import RunFailed

    def full(*args: object) -> None:
        raise FileCreateError(OSError(28, "No space left on device"))

    monkeypatch.setattr("workbench.milestones.workbook.write_workbook", full)
    with pytest.raises(RunFailed, match="make room"):
        write_report_workbook(tables(), tmp_path / "x.xlsx", programme=programme(), params=run_params())
    assert list(tmp_path.iterdir()) == []


def test_no_sentence_or_picture_of_the_outward_pdf_says_what_its_table_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first quarter: four people of the whole town drew."""
    town = Town()
    town.group("竹溪村", 60, credited=31, visited=30, drew=4, manager="M01")
    town.group("石桥村", 40, credited=20, visited=31, manager="M02")
    done = town.measure()
    made = {"milestones": done.milestones, "funnel": done.funnel, "course": done.course, "standing": done.standing}
    drawn: dict[str, pd.DataFrame] = {}
    for name in ("course_figure", "funnel_figure"):
        real = getattr(paper.figures, name)
        monkeypatch.setattr(
            paper.figures, name, lambda frame, *rest, n=name, r=real: (drawn.update({n: frame}), r(frame, *rest))[1]
        )
    content = paper.paper_content(made, tmp_path, programme=programme(), params=run_params(), since=None, outward=True)
    said = [line for section in content["sections"] for line in section.get("text", [])]
    said += [p["sentence"] for section in content["sections"] for p in section.get("pictures", [])]
    assert any("少于 10 人，不列" in line for line in said)
    assert not any("4 / 51" in line or "7.8%" in line for line in said)
    course, funnel = drawn["course_figure"], drawn["funnel_figure"]
    people = course[course["measure"] != "villages_filed"]
    assert not people["numerator"].between(1, LEAST_PEOPLE - 1).any()
    assert "drawn" not in set(funnel.loc[funnel["scope_kind"] == "town", "stage"])
    quarters = report_sheets(made, programme=programme(), params=run_params(), outward=True)["各季进度"]
    assert not quarters.loc[quarters["指标"] != "建档村数", "分子"].between(1, LEAST_PEOPLE - 1).any()
