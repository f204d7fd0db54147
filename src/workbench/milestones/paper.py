"""Makes the quarter's report as a PDF for A4: figures, sentences, tables, definitions and sources.

In: the run's tables.  Out: one PDF by typst (extra ``pdf``), the same bytes for the same tables: no date of making, the
font that the figures use.  Texts go in as data, never as markup.  By default small figures are emptied
(``milestones.suppress``): a report is read outside the bank.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError, RunFailed
from workbench.milestones import figures, moves, report
from workbench.milestones.changes import Since, since_said
from workbench.milestones.programme import Programme
from workbench.milestones.suppress import outward_counts, outward_course, outward_milestones
from workbench.params import RunParams
from workbench.plots import font_file, png
from workbench.store.atomic import write_bytes

TEMPLATE = Path(__file__).with_name("paper.typ")


def write_report_paper(
    tables: Mapping[str, pd.DataFrame],
    out: Path,
    *,
    programme: Programme,
    params: RunParams,
    since: Since | None = None,
    outward: bool = True,
) -> Path:
    """Writes the PDF, whole or not at all; its path.  ``since``: what changed since the run before."""
    try:
        import typst
    except ImportError:
        raise InputError(
            "report", "a PDF needs typst, which is not installed", "pip install 'workbench[pdf]'"
        ) from None
    with tempfile.TemporaryDirectory(prefix="workbench-paper-") as made:
        folder = Path(made)
        content = paper_content(tables, folder, programme=programme, params=params, since=since, outward=outward)
        (folder / "content.json").write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        shutil.copyfile(TEMPLATE, folder / "paper.typ")
        try:
            pdf = typst.compile(
                str(folder / "paper.typ"), root=made, font_paths=[str(font_file().parent)], ignore_system_fonts=True
            )
        except RuntimeError:
            raise RunFailed(
                "report: the PDF could not be set\n    the tables and the page of the run stand all the same"
            ) from None
    write_bytes(out, pdf)
    return out


def paper_content(
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    *,
    programme: Programme,
    params: RunParams,
    since: Since | None,
    outward: bool,
) -> dict[str, Any]:
    """What the template sets: title and sections of sentences, pictures (written into ``folder``) and tables."""
    milestones = outward_milestones(tables["milestones"]) if outward else tables["milestones"]
    town = tables["milestones"]
    sections: list[dict[str, Any]] = [
        {
            "title": "全镇进度",
            "text": _paragraphs(report.headline(milestones, programme)),
            "tables": [_grid(report.table(milestones, "town"), outward)],
        }
    ]
    if "course" in tables:
        course = outward_course(tables["course"]) if outward else tables["course"]
        picture = _picture(folder, "course", figures.course_figure(course, programme))
        sections.append(
            {"title": "过程与预测", "pictures": [picture], "text": _paragraphs(report.forecast_said(course))}
        )
    villages = {"title": "差在哪里", "tables": [_grid(report.side_by_side(milestones, "village"), outward)]}
    if not outward:
        villages |= {
            "text": [report.where(town)],
            "pictures": [_picture(folder, "villages", figures.villages_figure(town))],
        }
    sections.append(villages)
    if "funnel" in tables:
        funnel = tables["funnel"]
        shown = outward_counts(funnel, ["scope_kind", "position"], "people") if outward else funnel
        picture = _picture(folder, "funnel", figures.funnel_figure(shown.dropna(subset=["people"])))
        sections.append(
            {"title": "从名册到用信", "pictures": [picture], "tables": [_grid(report.funnel_table(shown), outward)]}
        )
    if "standing" in tables:
        grids = [_grid(report.standing_table(tables["standing"], kind), False) for kind in ("village", "manager")]
        sections.append({"title": "年度评优", "text": [report.standing_said(programme)], "tables": grids})
    if since is not None:
        sections.append(_since_section(since, tables, outward))
    sources = [f"{m.date}：{m.source}。" for m in programme.milestones]
    sections.append({"title": "口径与来源", "text": [*_paragraphs(report.definitions(params, programme)), *sources]})
    kind = "季度报告" if outward else "季度报告（仅供行内使用）"
    return {"title": programme.name, "subtitle": f"{kind}　截至 {params.as_of}", "sections": sections}


MOST_MOVERS = 10
"""Households a figure in the bank's own PDF; the workbook has all of them."""


def _since_section(since: Since, now: Mapping[str, pd.DataFrame], outward: bool) -> dict[str, Any]:
    """What changed since the run before; households stand in the bank's own report alone."""
    grids = [_grid(moves.by_cause(since.who, outward=outward), outward)]
    text = [*_paragraphs(since_said(since, now, outward=outward)), moves.MEANING]
    if not outward and len(since.who):
        grids.append(_grid(moves.by_part(since.who), False))
        grids.append(_grid(moves.largest(since.who, MOST_MOVERS), False))
        text.append(f"最后一张表是各额度变动最大的 {MOST_MOVERS} 户，以代号列出，金额为元；全部见工作簿。")
    return {"title": f"与{since.before}相比，什么变了", "text": text, "tables": [g for g in grids if g["rows"]]}


def _paragraphs(text: str) -> list[str]:
    """Sentences of a page as plain paragraphs, without the page's marks."""
    return [line.removeprefix("- ").replace("**", "") for line in text.splitlines() if line.strip()]


def _picture(folder: Path, name: str, drawn: tuple[Any, str]) -> dict[str, str]:
    figure, sentence = drawn
    (folder / f"{name}.png").write_bytes(png(figure))
    return {"file": f"{name}.png", "sentence": sentence}


def _grid(frame: pd.DataFrame, outward: bool) -> dict[str, Any]:
    """A frame as header and rows of text, numbers with thousands separators and to the right."""

    def cell(value: Any) -> str:
        if value is None or value is pd.NA or value != value:
            return ""
        return f"{value:,.0f}" if isinstance(value, int | float) else str(value)

    rows = [[cell(v) for v in line] for line in frame.astype("object").itertuples(index=False, name=None)]
    right = [all(_is_figure(row[i]) for row in rows) for i in range(len(frame.columns))]
    return {"head": [str(c) for c in frame.columns], "right": right, "rows": rows, "starred": outward}


def _is_figure(text: str) -> bool:
    """Whether a printed cell is a number, a share, or stands for one."""
    parts = text.split(" / ")
    if len(parts) == 2:
        return all(map(_is_figure, parts))
    return text in ("", "*", "—") or text.lstrip("+-").replace(",", "").replace(".", "").removesuffix("%").isdigit()
