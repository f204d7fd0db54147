"""Makes the quarter's workbook: the tables of the report that officers paste from, with definitions and sources.

In: the run's tables.  Out: one .xlsx, a sheet a table, no identity in it.  ``outward`` empties what is about fewer than
ten people (``milestones.suppress``), for what leaves the bank.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from workbench.milestones import moves, report
from workbench.milestones.changes import Since, since_said
from workbench.milestones.programme import Programme
from workbench.milestones.suppress import outward_counts, outward_course, outward_milestones
from workbench.params import RunParams
from workbench.store.atomic import whole
from workbench.store.sheets import write_workbook
from workbench.words import MEASURES, SCOPES


def write_report_workbook(
    tables: Mapping[str, pd.DataFrame],
    out: Path,
    *,
    programme: Programme,
    params: RunParams,
    since: Since | None = None,
    outward: bool = False,
) -> Path:
    """Writes the workbook, whole or not at all; its path.  Needs ``milestones``; uses what else the run has."""
    sheets = report_sheets(tables, programme=programme, params=params, since=since, outward=outward)
    title = f"{programme.name}（截至 {params.as_of}）"
    with whole(out) as part:
        write_workbook(part, sheets, {name: f"{title}：{name}" for name in sheets})
    return out


def report_sheets(
    tables: Mapping[str, pd.DataFrame],
    *,
    programme: Programme,
    params: RunParams,
    since: Since | None = None,
    outward: bool,
) -> dict[str, pd.DataFrame]:
    """Sheet name to its frame, in the order of the report."""
    milestones = outward_milestones(tables["milestones"]) if outward else tables["milestones"]
    kinds = [kind for kind in SCOPES if (milestones["scope_kind"] == kind).any()]
    sheets = {f"{SCOPES[kind]}进度": report.table(milestones, kind) for kind in kinds}
    if "course" in tables:
        sheets["各季进度"] = course_sheet(outward_course(tables["course"]) if outward else tables["course"])
    if "funnel" in tables:
        funnel = tables["funnel"]
        shown = outward_counts(funnel, ["scope_kind", "position"], "people") if outward else funnel
        sheets["从名册到用信"] = report.funnel_table(shown)
    if "standing" in tables:
        for kind in ("village", "manager"):
            sheets[f"{SCOPES[kind]}评优"] = report.standing_table(tables["standing"], kind)
    if since is not None:
        said = since_said(since, tables, outward=outward).splitlines()
        sheets["与上一次相比"] = pd.DataFrame({f"与{since.before}相比": [line.removeprefix("- ") for line in said]})
        sheets["变动原因"] = moves.by_cause(since.who, outward=outward)
        if not outward:
            sheets["变动的户"] = moves.movers(since.who)
    lines = [line.removeprefix("- ").replace("**", "") for line in report.definitions(params, programme).splitlines()]
    sources = [f"{m.date}：{m.source}" for m in programme.milestones]
    if outward:
        lines.append(f"{report.HIDDEN}：少于 10 人，或由它可以推出少于 10 人的数，不列。")
    sheets["口径与来源"] = pd.DataFrame({"口径与来源": [*lines, *sources]})
    return sheets


def course_sheet(course: pd.DataFrame) -> pd.DataFrame:
    """The course, a row a quarter's end and measure; forecasts are named so."""
    return pd.DataFrame(
        {
            "日期": course["date"],
            "指标": course["measure"].map(MEASURES),
            "实绩或预测": course["forecast"].map({True: "预测", False: "实绩"}),
            "分子": course["numerator"],
            "分母": course["denominator"],
            "比例": course["actual"].round(4),
            "目标": course["target"],
            "区间下端": course["low"].round(4),
            "区间上端": course["high"].round(4),
        }
    )
