"""All rows of all rosters, side by side as columns; and the findings about them.

Rows stand in the order in which files and their rows are read, which decides which copy of an ID is the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from workbench.roster.rules import RULES
from workbench.store.dataset import RosterSheet
from workbench.store.grid import DATE, NUMBER, Coded
from workbench.store.inputs import FEW_TEXTS
from workbench.words import FORM_COLUMNS

Mask = npt.NDArray[np.bool_]
KEPT, FLAGGED, QUARANTINED, SKIPPED = 0, 1, 2, 3
STATUS = ("kept", "flagged", "quarantined", "skipped")


@dataclass
class Rows:
    """``cells``: texts (null where blank); ``coded``: columns of few distinct texts; ``kinds``: where not all are text.

    ``typed`` rows come from workbooks, where a text is a text; in a csv a number has no other form than text.
    """

    sources: list[str]
    files: list[str]
    source: npt.NDArray[np.int32]
    row: npt.NDArray[np.int64]
    cells: dict[str, pa.StringArray]
    coded: dict[str, Coded]
    kinds: dict[str, npt.NDArray[np.uint8]]
    broken: Mask
    typed: Mask
    epoch_1904: Mask

    def __len__(self) -> int:
        return len(self.row)

    def is_number(self, column: str) -> Mask:
        """Cells of a column that are number cells."""
        return self._is(column, NUMBER)

    def is_date(self, column: str) -> Mask:
        """Cells of a column that are date cells."""
        return self._is(column, DATE)

    def _is(self, column: str, kind: int) -> Mask:
        kinds = self.kinds.get(column)
        return np.zeros(len(self), bool) if kinds is None else kinds == kind

    def filled(self, column: str) -> Mask:
        """Cells of a column that hold anything."""
        if column in self.coded:
            return np.asarray(self.coded[column].codes >= 0)
        return np.asarray(self.cells[column].is_valid())

    def texts(self, column: str) -> pa.StringArray:
        """The cells of any column as texts."""
        return self.coded[column].texts() if column in self.coded else self.cells[column]

    def take(self, which: Mask) -> Rows:
        """Some of the rows."""
        keep = pa.array(which)
        return Rows(
            self.sources,
            self.files,
            self.source[which],
            self.row[which],
            {name: cells.filter(keep) for name, cells in self.cells.items()},
            {name: Coded(c.codes[which], c.values) for name, c in self.coded.items()},
            {name: kinds[which] for name, kinds in self.kinds.items()},
            self.broken[which],
            self.typed[which],
            self.epoch_1904[which],
        )


def gather(sheets: Sequence[RosterSheet]) -> Rows:
    """The rows of all sheets in their order."""
    lengths = [len(s.body.row) for s in sheets]

    def spread(values: list[Any], kind: Any) -> npt.NDArray[Any]:
        return np.repeat(np.array(values, dtype=kind), lengths)

    cells, coded, kinds = {}, {}, {}
    for name in FORM_COLUMNS:
        columns = [s.body.columns[name] for s in sheets]
        if name in FEW_TEXTS:
            coded[name] = _together([c.coded() for c in columns])
        else:
            parts = [c.text for c in columns]
            cells[name] = parts[0] if len(parts) == 1 else pa.concat_arrays([pa.array([], pa.string()), *parts])
        if any(c.kind is not None for c in columns):
            kinds[name] = np.concatenate([c.kinds() for c in columns])
    broken = [
        s.body.broken if s.body.broken is not None else np.zeros(n, bool) for s, n in zip(sheets, lengths, strict=True)
    ]
    return Rows(
        sources=[s.source for s in sheets],
        files=[s.file for s in sheets],
        source=spread(list(range(len(sheets))), np.int32),
        row=np.concatenate([s.body.row for s in sheets]) if sheets else np.zeros(0, np.int64),
        cells=cells,
        coded=coded,
        kinds=kinds,
        broken=np.concatenate(broken) if broken else np.zeros(0, bool),
        typed=spread([s.body.typed for s in sheets], bool),
        epoch_1904=spread([s.body.epoch_1904 for s in sheets], bool),
    )


def _together(parts: list[Coded]) -> Coded:
    """Codes of several sheets as codes of one list of distinct texts."""
    if len(parts) == 1:
        return parts[0]
    number: dict[str, int] = {}
    codes = []
    for part in parts:
        mine = [number.setdefault(value, len(number)) for value in part.values]
        codes.append(part.of(mine, -1, np.int32))
    return Coded(np.concatenate(codes) if codes else np.zeros(0, np.int32), list(number))


@dataclass
class Findings:
    """What was found about the rows: the first reject of a row, and every flag, repair and skip."""

    length: int
    rejected: Mask = field(init=False)
    skipped: Mask = field(init=False)
    _found: list[tuple[str, str, npt.NDArray[np.int64]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rejected, self.skipped = np.zeros(self.length, bool), np.zeros(self.length, bool)

    @property
    def open(self) -> Mask:
        """Rows that are neither rejected nor skipped so far."""
        return ~(self.rejected | self.skipped)

    def add(self, word: str, rows: Mask, column: str | None = None) -> None:
        """A finding on the rows of a mask; a row that is rejected or skipped already gets no further one."""
        where = np.flatnonzero(rows & self.open)
        if not len(where):
            return
        severity = RULES[word].severity
        if severity == "reject":
            self.rejected[where] = True
        elif severity == "skip":
            self.skipped[where] = True
        self._found.append((word, RULES[word].field if column is None else column, where))

    def status(self) -> npt.NDArray[np.int8]:
        """Where each row ends: kept, flagged, quarantined or skipped."""
        out = np.full(self.length, KEPT, np.int8)
        for word, _, where in self._found:
            if RULES[word].severity == "flag":
                out[where] = FLAGGED
        out[self.skipped] = SKIPPED
        out[self.rejected] = QUARANTINED
        return out

    def frame(self) -> pd.DataFrame:
        """One line a finding: ``at`` (index of the row), field, rule, severity, message.  Rejected rows tell one."""
        at = [where for _, _, where in self._found]
        frame = pd.DataFrame(
            {
                "at": np.concatenate(at) if at else np.zeros(0, np.int64),
                "rule": np.repeat([word for word, _, _ in self._found], [len(w) for w in at]),
                "field": np.repeat([column for _, column, _ in self._found], [len(w) for w in at]),
            }
        )
        frame["severity"] = frame["rule"].map({w: r.severity for w, r in RULES.items()})
        frame["message"] = frame["rule"].map({w: r.message for w, r in RULES.items()})
        told = (
            np.ones(len(frame), bool)
            if frame.empty
            else ~(self.rejected[frame["at"]] & (frame["severity"] != "reject").to_numpy())
        )
        return frame[told].sort_values(["at", "field", "rule"], kind="stable", ignore_index=True)
