"""``workbench series``: every quarter of the programme on one dataset, and the programme's course against its targets.

Each quarter is a run of its own, with one parameter changed: ``as_of``.  A quarter that is already a finished run of
the same parameters is kept, so a series that was cut off goes on where it stopped.  The course is drawn from the
quarters' own ``milestones`` tables, each with the denominator of its own day (a single run's ``course`` looks back with
today's rosters).
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import yaml

from workbench import words
from workbench.errors import GateStopped, InputError
from workbench.params import RunParams, load_params
from workbench.run import execute
from workbench.run.earlier import PREVIOUS
from workbench.run.index import template
from workbench.run.manifest import FILE_KEYS
from workbench.run.pages import css
from workbench.run.place import read_manifest
from workbench.run.show import table_html
from workbench.store.atomic import write_text
from workbench.store.tables import empty, load_table
from workbench.units import percent, percent_given

MEASURES = ("coverage", "usage", "villages_filed")
STOPPED = "数据质量关口停止"
SENTENCE = "折线是各季末的实绩，分母按那一天的名册和名单；橙色台阶是各目标日期前应达到的目标。"


def quarters(first: str, last: str) -> list[tuple[str, date]]:
    """The quarters from ``first`` to ``last`` with their last days.

    >>> quarters("2019Q4", "2020Q1")
    [('2019Q4', datetime.date(2019, 12, 31)), ('2020Q1', datetime.date(2020, 3, 31))]
    """
    begin, end = _number(first, "--from"), _number(last, "--to")
    if end < begin:
        raise InputError("--to", "lies before --from", "give the earlier quarter first")
    return [(f"{n // 4}Q{n % 4 + 1}", _last_day(n // 4, n % 4 + 1)) for n in range(begin, end + 1)]


def series(params_path: Path, first: str, last: str, out: Path, tell: Callable[[str], None]) -> Path:
    """Runs every quarter into ``out/<quarter>`` and writes ``out/index.html``; gives that page.

    A quarter that a gate stops is told and left out of the course; any other fault ends the series.
    """
    params = load_params(params_path)
    wanted = quarters(first, last)
    ended: dict[str, str] = {}
    for name, day in wanted:
        finished = [quarter for quarter, state in ended.items() if state != STOPPED]
        path = _params_of(params, params_path, out, name, day, finished[-1] if finished else None)
        folder = out / name
        if _is_run_of(folder, load_params(path)):
            ended[name] = "已有"
            continue
        tell(f"{name}: {day}")
        try:
            execute.run(path, folder, again=folder.exists(), tell=lambda _: None)
            ended[name] = "完成"
        except GateStopped:
            ended[name] = STOPPED
            tell(f"{name}: a gate stopped the run; its report is in {name}/index.html")
    course = _course(out, [name for name, state in ended.items() if state != STOPPED])
    return _page(out, params, params_path, course, ended)


def _number(quarter: str, option: str) -> int:
    found = re.fullmatch(r"(\d{4})[Qq]([1-4])", quarter)
    if not found:
        raise InputError(option, "is no quarter", "write it as 2019Q4")
    return int(found[1]) * 4 + int(found[2]) - 1


def _last_day(year: int, quarter: int) -> date:
    following = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return following - timedelta(days=1)


def _params_of(params: RunParams, params_path: Path, out: Path, name: str, day: date, last: str | None) -> Path:
    """The parameter file of one quarter: the given one with another name and day, its paths made to fit its place.

    It compares itself with the quarter ``last`` of the series, the first one with what the given file names.
    """
    folder = out / "params"
    base = params_path.resolve().parent
    asked = {k: v for k, v in params.model_dump(mode="json").items() if v != RunParams.model_fields[k].get_default()}
    asked |= {"name": f"{params.name}-{name}", "as_of": day.isoformat()}
    if asked.get("compare_with") == PREVIOUS:
        del asked["compare_with"]
    for key in ("dataset", "compare_with", "model", *FILE_KEYS):
        if isinstance(asked.get(key), str):
            asked[key] = os.path.relpath(base / str(asked[key]), folder.resolve())
    if last is not None:
        asked["compare_with"] = f"../{last}"
    text = yaml.safe_dump(asked, allow_unicode=True, sort_keys=False).replace(f"'{day.isoformat()}'", day.isoformat())
    path = folder / f"{name}.yaml"
    if not path.is_file() or path.read_text("utf-8") != text:
        write_text(path, text)
    return path


def _is_run_of(folder: Path, params: RunParams) -> bool:
    facts = read_manifest(folder) if folder.is_dir() else None
    return facts is not None and RunParams.model_validate_json(json.dumps(facts["params"])) == params


def _course(out: Path, names: list[str]) -> pd.DataFrame:
    """The town's figures at each quarter's end, in the shape of the table ``course`` and with the quarter's name."""
    parts = []
    for name in names:
        lines = load_table(out / name / "tables", "milestones")
        town = lines[(lines["scope_kind"] == "town") & lines["measure"].isin(MEASURES)]
        parts.append(town.assign(quarter=name, date=town["as_of"]))
    if not parts:
        return empty("course").assign(quarter=[], met=[])
    both = pd.concat(parts, ignore_index=True)
    return both.assign(forecast=False, low=float("nan"), high=float("nan"))


def _page(out: Path, params: RunParams, params_path: Path, course: pd.DataFrame, ended: dict[str, str]) -> Path:
    from workbench.milestones.figures import course_figure
    from workbench.milestones.programme import load_programme
    from workbench.plots import png
    from workbench.run.door import programme_file

    programme = load_programme(programme_file(params, params_path))
    figure = course_figure(course, programme)[0] if len(course) else None
    page = template("series.html.j2").render(
        css=css(),
        name=params.name,
        programme=programme,
        picture=b64encode(png(figure)).decode() if figure is not None else "",
        sentence=SENTENCE if len(course) else "没有一个季度完成。",
        table=table_html(_shown(course), "各季末的实绩与目标", most=200),
        quarters=[{"name": name, "state": state} for name, state in ended.items()],
    )
    write_text(out / "index.html", page)
    return out / "index.html"


def _shown(course: pd.DataFrame) -> pd.DataFrame:
    """A line a quarter: each measure as it is read, the counts behind it, its target and whether it is met."""
    lines: dict[str, dict[str, object]] = {}
    for _, line in course.sort_values("date", kind="stable").iterrows():
        lines.setdefault(str(line["quarter"]), {"季度": line["quarter"]}).update(_cells(line))
    columns = ["季度", *(name for measure in MEASURES for name in _heads(measure))]
    return pd.DataFrame(list(lines.values()), columns=columns)


def _heads(measure: str) -> tuple[str, str, str]:
    word = words.MEASURES[measure]
    return (
        word,
        {"coverage": "已授信 / 可授信", "usage": "已用信 / 已授信"}.get(measure, "建档 / 有协议"),
        f"{word}目标",
    )


def _cells(line: pd.Series) -> dict[str, object]:
    """One measure of one quarter; shares as per cent that never round onto a target, villages as a number of them."""
    villages, done, of = line["measure"] == "villages_filed", int(line["numerator"]), int(line["denominator"])
    actual, counts, goal = _heads(str(line["measure"]))
    told = f"{done}" if villages else "—" if pd.isna(line["actual"]) else percent(done, of)
    out: dict[str, object] = {actual: told, counts: f"{done:,} / {of:,}"}
    if pd.notna(line["target"]):
        target = f"{line['target']:.0f}" if villages else percent_given(line["target"])
        out[goal] = f"{target} {'达到' if line['met'] else '未达到'}"
    return out
