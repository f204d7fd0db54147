"""The command as a user gives it, in an environment that knows nothing of this machine's user."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"
KEY = "a-key-for-tests-0001"
_LEFT_OUT = ("WORKBENCH", "JUPYTER", "IPYTHON", "PYTHON", "MPL", "GX_", "LC_", "LANG", "TZ")


@dataclass(frozen=True)
class Said:
    """One command that was given: its exit status and all that it said."""

    status: int
    text: str


@dataclass(frozen=True)
class Run:
    """One finished run: DIR, its parameter file, the private HOME and TMPDIR of the command, and what it said."""

    folder: Path
    params: Path
    home: Path
    temporary: Path
    said: Said


def clean_environment(home: Path, temporary: Path, **more: str) -> dict[str, str]:
    """An environment that knows nothing of this machine's user."""
    for folder in (home, temporary):
        folder.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_LEFT_OUT)}
    return kept | {"HOME": str(home), "TMPDIR": str(temporary), "WORKBENCH_KEY": KEY, "LC_ALL": "C.UTF-8"} | more


def command(*words: str | Path, cwd: Path, environment: dict[str, str], seconds: float = 300) -> Said:
    """Gives one ``workbench`` command."""
    made = subprocess.run(
        [sys.executable, "-m", "workbench.cli", *map(str, words)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
    )
    return Said(made.returncode, made.stdout.decode("utf-8", "replace"))
