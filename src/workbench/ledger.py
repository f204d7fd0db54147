"""The append-only record of who made or revealed what, and why (promise 10): the only module that appends to it.

One JSON line an entry: {what, who, why, when, before, mark}.  ``before`` is the mark of the line before, ``mark`` a
keyed digest of the line, so that a line that was changed, removed or put elsewhere is found by ``check``.  How many
lines there are stands beside the ledger under a keyed digest of its own (``.head``), so that removed last lines are
found too, and whoever has no key cannot write a head that fits fewer.
"""

from __future__ import annotations

import errno
import fcntl
import getpass
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import InputError, RunFailed
from workbench.identity import Pseudonyms, home


def ledger_file() -> Path:
    """The ledger: ``WORKBENCH_LEDGER``, else ``ledger.jsonl`` beside the key."""
    given = os.environ.get("WORKBENCH_LEDGER")
    return Path(given) if given else home() / "ledger.jsonl"


def record(what: str, why: str, names: Pseudonyms, who: str | None = None, **facts: Any) -> dict[str, Any]:
    """Appends one entry, whole or not at all, and gives it back.

    ``what`` names the making (``panel-page``), ``who`` the person or role who asked (the login name when not given),
    ``facts`` further figures (village, rows); never an identity of a villager.
    """
    path = ledger_file()
    who = who if who is not None else _login()
    if not who.strip() or not why.strip():
        raise InputError("ledger", "who asked and why must not be empty", "give --who and --why in words")
    asked = {"what": what, "who": who, "why": why, "when": datetime.now(UTC).isoformat(timespec="seconds"), **facts}
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "a+b", buffering=0, opener=lambda p, f: os.open(p, f, 0o600)) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            return _append(stream, path, asked, names)
    except OSError as fault:
        raise RunFailed(
            f"{path.name}: the ledger cannot be written ({fault.strerror})\n"
            "    nothing was made; make room or give WORKBENCH_LEDGER"
        ) from None


def _append(stream: io.FileIO, path: Path, asked: dict[str, Any], names: Pseudonyms) -> dict[str, Any]:
    """Writes the line and its head.  A line that comes after a loss says so for good: it follows no line."""
    lines = path.read_bytes().splitlines()
    size = os.fstat(stream.fileno()).st_size
    marks = ["", *map(_mark_of, lines)]
    whole = _heads(path, marks, names) if lines else not _head(path).exists()
    entry = {**asked, "before": marks[-1] if whole else "lines are missing"}
    entry["mark"] = names.digest(_text(entry))
    line = _text(entry) + b"\n"
    try:
        written = stream.write(line)
        if written != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(stream.fileno())
        part = path.with_suffix(".part")
        part.write_text(_head_text(len(lines) + 1, entry["mark"], names), "utf-8")
        part.replace(_head(path))
    except OSError:
        os.truncate(stream.fileno(), size)  # half a line would look like a changed one
        raise
    return entry


def check(names: Pseudonyms) -> list[str]:
    """What is wrong with the ledger, a sentence each; empty where every line stands as it was written."""
    path = ledger_file()
    if not path.exists():
        return ["the ledger is gone"] if _head(path).exists() else []
    wrong, before = [], ""
    marks = [""]
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        marks.append(_mark_of(line))
        try:
            entry = json.loads(line)
            mark = entry.pop("mark")
        except (ValueError, KeyError, AttributeError):
            wrong.append(f"line {number} is no ledger line")
            continue
        if entry.get("before") != before:
            wrong.append(f"line {number} does not follow the line before it")
        if names.digest(_text(entry)) != mark:
            wrong.append(f"line {number} was changed, or written under another key")
        before = mark
    if not _heads(path, marks, names):
        wrong.append("lines at the end are missing")
    return wrong


def _heads(path: Path, marks: list[str], names: Pseudonyms) -> bool:
    """Whether the head is of these lines; a command that was ended between its line and its head left one behind."""
    try:
        head = _head(path).read_text("utf-8")
    except (OSError, UnicodeError):
        return False
    return any(head == _head_text(n, marks[n], names) for n in (len(marks) - 1, len(marks) - 2) if n > 0)


def _head_text(lines: int, mark: str, names: Pseudonyms) -> str:
    return f"{lines} {names.digest(f'{lines} lines, the last {mark}'.encode())}\n"


def _text(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace")


def _head(path: Path) -> Path:
    return path.with_suffix(".head")


def _mark_of(line: bytes) -> str:
    try:
        return str(json.loads(line)["mark"])
    except (ValueError, KeyError, TypeError):
        return "broken"


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
