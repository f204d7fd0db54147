"""A dataset folder: its tables found by name, every cell as text, every row with its file and its number.

Nothing is guessed: a table that stands twice, an unknown kind of file, a missing column are told by name.  What was
left aside (unknown columns, sheets without a header, droppings of office programs) is kept in ``notes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.errors import Fault, InputError
from workbench.store import ids
from workbench.store.commas import open_csv
from workbench.store.grid import NUMBER, Body, Column, Grid
from workbench.store.guard import ignored, inside, read_regular, shown
from workbench.store.header import NOTES_SHEET, OUR_SHEETS, REASON_COLUMN, Header, find_header, name_of, no_header
from workbench.store.inputs import FEW_TEXTS, HOUSEHOLD_COLUMN, ID_COLUMNS, INPUTS, SUFFIXES, InputTable
from workbench.store.text import half_width_digits, heading
from workbench.store.workbook import open_workbook

FOLDERS_OF_STRICT_FILES = ("rosters", "panels", "signoffs")


@dataclass(frozen=True)
class HeadedSheet:
    """A sheet as it stands, and where its header is."""

    source: str
    grid: Grid
    header: Header


@dataclass(frozen=True)
class RosterSheet:
    """One sheet of a roster: 14 columns with the kind of every cell.  ``source`` is the file, or ``file#sheet``."""

    source: str
    file: str
    body: Body


