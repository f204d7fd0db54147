"""Reads a workbook in a process of its own, with bounds of memory and time: what breaks there, breaks nothing here.

An .xls is a heap of records whose sizes cannot be looked at beforehand as those of an .xlsx can; an .xlsx comes here
when it is written as no spreadsheet program writes (``archive``).  The child gets the bytes, answers with sheets of
plain Python values, and may end in any way: that is told in words.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from workbench.errors import InputError

MEMORY = 3_000_000_000
SECONDS = 100
PASSWORD = b"password"


@dataclass(frozen=True)
class PlainSheet:
    """A sheet as the child gives it."""

    name: str
    visible: bool
    rows: list[list[Any]]
    merged: list[tuple[tuple[int, int], tuple[int, int]]]


def read_apart(content: bytes, place: str) -> list[PlainSheet]:
    """All sheets of a workbook; ``InputError`` by name where the child does not come to an end."""
    command = [sys.executable, "-I", "-m", "workbench.store.apart"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS + 20, check=False)
    except subprocess.TimeoutExpired:
        done = None
    if done is not None and done.stdout == PASSWORD:
        raise InputError(place, "is protected by a password (encrypted)", "take the password off and send it again")
    if done is None or done.returncode != 0:
        raise InputError(
            place, "is a damaged workbook, or one of absurd size", "save it as .xlsx in a spreadsheet program"
        )
    return [PlainSheet(*fields) for fields in pickle.loads(done.stdout)]


def _bound() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main() -> None:
    from python_calamine import PasswordError, SheetTypeEnum, SheetVisibleEnum, load_workbook

    _bound()
    try:
        book = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    except PasswordError:
        sys.stdout.buffer.write(PASSWORD)
        return
    sheets = []
    for index, about in enumerate(book.sheets_metadata):
        visible = about.visible == SheetVisibleEnum.Visible and about.typ == SheetTypeEnum.WorkSheet
        sheet = book.get_sheet_by_index(index) if visible else None
        rows = sheet.to_python(skip_empty_area=False) if sheet else []
        sheets.append((about.name, visible, rows, list(sheet.merged_cell_ranges or []) if sheet else []))
    sys.stdout.buffer.write(pickle.dumps(sheets, pickle.HIGHEST_PROTOCOL))


if __name__ == "__main__":
    _main()
