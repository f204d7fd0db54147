"""Decides which message was already handed over: the append-only journal of notices, one for the whole bank.

A JSON line an event: ``begin`` (a batch is being handed over: its ids, its place), ``done``, ``void`` (it never left),
``receipt`` (an id and what became of it).  A line is on disk before what it speaks of is done; a line that a crash cut
short is taken away when the journal is next opened.  One process at a time holds it.  It holds no number and no text.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from workbench.errors import InputError, RunFailed

HANDING, QUEUED, SENT, FAILED, UNSENT = "handing", "queued", "sent", "failed", "unsent"
"""Being handed over; handed over; by the platform's word: it arrived, it did not, it was never tried (free again)."""


@dataclass
class Journal:
    """What the events so far say; ``begin`` and the rest append one."""

    stream: IO[bytes]
    state: dict[str, str] = field(default_factory=dict)
    batch_of: dict[str, str] = field(default_factory=dict)
    open_batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    batches: int = 0

    def begin(self, ids: Iterable[str], place: str) -> str:
        """A new batch that is about to be handed over; its name."""
        batch = f"batch-{self.batches + 1:04d}"
        self._append({"event": "begin", "batch": batch, "ids": list(ids), "place": place})
        return batch

    def done(self, batch: str) -> None:
        """The batch was handed over."""
        self._append({"event": "done", "batch": batch})

    def void(self, batch: str) -> None:
        """The batch never left: its messages are free again, but those that have a receipt."""
        self._append({"event": "void", "batch": batch})

    def receipt(self, message_id: str, state: str) -> None:
        """What became of a message; ``sent`` stays ``sent``."""
        if self.state.get(message_id) not in (SENT, state):
            self._append({"event": "receipt", "id": message_id, "state": state})

    def taken(self, message_id: str) -> bool:
        """Whether a message is handed over, or may be."""
        return self.state.get(message_id, UNSENT) != UNSENT

    def _append(self, event: dict[str, Any]) -> None:
        self.stream.write(json.dumps(event, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        self.stream.flush()
        os.fsync(self.stream.fileno())
        self.apply(event)

    def apply(self, event: dict[str, Any]) -> None:
        """Takes one event into account."""
        kind, batch = event["event"], event.get("batch", "")
        if kind == "begin":
            self.batches += 1
            self.open_batches[batch] = event
            for message_id in event["ids"]:
                self.state[message_id] = HANDING
                self.batch_of[message_id] = batch
        elif kind == "done":
            for message_id in self.open_batches.pop(batch, {"ids": []})["ids"]:
                if self.state.get(message_id) == HANDING:
                    self.state[message_id] = QUEUED
        elif kind == "void":
            for message_id in self.open_batches.pop(batch, {"ids": []})["ids"]:
                if self.state.get(message_id) == HANDING and self.batch_of.get(message_id) == batch:
                    del self.state[message_id], self.batch_of[message_id]
        elif kind == "receipt":
            self.state[event["id"]] = event["state"]


@contextmanager
def open_journal(path: Path) -> Iterator[Journal]:
    """The journal, held by this process alone; ``InputError`` while another holds it."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "a+b", opener=lambda p, f: os.open(p, f, 0o600)) as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(
                    path.name, "another notify is at work", "wait until it has ended, then give the command again"
                ) from None
            yield _read(stream, path)
    except OSError as fault:
        raise RunFailed(
            f"{path.name}: cannot be written ({fault.strerror})\n    make room, then give the same command again"
        ) from None


def _read(stream: IO[bytes], path: Path) -> Journal:
    """Replays the journal; what a crash left of its last line goes."""
    stream.seek(0)
    content = stream.read()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        stream.truncate(whole)
    journal = Journal(stream)
    for number, line in enumerate(content[:whole].splitlines(), 1):
        try:
            journal.apply(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InputError(
                f"{path.name}: line {number}", "is no line of the journal of notices", "put the file back from a copy"
            ) from None
    return journal
