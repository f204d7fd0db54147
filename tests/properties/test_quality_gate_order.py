"""Properties of the gate: row order does not matter, inputs stay as they are, and only the stated facts stop a run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from workbench.quality.gate import run_gate
from workbench.quality.of_rosters import FEW_ROWS

SUITES = Path(__file__).parents[2] / "expectations"
COLUMNS = ["source", "rows", "kept", "flagged", "quarantined", "skipped"]
small = st.integers(0, 120)
files = st.lists(st.tuples(small, small, small, small), min_size=1, max_size=5)


def table(counts: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    lines = [(f"rosters/{n}.csv", sum(parts), *parts) for n, parts in enumerate(counts)]
    return pd.DataFrame(lines, columns=COLUMNS)


@settings(max_examples=25, deadline=None, derandomize=True, phases=[Phase.generate])
@given(files, st.randoms(use_true_random=False))
def test_what_stops_a_roster_and_what_does_not(counts, shuffler):
    frame = table(counts)
    order = list(range(len(frame)))
    shuffler.shuffle(order)
    standing = frame.copy()
    result = run_gate({"row_counts": frame}, suites=SUITES, as_of=date(2021, 12, 31))
    again = run_gate({"row_counts": frame.iloc[order]}, suites=SUITES, as_of=date(2021, 12, 31))
    pd.testing.assert_frame_equal(frame, standing)
    pd.testing.assert_frame_equal(result.gates, again.gates)
    people = [kept + flagged + rejected for kept, flagged, rejected, _ in counts]
    broken = [
        n == 0 or (n >= FEW_ROWS and 2 * rejected > n) for n, (_, _, rejected, _) in zip(people, counts, strict=True)
    ]
    assert result.stopped == any(broken)
    for n, bad in enumerate(broken):
        if bad and sum(broken) <= 5:
            assert f"rosters/{n}.csv" in result.message
