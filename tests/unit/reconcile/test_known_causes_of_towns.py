"""The figures of larger invented towns that a page quotes are not older than the code, and counts add up."""

from __future__ import annotations

import json
from typing import Any

import gap_town
import pandas as pd
from harness import PROJECT

from workbench.reconcile import known
from workbench.reconcile.gaps import Explained

import gap_known  # type: ignore[import-not-found]  # isort: skip

assert gap_town
KEPT = json.loads((PROJECT / known.FILE).read_text("utf-8"))


def test_the_witness_is_as_it_was_when_the_larger_towns_were_measured(
    town: dict[str, Any], explained: Explained
) -> None:
    off = gap_known.stale(KEPT["witness"], gap_known.measure_invented(town, explained.gaps))
    assert not off, f"{off}: python benchmarks/gap_known.py --write"


def test_counts_add_up() -> None:
    for part in ("demo", "larger", "witness"):
        of = KEPT[part]
        for rows in (of["by_cause"].values(), of["by_band"].values()):
            assert sum(r["said"] for r in rows) == of["outside"]
            assert sum(r["right"] for r in rows) == of["right"]
        assert sum(r["true"] for r in of["by_cause"].values()) == of["outside"]


def test_few_households_are_counted_and_never_a_per_cent() -> None:
    figures = known.load_known()
    figures["larger"]["by_cause"]["rater_bias"] = {"true": 9, "said": known.ENOUGH - 1, "right": 3}
    figures["larger"]["by_cause"]["record_error"] = {"true": 90, "said": known.ENOUGH, "right": 27}
    table = known.known_table(figures).set_index("cause")["larger_share"]
    assert table["个别评议员偏高或偏低"] == "—"
    assert table["账面记录有误"] == "90.0%"


def test_nobody_outside_is_said() -> None:
    none = pd.DataFrame(
        {"primary_cause": ["within_tolerance"], "confidence": [1.0], "unexplained": [0.0], "gap": [0.0]}
    )
    assert "不需要说原因" in known.here_text(none)
    sure = none.assign(primary_cause="policy_limit", factor_weighting=1.0, soft_information=0.0)
    assert "没有把握不到六成的户" in known.here_text(sure)
    assert "1户把握不到六成，请连同第二原因一起看" in known.here_text(sure.assign(confidence=0.5))
    assert known.band_table(known.load_known(), none)["here"].tolist() == [0, 0, 0]
