"""The papers of a quarter that has come to its milestones: workbook and PDF, each for the bank alone and to hand out.

They stand in ``reports/`` of the run's folder and are made of its tables alone.  A run that a gate stopped has none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.run.door import programme_file
from workbench.run.plan import BY_STEP

if TYPE_CHECKING:
    from workbench.milestones.changes import Since
    from workbench.run.changes import Changes
    from workbench.run.execute import Asked

FOLDER = "reports"
MOST = 12
"""Lines about what the two runs were made of; the page ``changes.html`` has all."""
PLACES = ("dataset", "spec", "programme", "policy", "points", "price", "model", "paths", "records", "notice")
"""Parameters that name a place or a text of the bank: told inside the bank alone."""


def write_quarter_papers(asked: Asked, changes: Changes | None) -> list[Path]:
    """The papers made, none where the step milestones did not run; ``changes``: since the run compared with."""
    needed = BY_STEP["milestones"].makes
    if asked.stopped or not all(name in asked.tables for name in needed):
        return []
    from workbench.milestones.papers import write_papers
    from workbench.milestones.programme import load_programme

    compared = ("confirmed", "gaps")
    return write_papers(
        {name: asked.tables[name] for name in (*needed, *compared) if name in asked.tables},
        asked.work / FOLDER,
        programme=load_programme(programme_file(asked.params, asked.params_path)),
        params=asked.params,
        since=None if changes is None else since_of(changes),
    )


def since_of(changes: Changes) -> Since:
    """What changed, as the papers tell it: outside the bank no file and no place is named."""
    from workbench.milestones.changes import Since
    from workbench.milestones.moves import homes_said

    homes = (changes.came, changes.left)
    inside = [d.written() for d in changes.differences]
    more = [f"另有 {len(inside) - MOST} 项，见 changes.html。"] if len(inside) > MOST else []
    open_ = [
        d.written()
        for d in changes.differences
        if d.kind not in ("input", "setting") and not (d.kind == "parameter" and d.name.partition(".")[0] in PLACES)
    ]
    files = sum(d.kind == "input" for d in changes.differences)
    return Since(
        f"上一次运行（{changes.before.name}，截至 {changes.before.as_of}）",
        changes.tables,
        changes.who,
        (*homes_said(*homes, outward=False), *inside[:MOST], *more),
        (*homes_said(*homes, outward=True), *open_, *([f"数据：{files} 个文件有变动。"] if files else [])),
    )
