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


@pytest.mark.parametrize("written", ["甲村", " 甲村", "甲村\u3000", "\u00a0甲村\u200b"])
def test_a_village_is_known_with_blanks_around_its_name(written: str) -> None:
    roster = SimpleNamespace(rows=pd.DataFrame({"行政村名称": ["甲村"]}))
    run = SimpleNamespace(
        tables={"households": pd.DataFrame({"village": ["甲村"]})}, admitted=SimpleNamespace(roster=roster)
    )
    assert identifying._known_village(run, written) == "甲村"
    with pytest.raises(InputError, match="no roster of the run holds this village"):
        identifying._known_village(run, "甲 村")


def test_what_cannot_be_recorded_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise RunFailed("ledger.jsonl: the ledger cannot be written")

    monkeypatch.setattr(identifying.ledger, "record", full)
    with pytest.raises(RunFailed):
        identifying._own_folder(tmp_path / "out", "returns", Pseudonyms(b"k"), "a", "b")
    assert not (tmp_path / "out").exists()


def test_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    out = tmp_path / "sheets"

    def write(part: Path, fails: bool) -> list[Path]:
        (part / "a").mkdir()
        (part / "a" / "1.xlsx").write_text("x")
        if fails:
            raise OSError(28, "No space left on device")
        return [part / "a" / "1.xlsx"]

    out.mkdir()
    with pytest.raises(OSError, match="No space"):
        identifying._whole(out, lambda part: write(part, True))
    assert list(tmp_path.iterdir()) == []
    (out / ".part" / "a").mkdir(parents=True)  # of a command that was killed
    ledger = tmp_path / "ledger.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_LEDGER", str(ledger))
        identifying._own_folder(out, "sheets", Pseudonyms(b"k"), "a", "b")
    ledger.unlink()
    ledger.with_suffix(".head").unlink()
    assert identifying._whole(out, lambda part: write(part, False)) == [out / "a" / "1.xlsx"]
    assert [p.name for p in tmp_path.iterdir()] == ["sheets"]
    assert [p.name for p in out.iterdir()] == ["a"]
    assert out.stat().st_mode & 0o777 == 0o700
