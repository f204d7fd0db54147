"""What many tests share: the command as a user gives it, a township of a few households, one whole run of the demo."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

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


@pytest.fixture
def workbench(tmp_path: Path) -> Callable[..., Said]:
    """The command in a folder of its own: ``workbench("run", "params.yaml", LC_ALL="C")``."""

    def give(*words: str | Path, cwd: Path | None = None, **more: str) -> Said:
        environment = clean_environment(tmp_path / "home", tmp_path / "temporary", **more)
        return command(*words, cwd=cwd or tmp_path, environment=environment)

    return give


@pytest.fixture(scope="session")
def tiny_town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A township of two villages of twelve households, invented; read it, do not change it."""
    from workbench.town.make import make_town

    return make_town(tmp_path_factory.mktemp("town") / "tiny", villages=2, households=12, seed=3)


@pytest.fixture
def town(tiny_town: Path, tmp_path: Path) -> Path:
    """A copy of the tiny township that a test may change."""
    return Path(shutil.copytree(tiny_town, tmp_path / "town"))


@pytest.fixture(scope="session")
def tiny_run(tiny_town: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One whole run of the tiny township; read it, do not change it."""
    return _finished(tiny_town / "params.yaml", tmp_path_factory.mktemp("tiny-run"))


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One whole run of the demonstration township; read it, do not change it."""
    return _finished(PROJECT / "params" / "demo.yaml", tmp_path_factory.mktemp("demo-run"))


def _finished(params: Path, place: Path) -> Run:
    home, temporary = place / "home", place / "temporary"
    said = command("run", params, "--out", place / "out", cwd=place, environment=clean_environment(home, temporary))
    assert said.status == 0, said.text
    return Run(place / "out", params, home, temporary, said)
