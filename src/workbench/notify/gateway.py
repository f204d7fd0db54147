"""Decides how messages leave: one small interface, a file for the bank's platform as the default.

``Gateway.send`` hands messages over and tells each as it is taken; ``left`` says after a crash whether a batch had
left; ``receipts`` asks what became of messages.  The file is a csv for the 网格化营销平台 (message id, number, text),
put in place by one rename.  The HTTP gateway stands in ``notify.online``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from workbench.store.atomic import write_bytes

COLUMNS = ("消息编号", "手机号码", "短信内容")
Taken = Callable[[str, str], None]
"""Called with (message id, state) as soon as a gateway has taken a message."""


@dataclass(frozen=True)
class Message:
    """One message; number and text show in no representation."""

    message_id: str
    number: str = field(repr=False)
    text: str = field(repr=False)


class Gateway(Protocol):
    """Where messages go."""

    place: str

    def send(self, batch: str, messages: Sequence[Message], taken: Taken) -> list[Path]:
        """Hands a batch over; the files that were made."""

    def left(self, batch: str, place: str) -> bool:
        """Whether a batch that a crash interrupted had left; if not, its messages are free to go again."""

    def receipts(self, ids: Sequence[str]) -> dict[str, str]:
        """States of messages as far as they are known: sent / failed."""


class FileGateway:
    """A csv a batch in a folder of its own, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = str(folder.resolve())

    def send(self, batch: str, messages: Sequence[Message], taken: Taken) -> list[Path]:
        """Writes ``<batch>.csv`` whole or not at all."""
        path = self.folder / f"{batch}.csv"
        write_bytes(path, batch_csv(messages), mode=0o600)
        return [path]

    def left(self, batch: str, place: str) -> bool:
        """A batch has left if its file stands where it was to be written."""
        return (Path(place) / f"{batch}.csv").exists()

    def receipts(self, ids: Sequence[str]) -> dict[str, str]:
        """A file answers nothing: receipts come back by ``--receipts``."""
        return {}


def batch_csv(messages: Sequence[Message]) -> bytes:
    """The csv of a batch: UTF-8 with BOM (what spreadsheets read), text that looks like a formula made harmless."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([m.message_id, m.number, harmless(m.text)] for m in messages)
    return out.getvalue().encode("utf-8-sig")


def harmless(text: str) -> str:
    """Text that a spreadsheet would run gets an apostrophe before it.

    >>> harmless("=1+1"), harmless("您好")
    ("'=1+1", '您好')
    """
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
