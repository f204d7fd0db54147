"""What changed between two finished runs: what they were made of, who moved and why, causes; and the page of it.

The command ``diff`` tells it of any two runs; a quarter that has a run before it tells it in its own report.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from workbench.milestones import moves
from workbench.params import RunParams
from workbench.run.earlier import Opened
from workbench.run.moved import KEY, moved, scored_still
from workbench.run.pages import css
from workbench.run.show import table_html
from workbench.store.atomic import write_text
from workbench.words import CAUSES

if TYPE_CHECKING:
    from workbench.run.door import Admitted
    from workbench.run.execute import Asked

KINDS = {
    "parameter": "参数",
    "policy": "政策",
    "input": "数据",
    "setting": "设定",
    "code": "程序",
    "version": "版本",
    "model": "模型",
}
STATES = {
    "new": "新增",
    "gone": "没有了",
    "changed": "有变动",
    "unscored": "由另一版本写成，不能重算，模型额度的变动都记在模型名下",
}
OF_MODEL = {
    "model.txt": "训练好的模型",
    "model.json": "上一次的模型",
    "limit mae": "额度的平均误差（元）",
    "limit rmse": "额度的均方误差（元）",
    "limit r2": "额度的解释程度 R²",
    "limit coverage_90": "90% 区间实际覆盖",
    "limit interval_width": "90% 区间的宽度（元）",
    "pd labels_known": "已知是否逾期的户",
    "pd mean_pd": "平均违约概率",
}
"""What is told of the model: its files, and its figures by subject and measure of the table ``metrics``."""
MOST_MOVERS = 20
"""Households a figure that the page lists."""
ALWAYS = ("name", "compare_with")
"""Parameters that differ from run to run and change no figure."""


class Difference(NamedTuple):
    """One thing that two runs were made of and that differs: a value before and after, or a word of ``STATES``."""

    kind: str
    name: str
    was: str = ""
    now: str = ""
    state: str = ""

    def told(self) -> str:
        """In both languages, for the command.

        >>> Difference("input", "a.csv", state="gone").told(), Difference("parameter", "seed", "1", "2").told()
        ('数据 input a.csv: 没有了 gone', '参数 parameter seed: 1 → 2')
        """
        what = f"{STATES[self.state]} {self.state}" if self.state else f"{self.was} → {self.now}"
        return f"{KINDS[self.kind]} {self.kind} {self.name}: {what}"

    def written(self) -> str:
        """In Chinese, for a page.

        >>> Difference("model", "limit mae", "19800", "19700").written()
        '模型 额度的平均误差（元）：19800 → 19700'
        """
        name = OF_MODEL.get(self.name, self.name)
        return f"{KINDS[self.kind]} {name}：{STATES[self.state] if self.state else f'{self.was} → {self.now}'}"


class Changes(NamedTuple):
    """What changed between two runs."""

    before: RunParams
    after: RunParams
    differences: list[Difference]
    came: int
    left: int
    who: pd.DataFrame
    """One line a household and figure that changed (``run.moved``)."""
    causes: pd.DataFrame
    """Households whose primary cause changed, counted: before, after, households."""
    tables: dict[str, pd.DataFrame]
    """Tables of the run before."""


def changes_of(one: Opened, two: Opened) -> Changes:
    """All of it; both runs must be of one key."""
    was, now = (set(run.tables["households"]["household"]) for run in (one, two))
    return Changes(
        one.params,
        two.params,
        [*surroundings(one.facts, two.facts), *model_differences(one, two)],
        len(now - was),
        len(was - now),
        moved(one, two),
        cause_moves(one, two),
        one.tables,
    )


def changes_since(asked: Asked, admitted: Admitted) -> Changes | None:
    """What changed since the run that a run compares itself with; None where it has none, or one of another key."""
    from workbench.run.manifest import made_of

    if asked.before is None or asked.stopped or asked.before.facts["key"] != admitted.names.fingerprint():
        return None
    facts = made_of(asked.params, asked.params_path, admitted.names, admitted.inputs)
    model = asked.work / "model" / "model.txt"
    facts["files"] = {"model/model.txt": admitted.names.digest_file(model)} if model.is_file() else {}
    return changes_of(asked.before, Opened(asked.work, asked.params, facts, asked.tables))


def surroundings(one: dict[str, Any], two: dict[str, Any]) -> list[Difference]:
    """Parameters, policy, inputs, settings, code and versions that differ."""
    out = []
    for kind, key in (("parameter", "params"), ("policy", "policy")):
        old, new = flat(one.get(key, {})), flat(two.get(key, {}))
        out += [
            Difference(kind, k, str(old.get(k)), str(new.get(k)))
            for k in sorted(set(old) | set(new))
            if old.get(k) != new.get(k) and not (kind == "parameter" and k in ALWAYS)
        ]
    for kind, key in (("input", "inputs"), ("setting", "settings")):
        for name in sorted(set(one[key]) | set(two[key])):
            a, b = one[key].get(name), two[key].get(name)
            if a != b:
                out.append(Difference(kind, name, state="new" if a is None else "gone" if b is None else "changed"))
    if one["code"] != two["code"]:
        out.append(Difference("code", "workbench", state="changed"))
    for name in sorted(set(one["libraries"]) | set(two["libraries"])):
        a, b = one["libraries"].get(name), two["libraries"].get(name)
        if a != b:
            out.append(Difference("version", name, str(a), str(b)))
    return out


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


def model_differences(one: Opened, two: Opened) -> list[Difference]:
    """Whether the model is another, and how its figures changed."""
    if one.facts["files"].get("model/model.txt") == two.facts["files"].get("model/model.txt"):
        return []
    out = [Difference("model", "model.txt", state="changed")]
    if "limits" in one.tables and "limits" in two.tables and not (scored_still(one) and scored_still(two)):
        out.append(Difference("model", "model.json", state="unscored"))
    if "metrics" in one.tables and "metrics" in two.tables:
        key = ["subject", "measure", "scope_kind", "scope"]
        both = one.tables["metrics"].merge(two.tables["metrics"], on=key, suffixes=("_before", "_after"))
        main = both[(both["scope_kind"] == "all") & (both["subject"] + " " + both["measure"]).isin(list(OF_MODEL))]
        out += [
            Difference("model", f"{row.subject} {row.measure}", _figure(row.value_before), _figure(row.value_after))
            for row in main.itertuples(index=False)
            if str(row.value_before) != str(row.value_after)
        ]
    return out


def _figure(value: Any) -> str:
    """A figure of the model as it is read.

    >>> _figure(19_790.4), _figure(0.89921), _figure(0.0)
    ('19,790', '0.8992', '0')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def cause_moves(one: Opened, two: Opened) -> pd.DataFrame:
    """Households whose primary cause changed, counted from cause to cause."""
    if "gaps" not in one.tables or "gaps" not in two.tables:
        return pd.DataFrame(columns=["before", "after", "households"])
    both = one.tables["gaps"][[*KEY, "primary_cause"]].merge(
        two.tables["gaps"][[*KEY, "primary_cause"]], on=KEY, suffixes=("_before", "_after")
    )
    both = both[both["primary_cause_before"] != both["primary_cause_after"]]
    counts = both.groupby(["primary_cause_before", "primary_cause_after"]).size().rename("households").reset_index()
    return counts.set_axis(["before", "after", "households"], axis=1)


