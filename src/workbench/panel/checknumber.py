"""The check number that ties a returned sheet to what was sent: whose sheet it is and which households it asks for.

No secret: it finds a sheet that was filled under another member's name, and rows added or taken out, not a forger.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def check_number(village: str, rater: str, numbers: Iterable[str]) -> str:
    """Eight digits of village, member and household numbers, in whatever order these stand.

    >>> check_number("竹溪村", "01-1", ["0102", "0101"]) == check_number("竹溪村", "01-1", ["0101", "0102"])
    True
    """
    text = "\x1f".join([village.strip(), rater.strip(), *sorted(n.strip() for n in numbers)])
    digits = f"{int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], 'big') % 10**8:08d}"
    return f"{digits[:4]}-{digits[4:]}"
