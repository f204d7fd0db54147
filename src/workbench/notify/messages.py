"""Decides whether the holder of each limit in force can be told by SMS.

In: ``confirmed``, ``people``.  Out: ``messages``.  The order: an objection comes first, of the holder by ID or of
anybody who has the same number (whoever said no on that telephone said it for that telephone); then what telephone
stands in the holder's own row.  A number in another member's row is never used, so a limit goes to a number that two
households share only where it is the holder's own.
"""

from __future__ import annotations

import hashlib

import pandas as pd

from workbench.params import RunParams
from workbench.store.tables import checked, empty

BY_PHONE = {"mobile": "ready", "two": "two_numbers"}
"""Telephone of the holder to state of the message; every other is ``no_mobile``."""


def message_id(household: str, limit: float, day: pd.Timestamp) -> str:
    """One confirmed limit, one id: of the household's (keyed) pseudonym, the limit in cents, the day.

    >>> message_id("b9665e30aad62ce0", 30000.0, pd.Timestamp("2021-11-30"))
    '51df8ea868239c7c'
    """
    said = f"message\x1f{household}\x1f{round(limit * 100)}\x1f{day:%Y-%m-%d}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def prepare_messages(confirmed: pd.DataFrame, people: pd.DataFrame, *, params: RunParams) -> pd.DataFrame:
    """MESSAGES, a line for each limit in force (``sent`` and ``failed`` come back with the receipts)."""
    if confirmed.empty:
        return empty("messages")
    who = people.drop_duplicates("person").set_index("person")
    holder = confirmed["holder"]
    state = holder.map(who["phone_state"]).map(BY_PHONE).fillna("no_mobile")
    objects = holder.map(who["sms_optout"]).eq(True) | holder.map(who["opted_phone"]).eq(True)
    ids = [message_id(h, x, d) for h, x, d in confirmed[["household", "limit", "date"]].itertuples(index=False)]
    return checked(
        "messages",
        confirmed[["village", "household"]].assign(message_id=ids, state=state.mask(objects, "opted_out")),
    )
