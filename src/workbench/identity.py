"""Pseudonyms and the key: the only module that holds the key (one of the three to read in a security review).

A household is the first 16 hex digits of HMAC-SHA256(key, village + U+001F + household number), a person likewise from
the ID number after its repairs (contract, section 2).  The key is the bytes of the environment variable
``WORKBENCH_KEY`` as they stand, or the bytes of a key file outside the repository without the final newline; a first
use makes one, readable by its owner alone, even when two first uses meet.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import pandas as pd

from workbench.errors import InputError

DIGITS = 16
SEPARATOR = "\x1f"
_HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_BLOCK = 64
LARGEST_KEY = 1_000_000
"""Bytes; a device has no end."""
_PIECE = 10_000


def home() -> Path:
    """The folder that holds key and ledger: ``WORKBENCH_HOME``, else ``~/.workbench``."""
    given = os.environ.get("WORKBENCH_HOME")
    return Path(given) if given else Path.home() / ".workbench"


def key_file() -> Path:
    """The key file that is used without ``WORKBENCH_KEY``."""
    given = os.environ.get("WORKBENCH_KEY_FILE")
    return Path(given) if given else home() / "key"


class Pseudonyms:
    """Makes pseudonyms and keyed digests with one key; the key itself never leaves the object.

    >>> Pseudonyms(b"field-case-key-0001").household("竹溪村", "0101")
    'b9665e30aad62ce0'
    """

    def __init__(self, key: bytes, note: str = "") -> None:
        if not key:
            raise InputError(
                "WORKBENCH_KEY", "the key is empty", "give the variable a text, or unset it to use the key file"
            )
        self.note = note
        block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(b ^ 0x36 for b in block))
        self._outer = hashlib.sha256(bytes(b ^ 0x5C for b in block))

    def __repr__(self) -> str:
        return "Pseudonyms(key withheld)"

    def _hmac(self, message: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.hexdigest()

    def household(self, village: str, number: str) -> str:
        """Pseudonym of a household from 行政村名称 and 户号."""
        return self._hmac(f"{village.strip()}{SEPARATOR}{number.strip().translate(_HALF_WIDTH)}".encode())[:DIGITS]

    def person(self, id_number: str) -> str:
        """Pseudonym of a person from an ID number after its repairs."""
        return self._hmac(id_number.encode())[:DIGITS]

    def households(self, villages: Iterable[str], numbers: Iterable[str]) -> list[str | None]:
        """Pseudonyms of many households, each computed once; empty where village or number is missing."""
        known: dict[tuple[str, str], str] = {}
        out: list[str | None] = []
        for village, number in zip(_plain_list(villages), _plain_list(numbers), strict=True):
            if not isinstance(village, str) or not isinstance(number, str) or not number.strip():
                out.append(None)
                continue
            pair = (village, number)
            if pair not in known:
                known[pair] = self.household(village, number)
            out.append(known[pair])
        return out

    def persons(self, id_numbers: Iterable[str]) -> list[str | None]:
        """Pseudonyms of many persons; empty where the number is missing."""
        return [self.person(i) if isinstance(i, str) and i.strip() else None for i in _plain_list(id_numbers)]

    def phones(self, numbers: Iterable[str]) -> list[str | None]:
        """Pseudonyms of many mobile numbers; empty where there is none."""
        return [self.phone(n) if isinstance(n, str) else None for n in _plain_list(numbers)]

    def phone(self, number: str) -> str:
        """Pseudonym of a mobile number of eleven digits."""
        return self._hmac(b"phone" + SEPARATOR.encode() + number.encode())[:DIGITS]

    def photo(self, path: str) -> str:
        """Pseudonym of a photograph's path: a file name may hold a name or a number."""
        return self._hmac(b"photo" + SEPARATOR.encode() + path.encode())[:DIGITS]

    def staff(self, code: str) -> str:
        """A code that stays a code (A02, M01), or a pseudonym where somebody wrote a name.

        >>> Pseudonyms(b"k").staff("A02")
        'A02'
        """
        text = code.strip()
        plain = (
            text.isascii()
            and len(text) <= 8
            and text[:3].rstrip("0123456789").isalpha()
            and text[-1:].isdigit()
            and text.isalnum()
        )
        return text if plain else self.stand_in(text)

    def stand_in(self, text: str) -> str:
        """The pseudonym of whatever names somebody where a code belongs, or where nobody belongs."""
        return "p" + self._hmac(b"staff" + SEPARATOR.encode() + text.strip().encode())[:8]

    def digest(self, content: bytes) -> str:
        """Keyed digest of a file's bytes (the digest of a one-line file could be guessed without a key)."""
        return self._hmac(b"digest" + SEPARATOR.encode() + content)

    def digest_file(self, path: Path) -> str:
        """Keyed digest of a file, read in blocks."""
        with path.open("rb") as stream:
            return self._hmac(b"file" + SEPARATOR.encode() + hashlib.file_digest(stream, "sha256").digest())

    def fingerprint(self) -> str:
        """Eight hex digits by which two runs can tell whether they used one key."""
        return self._hmac(b"fingerprint")[:8]


def _plain_list(values: Iterable[str]) -> Iterable[str]:
    """The texts of a column, some thousand at a time: taken from pandas one by one each costs more than its pseudonym,
    and all at once they take as much memory as the roster."""
    if not isinstance(values, pd.Series):
        return values
    return chain.from_iterable(values.iloc[at : at + _PIECE].tolist() for at in range(0, len(values), _PIECE))


def load_pseudonyms() -> Pseudonyms:
    """Pseudonyms under the key in force; ``note`` says where a key was made, if one was made now."""
    given = os.environ.get("WORKBENCH_KEY")
    if given is not None:
        return Pseudonyms(os.fsencode(given))
    path, made = key_file(), False
    if not path.exists():
        made = _make_key(path)
    try:
        with path.open("rb") as stream:
            key = stream.read(LARGEST_KEY + 1)
    except OSError as fault:
        raise InputError(
            str(path.name),
            f"the key file cannot be read ({fault.strerror})",
            "give WORKBENCH_KEY, or a readable WORKBENCH_KEY_FILE",
        ) from None
    if len(key) > LARGEST_KEY:
        raise InputError(path.name, "is far too large for a key", "give the key file of the workbench")
    key = key[:-2] if key.endswith(b"\r\n") else key.removesuffix(b"\n")
    note = (
        f"a key was made: {path} (readable by you alone; keep a copy: without it no pseudonym can be made again)"
        if made
        else ""
    )
    return Pseudonyms(key, note)


def _make_key(path: Path) -> bool:
    """Writes a new key beside its place and links it there: of two first uses one wins, none reads a half."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(part, path)
            return True
        except FileExistsError:
            return False
        finally:
            part.unlink()
    except OSError as fault:
        raise InputError(
            "WORKBENCH_HOME",
            f"no key can be written there ({fault.strerror})",
            "give WORKBENCH_KEY, or a folder that can be written",
        ) from None


def pseudonym_columns(
    frame: pd.DataFrame, names: Pseudonyms, village: str = "village", number: str = "number"
) -> pd.Series:
    """Household pseudonyms of a frame with a village and a number column, in its order."""
    return pd.Series(names.households(frame[village], frame[number]), index=frame.index, dtype="str")
