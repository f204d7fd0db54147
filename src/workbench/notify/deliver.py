"""Decides the order in which a batch leaves, so that a crash at any moment loses no message and sends none twice.

First what a crash left open is settled: a batch that had left is done, one that had not is void and its messages are
free.  Then a new batch is written into the journal (``begin``), handed over, and closed (``done``).  A message is new
if the journal has never seen its id, or has seen it void.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.notify.gateway import Gateway, Message
from workbench.notify.journal import Journal


def settle(journal: Journal, gateway: Gateway) -> None:
    """Closes the batches that a crash left open."""
    for batch, event in list(journal.open_batches.items()):
        if gateway.left(batch, str(event["place"])):
            journal.done(batch)
        else:
            journal.void(batch)


def deliver(messages: Sequence[Message], journal: Journal, gateway: Gateway) -> list[Path]:
    """Hands the new ones of ``messages`` over as one batch; the files that were made."""
    settle(journal, gateway)
    new = {m.message_id: m for m in messages if not journal.taken(m.message_id)}
    if not new:
        return []
    batch = journal.begin(new, gateway.place)
    made = gateway.send(batch, list(new.values()), journal.receipt)
    journal.done(batch)
    return made
