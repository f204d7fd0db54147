"""Derived columns and views by hand arithmetic: every figure that a suite rests on."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from workbench.quality.derive import frame_of, known_columns, known_tables, needs_of
from workbench.quality.of_runs import stability
from workbench.quality.register import COLUMNS, Given

DAY = date(2021, 12, 31)


def derived(table: str, column: str, **tables: pd.DataFrame) -> list:
    values = frame_of(table, [column], Given(tables, DAY))[column]
    return [None if pd.isna(v) else v for v in values]


def homes(*rows: tuple, columns: str) -> pd.DataFrame:
    """Rows whose first two cells are village and household."""
    return pd.DataFrame(list(rows), columns=["village", "household", *columns.split()])


def test_shares_of_a_file_leave_out_rows_that_are_no_people():
    counts = pd.DataFrame(
        [["a.csv", 10, 6, 1, 2, 1], ["b.xlsx#1", 100, 40, 0, 60, 0], ["b.xlsx#2", 2, 0, 0, 0, 2]],
        columns=["source", "rows", "kept", "flagged", "quarantined", "skipped"],
    )
    assert derived("row_counts", "rejected_share", row_counts=counts) == [2 / 9, 0.6, None]
    assert derived("row_counts", "rejected_share_full", row_counts=counts) == [None, 0.6, None]
    assert derived("row_counts", "parts", row_counts=counts) == [0, 0, 0]
    assert derived("row_counts", "file_people_rows", row_counts=counts) == [9, 100, 100]


def test_an_empty_key_is_neither_on_the_roster_nor_off_it():
    households = homes(("甲", "h1"), ("乙", "h2"), columns="")
    members = homes(("甲", "h1"), ("甲", "h2"), ("甲", None), columns="")
    assert derived("panel_members", "on_roster", panel_members=members, households=households) == [True, False, None]


def test_a_rater_is_looked_up_only_where_the_village_gave_its_list():
    ratings = homes(("甲", "h", "A1"), ("甲", "h", "A9"), ("乙", "h", "B1"), columns="rater")
    members = homes(("甲", None, "A1"), columns="rater")
    assert derived("ratings", "is_member", ratings=ratings, panel_members=members) == [True, False, None]


def test_rate_excess_is_measured_against_all_households_with_a_lower_pd():
    limits = homes(
        ("甲", "a", 0.01, 0.05),
        ("甲", "b", 0.02, 0.04),
        ("甲", "c", 0.02, 0.06),
        ("甲", "d", None, None),
        ("甲", "e", 0.03, 0.06),
        columns="pd rate",
    )
    found = derived("limits", "rate_excess", limits=limits)
    assert found[0] == 0
    assert found[1] == pytest.approx(0.01)
    assert found[2:] == [0, None, 0]


def test_explanations_are_summed_by_household():
    limits = homes(("甲", "a", 100.0), ("甲", "b", 50.0), columns="model_limit")
    explanations = homes(("甲", "a", 80.0), ("甲", "a", 20.0), ("乙", "b", 50.0), columns="yuan")
    assert derived("limits", "explained", limits=limits, explanations=explanations) == [0, None]


def test_the_ledger_ends_at_the_limit_and_does_not_break():
    ledger = homes(
        ("甲", "a", 2, 90.0, 80.0), ("甲", "a", 1, 100.0, 90.0), ("甲", "b", 1, 70.0, 60.0), ("甲", "b", 2, 65.0, 50.0),
        columns="line before after",
    )  # fmt: skip
    limits = homes(("甲", "a", 80.0), ("甲", "b", 55.0), columns="model_limit")
    assert derived("limits", "ledger_end", limits=limits, policy_ledger=ledger) == [0, 5]
    assert derived("policy_ledger", "broken", policy_ledger=ledger) == [0, None, None, 5]


def test_a_label_is_ripe_twelve_months_after_the_first_drawing():
    history = homes(
        ("甲", "a", pd.Timestamp("2020-06-01"), pd.Timestamp("2020-12-31"), 0.0),
        ("甲", "b", pd.Timestamp("2020-12-31"), pd.NaT, 1.0),
        ("甲", "c", pd.Timestamp("2021-06-01"), pd.NaT, None),
        columns="date first_drawn overdue",
    )
    assert derived("history", "label_days", history=history) == [365, 365, None]


def test_a_proposal_to_someone_listed_is_seen():
    gaps = homes(("甲", "a", 9000.0, "confirm"), ("甲", "b", 9000.0, "confirm"), columns="proposed_limit action")
    households = homes(("甲", "a", True, False), ("甲", "b", False, True), columns="listed_holder auto_optout")
    assert derived("gaps", "proposal_to_listed", gaps=gaps, households=households) == [9000, None]
    assert derived("gaps", "optout_confirmed", gaps=gaps, households=households) == [False, True]


def test_a_message_against_an_objection_is_seen():
    messages = homes(("甲", "a", "ready"), ("甲", "b", "opted_out"), columns="state")
    confirmed = homes(("甲", "a", "p1"), ("甲", "b", "p1"), columns="holder")
    people = homes(("甲", "a", "p1", True), columns="person sms_optout")
    tables = {"messages": messages, "confirmed": confirmed, "people": people}
    assert derived("messages", "against_objection", **tables) == [True, False]


def test_met_is_measured_on_the_worst_denominator():
    milestones = pd.DataFrame(
        {
            "measure": ["coverage", "coverage"],
            "numerator": [40, 40],
            "denominator": [100, 100],
            "denominator_high": [100, 101],
            "target": [0.4, 0.4],
            "met": [True, True],
        }
    )
    assert derived("milestones", "met_wrongly", milestones=milestones) == [False, True]


def test_a_view_leaves_shares_of_few_rows_empty():
    n = 60
    households = homes(
        *[("大", f"h{i}", 2, 1, 0, 5.0 if i % 2 else None) for i in range(n)],
        ("小", "x", 1, 1, 0, 1.0),
        columns="people eligible flagged land_mu",
    )
    people = homes(*[("大", f"h{i}", True, False, "mobile") for i in range(n)], columns="eligible listed phone_state")
    frame = frame_of("village_rosters", [], Given({"households": households, "people": people}, DAY))
    by = frame.set_index("village")
    assert by.loc["大", ["people_a_household", "eligible_share", "land_share", "mobile_share"]].tolist() == [
        2,
        0.5,
        0.5,
        1,
    ]
    assert by.loc["小", ["people_a_household", "land_share"]].isna().all()


def test_stability_takes_chance_off_and_sees_a_shift():
    then = pd.Series(range(400), dtype="float64")
    assert stability(then.sample(200, random_state=1), then) < 0.1
    assert stability(then * 2, then) > 0.25
    assert stability(pd.Series(["a"] * 100 + ["b"] * 100), pd.Series(["a"] * 190 + ["b"] * 10)) > 0.25
    assert pd.isna(stability(then.head(20), then))


def test_drift_of_a_table_rests_on_the_run_before():
    people = homes(
        *[("甲", str(i), i % 60 + 20, "head", "mobile") for i in range(300)], columns="age relation phone_state"
    )
    given = Given({"people": people}, DAY, {"people": people.assign(age=people["age"] + 30)})
    frame = frame_of("drift_people", [], given).set_index("measure")
    assert frame.loc["age", "psi"] > 0.25
    assert frame.loc["relation", "psi"] == 0
    assert not Given({"people": people}, DAY).has(needs_of("drift_people"))


def test_every_derived_column_says_what_it_is_and_hides_no_declared_one():
    for table in known_tables():
        names = known_columns(table)
        assert len(names) == len(set(names)), table
    assert all(c.meaning for columns in COLUMNS.values() for c in columns.values())
