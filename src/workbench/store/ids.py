"""ID numbers as people write them: what is around the digits is repaired, the digits are never touched.

Order of the rule: blanks of any kind go, full-width forms become ASCII, the wrapper ="..." or quotation marks go, a
leading apostrophe goes, a small x becomes X; a look-alike of X in last place becomes X only where X is then the right
check character (GB 11643-1999).  What is then not 18 characters, or fails its check, is not repaired further.
"""

from __future__ import annotations

import re

from workbench.store.text import without_blanks

LENGTH = 18
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_BY_REMAINDER = "10X98765432"
LOOKALIKES = "×ХΧ"
"""Multiplication sign, Cyrillic Ha, Greek Chi."""
_FULL = {full: full - 0xFEE0 for full in [*range(0xFF10, 0xFF1A), 0xFF38, 0xFF58]}
_FLOAT = re.compile(r"[+-]?\d+(?:[.,]\d*)?[eE][+-]?\d+|\d+\.0*")
_WRAPPED = re.compile(r'=?["“”](.*)["“”]')
_SHAPE = re.compile(r"[0-9]{17}[0-9X]")


def check_character(seventeen: str) -> str:
    """The check character of the first seventeen digits.

    >>> check_character("11010519491231002")
    'X'
    """
    return CHECK_BY_REMAINDER[sum(w * int(d) for w, d in zip(WEIGHTS, seventeen, strict=True)) % 11]


def looks_like_float(text: str) -> bool:
    """Whether the text is what a number cell prints: 3.41523E+17 or ...34.0."""
    return _FLOAT.fullmatch(without_blanks(text)) is not None


def repaired(text: str) -> str:
    """The ID after the repairs of the rule; the length and the check are another question.

    >>> repaired("'34152319010101004x ")
    '34152319010101004X'
    >>> repaired('="341523190001010018"')
    '341523190001010018'
    """
    out = without_blanks(text).translate(_FULL)
    wrapped = _WRAPPED.fullmatch(out)
    if wrapped:
        out = wrapped.group(1)
    if out[:1] in ("'", "‘", "’", "`"):
        out = out[1:]
    digits, last = out[:-1], out[-1:]
    plain = len(out) == LENGTH and digits.isascii() and digits.isdigit()
    if plain and (last == "x" or (last in LOOKALIKES and check_character(digits) == "X")):
        out = digits + "X"
    return out


def sound_check(number: str) -> bool:
    """Whether 18 characters are seventeen digits and their right check character."""
    return _SHAPE.fullmatch(number) is not None and number[-1] == check_character(number[:-1])
