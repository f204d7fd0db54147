"""``workbench diff``: what changed between two runs: parameters, data, code, model, limits, causes; who moved, why."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError
from workbench.milestones import moves
from workbench.run.changes import Changes, changes_of, write_changes
from workbench.run.earlier import open_finished
from workbench.store.atomic import whole
from workbench.words import CAUSES

MOVED = "moved.parquet"


def diff(before: Path, after: Path, out: Path | None = None) -> list[str]:
    """What changed, a line each; with ``out`` also a page and the table of who moved."""
    one, two = open_finished(before), open_finished(after)
    if one.facts["key"] != two.facts["key"]:
        raise InputError(after.name, "was made with another key than the run before", "compare runs of one key")
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(out.name, "is there already and not empty", "give a new folder")
    changes = changes_of(one, two)
    if out is not None:
        write_changes(out / "index.html", changes, MOVED)
        with whole(out / MOVED) as part:
            changes.who.to_parquet(part, index=False)
    return [*_made_of(changes), *_moved(changes), *_causes(changes)]


def _made_of(changes: Changes) -> list[str]:
    lines = [d.told() for d in changes.differences]
    if changes.came or changes.left:
        lines.append(f"数据 data households: {changes.came} 户新增 new, {changes.left} 户不再出现 gone")
    return lines or ["parameters, data, code and model are the same"]


def _moved(changes: Changes) -> list[str]:
    lines = []
    for figure, some in moves.each(changes.who):
        sums = some[list(moves.PARTS)].sum()
        parts = ", ".join(
            f"{word} {part} {sums[part]:+,.0f}" for part, word in moves.PARTS.items() if abs(sums[part]) >= 0.5
        )
        lines.append(
            f"{moves.FIGURES[figure]} {figure}: {len(some)} 户变动 moved, "
            f"合计 {some['change'].sum():+,.0f} 元 ({parts})"
        )
    return lines or ["没有一户的额度变动 no household moved"]


def _causes(changes: Changes) -> list[str]:
    return [
        f"原因 cause: {CAUSES[str(r.before)]} → {CAUSES[str(r.after)]}: {r.households} 户"
        for r in changes.causes.itertuples(index=False)
    ]
