"""Runs expectations with Great Expectations: the one module that imports it for checking, and only when first used.

Takes the expectations of one suite about one table and the frame, gives counts: rows looked at, rows that do not meet
it, the share, an aggregate where it is no cell.  Values never leave: results are rebuilt from counts alone.  Great
Expectations drops what it does not know and reports a crash as a failure; both are told apart here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from types import ModuleType
from typing import Any

import pandas as pd

from workbench.errors import Fault, InputError, RunFailed
from workbench.quality.derive import place_of
from workbench.quality.suites import Expectation, Suite

AGGREGATES = {
    "expect_table_row_count_to_be_between",
    "expect_column_mean_to_be_between",
    "expect_column_stdev_to_be_between",
    "expect_column_sum_to_be_between",
    "expect_column_unique_value_count_to_be_between",
    "expect_column_proportion_of_unique_values_to_be_between",
    "expect_column_proportion_of_non_null_values_to_be_between",
}
"""Expectations whose observed figure is a count, a share or a mean; of all others (a minimum, a commonest value) the
observed figure is a cell, and is not kept."""
DRAWN = "expect_column_kl_divergence_to_be_less_than"
"""Not taken: its page wants a drawing library; the views ``drift_*`` say the same against the run before."""
ROW_COUNT = "expect_table_row_count_to_be_between"
MOST_PLACES = 5
"""Files or villages named in a message."""


@dataclass(frozen=True)
class Outcome:
    """What one expectation found, in counts."""

    check: int
    table: str
    type: str
    kwargs: dict[str, Any]
    severity: str
    description: str
    notes: str
    success: bool
    rows: int
    unexpected: int
    missing: int
    observed: str | None
    places: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Rows that do not meet it / rows looked at; 0 where none was."""
        return self.unexpected / self.rows if self.rows else 0.0

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for a file."""
        return asdict(self)


def imported() -> Any:
    """Great Expectations, imported without altair: a sixth of the time, for the drawing of one expectation alone."""
    spared = "altair" not in sys.modules
    if spared:
        sys.modules["altair"] = ModuleType("altair")
    try:
        import great_expectations as gx
    finally:
        if spared:
            del sys.modules["altair"]
    return gx


@cache
def _whole_frames() -> Any:
    """One in-memory context for all suites of a process (no file, no call home, no progress bar), whose only batch
    definition takes any frame."""
    gx = imported()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(project_config=config, mode="ephemeral")
    asset = context.data_sources.add_pandas("tables").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("all")


def built(expectations: Sequence[Expectation]) -> Any:
    """The expectations as one suite of Great Expectations; ``InputError`` by file and number where it takes one not."""
    from great_expectations.core.expectation_suite import ExpectationSuite

    faults = list(_refused(expectations))
    if faults:
        raise InputError(faults)
    first = expectations[0]
    suite = ExpectationSuite(f"{first.suite}.{first.table}", expectations=[_config(e) for e in expectations])
    if len(suite.expectations) != len(expectations):
        raise InputError(
            f"expectations/{first.suite}.json",
            f"{len(expectations) - len(suite.expectations)} expectations about {first.table} were not understood",
            "check their type and kwargs against docs/gates.md",
        )
    return suite


def _config(expectation: Expectation) -> dict[str, Any]:
    return {
        "type": expectation.type,
        "kwargs": dict(expectation.kwargs),
        "severity": expectation.severity,
        "description": expectation.description,
        "notes": expectation.notes or None,
        "meta": {"check": expectation.check},
    }


def _refused(expectations: Iterable[Expectation]) -> Iterable[Fault]:
    """Each expectation built alone: the library's own refusal names no number and may quote a value."""
    imported()
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.registry import get_expectation_impl

    for expectation in expectations:
        if expectation.type == DRAWN:
            yield Fault(f"{expectation.place}: type", "is not taken", "use psi of a view drift_<table>")
            continue
        try:
            get_expectation_impl(expectation.type)
            kept = len(ExpectationSuite("one", expectations=[_config(expectation)]).expectations)
        except ExpectationNotFoundError:
            yield Fault(f"{expectation.place}: type", "no expectation is called so", "see docs/gates.md for the names")
            continue
        except Exception as fault:  # pydantic and the library's own faults: which one does not matter, the place does
            yield Fault(
                f"{expectation.place}: kwargs",
                f"are not those of {expectation.type} ({type(fault).__name__})",
                "see docs/gates.md",
            )
            continue
        if not kept:
            yield Fault(expectation.place, "was dropped by Great Expectations", "check its type and kwargs")


