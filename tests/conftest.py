"""What many tests share: the command as a user gives it, a township of a few households, one whole run of the demo."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import PROJECT, Run, Said, clean_environment, command


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
