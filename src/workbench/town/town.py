"""A township in memory: what is true of it, and what is written of it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.town.books import Books
from workbench.town.course import Course
from workbench.town.files import Style
from workbench.town.kinds import TownKind
from workbench.town.truth import Standing
from workbench.town.visits import Filing


@dataclass(frozen=True)
class Town:
    """Everything that ``publish`` needs to write the dataset and the truth."""

    kind: TownKind
    seed: int
    homes: pd.DataFrame
    people: pd.DataFrame
    land: pd.Series
    rosters: dict[str, pd.DataFrame]
    styles: dict[str, Style]
    books: Books
    worth: pd.DataFrame
    members: pd.DataFrame
    ratings: pd.DataFrame
    course: Course
    negative: pd.DataFrame
    listed: set[str]
    objections: pd.DataFrame
    grid: pd.DataFrame
    filing: Filing
    judged: pd.DataFrame
    standing: Standing
