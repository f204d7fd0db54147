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
_WIDE_BLANKS = (
    b"\xc2\x85",
    b"\xc2\xa0",
    b"\xe1\x9a\x80",
    b"\xe2\x80",
    b"\xe2\x81\x9f",
    b"\xe3\x80\x80",
    b"\xef\xbb\xbf",
)
"""How every blank beyond ASCII begins in UTF-8 (E2 80 begins other signs too: they only cost a second look)."""


def tidy(name: str, text: pa.StringArray) -> pa.StringArray:
    """Texts of a column without the blanks around them; null where nothing or a failed formula is left.

    IDs and telephones keep their blanks: that they had to be repaired is noted.
    """
    trimmed = text if not _may_hold_blanks(text) else pc.utf8_trim_whitespace(text)
    kept_as_written = name in AS_WRITTEN
    if trimmed is not text and not kept_as_written and may_hold(text, "\u200b\ufeff"):
        trimmed = pc.utf8_trim(text, characters=_BLANK_SET)
    bare = pc.equal(pc.binary_length(trimmed), 0)
    if may_hold(trimmed, "#"):
        bare = pc.or_kleene(bare, pc.is_in(trimmed, value_set=pa.array(sorted(ERROR_CELLS))))
    said = text if kept_as_written else trimmed
    return pc.if_else(bare, None, said) if pc.any(bare).as_py() else said


def _may_hold_blanks(text: pa.StringArray) -> bool:
    """Whether a blank of any kind may stand anywhere in a column: a quick look at its bytes before a slow one."""
    octets = octets_of(text)
    if len(octets) == 0 or octets.min() <= 0x20:
        return len(octets) > 0
    leads = {lead for lead in {blank[0] for blank in _WIDE_BLANKS} if (octets == lead).any()}
    content = octets.tobytes() if leads else b""
    return any(blank in content for blank in _WIDE_BLANKS if blank[0] in leads)


def octets_of(text: pa.StringArray) -> npt.NDArray[np.uint8]:
    """The bytes of all texts of a column, one after another."""
    if text.buffers()[2] is None or not len(text):
        return np.zeros(0, np.uint8)
    first, last = offsets_of(text)[[0, -1]]
    return np.frombuffer(text.buffers()[2], np.uint8)[first:last]


def offsets_of(text: pa.StringArray) -> npt.NDArray[np.int32]:
    """Where each text of a column begins in its buffer of bytes, and where the last one ends."""
    return np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]


def signs_of(text: pa.StringArray, length: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Which cells hold so many bytes, and these bytes: ``length`` rows, a column a cell.

    >>> where, signs = signs_of(pa.array(["12", None, "345", "67"]), 2)
    >>> where.tolist(), signs.tolist()
    ([0, 3], [[49, 54], [50, 55]])
    """
    nothing = np.zeros(0, np.int64), np.zeros((length, 0), np.uint8)
    if not len(text):
        return nothing
    offsets = offsets_of(text)
    where = np.flatnonzero(np.diff(offsets) == length)
    if text.null_count and len(where):
        where = where[np.asarray(text.is_valid())[where]]
    if not len(where):
        return nothing
    data, starts = np.frombuffer(text.buffers()[2], np.uint8), offsets[where]
    if starts[-1] - starts[0] == length * (len(where) - 1):
        matrix = data[starts[0] : starts[0] + length * len(where)].reshape(-1, length)
    else:
        matrix = data[starts[:, None] + np.arange(length, dtype=np.int32)]
    return where, np.ascontiguousarray(matrix.T)


def may_hold(text: pa.StringArray, signs: str) -> bool:
    """Whether the first byte of one of some rare signs stands anywhere in a column: a quick look before a slow one."""
    octets = octets_of(text)
    return any(bool((octets == lead).any()) for lead in {sign.encode()[0] for sign in signs})


def encode(text: pa.StringArray | pa.DictionaryArray) -> Coded:
    """Texts as codes, one code a text whatever blanks stand around it; blank ones are -1.

    >>> encode(pa.array(["男", " 男", "", "#N/A", "女"])).codes.tolist()
    [0, 0, -1, -1, 1]
    """
    distinct = text if isinstance(text, pa.DictionaryArray) else pc.dictionary_encode(text)
    values = distinct.dictionary.to_pylist()
    if _may_hold_blanks(distinct.dictionary):
        values = [value.strip(_BLANK_SET) for value in values]
    codes = np.asarray(distinct.indices.fill_null(len(values))).astype(np.int32, copy=False)
    says = [bool(value) and value not in ERROR_CELLS for value in values]
    if codes.max(initial=0) < len(values) and all(says) and len(set(values)) == len(values):
        return Coded(codes, values)
    number: dict[str, int] = {}
    meant = [number.setdefault(value, len(number)) if said else -1 for value, said in zip(values, says, strict=True)]
    return Coded(np.array([*meant, -1], np.int32)[codes], list(number))


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
