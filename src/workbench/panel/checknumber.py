"""The check number that ties a returned sheet to what was sent: whose sheet it is and which households it asks for.

No secret: it finds a sheet that was filled under another member's name, and rows added or taken out, not a forger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from workbench.store.text import half_width


def check_number(village: str, rater: str, numbers: Iterable[str]) -> str:
    """Eight digits of village, member and household numbers, in whatever order these stand.

    >>> check_number("竹溪村", "01-1", ["0102", "0101"]) == check_number("竹溪村", "01-1", ["0101", "0102"])
    True
    """
    text = "\x1f".join([village.strip(), rater.strip(), *sorted(n.strip() for n in numbers)])
    digits = f"{int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big') % 10**8:08d}"
    return f"{digits[:4]}-{digits[4:]}"


def check_digits(written: str) -> str:
    """The digits of a check number however a program gave them back: without its dash, full-width, as a number.

    >>> [check_digits(t) for t in ("0367-7168", "3677168", "０３６７－７１６８", "none")]
    ['03677168', '03677168', '03677168', 'none']
    """
    plain = half_width(written).replace("-", "").replace("－", "").strip()
    return plain.zfill(8) if plain.isdecimal() else plain
