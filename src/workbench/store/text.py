"""Text as files carry it: encodings, blanks, cells that say nothing.

A csv is UTF-8 (with or without BOM) or GB18030, decided on the whole file and strictly: bytes that are neither are
refused, never replaced (a two-character GBK name passes for UTF-8 by accident in 2 % of cases, so a part will not do).
"""

from __future__ import annotations

import codecs
import re
import struct
from pathlib import Path

import pyarrow as pa

from workbench.errors import InputError

BLANKS = " \t\r\n\v\f\u00a0\u3000\u200b\ufeff\u2002\u2003\u2009\u202f\u205f\u1680\u2028\u2029\u0085"
"""Every blank that forms were seen to carry; those without width (200B, FEFF) among them."""
_ANY_BLANK = re.compile("[" + re.escape(BLANKS) + r"\s]+")
ERROR_CELLS = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!")
)
"""What a spreadsheet prints for a formula that failed: an empty cell."""
HALF_WIDTH = {
    **{full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)},
    0x3000: 0x20,
    0x3002: 0x2E,
}
"""Full-width forms to ASCII, the ideographic blank and full stop among them."""
_HALF_WIDTH_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_LONG_DIGITS = re.compile(r"[0-9０-９]{5,}[XxＸ]?")
_PIECE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def heading(name: str | None) -> str:
    """A header's or a sheet's name for a message; digits that could be somebody's are left out.

    >>> heading("电话13966668888")
    '电话…'
    """
    return _LONG_DIGITS.sub("…", name or "")[:40]


def without_blanks(text: str) -> str:
    """The text without any blank, inside or around.

    >>> without_blanks(" 身\\u3000份\\n证 ")
    '身份证'
    """
    return _ANY_BLANK.sub("", text)


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as ASCII.

    >>> half_width("３４Ｘ（亩）")
    '34X(亩)'
    """
    return text.translate(HALF_WIDTH)


def half_width_digits(text: str) -> str:
    """Full-width digits as ASCII, every other sign as it stands: how a household number is read (contract, section 2).

    >>> half_width_digits("Ａ１－２")
    'Ａ1－2'
    """
    return text.translate(_HALF_WIDTH_DIGITS)


_WORKBOOK = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a file of a spreadsheet program begins, by its old form or its new one."""


def refuse_workbook(path: Path) -> None:
    """``InputError`` for a workbook given to a command that reads Parquet or CSV, whatever it is called."""
    with path.open("rb") as stream:
        if stream.read(4) in _WORKBOOK:
            raise InputError(
                path.name, "is a workbook, and this command reads Parquet or CSV", "save its sheet as CSV UTF-8"
            )


def utf8(content: bytes, place: str) -> bytes:
    """The bytes of a csv as UTF-8 without a BOM; ``InputError`` by name for what is neither UTF-8 nor GB18030."""
    if content.startswith(_UTF16):
        raise InputError(
            place, "is UTF-16 text (what Excel calls Unicode text)", "save it as CSV UTF-8, or send the workbook"
        )
    if content.startswith(_WORKBOOK):
        raise InputError(place, "is a workbook under the name of a csv", "give it the suffix .xlsx or .xls")
    nul = content.find(b"\0")
    if nul >= 0:
        line = content.count(b"\n", 0, nul) + 1
        raise InputError(f"{place}: line {line}", "holds a NUL byte: this is no text table", "save it as CSV UTF-8")
    if _is_utf8(content):
        return content.removeprefix(_BOM)
    if not content.startswith(_BOM):
        try:
            return _from_gb18030(content)
        except UnicodeError:
            pass
    raise _neither(content, place)


def _from_gb18030(content: bytes) -> bytes:
    """The bytes as UTF-8, a piece at a time: as one text they would take twice the room of the file."""
    decoder = codecs.getincrementaldecoder("gb18030")()
    pieces = [decoder.decode(content[at : at + _PIECE]).encode() for at in range(0, len(content), _PIECE)]
    return b"".join([*pieces, decoder.decode(b"", final=True).encode()])


def decode(content: bytes, place: str) -> tuple[str, str]:
    """The text of a csv and the encoding it was in (``utf-8`` or ``gb18030``)."""
    plain = utf8(content, place)
    same = content.removeprefix(_BOM) == plain
    return plain.decode(), "utf-8" if same else "gb18030"


def _is_utf8(content: bytes) -> bool:
    whole = pa.Array.from_buffers(
        pa.large_string(), 1, [None, pa.py_buffer(struct.pack("<qq", 0, len(content))), pa.py_buffer(content)]
    )
    try:
        whole.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _neither(content: bytes, place: str) -> InputError:
    try:
        content.decode("utf-8")
        line = 1
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
    return InputError(
        f"{place}: line {line}",
        "the bytes are neither UTF-8 nor GB18030 (a cut character, or another encoding)",
        "save it again as CSV UTF-8, or send the workbook",
    )