@dataclass
class Dataset:
    """An opened dataset folder (``open_dataset``)."""

    folder: Path
    paths: dict[str, str]
    columns: dict[str, str]
    notes: list[str] = field(default_factory=list)
    _found: dict[str, list[Path]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        """Whether the dataset holds the table."""
        return bool(self._files(name))

    def files(self, name: str) -> list[str]:
        """The files of a table, relative to the folder, in code-point order."""
        return [shown(self.folder, path) for path in self._files(name)]

    def paths_of(self, name: str) -> list[Path]:
        """The files of a table where they lie (for digests; never to be shown)."""
        return list(self._files(name))

    def read(self, name: str) -> pd.DataFrame:
        """A table as text with ``source`` and ``row``; absent optional columns are empty.

        IDs stand after their repairs, household numbers with half-width digits; wholly blank rows are left out.
        ``InputError`` names file and column of what cannot be read.
        """
        table = INPUTS[name]
        parts = [self._frame(table, source, body) for source, _, body in self._bodies(table)]
        frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["source", "row"])
        for column in table.columns:
            if column not in frame.columns:
                frame[column] = pd.Series(pd.NA, index=frame.index, dtype="str")
        texts = [c for c in frame.columns if c not in ("source", "row")]
        return frame.astype({**dict.fromkeys(texts, "str"), "source": "str", "row": "int64"})

    def read_roster(self) -> list[RosterSheet]:
        """Every sheet of every roster, files in code-point order of their path."""
        sheets = [RosterSheet(source, file, body) for source, file, body in self._bodies(INPUTS["rosters"])]
        pa.default_memory_pool().release_unused()
        return sheets

    def headed(self, file: str) -> list[HeadedSheet]:
        """The sheets of one roster file as they stand, with their headers."""
        return self._headed(INPUTS["rosters"], inside(self.folder, file, file), quiet=True)

    # ------------------------------------------------------------------ finding
    def _files(self, name: str) -> list[Path]:
        if name not in self._found:
            given = self.paths.get(name)
            self._found[name] = self._given(name, given) if given is not None else self._usual(name)
        return self._found[name]

    def _given(self, name: str, given: str) -> list[Path]:
        path = inside(self.folder, given.rstrip("/*").rstrip("/"), f"paths: {name}")
        if path.is_dir():
            return self._in_folder(name, path)
        if not path.exists():
            raise InputError(
                f"paths: {name}", "names a file that is not there", "give a path inside the dataset folder"
            )
        return [path]

    def _usual(self, name: str) -> list[Path]:
        folder = inside(self.folder, name, name)
        here = self._in_folder(name, folder) if folder.is_dir() else []
        single = [
            inside(self.folder, entry.name, entry.name)
            for entry in sorted(self.folder.iterdir(), key=lambda p: p.name)
            if entry.suffix.lower() in SUFFIXES and entry.stem == name and not ignored(entry.name)
        ]
        if len(single) > 1 or (single and here):
            names = ", ".join(shown(self.folder, p) for p in [*single, *here[:1]])
            raise InputError(names, f"the table {name} stands there more than once", "keep one of them")
        return here or single

    def _in_folder(self, name: str, folder: Path) -> list[Path]:
        out = []
        for entry in sorted(folder.iterdir(), key=lambda p: p.name):
            place = shown(self.folder, entry)
            if entry.is_symlink():
                raise InputError(place, "is a link", "put the file itself there")
            if ignored(entry.name):
                self._note(f"{place}：已忽略 / ignored")
            elif entry.is_dir():
                raise InputError(place, "is a folder where tables are expected", "put the files side by side")
            elif entry.suffix.lower() not in SUFFIXES:
                raise InputError(place, "is an unknown kind of file", "save it as .csv, .xlsx or .xls, or take it away")
            else:
                out.append(entry)
        return self._in_place_of(out) if name == "rosters" else out

    def _in_place_of(self, files: list[Path]) -> list[Path]:
        """The files without those in whose place a mended sheet came back as a workbook (``workbench returns``)."""
        by_stem: dict[str, list[Path]] = {}
        for path in files:
            by_stem.setdefault(path.stem, []).append(path)
        replaced = set()
        for same in by_stem.values():
            came_back = [p for p in same if len(same) > 1 and p.suffix.lower() != ".csv" and self._came_back(p)]
            for path in same if len(came_back) == 1 else ():
                if path != came_back[0]:
                    replaced.add(path)
                    here, there = shown(self.folder, path), shown(self.folder, came_back[0])
                    self._note(f"{here}：已由改好的 {there} 代替 / the mended {there} is taken in its place")
        return [path for path in files if path not in replaced]

    def _came_back(self, path: Path) -> bool:
        place = shown(self.folder, path)
        return any(sheet.sheet == NOTES_SHEET for sheet in open_workbook(read_regular(path, place), place).sheets)

    # ------------------------------------------------------------------ reading
    def _bodies(self, table: InputTable) -> Iterator[tuple[str, str, Body]]:
        for path in self._files(table.name):
            yield from self._file(table, path)

    def _file(self, table: InputTable, path: Path) -> list[tuple[str, str, Body]]:
        file = shown(self.folder, path)
        coded = FEW_TEXTS if table.name == "rosters" else ()
        out = []
        for sheet in self._headed(table, path):
            header = sheet.header
            for name in header.unknown:
                if name != REASON_COLUMN and name not in table.printed:
                    self._note(f"{sheet.source}：未用的列“{heading(name)}” / column not used")
            out.append((sheet.source, file, sheet.grid.body(header.first, header.places, header.width, coded)))
        return out

    def _headed(self, table: InputTable, path: Path, quiet: bool = False) -> list[HeadedSheet]:
        """The sheets of a file that have a header; the others are named in the notes."""
        file = shown(self.folder, path)
        grids, hidden = self._open(path)
        aside = [f"{file}：隐藏的工作表“{heading(name)}”未读 / hidden sheet not read" for name in hidden]
        found = []
        for grid in grids:
            header = find_header(grid, table, file, self._renamed(table))
            if header is not None:
                found.append((grid, header))
            elif grid.sheet not in (None, *OUR_SHEETS) and any(c != "" for row in grid.head for c in row):
                aside.append(f"{file}：工作表“{heading(grid.sheet)}”没有表头，未读 / sheet without a header, not read")
        if not found:
            raise no_header(table, file)
        for note in aside if not quiet else ():
            self._note(note)
        several = len(found) > 1
        return [HeadedSheet(f"{file}#{grid.sheet}" if several else file, grid, header) for grid, header in found]

    def _open(self, path: Path) -> tuple[list[Grid], list[str]]:
        place = shown(self.folder, path)
        content = read_regular(path, place)
        if path.suffix.lower() == ".csv":
            return [open_csv(content, place)], []
        book = open_workbook(content, place)
        return list(book.sheets), book.hidden

    def _renamed(self, table: InputTable) -> Mapping[str, str]:
        """The ``columns`` map of the parameters, read either way: file's name to ours, or ours to the file's."""
        out = {}
        for key, value in self.columns.items():
            one, other = name_of(key), name_of(value)
            if other in table.columns:
                out[one] = other
            elif one in table.columns:
                out[other] = one
        return out

    def _frame(self, table: InputTable, source: str, body: Body) -> pd.DataFrame:
        if body.broken is not None and body.broken.any():
            numbers = ", ".join(map(str, body.row[body.broken][:10]))
            raise InputError(
                f"{source}: row {numbers}",
                "has more fields than the header, or a quotation mark that swallows rows",
                "put cells that hold a comma into quotation marks",
            )
        columns = {name: _series(name, column, source, body) for name, column in body.columns.items()}
        frame = pd.DataFrame(columns)
        frame.insert(0, "source", source)
        frame.insert(1, "row", body.row)
        blank = frame[list(columns)].isna().all(axis=1)
        return frame[~blank]

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def open_dataset(
    folder: Path, paths: Mapping[str, str] | None = None, columns: Mapping[str, str] | None = None
) -> Dataset:
    """A dataset folder; ``InputError`` where it is no folder, or ``paths`` name no table."""
    if not folder.is_dir():
        raise InputError(
            "dataset", "there is no such folder", "give the dataset folder, relative to the parameter file"
        )
    unknown = [key for key in (paths or {}) if key not in INPUTS]
    if unknown:
        raise InputError(
            Fault(f"paths: {key}", "is no table of a dataset", "known: " + ", ".join(INPUTS)) for key in unknown
        )
    every = {column for table in INPUTS.values() for column in table.columns}
    strange = [key for key, value in (columns or {}).items() if not {name_of(key), name_of(value)} & every]
    if strange:
        raise InputError(
            Fault(
                f"columns: {key}",
                "neither of the two words is a column of a dataset",
                "write the file's word and the column that it means",
            )
            for key in strange
        )
    return Dataset(folder, dict(paths or {}), dict(columns or {}))


