"""States of messages: objections first, then the telephone in the holder's own row."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from quarter_town import Town, person_row, run_params, table

from workbench.notify.messages import message_id, prepare_messages
from workbench.notify.report import by_village, headline, state_figure, states
from workbench.store.tables import empty


def state_of(**phone: Any) -> str:
    town = Town()
    town.household("竹溪村", "h1", members=2, limit=30000.0)
    town.people = [person_row("竹溪村", "h1", "h1-1", **phone), person_row("竹溪村", "h1", "h1-2")]
    made = prepare_messages(town.tables()["confirmed"], table("people", town.people), params=run_params())
    return str(made["state"].iloc[0])


@pytest.mark.parametrize(
    ("phone", "state"),
    [
        ({}, "ready"),
        ({"phone_state": "two", "phone": None}, "two_numbers"),
        ({"phone_state": "landline", "phone": None}, "no_mobile"),
        ({"phone_state": "none", "phone": None}, "no_mobile"),
        ({"phone_state": "bad", "phone": None}, "no_mobile"),
        ({"sms_optout": True}, "opted_out"),
        ({"opted_phone": True}, "opted_out"),
        ({"sms_optout": True, "phone_state": "none", "phone": None}, "opted_out"),
    ],
)
def test_state(phone: dict[str, Any], state: str) -> None:
    assert state_of(**phone) == state


def test_a_holder_whom_no_roster_knows_has_no_number() -> None:
    town = Town()
    town.household("竹溪村", "h1", limit=30000.0)
    made = prepare_messages(town.tables()["confirmed"], empty("people"), params=run_params())
    assert made["state"].tolist() == ["no_mobile"]


def test_one_limit_one_id() -> None:
    day = pd.Timestamp("2021-06-30")
    ids = {message_id("h1", 30000.0, day), message_id("h1", 30001.0, day), message_id("h2", 30000.0, day)}
    ids |= {message_id("h1", 30000.0, day + pd.Timedelta(days=1))}
    assert len(ids) == 4
    assert message_id("h1", 30000.0, day) == message_id("h1", 30000, day)


def test_pages_on_messages_and_on_nothing() -> None:
    town = Town()
    town.group("竹溪村", 3, credited=3)
    made = prepare_messages(town.tables()["confirmed"], town.tables()["people"], params=run_params())
    assert states(made)["户数"].tolist() == [3]
    assert by_village(made).values.tolist() == [["竹溪村", 3]]
    nothing = prepare_messages(empty("confirmed"), empty("people"), params=run_params())
    assert nothing.empty
    assert "**0** 户" in headline(nothing)
    assert "0 户不能用短信通知" in state_figure(nothing)[1]
