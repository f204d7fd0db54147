"""Makes the quarter's papers in one go: the workbook to paste from, the one that may leave the bank, the PDF.

In: the run's tables.  Out: three files in a folder; without typst (extra ``pdf``) the PDF is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from workbench.milestones.paper import write_report_paper
from workbench.milestones.programme import Programme
from workbench.milestones.workbook import write_report_workbook
from workbench.params import RunParams

INSIDE, OUTWARD, PAPER = "quarter-inside.xlsx", "quarter.xlsx", "quarter.pdf"


def write_papers(
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    *,
    programme: Programme,
    params: RunParams,
    changes: str | None = None,
) -> list[Path]:
    """The papers made.  ``changes``: paragraphs about what changed since the run before, for the PDF."""
    made = [
        write_report_workbook(tables, folder / INSIDE, programme=programme, params=params),
        write_report_workbook(tables, folder / OUTWARD, programme=programme, params=params, outward=True),
    ]
    if find_spec("typst") is not None:
        made.append(write_report_paper(tables, folder / PAPER, programme=programme, params=params, changes=changes))
    return made
