"""Decides whether a run may go on: every suite about the tables just made, and a failed critical expectation stops it.

Takes the admitted and made tables (pseudonymous), the suites of ``expectations/``, the tables of the run before for
drift; gives the table ``gates``, whether the run must stop, and what to tell.  Order of the rule: an expectation about
a table that is not there is left out; a table of no rows is no table that passed its checks: its row count fails
where the suite has one (with its own severity), else one warning says that nothing could be looked at, unless an honest
town may leave the table empty; all others are evaluated, and one that found no filled cell is left out too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from workbench.errors import InputError
from workbench.quality import engine
from workbench.quality.derive import frame_of, is_open, needs_of
from workbench.quality.engine import Outcome
from workbench.quality.register import Given
from workbench.quality.suites import Expectation, Suite, load_suites
from workbench.store.tables import checked, empty
from workbench.tables import TABLES

MAY_BE_EMPTY = frozenset(
    (
        *("quarantine", "quarantined_people", "grid", "panel_members", "pulls", "corrections", "photos", "visits"),
        *("history", "signoffs", "signoff_findings", "confirmed", "messages", "drawdowns", "evidence", "gaps"),
        "fairness",
    )
)
"""Tables that an honest town may leave without a row: nothing rejected, nobody overdue, nothing corrected."""


@dataclass(frozen=True)
class SuiteResult:
    """What one suite found, and what of it could not be looked at (its tables are not there, or hold no row)."""

    suite: str
    title: str
    as_of: date
    outcomes: tuple[Outcome, ...]
    left_out: tuple[Expectation, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """The gate's verdict: ``gates`` is the declared table, ``results`` are for ``quality.docs``."""

    gates: pd.DataFrame
    stopped: bool
    message: str
    results: list[SuiteResult] = field(default_factory=list)


def check_suites(folder: Path) -> list[Suite]:
    """The suites, refused before anything runs where one holds what cannot be checked (``InputError``, all faults)."""
    suites = load_suites(folder)
    engine.check_types(suites)
    return suites


def run_gate(
    tables: Mapping[str, pd.DataFrame],
    *,
    suites: Path,
    as_of: date,
    only: Sequence[str] | None = None,
    before: Mapping[str, pd.DataFrame] | None = None,
) -> GateResult:
    """Checks ``tables`` against every suite that is about them.

    ``only`` names the tables just made: expectations that rest on none of them were looked at by an earlier gate and
    are left alone.  ``before`` holds the tables of the run before (same names); without it drift is left out.
    Raises ``InputError`` for a suite that cannot be checked, ``RunFailed`` for an expectation that cannot be evaluated.
    """
    given = Given(tables, as_of, before or {})
    results = []
    for suite in check_suites(suites):
        result = run_suite(suite, given, None if only is None else set(only))
        if result.outcomes or result.left_out:
            results.append(result)
    failed = [(r, o) for r in results for o in r.outcomes if not o.success and o.severity == "critical"]
    return GateResult(gates_table(results), bool(failed), _message(failed), results)


def run_suite(suite: Suite, given: Given, only: set[str] | None = None) -> SuiteResult:
    """What one suite finds; ``only`` as in ``run_gate``."""
    outcomes: list[Outcome] = []
    left_out: list[Expectation] = []
    for table in suite.tables:
        asked = [e for e in suite.about(table) if only is None or only & set(needs_of(table, e.columns))]
        ready = [e for e in asked if given.has(needs_of(table, e.columns))]
        left_out += [e for e in asked if e not in ready]
        if not ready:
            continue
        frame = frame_of(table, [c for e in ready for c in e.columns], given)
        _refuse_unknown(ready, frame)
        counts = [e for e in ready if e.type == engine.ROW_COUNT]
        looked_at = ready if len(frame) else counts
        if not len(frame):
            left_out += [e for e in ready if e not in counts]
            outcomes += [_nothing(ready[0])] if not counts and table in TABLES and table not in MAY_BE_EMPTY else []
        for expectation, outcome in zip(looked_at, engine.evaluate(looked_at, frame), strict=True):
            # a column without a filled cell passes everything in the library: nothing was looked at
            if outcome.success and not outcome.rows:
                left_out.append(expectation)
            else:
                outcomes.append(outcome)
    return SuiteResult(
        suite.name, suite.title, given.as_of, tuple(sorted(outcomes, key=lambda o: o.check)), tuple(left_out)
    )


def _refuse_unknown(expectations: list[Expectation], frame: pd.DataFrame) -> None:
    """Columns of an open table are the spec's; one that the spec does not declare is refused, not failed."""
    for expectation in expectations:
        lacking = [c for c in expectation.columns if c not in frame.columns]
        if lacking and is_open(expectation.table):
            raise InputError(
                f"{expectation.place}: column",
                f"{expectation.table} has no such column in this run",
                "name a column that the feature spec declares",
            )


def _nothing(expectation: Expectation) -> Outcome:
    """No row was looked at: not passed, and not a reason to stop (the row count is, where it must be)."""
    severity = "warning" if expectation.severity == "critical" else expectation.severity
    kwargs = dict(expectation.kwargs)
    return Outcome(
        expectation.check,
        expectation.table,
        expectation.type,
        kwargs,
        severity,
        expectation.description + "（表中没有一行，无从核对）",
        expectation.notes,
        False,
        0,
        0,
        0,
        None,
    )


def gates_table(results: Sequence[SuiteResult]) -> pd.DataFrame:
    """The declared table ``gates``: one line an expectation that was looked at."""
    lines = [
        (r.suite, o.table, o.check, o.description, o.severity, o.success, o.rows, o.unexpected, o.share, o.observed)
        for r in results
        for o in r.outcomes
    ]
    if not lines:
        return empty("gates")
    return checked("gates", pd.DataFrame(lines, columns=TABLES["gates"].names))


def _message(failed: Sequence[tuple[SuiteResult, Outcome]]) -> str:
    """Place, problem, remedy for every critical expectation that failed; files and villages by name, never a cell."""
    remedy = "请更正来源文件后重新运行 (mend the source and run again)"
    lines = []
    for result, outcome in failed:
        named = "、".join(outcome.places[: engine.MOST_PLACES])
        more = " …" if len(outcome.places) > engine.MOST_PLACES else ""
        where = f"{outcome.table}: {named}{more}" if named else outcome.table
        lines += [
            f"expectations/{result.suite}.json: expectation {outcome.check} ({where})"
            f": {result.title}未达到要求：{outcome.description} ({_found(outcome)})",
            f"    {outcome.notes or remedy}; the data-quality report tells more",
        ]
    return "\n".join(lines)


def _found(outcome: Outcome) -> str:
    if outcome.observed is not None:
        return f"found {outcome.observed}"
    return f"{outcome.unexpected} of {outcome.rows} rows do not meet it"
