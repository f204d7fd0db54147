"""The batch: who is told what, once; receipts; what is refused in words."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from pydantic import ValidationError
from quarter_town import Town, run_params

from workbench.errors import InputError
from workbench.notify.batch import compose, read_receipts, write_batch
from workbench.notify.journal import open_journal
from workbench.notify.messages import prepare_messages
from workbench.params import NoticeRules

TEMPLATE = "您的额度为{limit}元（{date}）。"


def tables(n: int = 3, credited: int = 3) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    town = Town()
    town.group("竹溪村", n, credited=credited)
    made = town.tables()
    messages = prepare_messages(made["confirmed"], made["people"], params=run_params())
    people = made["people"].sort_values("person")
    numbers = [f"1380000{i:04d}" for i in range(len(people))]
    return messages, made["confirmed"], pd.DataFrame({"person": people["person"].to_numpy(), "phone": numbers})


def rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


def test_the_batch_and_the_states(tmp_path: Path) -> None:
    messages, confirmed, people = tables()
    batch, states = write_batch(messages, confirmed, people, tmp_path / "sms", template=TEMPLATE, store=tmp_path / "j")
    told = rows(batch)
    assert told[0] == ["消息编号", "手机号码", "短信内容"]
    assert [r[1] for r in sorted(told[1:], key=lambda r: r[1])] == ["13800000000", "13800000001", "13800000002"]
    assert {r[2] for r in told[1:]} == {"您的额度为30000元（2021年6月30日）。"}
    assert [r[2:] for r in rows(states)[1:]] == [["ready", "batch-0001"]] * 3
    assert "1380000" not in states.read_text("utf-8-sig")
    assert {p.stat().st_mode & 0o077 for p in (batch, states, tmp_path / "j")} == {0}


def test_nothing_goes_twice_whatever_folder_asks(tmp_path: Path) -> None:
    messages, confirmed, people = tables()
    for out in ("a", "a", "b"):
        made = write_batch(messages, confirmed, people, tmp_path / out, template=TEMPLATE, store=tmp_path / "j")
    assert [p.name for p in made] == ["states.csv"]
    assert len(list(tmp_path.glob("*/batch-*.csv"))) == 1


def test_a_new_limit_goes_and_the_old_do_not(tmp_path: Path) -> None:
    messages, confirmed, people = tables()
    write_batch(messages, confirmed, people, tmp_path / "a", template=TEMPLATE, store=tmp_path / "j")
    raised = confirmed.assign(limit=[50000.0, *confirmed["limit"][1:]])
    again = messages.assign(message_id=["f" * 16, *messages["message_id"][1:]])
    batch, _ = write_batch(again, raised, people, tmp_path / "a", template=TEMPLATE, store=tmp_path / "j")
    assert batch.name == "batch-0002.csv"
    assert len(rows(batch)) == 2


def test_only_ready_messages_and_only_mobile_numbers() -> None:
    messages, confirmed, people = tables()
    messages = messages.assign(state=["opted_out", "ready", "ready"])
    numbers = people["phone"].tolist()
    odd = people.assign(phone=[numbers[0], "0564-8621234", numbers[2]])
    assert [m.number for m in compose(messages, confirmed, odd, TEMPLATE)] == [numbers[2]]


def test_number_and_text_show_nowhere() -> None:
    (message, *_) = compose(*tables(), TEMPLATE)
    assert message.number not in repr(message)
    assert "额度" not in repr(message)


def test_receipts_come_back(tmp_path: Path) -> None:
    messages, confirmed, people = tables()
    common: dict[str, Any] = {"template": TEMPLATE, "store": tmp_path / "j"}
    write_batch(messages, confirmed, people, tmp_path / "sms", **common)
    ids = sorted(messages["message_id"])
    back = tmp_path / "back.csv"
    back.write_bytes(f"状态,消息编号\n成功,{ids[0]}\n失败,{ids[1]}\n未发送,{ids[2]}\n".encode("gb18030"))
    (states,) = write_batch(messages, confirmed, people, tmp_path / "sms", receipts=back, **common)
    assert [r[2] for r in rows(states)[1:]] == ["sent", "failed", "ready"]
    # what the platform did not send goes with the next batch, what failed or was sent does not
    batch, _ = write_batch(messages, confirmed, people, tmp_path / "sms", **common)
    assert [r[0] for r in rows(batch)[1:]] == [ids[2]]
    # a failure told late does not undo a success
    back.write_text(f"消息编号,状态\n{ids[0]},失败\n", "utf-8")
    (states,) = write_batch(messages, confirmed, people, tmp_path / "sms", receipts=back, **common)
    assert rows(states)[1][2] == "sent"


def test_receipts_in_a_workbook_under_a_title_and_on_their_way(tmp_path: Path) -> None:
    path = tmp_path / "回执.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("说明").write_string(0, 0, "网格化营销平台")
    sheet = book.add_worksheet("明细")
    for row, line in enumerate(
        [("短信回执", "", ""), ("时间", "消息编号", "状态"), ("1", "00a1", "成功"), ("2", "00a2", "发送中")]
    ):
        for place, cell in enumerate(line):
            sheet.write_string(row, place, cell)
    book.close()
    assert read_receipts(path) == {"00a1": "sent"}
    (tmp_path / "r.csv").write_text("短信回执,\n消息编号,状态\n00a1,大概吧\n", "utf-8")
    with pytest.raises(InputError, match="no known state in row 3"):
        read_receipts(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("消息编号\n1\n", "状态: the column is missing"),
        ("消息编号,状态\nabc,大概吧\n", "状态: is no known state in row 2"),
        ("", "消息编号: the column is missing"),
    ],
)
def test_receipts_that_cannot_be_read(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as stopped:
        read_receipts(path)
    assert said in str(stopped.value)
    assert "大概吧" not in str(stopped.value)


def test_receipts_of_something_else(tmp_path: Path) -> None:
    messages, confirmed, people = tables()
    (tmp_path / "r.csv").write_text("消息编号,状态\nabc,成功\n", "utf-8")
    with pytest.raises(InputError, match="no message that was handed over"):
        write_batch(
            messages, confirmed, people, tmp_path, template=TEMPLATE, store=tmp_path / "j", receipts=tmp_path / "r.csv"
        )


UNFIT = ("", " ", "您{name}好", "{limit.x}", "您的额度{limit元", "额度limit}元", "{{limit}}", "额度｛limit｝元")


@pytest.mark.parametrize("template", UNFIT)
def test_a_template_that_cannot_be_filled(tmp_path: Path, template: str) -> None:
    messages, confirmed, people = tables()
    with pytest.raises(InputError, match=r"notice.template"):
        write_batch(messages, confirmed, people, tmp_path, template=template, store=tmp_path / "j")
    assert not (tmp_path / "j").exists()


def test_a_text_that_looks_like_a_formula(tmp_path: Path) -> None:
    messages, confirmed, people = tables(1, 1)
    batch, _ = write_batch(messages, confirmed, people, tmp_path, template="=1+{limit}", store=tmp_path / "j")
    assert rows(batch)[1][2] == "'=1+30000"


def test_one_notify_at_a_time(tmp_path: Path) -> None:
    messages, confirmed, people = tables()
    with open_journal(tmp_path / "j"), pytest.raises(InputError, match="another notify is at work"):
        write_batch(messages, confirmed, people, tmp_path / "a", template=TEMPLATE, store=tmp_path / "j")


def test_a_journal_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "j").write_text("a\nb\n")
    messages, confirmed, people = tables()
    with pytest.raises(InputError, match="line 1"):
        write_batch(messages, confirmed, people, tmp_path / "a", template=TEMPLATE, store=tmp_path / "j")


@pytest.mark.parametrize("template", UNFIT)
def test_a_template_is_checked_before_a_run_begins(template: str) -> None:
    with pytest.raises(ValidationError, match="can be filled in"):
        NoticeRules(template=template)
