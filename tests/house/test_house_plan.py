"""The plan holds together: what a step needs is made earlier, every table is made exactly once, notebooks exist."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

from workbench.params import ALL_STEPS, Step
from workbench.run.plan import PLAN
from workbench.store import dataset
from workbench.tables import DECLARED, TABLES
from workbench.words import STEPS

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = {
    "quarantine": "source row field rule severity message",
    "row_counts": "source rows kept flagged quarantined skipped",
    "households": "village household people eligible land_mu forest_mu",
    "consensus": "village household panel_limit low high raters agreement mean median outliers",
    "raters": "village rater role ratings severity noise slope copied_from copy_share declared conflicts",
    "limits": "village household eligible why_not rating pd rate raw_limit model_limit low high",
    "gaps": "village household model_limit panel_limit gap policy_limit record_error factor_weighting soft_information "
    "rater_bias model_uncertainty unexplained primary_cause proposed_limit action sampled reason_zh",
    "explanations": "village household concept feature value yuan",
    "fairness": "attribute group n share_review share_zero model_residual panel_residual",
    "confirmed": "village household limit date way holder rule approver checker",
    "milestones": "as_of scope_kind scope measure numerator denominator denominator_high actual target met",
    "messages": "message_id village household state",
}
"""Columns that other programs read: fixed."""
BY_THE_DOOR = {"gates"}
"""Tables that every step adds to."""


def test_steps_are_the_programme_s() -> None:
    assert tuple(get_args(Step)) == ALL_STEPS == tuple(s.step for s in PLAN) == tuple(STEPS)


def test_contract_columns_are_declared() -> None:
    lacking = {
        t: [c for c in cols.split() if t not in TABLES or c not in TABLES[t].names] for t, cols in CONTRACT.items()
    }
    assert {t: c for t, c in lacking.items() if c} == {}


def test_every_declared_table_is_made_exactly_once() -> None:
    made = Counter(t for s in PLAN for t in s.makes)
    admitted = Counter(t for s in PLAN for t in s.admits if t not in made)
    times = made + Counter(set(admitted))
    assert {t: n for t, n in times.items() if n != 1} == {}
    assert set(TABLES) - set(times) - BY_THE_DOOR == set()
    assert set(times) - set(TABLES) == set()


def test_every_need_is_made_earlier() -> None:
    there: set[str] = set()
    wrong = []
    for stage in PLAN:
        there |= set(stage.admits)
        wrong += [f"{stage.step} needs {t}" for t in stage.needs if t not in there]
        there |= set(stage.makes)
    assert wrong == []


def test_every_use_is_a_table() -> None:
    assert [t for s in PLAN for t in s.uses if t not in TABLES] == []


def test_inputs_are_files_of_the_contract() -> None:
    known = {
        "rosters", "panels", "panel_members", "records", "visits", "history", "signoffs", "negative", "drawdowns",
        "grid", "agreements", "optouts",
    }  # fmt: skip
    assert {i for s in PLAN for i in (*s.inputs, *s.optional_inputs)} <= known
    assert dataset.__doc__


def test_every_notebook_is_there_in_order() -> None:
    names = [s.notebook for s in PLAN]
    assert [n for n in names if not (ROOT / "notebooks" / n).is_file()] == []
    assert [int(n[:2]) for n in names] == list(range(1, len(names) + 1))


def test_every_table_says_who_may_see_it_and_what_it_means() -> None:
    assert [t.name for t in DECLARED if t.privacy not in ("open", "pseudonymous", "identifying")] == []
    assert [t.name for t in DECLARED if not t.meaning.strip()] == []
    assert [f"{t.name}.{c.name}" for t in DECLARED for c in t.columns if not c.meaning.strip()] == []


def test_a_table_with_households_is_never_open() -> None:
    assert [t.name for t in DECLARED if t.privacy == "open" and {"household", "person"} & set(t.names)] == []


def test_keys_are_columns() -> None:
    assert [t.name for t in DECLARED if not set(t.key) <= set(t.names)] == []
