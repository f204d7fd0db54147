"""Rows of a village that no agreement names are not used, and are told: no row is gone without a line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from workbench.params import load_params
from workbench.run.door import admit


def test_rows_of_an_unknown_village_are_told(tiny_town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", "a-key-for-tests-0001")
    town = tmp_path / "town"
    shutil.copytree(tiny_town, town)
    books = town / "records.csv"
    head, first, *more = books.read_bytes().split(b"\n")
    other = "无此村".encode() + first[first.index(b",") :]
    books.write_bytes(b"\n".join([head, first, other, *more]))
    told = admit(load_params(town / "params.yaml"), town / "params.yaml").notes
    assert [note for note in told if note.startswith("records：1 行")]
