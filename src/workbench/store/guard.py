"""Refuses hostile or unreadable files before anything reads them: links, devices, climbing paths, absurd sizes.

Everything here answers with an ``InputError`` that names the file.  Sizes are bounds of memory (4 GB for a run), far
above what a township sends: the largest roster known has 30,000 lines.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

from workbench.errors import InputError

LARGEST_FILE = 400_000_000
"""Bytes of one file as it lies on the disk."""
LARGEST_CELL = 32_767
"""Characters: the most that a spreadsheet cell can hold; a longer one is no cell of a form."""
MOST_COLUMNS = 2_000
"""Columns; the widest table known has 60."""
IGNORED = ("thumbs.db", "desktop.ini", "_success")


def inside(folder: Path, relative: str, key: str) -> Path:
    """``folder / relative``; ``InputError`` where it leaves the folder by dots, from the root or over a link."""
    pure = PurePosixPath(relative.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in relative or ":" in pure.parts[0]:
        raise InputError(key, "leaves the dataset folder", "give a path inside the dataset folder, without ..")
    path = folder
    for part in pure.parts:
        path = path / part
        if path.is_symlink():
            raise InputError(shown(folder, path), "is a link", "put the file itself into the dataset folder")
    return path


def shown(folder: Path, path: Path) -> str:
    """The path as messages and tables name it: relative to the dataset, with slashes; never an absolute path."""
    try:
        text = path.relative_to(folder).as_posix()
    except ValueError:
        text = path.name
    if not _printable(text):
        raise InputError("dataset", "a file's name is no readable text", "give the file a plain name (UTF-8)")
    return text


def _printable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return not any(ord(c) < 32 or ord(c) == 127 for c in text)


def ignored(name: str) -> bool:
    """Whether a file is a dropping of an office program or a desktop, and no table."""
    return name.startswith(("~$", ".", ".~")) or name.lower() in IGNORED


def read_regular(path: Path, place: str) -> bytes:
    """The bytes of a regular file; links, devices, pipes, empty and absurdly large files are refused by name."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as fault:
        problem = "is a link" if path.is_symlink() else f"cannot be read ({fault.strerror})"
        raise InputError(place, problem, "put a readable file there") from None
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode):
        os.close(handle)
        raise InputError(place, "is no ordinary file", "put the file itself there")
    with os.fdopen(handle, "rb") as stream:
        if state.st_size > LARGEST_FILE:
            raise InputError(
                place, f"is larger than {LARGEST_FILE // 1_000_000} MB", "send the table alone, split by village"
            )
        content = stream.read(state.st_size + 1)
    if not content:
        raise InputError(place, "is empty (zero bytes)", "send the file again: the copy is broken")
    return content
