"""Makes the SMS batch (identifying): who is told what, once; and reads receipts back.

In: ``messages``, ``confirmed``, the roster's identities (memory only), the template.  Out, in a folder of its own: a
batch for the platform, and ``states.csv`` (ids and states, no number, no text).  The journal of notices is one for
the whole bank (beside the key), so the same confirmed limit is not sent twice, whichever run or folder asks for it.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pandas as pd

from workbench.errors import Fault, InputError
from workbench.identity import home
from workbench.notify.deliver import deliver
from workbench.notify.gateway import FileGateway, Gateway, Message
from workbench.notify.journal import FAILED, QUEUED, SENT, UNSENT, Journal, open_journal
from workbench.store.atomic import write_bytes
from workbench.store.cells import rows_told
from workbench.store.text import decode
from workbench.store.workbook import OLE, ZIP, open_workbook

MOBILE = re.compile(r"1[3-9]\d{9}")
FIELDS = ("limit", "date")
LARGEST_RECEIPTS = 200_000_000
RECEIPT_WORDS = {
    SENT: ("sent", "delivered", "成功", "已发送", "已送达", "发送成功", "送达"),
    FAILED: ("failed", "失败", "发送失败", "未送达", "空号", "停机"),
    UNSENT: ("unsent", "未发送", "作废"),
}
ON_ITS_WAY = ("发送中", "等待发送", "处理中", "pending", "accepted")
"""States that settle nothing yet."""
HEAD_ROWS = 10
"""Rows among which the header of the platform's table is looked for."""
ID_HEADERS, STATE_HEADERS = ("消息编号", "message_id"), ("状态", "state")


def write_batch(
    messages: pd.DataFrame,
    confirmed: pd.DataFrame,
    identities: pd.DataFrame,
    out: Path,
    *,
    template: str,
    receipts: Path | None = None,
    gateway: Gateway | None = None,
    store: Path | None = None,
) -> list[Path]:
    """Hands over what is ready and new; the files made in ``out``.

    ``store`` is the journal (default: ``notices.jsonl`` beside the key); ``gateway`` the way out (default: a file in
    ``out``).  With ``receipts`` nothing new is handed over: states are read back, and what the platform did not send
    (未发送) is free to go with the next batch.
    """
    check_template(template)
    came_back = read_receipts(receipts) if receipts is not None else {}
    if out.exists() and not out.is_dir():
        raise InputError(out.name, "is no folder", "give a folder for --out")
    gateway = gateway or FileGateway(out)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_journal(store or home() / "notices.jsonl") as journal:
        known = {i: state for i, state in came_back.items() if journal.taken(i)}
        if came_back and not known:
            raise InputError(
                "receipts", "speak of no message that was handed over", "give the platform's file of this batch"
            )
        for message_id, state in known.items():
            journal.receipt(message_id, state)
        ready = [] if receipts is not None else compose(messages, confirmed, identities, template)
        made = deliver(ready, journal, gateway)
        asked = [i for i in messages["message_id"] if journal.state.get(i) == QUEUED]
        for message_id, state in gateway.receipts(asked).items():
            journal.receipt(message_id, state)
        path = out / "states.csv"
        write_bytes(path, _states_csv(messages, journal), mode=0o600)
    return [*made, path]


def check_template(template: str) -> None:
    """``InputError`` where the template names what is not filled in."""
    rest = template
    for field in FIELDS:
        rest = rest.replace(f"{{{field}}}", "")
    unknown = re.search("[{}｛｝]", rest) is not None
    if unknown or not template.strip():
        raise InputError(
            "notice.template",
            "names what cannot be filled in" if unknown else "is empty",
            "known: " + ", ".join("{" + f + "}" for f in FIELDS),
        )


