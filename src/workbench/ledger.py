"""The append-only record of who made or revealed what, and why (promise 10): the only module that appends to it.

One JSON line an entry: {what, who, why, when, before, mark}.  ``before`` is the mark of the line before, ``mark`` a
keyed digest of the line, so that a line that was changed, removed or put elsewhere is found by ``check``.  The mark of
the last line stands in a file beside the ledger, so that a removed last line is found too.
"""

from __future__ import annotations

import fcntl
import getpass
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
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "a+b", opener=lambda p, f: os.open(p, f, 0o600)) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            before = _last_mark(path)
            entry = {
                "what": what,
                "who": who,
                "why": why,
                "when": datetime.now(UTC).isoformat(timespec="seconds"),
                **facts,
                "before": before,
            }
            entry["mark"] = names.digest(_text(entry))
            stream.write(_text(entry) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
            _head(path).write_text(entry["mark"] + "\n", "utf-8")
            return entry
    except OSError as fault:
        raise RunFailed(
            f"{path.name}: the ledger cannot be written ({fault.strerror})\n"
            "    nothing was made; make room or give WORKBENCH_LEDGER"
        ) from None


def check(names: Pseudonyms) -> list[str]:
    """What is wrong with the ledger, a sentence each; empty where every line stands as it was written."""
    path = ledger_file()
    if not path.exists():
        return ["the ledger is gone"] if _head(path).exists() else []
    wrong, before = [], ""
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
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
    head = _head(path)
    if not head.exists() or head.read_text("utf-8").strip() != before:
        wrong.append("lines at the end are missing")
    return wrong


def _text(entry: dict[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, sort_keys=True).encode()


def _head(path: Path) -> Path:
    return path.with_suffix(".head")


def _last_mark(path: Path) -> str:
    lines = path.read_bytes().splitlines()
    try:
        return str(json.loads(lines[-1])["mark"]) if lines else ""
    except (ValueError, KeyError, TypeError):
        return "broken"


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"
