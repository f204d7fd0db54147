"""A maker that must refuse does so before its folder and its line in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from workbench.errors import InputError
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
    monkeypatch.setattr(identifying, "_recorded", lambda what, *_, **__: lines.append(what))
    with pytest.raises(InputError, match="no gaps"):
        make(tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert lines == []
