"""What the gap's page says of how sure its causes are is what a run of the demonstration town shows today."""

from __future__ import annotations

import copy
import json
import re
from html import unescape
from pathlib import Path

import gap_town  # puts benchmarks/ on the path
import pandas as pd
import pytest
from harness import KEY, PROJECT, Run

from workbench.errors import InputError
from workbench.reconcile import known

import gap_known  # type: ignore[import-not-found]  # isort: skip

assert gap_town
KEPT = json.loads((PROJECT / known.FILE).read_text("utf-8"))


def test_the_kept_figures_are_those_of_the_demonstration_town(demo_run: Run, tmp_path: Path) -> None:
    gaps = pd.read_parquet(demo_run.folder / "tables" / "gaps.parquet")
    found = gap_known.of_demo(gaps, tmp_path, KEY)
    off = gap_known.stale(KEPT["demo"], found)
    assert not off, f"{off}: python benchmarks/gap_known.py --write"
    assert found["outside"] >= 30
    assert found["right"] > found["naive_right"]
    assert found["within_wrong"] == 0


def test_the_page_of_the_run_says_them(demo_run: Run) -> None:
    page = unescape(re.sub(r"</?strong>", "", (demo_run.folder / "05_gap.html").read_text("utf-8")))
    for sentence in known.sure_text(known.load_known()).replace("**", "").split("；"):
        assert sentence in page
    for frame, labels in (
        (known.known_table(known.load_known()), known.KNOWN_LABELS),
        (
            known.band_table(known.load_known(), pd.read_parquet(demo_run.folder / "tables" / "gaps.parquet")),
            known.BAND_LABELS,
        ),
    ):
        assert all(word in page for word in labels.values())
        assert all((cell if isinstance(cell, str) else f"{cell:,}") in page for cell in frame.to_numpy().ravel())


def test_every_figure_that_moves_is_noticed() -> None:
    """By its name, whichever it is: households by more than one, shares by more than a hundredth."""
    assert gap_known.stale(KEPT, copy.deepcopy(KEPT)) == []

    def leaves(of: object, way: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
        return [p for k, v in of.items() for p in leaves(v, (*way, k))] if isinstance(of, dict) else [way]

    for way in leaves(KEPT["demo"]):
        changed = copy.deepcopy(KEPT["demo"])
        place = changed
        for name in way[:-1]:
            place = place[name]
        place[way[-1]] = place[way[-1]] + (2 if isinstance(place[way[-1]], int) else 0.02)
        assert gap_known.stale(changed, KEPT["demo"]) == [".".join(way)]


def test_a_missing_or_broken_file_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "product", lambda: tmp_path)
    (tmp_path / "data" / "reference").mkdir(parents=True)
    assert known.load_known() is None
    assert "没有随产品保存" in known.sure_text(None)
    assert known.known_table(None) is None
    assert known.band_table(None, pd.DataFrame()) is None
    for text in ("", "[]", "{}", '{"demo": 1, "larger": {}}'):
        (tmp_path / known.FILE).write_text(text, "utf-8")
        with pytest.raises(InputError, match="known-causes"):
            known.load_known()