def check_types(suites: Iterable[Suite]) -> None:
    """Refuses, before anything runs, what Great Expectations would drop or refuse; all faults at once."""
    faults = [fault for suite in suites for fault in _refused(suite.expectations)]
    if faults:
        raise InputError(faults)


def evaluate(expectations: Sequence[Expectation], frame: pd.DataFrame) -> list[Outcome]:
    """Outcomes in the order given; ``RunFailed`` where an expectation could not be evaluated (never a failed gate)."""
    if not expectations:
        return []
    suite = built(expectations)
    place = place_of(expectations[0].table)
    batch = _whole_frames().get_batch({"dataframe": frame})
    results = batch.validate(suite, result_format=_counts_only(place)).results
    found = {result.expectation_config.meta["check"]: result for result in results}
    return [_outcome(expectation, found.get(expectation.check), len(frame), place) for expectation in expectations]


def _counts_only(place: str | None) -> dict[str, Any]:
    """Counts; where the table has an open place (a file, a village), the places of what does not meet it."""
    quiet = {
        "exclude_unexpected_values": True,
        "include_unexpected_rows": False,
        "return_unexpected_index_query": False,
    }
    if place is None:
        return {"result_format": "SUMMARY", "partial_unexpected_count": 0, **quiet}
    return {"result_format": "COMPLETE", "unexpected_index_column_names": [place], **quiet}


def _outcome(expectation: Expectation, result: Any, rows: int, place: str | None) -> Outcome:
    if result is None or _crashed(result.exception_info):
        raise RunFailed(
            f"{expectation.place}: {expectation.type} could not be evaluated on {expectation.table}\n"
            "    this is no failed gate: check its type and kwargs against docs/gates.md"
        )
    counts = result.result or {}
    aggregate = expectation.type in AGGREGATES
    observed = counts.get("observed_value") if aggregate else None
    unexpected, missing = int(counts.get("unexpected_count") or 0), int(counts.get("missing_count") or 0)
    # expectations about distinct values count values where others count rows: never more than was looked at
    seen = max(int(counts.get("element_count", rows)) - missing, unexpected)
    hollow = aggregate and pd.isna(observed)  # a mean of no filled cell: nothing was looked at, nothing failed
    return Outcome(
        expectation.check,
        expectation.table,
        expectation.type,
        dict(expectation.kwargs),
        expectation.severity,
        expectation.description,
        expectation.notes,
        bool(result.success) or hollow,
        0 if hollow else seen,
        unexpected,
        missing,
        None if pd.isna(observed) else f"{float(observed):.6g}",
        _places(counts.get("unexpected_index_list"), place),
    )


def _places(listed: Any, place: str | None) -> tuple[str, ...]:
    """The places of rows that do not meet it; the library lists them in one mapping, or in a mapping a row."""
    if not listed or place is None:
        return ()
    named: list[str] = []
    for line in listed if isinstance(listed, list) else [listed]:
        cells = line.get(place, [])
        named += [str(cell) for cell in (cells if isinstance(cells, list) else [cells])]
    return tuple(dict.fromkeys(named))


def _crashed(info: Any) -> bool:
    """Whether the exception info, flat or keyed by metric, tells of a raised exception."""
    if not isinstance(info, dict):
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_crashed(inner) for inner in info.values())
