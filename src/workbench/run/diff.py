"""``workbench diff``: what changed between two runs: parameters, data, code, model, limits, causes; who moved, why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError
from workbench.params import RunParams
from workbench.run.moved import PARTS, Opened, moved
from workbench.run.pages import css
from workbench.run.place import read_manifest
from workbench.run.show import table_html
from workbench.store.atomic import whole, write_text
from workbench.store.tables import load_table
from workbench.tables import TABLES
from workbench.words import CAUSES

FIGURES = {"model_limit": "模型额度", "proposed_limit": "建议额度", "confirmed": "有效额度"}
PART_WORDS = {"data": "数据", "model": "模型", "parameters": "参数", "panel": "评议", "decisions": "决定"}
LABELS = {
    "village": "村",
    "household": "户",
    "figure": "额度",
    "before": "之前（元）",
    "after": "之后（元）",
    "change": "变动（元）",
    "cause": "主要原因",
    "households": "户数",
    **{k: f"{v}（元）" for k, v in PART_WORDS.items()},
}

MOVED = {key: word.removesuffix("（元）") for key, word in LABELS.items()}
"""The same for the table of households, which is wide: the caption says the unit."""


def diff(before: Path, after: Path, out: Path | None = None) -> list[str]:
    """What changed, a line each; with ``out`` also a page and the table of who moved."""
    one, two = open_finished(before), open_finished(after)
    if one.facts["key"] != two.facts["key"]:
        raise InputError(after.name, "was made with another key than the run before", "compare runs of one key")
    lines = surroundings(one.facts, two.facts)
    models = model_lines(one, two)
    who = moved(one, two)
    if out is not None:
        _write(out, one, two, lines + models, who)
    return [
        *(lines + models or ["parameters, data, code and model are the same"]),
        *_moved_lines(who),
        *_cause_lines(one, two),
    ]


def open_finished(folder: Path) -> Opened:
    """A finished run with its tables; ``InputError`` where it is none."""
    facts = read_manifest(folder)
    if facts is None:
        raise InputError(folder.name, "is no folder of a finished run", "give the folder of a run that ended with done")
    tables = {
        p.stem: load_table(folder / "tables", p.stem)
        for p in sorted((folder / "tables").glob("*.parquet"))
        if p.stem in TABLES
    }
    return Opened(folder, RunParams.model_validate_json(json.dumps(facts["params"])), facts, tables)


def surroundings(one: dict[str, Any], two: dict[str, Any]) -> list[str]:
    """Parameters, inputs, settings, code and versions that differ."""
    lines = []
    old, new = flat(one["params"]), flat(two["params"])
    lines += [
        f"参数 parameter {k}: {old.get(k)} → {new.get(k)}"
        for k in sorted(set(old) | set(new))
        if old.get(k) != new.get(k)
    ]
    for what, words in (("inputs", "数据 input"), ("settings", "设定 setting")):
        for name in sorted(set(one[what]) | set(two[what])):
            a, b = one[what].get(name), two[what].get(name)
            if a != b:
                lines.append(
                    f"{words} {name}: {'新增 new' if a is None else '没有了 gone' if b is None else '有变动 changed'}"
                )
    if one["code"] != two["code"]:
        lines.append("程序 code: other source or notebooks")
    for name in sorted(set(one["libraries"]) | set(two["libraries"])):
        a, b = one["libraries"].get(name), two["libraries"].get(name)
        if a != b:
            lines.append(f"版本 version {name}: {a} → {b}")
    return lines


def flat(data: dict[str, Any], above: str = "") -> dict[str, Any]:
    """Nested keys as ``a.b``.

    >>> flat({"a": {"b": 1}, "c": 2})
    {'a.b': 1, 'c': 2}
    """
    out: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{above}.{key}" if above else key
        out |= flat(value, name) if isinstance(value, dict) and value else {name: value}
    return out


def model_lines(one: Opened, two: Opened) -> list[str]:
    """Whether the model is another, and how its figures changed."""
    if one.facts["files"].get("model/model.txt") == two.facts["files"].get("model/model.txt"):
        return []
    lines = ["模型 model: another one"]
    if "metrics" in one.tables and "metrics" in two.tables:
        key = ["subject", "measure", "scope_kind", "scope"]
        both = one.tables["metrics"].merge(two.tables["metrics"], on=key, suffixes=("_before", "_after"))
        main = both[(both["scope_kind"] == "all") & (both["subject"].isin(["limit", "pd"]))]
        for row in main.itertuples(index=False):
            if str(row.value_before) != str(row.value_after):
                lines.append(f"模型 model {row.subject} {row.measure}: {row.value_before:.4g} → {row.value_after:.4g}")
    return lines


def totals(who: pd.DataFrame) -> pd.DataFrame:
    """One line a figure: households that moved, and the sum of each part."""
    if who.empty:
        return pd.DataFrame(columns=["figure", "households", "change", *PARTS])
    sums = who.groupby("figure", sort=True)[["change", *PARTS]].sum()
    counts = who.groupby("figure", sort=True).size().rename("households")
    return pd.concat([counts, sums], axis=1).reset_index()


def _moved_lines(who: pd.DataFrame) -> list[str]:
    lines = []
    for row in totals(who).itertuples(index=False):
        parts = ", ".join(f"{PART_WORDS[p]} {getattr(row, p):+,.0f}" for p in PARTS if abs(getattr(row, p)) >= 0.5)
        lines.append(
            f"{FIGURES[str(row.figure)]} {row.figure}: {row.households} 户变动, 合计 {row.change:+,.0f} 元 ({parts})"
        )
    return lines or ["没有一户的额度变动 no household moved"]


def cause_moves(one: Opened, two: Opened) -> pd.DataFrame:
    """Households whose primary cause changed, counted from cause to cause."""
    if "gaps" not in one.tables or "gaps" not in two.tables:
        return pd.DataFrame(columns=["before", "after", "households"])
    key = ["village", "household"]
    both = one.tables["gaps"][[*key, "primary_cause"]].merge(
        two.tables["gaps"][[*key, "primary_cause"]], on=key, suffixes=("_before", "_after")
    )
    both = both[both["primary_cause_before"] != both["primary_cause_after"]]
    counts = both.groupby(["primary_cause_before", "primary_cause_after"]).size().rename("households").reset_index()
    return counts.set_axis(["before", "after", "households"], axis=1)


def _cause_lines(one: Opened, two: Opened) -> list[str]:
    return [
        f"原因 cause: {CAUSES[str(r.before)]} → {CAUSES[str(r.after)]}: {r.households} 户"
        for r in cause_moves(one, two).itertuples(index=False)
    ]


def _write(out: Path, one: Opened, two: Opened, lines: list[str], who: pd.DataFrame) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(out.name, "is there already and not empty", "give a new folder")
    words = who.assign(figure=who["figure"].map(FIGURES), cause=who["cause"].map(PART_WORDS))
    sums = totals(who)
    causes = cause_moves(one, two).assign(
        before=lambda f: f["before"].map(CAUSES), after=lambda f: f["after"].map(CAUSES)
    )
    largest = words.loc[words["change"].abs().sort_values(ascending=False, kind="stable").index]
    from workbench.run.index import template

    page = template("diff.html.j2").render(
        css=css(),
        before=one.params,
        after=two.params,
        lines=lines,
        totals=table_html(sums.assign(figure=sums["figure"].map(FIGURES)), "变动的户数与金额，按原因分", LABELS),
        moved=table_html(largest, "变动最大的户（户以代号出现，金额为元）；五个原因之和等于变动", MOVED),
        causes=table_html(causes, "差额的主要原因有变的户", {"before": "之前", "after": "之后", "households": "户数"}),
    )
    write_text(out / "index.html", page if page.endswith("\n") else page + "\n")
    with whole(out / "moved.parquet") as part:
        who.to_parquet(part, index=False)
