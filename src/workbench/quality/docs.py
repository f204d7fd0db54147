"""Builds the Data Docs of Great Expectations out of counts, for reading without a network.

Takes what the gates found (``SuiteResult``), writes a folder with ``index.html`` and a page a suite and table.  The
library gets results rebuilt from counts, so no value, clock or fingerprint of a frame can reach a page; its pages are
then scrubbed (``quality.scrub``) and given plain names, so that the same results make the same bytes.
"""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from workbench.quality.engine import Outcome, imported
from workbench.quality.gate import SuiteResult
from workbench.quality.scrub import scrubbed
from workbench.quality.shell import first_page, shell
from workbench.store.atomic import write_text

TITLE = "数据质量核对"
RUN = "run"
"""Stands for the run in the library's own paths, by which its pages know each other."""


def write_docs(results: Sequence[SuiteResult], out: Path, title: str = TITLE, home: str | None = None) -> Path:
    """Writes the Data Docs into ``out`` (what stood there is replaced) and gives the path of its ``index.html``.

    ``title`` is plain text; ``home`` a page to lead back to, relative to ``out`` (``../index.html``).
    Later results about the same suite and table stand in place of earlier ones.
    """
    titles = {f"{r.suite}-{o.table}": f"{r.title}：{o.table}" for r in results for o in r.outcomes}
    pages = dict(_rendered(_by_table(results)))
    names = {old: _plain_name(old) for old in pages}
    shutil.rmtree(out, ignore_errors=True)
    for old, text in pages.items():
        write_text(out / names[old], _page(old, text, names, titles, title))
    write_text(out / "index.html", first_page(results, title, home))
    return out / "index.html"


def _page(old: str, text: str, names: Mapping[str, str], titles: Mapping[str, str], title: str) -> str:
    result = old.startswith("validations/")
    name = names[old].removesuffix(".html").removeprefix("" if result else "suite-")
    other = (f"suite-{name}.html", "要求") if result else (f"{name}.html", "结果")
    heading = f"{titles[name]}（{'结果' if result else '要求'}）"
    return shell(heading, scrubbed(text, PurePosixPath(old), names, result=result), [("index.html", title), other])


def _by_table(results: Iterable[SuiteResult]) -> Iterable[tuple[str, date, list[Outcome]]]:
    """``suite-table``, the day, and its outcomes: what the library calls a suite is about one table."""
    found: dict[tuple[str, str], tuple[date, dict[int, Outcome]]] = {}
    for result in results:
        for outcome in result.outcomes:
            _, outcomes = found.setdefault((result.suite, outcome.table), (result.as_of, {}))
            outcomes[outcome.check] = outcome
    for (suite, table), (day, outcomes) in sorted(found.items()):
        yield f"{suite}-{table}", day, [outcomes[check] for check in sorted(outcomes)]


def _rendered(tables: Iterable[tuple[str, date, list[Outcome]]]) -> Iterator[tuple[str, str]]:
    """The library's own pages by the paths that its site has: of each table what was found, and what is asked.

    Its site builder is not used: it writes the pages itself, and only logs what it cannot write or draw.
    """
    imported()
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.render.renderer.page_renderer import (
        ExpectationSuitePageRenderer,
        ValidationResultsPageRenderer,
    )
    from great_expectations.render.view.view import DefaultJinjaPageView

    view: Any = DefaultJinjaPageView()
    of_results: Any = ValidationResultsPageRenderer()
    of_suites: Any = ExpectationSuitePageRenderer()
    for name, day, outcomes in tables:
        suite = ExpectationSuite(name, expectations=[_as_written(outcome) for outcome in outcomes])
        found = _validation(name, day, outcomes, [_configured(outcome) for outcome in outcomes])
        place = f"validations/{name}/{RUN}/{day}/{name}.html"
        yield f"expectations/{name}.html", view.render(of_suites.render(suite), show_how_to_buttons=False)
        yield place, view.render(of_results.render(found), show_how_to_buttons=False)


def _as_written(outcome: Outcome) -> dict[str, Any]:
    return {
        "type": outcome.type,
        "kwargs": _escaped(outcome.kwargs),
        "severity": outcome.severity,
        "description": html.escape(outcome.description),
        "notes": html.escape(outcome.notes) or None,
        "meta": {"check": outcome.check},
    }


def _configured(outcome: Outcome) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    return ExpectationConfiguration(**_as_written(outcome))


def _escaped(value: Any) -> Any:
    """The library puts text into pages as it stands: escaped here, before it gets there."""
    if isinstance(value, str):
        return html.escape(value)
    if isinstance(value, dict):
        return {key: _escaped(inner) for key, inner in value.items()}
    return [_escaped(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _validation(name: str, day: date, outcomes: list[Outcome], configs: list[Any]) -> Any:
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )

    good = sum(outcome.success for outcome in outcomes)
    return ExpectationSuiteValidationResult(
        success=good == len(outcomes),
        results=[
            ExpectationValidationResult(
                success=outcome.success,
                expectation_config=config,
                result=_counts(outcome),
                exception_info={"raised_exception": False, "exception_traceback": None, "exception_message": None},
            )
            for outcome, config in zip(outcomes, configs, strict=True)
        ],
        suite_name=name,
        statistics={
            "evaluated_expectations": len(outcomes),
            "successful_expectations": good,
            "unsuccessful_expectations": len(outcomes) - good,
            "success_percent": 100 * good / len(outcomes),
        },
        meta={
            "run_id": {"run_name": RUN, "run_time": day.isoformat()},
            "active_batch_definition": {"data_asset_name": name.split("-", 1)[1]},
        },
    )


def _counts(outcome: Outcome) -> dict[str, Any]:
    """The result as the library's pages read it: counts, and the figure of an aggregate."""
    if outcome.observed is not None:
        return {"observed_value": float(outcome.observed)}
    total = outcome.rows + outcome.missing
    return {
        "element_count": total,
        "unexpected_count": outcome.unexpected,
        "unexpected_percent": 100 * outcome.share,
        "missing_count": outcome.missing,
        "missing_percent": 100 * outcome.missing / total if total else 0.0,
    }


def _plain_name(path: str) -> str:
    """``validations/rosters-people/run/…/….html`` is ``rosters-people.html``; the suite's page ``suite-….html``."""
    parts = PurePosixPath(path).parts
    return f"{parts[1]}.html" if parts[0] == "validations" else f"suite-{parts[-1]}"
