"""Promises 2 and 6: a run killed at any moment leaves nothing that says done; two at once, one works."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from harness import Run, clean_environment


class Started:
    """A command that was started, and the processes that carry its mark."""

    def __init__(self, params: Path, out: Path, place: Path, **more: str) -> None:
        self.mark = uuid.uuid4().hex
        environment = clean_environment(place / "home", place / "temporary", TEST_MARK=self.mark, **more)
        self.temporary, self.out = place / "temporary", out.resolve()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workbench.cli", "run", str(params), "--out", str(out)],
            env=environment,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # whoever started the tests may ignore interrupts (nohup); that would be handed on to the command
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def said(self, seconds: float = 120) -> str:
        text, _ = self.process.communicate(timeout=seconds)
        return str(text.decode("utf-8", "replace"))

    def processes(self) -> list[int]:
        needle = f"TEST_MARK={self.mark}".encode()
        out = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and needle in Path("/proc", entry, "environ").read_bytes():
                    out.append(int(entry))
            except OSError:
                continue
        return sorted(out)

    def kernels(self) -> list[int]:
        """The kernels, which alone work in the run's folder, in the order of their start.

        Not by the name of their command: what the process that makes them starts for a moment has it too.
        """
        out = []
        for pid in self.processes():
            with suppress(OSError):
                if Path(os.readlink(f"/proc/{pid}/cwd")) == self.out:
                    # behind the name in brackets: state is field 3, the moment of the start field 22
                    out.append((int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]), pid))
        return [pid for _, pid in sorted(out)]

    def gone(self, seconds: float = 10) -> bool:
        end = time.monotonic() + seconds
        while self.processes() and time.monotonic() < end:
            time.sleep(0.05)
        return not self.processes()


def tables(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((folder / "tables").glob("*.parquet"))}


def seconds_of(run: Run) -> float:
    import json

    return float(sum(json.loads((run.folder / "manifest.json").read_text())["timings"].values()))


def test_killed_at_random_moments_then_two_at_once(tiny_town: Path, tiny_run: Run, tmp_path: Path) -> None:
    """The folder of three killed runs is taken over; of two commands at once one makes it whole."""
    params, out = tiny_town / "params.yaml", tmp_path / "out"
    chance = random.Random(20211231)
    whole = seconds_of(tiny_run)
    for low, high in ((0.05, 0.3), (0.3, 0.6), (0.6, 0.95)):
        started = Started(params, out, tmp_path)
        time.sleep(whole * chance.uniform(low, high))
        started.process.kill()
        started.said()
        assert started.process.returncode in (-signal.SIGKILL, 0)
        if started.process.returncode:
            assert not (out / "manifest.json").exists()
        assert started.gone(), "no process of a killed run lives on"
        if started.process.returncode == 0:
            return
    pair = [Started(params, out, tmp_path) for _ in range(2)]
    said = [p.said() for p in pair]
    assert sorted(p.process.returncode for p in pair) == [0, 2], said
    assert "another run is at work" in next(t for p, t in zip(pair, said, strict=True) if p.process.returncode == 2)
    assert tables(out) == tables(tiny_run.folder)


def test_a_kernel_killed_alone_ends_the_run_in_words(tiny_town: Path, tmp_path: Path) -> None:
    started = Started(tiny_town / "params.yaml", tmp_path / "out", tmp_path)
    end = time.monotonic() + 60
    while not (kernels := started.kernels()) and time.monotonic() < end:
        time.sleep(0.02)
    os.kill(kernels[0], signal.SIGKILL)
    start = time.monotonic()
    text = started.said()
    assert started.process.returncode == 1, text
    assert time.monotonic() - start < 30
    assert "its kernel was ended" in text
    assert "Traceback" not in text
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert started.gone()
    assert list(started.temporary.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_stops_clean(tiny_town: Path, tmp_path: Path, number: Any) -> None:
    started = Started(tiny_town / "params.yaml", tmp_path / "out", tmp_path)
    end = time.monotonic() + 60
    while not (tmp_path / "out" / "tables").is_dir() and time.monotonic() < end:
        time.sleep(0.02)
    started.process.send_signal(number)
    text = started.said()
    assert started.process.returncode == 1, text
    assert "stopped" in text
    assert "Traceback" not in text
    assert started.gone()
    assert not (tmp_path / "out" / "manifest.json").exists()
    assert list(started.temporary.iterdir()) == []
