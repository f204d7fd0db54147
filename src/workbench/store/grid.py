"""A sheet as it lies in a file: its first rows for finding the header, then the wanted columns with every cell's kind.

A cell of a csv is text; a cell of a workbook is text, a number, a date or something else, and the kind decides what the
cell may mean (an ID held as a number has lost its last digits).  Blank cells are null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.store.inputs import AS_WRITTEN
from workbench.store.text import BLANKS, ERROR_CELLS

TEXT, NUMBER, DATE, OTHER = 0, 1, 2, 3
HEAD_ROWS = 12
"""A header stands among the first twelve rows."""


@dataclass
class Column:
    """One column: texts (null where blank), and the kind of each cell where not all are text."""

    text: pa.StringArray
    kind: npt.NDArray[np.uint8] | None = None

    def kinds(self) -> npt.NDArray[np.uint8]:
        """The kind of every cell."""
        return np.zeros(len(self.text), np.uint8) if self.kind is None else self.kind

    def head(self, length: int) -> Column:
        """The first cells."""
        if length == len(self.text):
            return self
        return Column(self.text.slice(0, length), None if self.kind is None else self.kind[:length])


@dataclass
class Body:
    """The rows below a header: ``row`` as a spreadsheet shows it, ``broken`` rows whose fields cannot be trusted.

    ``typed``: the file tells texts from numbers (a workbook does, a csv does not).
    """

    columns: dict[str, Column]
    row: npt.NDArray[np.int64]
    broken: npt.NDArray[np.bool_] | None = None
    epoch_1904: bool = False
    typed: bool = False


class Grid(Protocol):
    """A sheet that was opened: ``head`` holds its first rows as they stand, ``body`` reads what stands below."""

    sheet: str | None
    head: list[list[Any]]

    def body(self, first: int, places: Mapping[str, int], width: int) -> Body:
        """Rows from index ``first`` on, of the columns at ``places``; ``width`` is the number of header cells."""
        ...


_BLANK_SET = BLANKS + "\x1c\x1d\x1e\x1f"


def tidy(name: str, text: pa.StringArray) -> pa.StringArray:
    """Texts of a column without the blanks around them; null where nothing or a failed formula is left.

    IDs and telephones keep their blanks: that they had to be repaired is noted.
    """
    trimmed = pc.utf8_trim(text, characters=_BLANK_SET)
    bare = pc.equal(trimmed, "")
    failed = pc.starts_with(trimmed, "#")
    if pc.any(failed).as_py():
        bare = pc.or_kleene(bare, pc.is_in(trimmed, value_set=pa.array(sorted(ERROR_CELLS))))
    said = text if name in AS_WRITTEN else trimmed
    return pc.if_else(bare, None, said) if pc.any(bare).as_py() else said


def last_row(columns: Mapping[str, Column]) -> int:
    """Number of rows up to the last that holds anything."""
    last = 0
    for column in columns.values():
        length = len(column.text)
        valid = np.asarray(column.text.is_valid())
        if length and valid.any():
            last = max(last, length - int(np.argmax(valid[::-1])))
    return last
