"""Looks into an .xlsx before the reader does: what kind it is, how far it swells, how far its sheets reach.

The Rust reader lays a sheet out as a full rectangle, makes a copy of every shared text, and cannot be stopped once
memory ends (the process aborts).  So the archive is decompressed here once, in pieces, and counted: declared sizes can
lie.  Up to 26 columns no number of rows that a sheet can have is dangerous; beyond them the rectangle is bounded.
That holds where every cell names its place as spreadsheet programs write it (``<c r="A1"``); XML has a hundred other
ways to say it, and a workbook that uses one is not ``plain``: it is read where an abort is survived (``apart``).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from workbench.errors import InputError
from workbench.store.tags import cell_tags

LARGEST_XML = 1_000_000_000
"""Bytes that the parts of one workbook may unpack to; 200,000 lines of the form unpack to 120 MB."""
MOST_CELLS = 30_000_000
"""Cells of the rectangle that a sheet spans, filled or not."""
MOST_VALUES = 12_000_000
"""Cells that hold something; 200,000 lines of the form hold 2,800,000."""
MOST_TEXT = 500_000_000
"""Characters that long shared texts come to when every cell has its copy."""
MOST_PARTS = 5_000
ROWS, COLUMNS = 1_048_576, 16_384
"""What a sheet can have."""
_LONG = 1_000
_PIECE = 1 << 20
_REFERENCE = re.compile(rb'<(?:c|row) r="([A-Za-z]{0,9})(\d{1,20})"')
_SHARED = re.compile(rb't="s"[^>]{0,40}><v>(\d{1,9})</v>')
_ELEMENT = re.compile(rb"<[A-Za-z]")
_XML = (".xml", ".rels", ".vml")
_RESAVE = "open it in a spreadsheet program and save it again"
_SWELLS = ("unpacks to far more than a workbook holds (a zip bomb?)", "save the table again in a spreadsheet program")
_REACHES = ("a sheet reaches farther than a table of people can", "delete the stray cells far off the table")


@dataclass(frozen=True)
class Looked:
    """What a look into a workbook found: days from 1904, and whether every cell names its place in the usual way."""

    epoch_1904: bool
    plain: bool


def check_archive(content: bytes, place: str) -> Looked:
    """Looks into a workbook; ``InputError`` by name where it must not be read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InputError(place, "is a damaged workbook", _RESAVE) from None
    with archive:
        parts = archive.infolist()
        _check_kind(parts, place)
        look = _Look(archive, place)
        for part in sorted(parts, key=lambda part: not _holds_texts(part)):
            look.into(part)
        return Looked(look.epoch_1904, look.plain)


def _holds_texts(part: zipfile.ZipInfo) -> bool:
    return part.filename.lower().endswith("sharedstrings.xml")


def _check_kind(parts: list[zipfile.ZipInfo], place: str) -> None:
    names = {part.filename for part in parts}
    if any(part.flag_bits & 1 for part in parts):
        raise InputError(place, "is protected by a password (encrypted)", "take the password off and send it again")
    if "xl/workbook.xml" not in names:
        what = "a binary workbook (.xlsb)" if "xl/workbook.bin" in names else "no workbook of Excel or WPS"
        raise InputError(place, f"is {what}", "save it as .xlsx in a spreadsheet program")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_XML:
        raise InputError(place, *_SWELLS)


@dataclass
class _Look:
    """One look through the parts of an archive."""

    archive: zipfile.ZipFile
    place: str
    epoch_1904: bool = False
    plain: bool = True
    left: int = LARGEST_XML
    long_texts: dict[int, int] = field(default_factory=dict)

    def into(self, part: zipfile.ZipInfo) -> None:
        """Counts one part; one that lies, swells or reaches too far is refused.

        Which parts are sheets is said inside the archive, under any name: all but the shared texts are taken for one.
        """
        if _holds_texts(part):
            self._texts(part)
        else:
            self._sheet(part)

    def _pieces(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        """A part in pieces that are cut before a tag; entities, which only its head can declare, are refused.

        Excel puts pictures and the settings of a printer beside the sheets: those need not be XML.
        """
        begun, binary = False, not part.filename.lower().endswith(_XML)
        bounded = not binary and part.filename.startswith("xl/")
        rest = b""
        try:
            with self.archive.open(part) as stream:
                while piece := stream.read(_PIECE):
                    self.left -= len(piece)
                    if self.left < 0:
                        raise InputError(self.place, *_SWELLS)
                    piece = rest + piece
                    if not begun:
                        begun = _ELEMENT.search(piece) is not None
                        if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece or not (begun or binary):
                            raise InputError(
                                self.place, "declares entities in its XML, which no spreadsheet program does", _RESAVE
                            )
                    cut = piece.rfind(b"<")
                    if bounded and len(piece) - cut > _PIECE:
                        raise InputError(self.place, *_SWELLS)
                    piece, rest = (piece[:cut], piece[cut:]) if len(piece) - cut <= _PIECE else (piece, b"")
                    yield piece
                yield rest
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
            raise InputError(self.place, "is a damaged workbook", _RESAVE) from None

    def _sheet(self, part: zipfile.ZipInfo) -> None:
        values = text = 0
        far = False
        for piece in self._pieces(part):
            if part.filename == "xl/workbook.xml" and re.search(rb'date1904="(?:1|true)"', piece):
                self.epoch_1904 = True
            tags = cell_tags(piece)
            values += tags.values
            if values > MOST_VALUES:
                raise InputError(self.place, *_REACHES)
            far = far or tags.far
            self.plain = self.plain and tags.plain
            if self.long_texts:
                text += sum(self.long_texts.get(int(at), 0) for at in _SHARED.findall(piece))
                if text > MOST_TEXT:
                    raise InputError(self.place, *_SWELLS)
        if far:
            self._measure(part)

    def _measure(self, part: zipfile.ZipInfo) -> None:
        """The rectangle that a sheet spans; asked only of sheets that name a far cell."""
        self.left += part.file_size
        widest = tallest = 1
        for piece in self._pieces(part):
            for letters, digits in _REFERENCE.findall(piece):
                widest, tallest = max(widest, _column(letters)), max(tallest, int(digits))
        if widest > COLUMNS or tallest > ROWS or widest * tallest > MOST_CELLS:
            raise InputError(self.place, *_REACHES)

    def _texts(self, part: zipfile.ZipInfo) -> None:
        """Notes the shared texts that are long, by their number."""
        number, length = 0, 0
        for piece in self._pieces(part):
            first, *others = piece.split(b"</si>")
            length += len(first)
            for text in others:
                if length > _LONG:
                    self.long_texts[number] = length
                number, length = number + 1, len(text)


def _column(letters: bytes) -> int:
    """The number of a column by its letters.

    >>> _column(b"XFD")
    16384
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
