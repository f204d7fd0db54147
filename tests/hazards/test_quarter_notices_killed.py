"""``notify`` killed at any moment and run again: no message twice, none lost."""

from __future__ import annotations

import csv
import io
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from workbench.notify.deliver import deliver
from workbench.notify.gateway import FileGateway, Message
from workbench.notify.journal import open_journal

MESSAGES = [Message(f"{i:016x}", f"138{i:08d}", "额度") for i in range(200)]
STEPS = 12
"""Rounds of a child: each hands over some more of the messages."""

CHILD = """
import sys
from pathlib import Path
from workbench.notify.deliver import deliver
from workbench.notify.gateway import FileGateway, Message
from workbench.notify.journal import open_journal
messages = [Message(f"{i:016x}", f"138{i:08d}", "额度") for i in range(200)]
print("up", flush=True)
for step in range(1, 13):
    with open_journal(Path(sys.argv[1]) / "j") as journal:
        deliver(messages[: step * 200 // 12], journal, FileGateway(Path(sys.argv[1])))
"""


def sent(folder: Path) -> Counter[str]:
    """How often each message stands in a batch that the platform would take."""
    told: Counter[str] = Counter()
    for path in folder.glob("batch-*.csv"):
        told.update(row[0] for row in list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))[1:])
    return told


def finish(folder: Path) -> None:
    with open_journal(folder / "j") as journal:
        deliver(MESSAGES, journal, FileGateway(folder))


def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    chance = random.Random(20211231)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")}
    cut_short = 0
    for _ in range(20):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.random() * 0.02)
        child.send_signal(signal.SIGKILL)
        cut_short += child.wait() == -signal.SIGKILL
        child.stdout.close()
    finish(tmp_path)
    assert cut_short
    assert sent(tmp_path) == Counter(m.message_id for m in MESSAGES)


class Killed(BaseException):
    """A process that ends here and now."""


def test_killed_before_every_single_thing_it_does_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fsync, rename and write once fails as if the process had died there; then the command is given again."""
    moments = 0
    for moment in range(100):
        folder = tmp_path / str(moment)
        folder.mkdir()
        left = [moment]
        with monkeypatch.context() as patch:
            for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "write_bytes"), (Path, "chmod")):
                patch.setattr(owner, name, _dying(getattr(owner, name), left))
            try:
                with open_journal(folder / "j") as journal:
                    deliver(MESSAGES[:50], journal, FileGateway(folder))
                died = False
            except Killed:
                died = True
        finish(folder)
        assert sent(folder) == Counter(m.message_id for m in MESSAGES), f"moment {moment}"
        if not died:
            break
        moments += 1
    assert moments >= 5


def _dying(real: Any, left: list[int]) -> Any:
    def act(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        return real(*args, **kwargs)

    return act


def test_a_line_cut_short_is_taken_away(tmp_path: Path) -> None:
    with open_journal(tmp_path / "j") as journal:
        deliver(MESSAGES[:3], journal, FileGateway(tmp_path))
    with (tmp_path / "j").open("ab") as stream:
        stream.write(b'{"event": "begin", "batch": "batch-0002", "ids": ["0000')
    finish(tmp_path)
    assert sent(tmp_path) == Counter(m.message_id for m in MESSAGES)
    with open_journal(tmp_path / "j") as journal:
        assert len(journal.state) == len(MESSAGES)
