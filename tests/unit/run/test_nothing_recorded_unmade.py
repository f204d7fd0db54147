"""A maker that must refuse does so before its folder and its line in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from workbench.errors import InputError, RunFailed
from workbench.identity import Pseudonyms
from workbench.run import identifying


@pytest.mark.parametrize(
    "make",
    [
        lambda out: identifying.make_panel_page(Path("run"), "甲村", out),
        lambda out: identifying.make_decision_sheets(Path("run"), out),
    ],
    ids=["panel-page", "decision-sheets"],
)
def test_a_run_without_gaps_leaves_no_folder_and_no_line(
    make: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = SimpleNamespace(rows=pd.DataFrame({"行政村名称": ["甲村"]}))
    run = SimpleNamespace(tables={}, admitted=SimpleNamespace(roster=roster, names=None))
    lines: list[str] = []
    monkeypatch.setattr(identifying, "open_run", lambda *_: run)
    monkeypatch.setattr(identifying.ledger, "record", lambda what, *_, **__: lines.append(what))
    with pytest.raises(InputError, match="no gaps"):
        make(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert lines == []


def test_what_cannot_be_recorded_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise RunFailed("ledger.jsonl: the ledger cannot be written")

    monkeypatch.setattr(identifying.ledger, "record", full)
    with pytest.raises(RunFailed):
        identifying._own_folder(tmp_path / "out", "returns", Pseudonyms(b"k"), "a", "b")
    assert not (tmp_path / "out").exists()
