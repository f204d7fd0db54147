"""Promise 3: no room, no memory, no right to write: exit 1 or 2 in words, and the same command works afterwards."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Said, clean_environment


@pytest.fixture
def imports(town: Path) -> Path:
    params = town / "params.yaml"
    params.write_text(params.read_text("utf-8") + "steps: [import]\n", "utf-8")
    return params


def limited(params: Path, out: Path, place: Path, what: int, size: int) -> Said:
    made = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "run", str(params), "--out", str(out)],
        env=clean_environment(place / "home", place / "temporary"),
        cwd=place,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(what, (size, size)),
    )
    return Said(made.returncode, made.stdout.decode("utf-8", "replace"))


def test_no_room_then_room(imports: Path, tmp_path: Path, workbench: Callable[..., Said]) -> None:
    said = limited(imports, tmp_path / "out", tmp_path, resource.RLIMIT_FSIZE, 15_000)
    assert said.status == 1, said.text
    assert "make room" in said.text
    assert "Traceback" not in said.text
    assert not (tmp_path / "out" / "manifest.json").exists()
    again = workbench("run", imports, "--out", tmp_path / "out")
    assert again.status == 0, again.text


def test_no_memory_is_told(imports: Path, tmp_path: Path) -> None:
    said = limited(imports, tmp_path / "out", tmp_path, resource.RLIMIT_AS, 700_000_000)
    assert said.status in (1, 2), said.text
    assert "Traceback" not in said.text
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_a_folder_that_cannot_be_made_is_told(imports: Path, workbench: Callable[..., Said]) -> None:
    said = workbench("run", imports, "--out", "/proc/nowhere/out")
    assert said.status == 2
    assert "cannot be used as the run's folder" in said.text


def test_wrong_input_leaves_the_folder_as_it_was(imports: Path, tmp_path: Path, workbench: Callable[..., Said]) -> None:
    agreements = imports.parent / "agreements.csv"
    agreements.write_bytes(agreements.read_bytes().replace("提供单位".encode(), "单位".encode()))
    said = workbench("run", imports, "--out", tmp_path / "a" / "out")
    assert said.status == 2
    assert "agreements.csv" in said.text
    assert "提供单位" in said.text
    assert not (tmp_path / "a").exists()


def test_an_earlier_result_survives_wrong_input(
    tiny_run: object, imports: Path, tmp_path: Path, workbench: Callable[..., Said]
) -> None:
    out = tmp_path / "out"
    shutil.copytree(tiny_run.folder, out)  # type: ignore[attr-defined]
    (imports.parent / "agreements.csv").unlink()
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != ".workbench-run"}
    said = workbench("run", imports, "--out", out, "--again")
    assert said.status == 2
    assert "agreements" in said.text
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file() and p.name != ".workbench-run"} == before