def compose(messages: pd.DataFrame, confirmed: pd.DataFrame, identities: pd.DataFrame, template: str) -> list[Message]:
    """The messages that are ready, each to the number in the holder's own row, in the order of their ids."""
    limits = confirmed.set_index("household")[["holder", "limit", "date"]]
    numbers = identities.drop_duplicates("person").set_index("person")["phone"]
    ready = messages[messages["state"] == "ready"].join(limits, on="household").sort_values("message_id")
    out = []
    for message_id, holder, limit, day in ready[["message_id", "holder", "limit", "date"]].itertuples(index=False):
        number = numbers.get(holder)
        if isinstance(number, str) and MOBILE.fullmatch(number):
            out.append(Message(message_id, number, filled(template, float(limit), day)))
    return out


def filled(template: str, limit: float, day: pd.Timestamp) -> str:
    """The text of a message.

    >>> filled("额度{limit}元，{date}", 30000.0, pd.Timestamp("2021-11-30"))
    '额度30000元，2021年11月30日'
    """
    yuan = f"{limit:.0f}" if limit == round(limit) else f"{limit:.2f}"
    return template.replace("{limit}", yuan).replace("{date}", f"{day.year}年{day.month}月{day.day}日")


def read_receipts(path: Path) -> dict[str, str]:
    """Message id to state out of the platform's table (消息编号, 状态); ``InputError`` naming column and rows.

    A csv, or the first sheet of a workbook with both columns; a title may stand above.  What is still on its way says
    nothing yet.
    """
    first, lines = _receipt_lines(path)
    header = lines[0] if lines else []
    places = [next((header.index(h) for h in known if h in header), None) for known in (ID_HEADERS, STATE_HEADERS)]
    lacking = [known[0] for known, place in zip((ID_HEADERS, STATE_HEADERS), places, strict=True) if place is None]
    if lacking:
        raise InputError(Fault(f"{path.name}: {name}", "the column is missing", "export it again") for name in lacking)
    words = {word: state for state, known in RECEIPT_WORDS.items() for word in known}
    out, wrong = {}, []
    for number, line in enumerate(lines[1:], first + 1):
        cells = [line[p] if p is not None and p < len(line) else "" for p in places]
        if not any(cells) or (cells[0] and cells[1].lower() in ON_ITS_WAY):
            continue
        if cells[1].lower() not in words or not cells[0]:
            wrong.append(number)
            continue
        out[cells[0]] = words[cells[1].lower()]
    if wrong:
        known = "、".join(
            known[-1] if state == UNSENT else known[2] for state, known in RECEIPT_WORDS.items() if len(known) > 2
        )
        raise InputError(f"{path.name}: 状态", f"is no known state in {rows_told(wrong)}", f"known: {known} …")
    return out


def _receipt_lines(path: Path) -> tuple[int, list[list[str]]]:
    """The number of the header's row as a spreadsheet shows it, and the rows from it on, as text without blanks."""
    try:
        if path.stat().st_size > LARGEST_RECEIPTS or not path.is_file():
            raise InputError(path.name, "is no file of receipts", "give the table that the platform gave back")
        content = path.read_bytes()
    except OSError as fault:
        raise InputError(path.name, f"cannot be read ({fault.strerror})", "give the platform's table") from None
    if content.startswith((ZIP, OLE)):
        tables = [sheet.raw(0) for sheet in open_workbook(content, path.name).sheets]
    else:
        tables = [list(csv.reader(io.StringIO(decode(content, path.name)[0])))]
    texts = [[["" if c is None else str(c).strip() for c in row] for row in rows] for rows in tables]
    for rows in texts:
        for place, row in enumerate(rows[:HEAD_ROWS]):
            if any(h in row for h in ID_HEADERS) and any(h in row for h in STATE_HEADERS):
                return place + 1, rows[place:]
    return 1, texts[0] if texts else []


def _states_csv(messages: pd.DataFrame, journal: Journal) -> bytes:
    """States of the run's messages: what the table says, and what became of those that were handed over."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("消息编号", "行政村名称", "状态", "批次"))
    for message_id, village, state in messages[["message_id", "village", "state"]].sort_values("message_id").to_numpy():
        after = journal.state.get(message_id)
        writer.writerow(
            (message_id, village, after if after in (SENT, FAILED) else state, journal.batch_of.get(message_id, ""))
        )
    return out.getvalue().encode("utf-8-sig")