def write_changes(path: Path, changes: Changes, everyone: str, home: str = "") -> None:
    """The page: what the runs were made of, who moved and why (households by pseudonym), causes.

    ``everyone`` is the file beside the page that lists all who moved, ``home`` the first page of the run it belongs to.
    """
    from workbench.run.index import template

    causes = changes.causes.assign(
        before=changes.causes["before"].map(CAUSES), after=changes.causes["after"].map(CAUSES)
    )
    page = template("diff.html.j2").render(
        css=css(),
        before=changes.before,
        after=changes.after,
        lines=[d.written() for d in changes.differences],
        came=changes.came,
        left=changes.left,
        meaning=moves.MEANING,
        chief=moves.chief(changes.who),
        by_cause=table_html(moves.by_cause(changes.who), "变动的户数与金额，按每户的主要原因分"),
        by_part=table_html(moves.by_part(changes.who), "变动金额按五个部分分：各部分相加等于变动合计"),
        moved=table_html(
            moves.largest(changes.who, MOST_MOVERS),
            f"各额度变动最大的 {MOST_MOVERS} 户（户以代号出现，金额为元）；各部分之和等于变动",
            most=len(moves.FIGURES) * MOST_MOVERS,
        ),
        everyone=everyone,
        home=home,
        causes=table_html(causes, "差额的主要原因有变的户", {"before": "之前", "after": "之后", "households": "户数"}),
    )
    write_text(path, page if page.endswith("\n") else page + "\n")
