"""Makes the quarter's papers in one go: a workbook to paste from and a PDF, each for the bank alone and to hand out.

In: the run's tables, what changed since the run before.  Out: four files in a folder; without typst (extra ``pdf``) the
PDFs are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from workbench.milestones.changes import Since
from workbench.milestones.paper import write_report_paper
from workbench.milestones.programme import Programme
from workbench.milestones.workbook import write_report_workbook
from workbench.params import RunParams

INSIDE, OUTWARD = "quarter-inside", "quarter"


def write_papers(
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    *,
    programme: Programme,
    params: RunParams,
    since: Since | None = None,
) -> list[Path]:
    """The papers made.  ``since``: what changed since the run before."""
    made = []
    for name, outward in ((INSIDE, False), (OUTWARD, True)):
        book, paper = folder / f"{name}.xlsx", folder / f"{name}.pdf"
        made.append(
            write_report_workbook(tables, book, programme=programme, params=params, since=since, outward=outward)
        )
        if find_spec("typst") is not None:
            made.append(
                write_report_paper(tables, paper, programme=programme, params=params, since=since, outward=outward)
            )
    return made