def _series(name: str, column: Column, source: str, body: Body) -> pd.Series:
    """A column as pandas text, IDs repaired, household numbers half-width."""
    text = column.text
    if name in ID_COLUMNS:
        text = _ids(column, f"{source}: {name}", body)
    elif name == HOUSEHOLD_COLUMN:
        text = _each(text, half_width_digits)
    return pd.Series(pd.array(text.to_pandas(), dtype="str"))


def _each(text: pa.StringArray, change: object) -> pa.StringArray:
    known = pc.unique(text)
    said = [None if t is None else change(t) for t in known.to_pylist()]  # type: ignore[operator]
    return pa.array(said, pa.string()).take(pc.index_in(text, value_set=known)) if len(known) else text


def _ids(column: Column, place: str, body: Body) -> pa.StringArray:
    text = column.text
    lost = np.asarray(text.is_valid()) & (column.kinds() == NUMBER)
    floats = [t is not None and ids.looks_like_float(t) for t in pc.unique(text).to_pylist()]
    if any(floats):
        lost = lost | np.asarray(pc.is_in(text, value_set=pc.unique(text).filter(pa.array(floats))))
    if lost.any():
        numbers = ", ".join(map(str, body.row[lost][:10]))
        raise InputError(
            f"{place}: row {numbers}",
            "the ID is held as a number: its last digits are lost",
            "format the column as text and type the IDs again",
        )
    return _each(text, ids.repaired)
