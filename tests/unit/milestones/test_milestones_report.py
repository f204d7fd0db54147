"""Sentences and figures of the milestones page: they say what was missed, where, by when, and what is a forecast."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from quarter_town import Town, programme, run_params

from workbench.filing.figures import filing_course
from workbench.filing.report import by_fact, by_item, by_village, findings, progress
from workbench.milestones import figures, report
from workbench.milestones.admit import admit_drawdowns
from workbench.plots import png
from workbench.store.tables import empty


def town() -> Town:
    made = Town()
    made.group("竹溪村", 10, credited=7, visited=10, drew=3, cell="竹溪村第1网格", manager="M01")
    made.group("石桥村", 6, members=2, credited=2, visited=3, drew=1, cell="石桥村第1网格", manager="M02")
    made.villages.append("枫岭村")
    return made


def test_the_headline_says_what_is_missed_and_by_how_many() -> None:
    said = report.headline(town().measure().milestones, programme())
    assert "授信面 56.2%（9 / 16），目标 70%：**未达到**，还差 3 人" in said
    assert "用信面 44.4%（4 / 9），目标 30%：**已达到**" in said
    assert "建档村数 1 个村，目标 17 个村：**未达到**，还差 16 个村" in said
    assert "2021年12月31日" in said


def test_where_most_are_missing() -> None:
    said = report.where(town().measure().milestones)
    assert "石桥村 3 人" in said
    assert "竹溪村" not in said


def test_a_share_is_never_printed_onto_a_target_it_misses() -> None:
    made = Town()
    made.group("竹溪村", 10_000, credited=0)
    each = made.measure(date(2022, 6, 30)).milestones
    line = each["measure"].eq("coverage") & each["scope_kind"].eq("village")
    each.loc[line, ["numerator", "actual", "met", "missing"]] = [7996, 0.7996, False, 4]
    shown = report.table(each, "village")
    assert shown.loc[shown["指标"] == "授信面", "实际"].tolist() == ["79.9%"]


def test_drawings_that_do_not_count_are_said() -> None:
    made = town()
    made.drew("外人-1", "2021-10-01", 5000.0)
    made.drew("竹溪村0008-1", "2021-10-01", 5000.0)
    made.drew("石桥村0010-2", "2021-10-01", 5000.0)
    made.drew("竹溪村0004-1", "2021-01-01", 5000.0)
    made.drew("竹溪村0005-1", "2021-10-01", 0.0)
    tables = made.tables()
    apart = report.drawings_apart(tables["drawdowns"], tables["confirmed"], tables["people"])
    assert apart == {"not_credited": 3, "members": 1, "before": 1, "nothing": 1}
    said = report.drawings_said(tables["drawdowns"], tables["confirmed"], tables["people"])
    assert "4 名已授信人员用过信" in said
    assert "3 笔用信不属于任何已授信人员" in said
    assert "没有用信文件" in report.drawings_said(None, tables["confirmed"], tables["people"])


def test_a_forecast_is_said_to_be_one() -> None:
    assert "预测，不是实绩" in report.forecast_said(town().measure().course)
    assert "不作预测" in report.forecast_said(town().measure(date(2022, 6, 30)).course)


def test_definitions_carry_the_parameters_of_the_run() -> None:
    said = report.definitions(run_params(credited_per_household=0, filed_share=0.9), programme())
    assert "18–60 周岁" in said
    assert "每户不限人数" in said
    assert "至少 90%" in said
    assert "干办[2019]51号" in said


def drawn(made: Town) -> list[tuple[bytes, str]]:
    done, tables = made.measure(), made.tables()
    return [
        (png(figure), sentence)
        for figure, sentence in (
            figures.course_figure(done.course, programme()),
            figures.funnel_figure(done.funnel),
            figures.villages_figure(done.milestones),
            filing_course(tables["filed"], tables["households"]),
        )
    ]


@pytest.mark.parametrize("made", [town(), Town(villages=["枫岭村"])], ids=["town", "nobody"])
def test_figures_draw_on_a_town_and_on_nothing(made: Town) -> None:
    once = drawn(made)
    assert once == drawn(made)
    assert all(sentence.endswith("。") for _, sentence in once)


def test_tables_of_the_page() -> None:
    done = town().measure()
    assert report.standing_table(done.standing, "village")["村"].tolist() != []
    assert report.funnel_table(done.funnel)["范围"].tolist() == ["枫岭村", "石桥村", "竹溪村", "干汊河镇"]
    assert "不足 30 人的不排名" in report.standing_said(programme())
    assert report.table(done.milestones, "manager")["客户经理"].nunique() == 2


def test_filing_page() -> None:
    tables = town().tables()
    assert "已入户建档 **13** 户（81.2%）" in progress(tables["filed"], tables["households"])
    assert by_village(tables["filed"], tables["households"])["未建档"].tolist() == [3, 0]
    assert by_item(empty("visits")).empty
    assert by_fact(empty("corrections")).empty
    assert "0 户" in findings(empty("visits"), empty("corrections"))


def test_drawings_as_written() -> None:
    from quarter_town import raw

    from workbench.errors import InputError
    from workbench.identity import Pseudonyms

    names = Pseudonyms(b"d")
    columns = ["身份证", "用信日期", "金额(元)"]
    rows = [
        {"身份证": "34152319650312901x", "用信日期": "2021-12-31 23:59:59", "金额(元)": "5,000.00"},
        {"身份证": "341523196503129016", "用信日期": "2022/1/1", "金额(元)": "1"},
    ]
    made = admit_drawdowns(raw(rows, columns), names=names, as_of=date(2021, 12, 31))
    assert made[["person", "amount"]].values.tolist() == [[names.person("34152319650312901X"), 5000.0]]
    bad = [{"身份证": "", "用信日期": "2021-01-01", "金额(元)": "一百"}]
    with pytest.raises(InputError) as stopped:
        admit_drawdowns(raw(bad, columns), names=names, as_of=date(2021, 12, 31))
    assert "身份证: is empty in row 2" in str(stopped.value)
    assert "金额(元): holds no number in row 2" in str(stopped.value)
    assert pd.isna(made["date"]).sum() == 0
