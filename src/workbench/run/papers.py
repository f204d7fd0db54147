"""The papers of a quarter that has come to its milestones: two workbooks (inside, and to leave the bank), and a PDF.

They stand in ``reports/`` of the run's folder and are made of its tables alone.  A run that a gate stopped has none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.run.door import programme_file
from workbench.run.plan import BY_STEP

if TYPE_CHECKING:
    import pandas as pd

    from workbench.run.execute import Asked

FOLDER = "reports"


def write_quarter_papers(asked: Asked, before: dict[str, pd.DataFrame] | None) -> list[Path]:
    """The papers made, none where the step milestones did not run; ``before``: tables of the run compared with."""
    needed = BY_STEP["milestones"].makes
    if asked.stopped or not all(name in asked.tables for name in needed):
        return []
    from workbench.milestones.changes import changes_said
    from workbench.milestones.papers import write_papers
    from workbench.milestones.programme import load_programme

    return write_papers(
        {name: asked.tables[name] for name in needed},
        asked.work / FOLDER,
        programme=load_programme(programme_file(asked.params, asked.params_path)),
        params=asked.params,
        changes=changes_said(before, asked.tables, outward=True) if before else None,
    )
