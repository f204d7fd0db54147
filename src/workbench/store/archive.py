"""Looks into an .xlsx before the reader does: what kind it is, how far it swells, how wide its sheets reach.

The Rust reader lays a sheet out as a full rectangle and cannot be stopped once memory ends (the process aborts), so
the archive is decompressed here once, in pieces, and counted: declared sizes can lie.  Up to 26 columns no number of
rows that a sheet can have is dangerous (26 x 1,048,576 cells); beyond them the rectangle is bounded.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from workbench.errors import InputError

LARGEST_XML = 1_000_000_000
"""Bytes that the parts of one workbook may unpack to; 200,000 lines of the form unpack to 120 MB."""
MOST_CELLS = 30_000_000
"""Cells of the rectangle that a sheet spans."""
MOST_PARTS = 5_000
_PIECE = 1 << 20
_WIDE = re.compile(rb'r="([A-Z]{2,3})(\d{1,7})"')
_ROW = re.compile(rb'<row[^>]{0,200}? r="(\d{1,9})"')
_SWELLS = ("unpacks to far more than a workbook holds (a zip bomb?)", "save the table again in a spreadsheet program")


def check_archive(content: bytes, place: str) -> bool:
    """Whether the workbook counts days from 1904; ``InputError`` by name where it must not be read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InputError(place, "is a damaged workbook", "open it in a spreadsheet program and save it again") from None
    with archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
        if "xl/workbook.xml" not in names:
            what = "a binary workbook (.xlsb)" if "xl/workbook.bin" in names else "no workbook of Excel or WPS"
            raise InputError(place, f"is {what}", "save it as .xlsx in a spreadsheet program")
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_XML:
            raise InputError(place, *_SWELLS)
        if any(part.flag_bits & 1 for part in parts):
            raise InputError(place, "is protected by a password (encrypted)", "take the password off and send it again")
        left, epoch_1904 = LARGEST_XML, False
        for part in parts:
            if part.filename.endswith((".xml", ".rels")) or part.file_size > _PIECE:
                used, dated = _part(archive, part, place, left)
                left, epoch_1904 = left - used, epoch_1904 or dated
        return epoch_1904


def _part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, place: str, left: int) -> tuple[int, bool]:
    """Bytes that the part unpacks to, and whether it says 1904; one that lies or swells is refused."""
    used, tail, dated = 0, b"", False
    widest = tallest = 0
    sheet = part.filename.startswith("xl/worksheets/")
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_PIECE):
                used += len(piece)
                if used > left:
                    raise InputError(place, *_SWELLS)
                window = tail + piece
                if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
                    raise InputError(
                        place, "declares entities in its XML, which no spreadsheet program does", "save it again"
                    )
                if sheet:
                    widest, tallest = _reach(window, widest, tallest)
                elif part.filename == "xl/workbook.xml" and re.search(rb'date1904="(?:1|true)"', window):
                    dated = True
                tail = window[-256:]
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise InputError(place, "is a damaged workbook", "open it in a spreadsheet program and save it again") from None
    if widest > 26 and widest * max(tallest, 1) > MOST_CELLS:
        raise InputError(
            place,
            f"a sheet reaches over more than {MOST_CELLS // 1_000_000} million cells",
            "delete the stray cells far off the table",
        )
    return used, dated


def _reach(window: bytes, widest: int, tallest: int) -> tuple[int, int]:
    """The farthest column and row that a piece of a sheet names."""
    for letters, digits in _WIDE.findall(window):
        column = 0
        for letter in letters:
            column = column * 26 + letter - 64
        widest, tallest = max(widest, column), max(tallest, int(digits))
    rows = _ROW.findall(window)
    if rows:
        tallest = max(tallest, max(map(int, rows)))
    return widest, tallest
