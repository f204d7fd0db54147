"""Promise 8: a stranger with the key can check a run; any changed byte is found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Run, Said


@pytest.fixture
def copy(tiny_run: Run, tiny_town: Path, tmp_path: Path) -> Path:
    """A copy of the run beside a copy of its township, at the same distance as the originals."""
    here = Path(shutil.copytree(tiny_run.folder, tmp_path / "run" / "out"))
    facts = json.loads((here / "manifest.json").read_text("utf-8"))
    target = (here / facts["params_file"]).resolve().parent
    assert not target.exists() or target == tiny_town.resolve()
    return here


def test_a_sound_run_is_the_same_and_is_not_touched(tiny_run: Run, workbench: Callable[..., Said]) -> None:
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tiny_run.folder.rglob("*") if p.is_file()}
    said = workbench("verify", tiny_run.folder)
    assert said.status == 0, said.text
    assert "the same" in said.text
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in tiny_run.folder.rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("name", ["tables/households.parquet", "tables/gates.parquet", "index.html", "01_import.ipynb"])
def test_one_changed_byte_is_found(name: str, copy: Path, tiny_town: Path, workbench: Callable[..., Said]) -> None:
    path = copy / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    said = workbench("verify", copy, "--params", tiny_town / "params.yaml")
    assert said.status == 4, said.text
    assert f"{name}: changed since the run" in said.text


def test_a_table_added_or_taken_away_is_found(copy: Path, tiny_town: Path, workbench: Callable[..., Said]) -> None:
    (copy / "tables" / "grid.parquet").rename(copy / "tables" / "extra.parquet")
    said = workbench("verify", copy, "--params", tiny_town / "params.yaml")
    assert said.status == 4
    assert "tables/grid.parquet: is gone" in said.text
    assert "tables/extra.parquet: was not made by the run" in said.text


def test_a_manifest_that_was_made_to_fit_is_found(copy: Path, tiny_town: Path, workbench: Callable[..., Said]) -> None:
    facts = json.loads((copy / "manifest.json").read_text("utf-8"))
    facts["tables"]["households"]["rows"] += 1
    (copy / "manifest.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
    said = workbench("verify", copy, "--params", tiny_town / "params.yaml")
    assert said.status == 4
    assert "manifest.json: changed" in said.text


@pytest.mark.parametrize("more", ["", ', "tables": []'])
def test_a_manifest_that_says_anything_is_told_as_changed(
    more: str, copy: Path, tiny_town: Path, workbench: Callable[..., Said]
) -> None:
    key = json.loads((copy / "manifest.json").read_text("utf-8"))["key"]
    (copy / "manifest.json").write_text(f'{{"workbench": "1", "key": "{key}"{more}}}', "utf-8")
    said = workbench("verify", copy, "--params", tiny_town / "params.yaml")
    assert said.status == 4, said.text
    assert "manifest.json: changed" in said.text


@pytest.mark.parametrize("content", [b"[" * 100_000, b"{", b"\xff", b'"x"'])
def test_what_is_no_manifest_is_no_finished_run(content: bytes, copy: Path, workbench: Callable[..., Said]) -> None:
    (copy / "manifest.json").write_bytes(content)
    for command in (["verify", copy], ["notify", copy, "--out", copy.parent / "sms"]):
        said = workbench(*command)
        assert said.status == 2, said.text
        assert "finished run" in said.text


def test_nothing_is_made_of_a_table_that_was_changed(
    copy: Path, tiny_town: Path, tmp_path: Path, workbench: Callable[..., Said]
) -> None:
    path = copy / "tables" / "confirmed.parquet"
    path.write_bytes(path.read_bytes() + b"\0")
    said = workbench("notify", copy, "--out", tmp_path / "sms", "--params", tiny_town / "params.yaml")
    assert said.status == 2, said.text
    assert "tables/confirmed.parquet: changed since the run" in said.text
    assert not (tmp_path / "sms").exists()


def test_another_key_is_found(tiny_run: Run, workbench: Callable[..., Said]) -> None:
    said = workbench("verify", tiny_run.folder, WORKBENCH_KEY="another")
    assert said.status == 4
    assert "another key" in said.text


def test_a_changed_input_is_found(copy: Path, town: Path, workbench: Callable[..., Said]) -> None:
    path = town / "agreements.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    said = workbench("verify", copy, "--params", town / "params.yaml")
    assert said.status == 4, said.text
    assert "agreements.csv: changed since the run" in said.text


def test_no_finished_run_is_exit_2(tmp_path: Path, workbench: Callable[..., Said]) -> None:
    said = workbench("verify", tmp_path)
    assert said.status == 2
    assert "no folder of a finished run" in said.text


def test_a_check_makes_no_key(tiny_run: Run, tmp_path: Path) -> None:
    from harness import clean_environment, command

    environment = clean_environment(tmp_path / "home", tmp_path / "temporary")
    del environment["WORKBENCH_KEY"]
    said = command("verify", tiny_run.folder, cwd=tmp_path, environment=environment)
    assert said.status == 2
    assert list((tmp_path / "home").iterdir()) == []
