"""``index.html``: what was asked, the five figures that matter, the pages, what the door had to say, the tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from workbench.run.pages import TEMPLATES, css, page_name
from workbench.run.show import table_html
from workbench.store.atomic import write_text
from workbench.tables import TABLES
from workbench.units import percent, percent_given, wan
from workbench.words import STEPS, TABLE_WORDS

if TYPE_CHECKING:
    from workbench.params import RunParams
    from workbench.run.changes import Changes
    from workbench.run.door import Admitted
    from workbench.run.execute import Asked
    from workbench.run.plan import Stage


class Figure(NamedTuple):
    """One figure of the first page: its name, the figure, and what it is made of."""

    name: str
    figure: str
    sentence: str


Tables = dict[str, pd.DataFrame]
MOST = 5


def five_figures(tables: Tables) -> list[Figure]:
    """The five figures that matter most of those that the run's tables give."""
    found = (make(tables) for needs, make in _CANDIDATES if all(n in tables for n in needs))
    return [f for f in found if f is not None][:MOST]


def _milestone(measure: str, name: str, unit: str) -> Callable[[Tables], Figure | None]:
    def make(tables: Tables) -> Figure | None:
        lines = tables["milestones"]
        line = lines[(lines["scope_kind"] == "town") & (lines["measure"] == measure)]
        if line.empty:
            return None
        first = line.iloc[0]
        up, down = int(first["numerator"]), int(first["denominator"])
        said = f"{up:,} / {down:,} {unit}"
        if pd.notna(first["target"]):
            goal = f"{first['target']:.0f} 个村" if measure == "villages_filed" else percent_given(first["target"])
            said += f"；目标 {goal}，{'已达到' if first['met'] else '未达到'}"
        return Figure(name, f"{up} / {down}" if measure == "villages_filed" else percent(up, down), said)

    return make


def _review(tables: Tables) -> Figure | None:
    gaps = tables["gaps"]
    review = int((gaps["action"] == "review").sum())
    within = int((gaps["primary_cause"] == "within_tolerance").sum())
    return Figure("需要复核", f"{review:,} 户", f"{len(gaps):,} 户有两个额度，其中 {within:,} 户差额在容许范围内")


def _rejected(tables: Tables) -> Figure | None:
    counts = tables["row_counts"]
    rows, bad, flagged = (int(counts[c].sum()) for c in ("rows", "quarantined", "flagged"))
    return Figure("退回的行", f"{bad:,} 行", f"花名册共 {rows:,} 行，另有 {flagged:,} 行收下但待核实")


def _eligible(tables: Tables) -> Figure | None:
    homes = tables["households"]
    return Figure(
        "可授信人数",
        f"{int(homes['eligible'].sum()):,} 人",
        f"{len(homes):,} 户，在册 {int(homes['people'].sum()):,} 人",
    )


def _limits(tables: Tables) -> Figure | None:
    limits = tables["limits"]["model_limit"].dropna()
    given = limits[limits > 0]
    middle = f"，中位数 {wan(float(given.median()))}" if len(given) else ""
    return Figure("模型额度", f"{len(given):,} 户", f"模型给出额度的户数{middle}")


def _consensus(tables: Tables) -> Figure | None:
    panel = tables["consensus"]["panel_limit"].dropna()
    middle = f"，公议额度中位数 {wan(float(panel.median()))}" if len(panel) else ""
    return Figure("已评议", f"{len(panel):,} 户", f"评议小组有公议额度的户数{middle}")


def _confirmed(tables: Tables) -> Figure | None:
    lines = tables["confirmed"]
    return Figure("已确认", f"{len(lines):,} 户", f"有效额度合计 {wan(float(lines['limit'].sum()))}")


_CANDIDATES: tuple[tuple[tuple[str, ...], Callable[[Tables], Figure | None]], ...] = (
    (("milestones",), _milestone("coverage", "授信面", "人")),
    (("milestones",), _milestone("usage", "用信面", "人")),
    (("milestones",), _milestone("villages_filed", "建档村数", "个村")),
    (("gaps",), _review),
    (("row_counts",), _rejected),
    (("households",), _eligible),
    (("confirmed",), _confirmed),
    (("limits",), _limits),
    (("consensus",), _consensus),
)


def write_index(asked: Asked, ran: list[Stage], admitted: Admitted, changes: Changes | None = None) -> None:
    """Writes ``index.html`` of a run, also of one that a gate stopped; ``changes``: since the run before."""
    said = template("index.html.j2").render(
        params=asked.params,
        css=css(),
        asked=_asked(asked.params),
        stopped=asked.stopped.splitlines(),
        figures=five_figures(asked.tables),
        pages=[
            {"href": page_name(s), "step": STEPS[s.step], "question": s.question}
            if s in ran
            else {"href": "", "step": STEPS[s.step]}
            for s in asked.stages
        ],
        papers=sorted(p.name for p in (asked.work / "reports").glob("quarter*")),
        since=None if changes is None else _since(changes, asked.tables),
        docs=(asked.work / "docs" / "index.html").is_file(),
        notes=admitted.notes,
        absent=admitted.absent,
        tables=_listing(asked.work, asked.tables),
        pictures=sorted(p.name for p in (asked.work / "figures").glob("*.png")),
    )
    write_text(asked.work / "index.html", said if said.endswith("\n") else said + "\n")


def _since(changes: Changes, tables: Tables) -> dict[str, Any]:
    """What changed since the run before, as the first page tells it."""
    from workbench.milestones import moves
    from workbench.milestones.changes import since_said
    from workbench.run.papers import since_of

    since = since_of(changes)
    return {
        "before": since.before,
        "lines": [line.removeprefix("- ") for line in since_said(since, tables).splitlines()],
        "meaning": moves.MEANING,
        "by_cause": table_html(moves.by_cause(since.who), "变动的户数与金额，按每户的主要原因分"),
    }


def _asked(params: RunParams) -> list[tuple[str, str]]:
    """What was asked, with the values that a report depends on."""
    cap = params.credited_per_household
    listed = {"holder": "授信对象本人", "household": "全户"}[params.limit.listed_reach]
    return [
        ("运行名称", params.name),
        ("截至日期", params.as_of.isoformat()),
        ("步骤", "、".join(STEPS[s] for s in params.steps)),
        ("随机种子", str(params.seed)),
        ("容许差额", f"{params.tolerance.yuan:,} 元与较大额度的 {percent_given(params.tolerance.share)} 中较大者"),
        ("可授信年龄", f"{params.eligibility.min_age}–{params.eligibility.max_age} 周岁"),
        ("每户计入的授信人数", f"最多 {cap} 人" if cap else "不限"),
        ("算作已建档的户数比例", percent_given(params.filed_share)),
        ("负面清单影响", listed),
    ]


def _listing(folder: Path, tables: Tables) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "words": TABLE_WORDS.get(name, ""),
            "meaning": TABLES[name].meaning,
            "rows": f"{len(tables[name]):,}",
            "columns": len(tables[name].columns),
        }
        for name in TABLES
        if name in tables and (folder / "tables" / f"{name}.parquet").is_file()
    ]


@cache
def template(name: str) -> Any:
    """A template of ours; every text that goes in is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template(name)
