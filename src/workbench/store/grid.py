"""A sheet as it lies in a file: its first rows for finding the header, then the wanted columns with every cell's kind.

A cell of a csv is text; a cell of a workbook is text, a number, a date or something else, and the kind decides what the
cell may mean (an ID held as a number has lost its last digits).  Blank cells are null.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
class Coded:
    """A column of few distinct texts: ``values`` and the index of each cell's, -1 where blank."""

    codes: npt.NDArray[np.int32]
    values: list[str]

    def texts(self) -> pa.StringArray:
        """The cells as texts, null where blank."""
        return pa.array([*self.values, None], pa.string()).take(pa.array(self.codes % (len(self.values) + 1)))

    def mapped(self, known: list[str | None]) -> Coded:
        """What each cell means as codes of the distinct meanings, given what each distinct text means."""
        number: dict[str, int] = {}
        codes = [-1 if meaning is None else number.setdefault(meaning, len(number)) for meaning in known]
        return Coded(self.of(codes, -1, np.int32), list(number))

    def is_(self, value: str) -> npt.NDArray[np.bool_]:
        """Which cells hold a text."""
        if value not in self.values:
            return np.zeros(len(self.codes), bool)
        return np.asarray(self.codes == self.values.index(value))

    def of(self, known: list[Any], blank: Any, kind: Any) -> npt.NDArray[Any]:
        """What each cell means, given what each distinct text means."""
        table = np.empty(len(known) + 1, dtype=kind)
        table[:-1], table[-1] = known, blank
        return table[self.codes]


@dataclass
class Column:
    """One column: texts (null where blank) or coded ones, and the kind of each cell where not all are text."""

    cells: pa.StringArray | Coded
    kind: npt.NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.cells.codes) if isinstance(self.cells, Coded) else len(self.cells)

    @property
    def text(self) -> pa.StringArray:
        """The cells as texts."""
        return self.cells.texts() if isinstance(self.cells, Coded) else self.cells

    def coded(self) -> Coded:
        """The cells as codes of distinct texts."""
        return self.cells if isinstance(self.cells, Coded) else encode(self.cells)

    def filled(self) -> npt.NDArray[np.bool_]:
        """Which cells hold anything."""
        if isinstance(self.cells, Coded):
            return self.cells.codes >= 0
        return np.asarray(self.cells.is_valid())

    def kinds(self) -> npt.NDArray[np.uint8]:
        """The kind of every cell."""
        return np.zeros(len(self), np.uint8) if self.kind is None else self.kind

    def head(self, length: int) -> Column:
        """The first cells."""
        if length == len(self):
            return self
        kind = None if self.kind is None else self.kind[:length]
        if isinstance(self.cells, Coded):
            return Column(Coded(self.cells.codes[:length], self.cells.values), kind)
        return Column(self.cells.slice(0, length), kind)


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

    def raw(self, width: int) -> list[list[Any]]:
        """All rows as they stand, the header among them; ``width`` is the number of header cells."""
        ...

    def body(self, first: int, places: Mapping[str, int], width: int, coded: Collection[str] = ()) -> Body:
        """Rows from index ``first`` on, of the columns at ``places``; ``width`` is the number of header cells.

        Columns named in ``coded`` hold few distinct texts and may be given as codes.
        """
        ...


_BLANK_SET = BLANKS + "\x1c\x1d\x1e\x1f"


def tidy(name: str, text: pa.StringArray) -> pa.StringArray:
    """Texts of a column without the blanks around them; null where nothing or a failed formula is left.

    IDs and telephones keep their blanks: that they had to be repaired is noted.
    """
    trimmed = text if _holds_no_blank(text) else pc.utf8_trim_whitespace(text)
    kept_as_written = name in AS_WRITTEN
    if not kept_as_written and may_hold(text, "\u200b\ufeff"):
        trimmed = pc.utf8_trim(text, characters=_BLANK_SET)
    bare = pc.equal(pc.binary_length(trimmed), 0)
    if pc.any(pc.starts_with(trimmed, "#")).as_py():
        bare = pc.or_kleene(bare, pc.is_in(trimmed, value_set=pa.array(sorted(ERROR_CELLS))))
    said = text if kept_as_written else trimmed
    return pc.if_else(bare, None, said) if pc.any(bare).as_py() else said


def _holds_no_blank(text: pa.StringArray) -> bool:
    """Whether a column is plain ASCII without any blank, as numbers and telephones mostly are: a quick look."""
    data = text.buffers()[2]
    if data is None:
        return True
    octets = np.frombuffer(data, np.uint8)
    return bool(len(octets) == 0 or (octets.min() > 0x20 and octets.max() < 0x7F))


def may_hold(text: pa.StringArray, signs: str) -> bool:
    """Whether the first byte of one of some rare signs stands anywhere in a column: a quick look before a slow one."""
    data = text.buffers()[2]
    if data is None:
        return False
    octets = np.frombuffer(data, np.uint8)
    return any(bool((octets == lead).any()) for lead in {sign.encode()[0] for sign in signs})


def encode(text: pa.StringArray | pa.DictionaryArray) -> Coded:
    """Texts as codes; blank ones are -1.

    >>> encode(pa.array(["男", " 男", "", "#N/A"])).codes.tolist()
    [0, 1, -1, -1]
    """
    distinct = text if isinstance(text, pa.DictionaryArray) else pc.dictionary_encode(text)
    values = [value.strip(_BLANK_SET) for value in distinct.dictionary.to_pylist()]
    codes = np.asarray(distinct.indices.fill_null(len(values))).astype(np.int32, copy=False)
    if codes.max(initial=0) < len(values) and all(value and value not in ERROR_CELLS for value in values):
        return Coded(codes, values)
    number = np.full(len(values) + 1, -1, np.int32)
    kept = [value for value in values if value and value not in ERROR_CELLS]
    number[:-1][[bool(value) and value not in ERROR_CELLS for value in values]] = np.arange(len(kept), dtype=np.int32)
    return Coded(number[codes], kept)


def last_row(columns: Mapping[str, Column]) -> int:
    """Number of rows up to the last that holds anything."""
    last = 0
    for column in columns.values():
        filled = column.filled()
        if len(filled) and filled[-1]:
            return len(filled)
        if filled.any():
            last = max(last, len(filled) - int(np.argmax(filled[::-1])))
    return last
