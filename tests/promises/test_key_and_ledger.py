"""Promises 6 and 10: one key even by two first uses at once; a ledger in which any change is found."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from workbench import ledger
from workbench.errors import InputError
from workbench.identity import Pseudonyms, load_pseudonyms

NAMES = Pseudonyms(b"ledger-test")


def test_first_uses_at_once_make_one_key(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WORKBENCH")} | {"HOME": str(tmp_path)}
    code = "from workbench.identity import load_pseudonyms as l; n = l(); print(n.fingerprint(), bool(n.note))"
    uses = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in "1234"
    ]
    said = [use.communicate()[0].split() for use in uses]
    assert len({fingerprint for fingerprint, _ in said}) == 1
    assert sum(note == "True" for _, note in said) == 1
    key = tmp_path / ".workbench" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert [p.name for p in key.parent.iterdir()] == ["key"]


def test_a_device_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_KEY", raising=False)
    monkeypatch.setenv("WORKBENCH_KEY_FILE", "/dev/zero")
    with pytest.raises(InputError, match="too large for a key"):
        load_pseudonyms()


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_LEDGER", str(tmp_path / "ledger.jsonl"))
    for number in range(4):
        ledger.record("panel-page", f"meeting {number}", NAMES, "李主任", village="大院村")
    assert ledger.check(NAMES) == []
    return tmp_path / "ledger.jsonl"


def test_a_line_says_what_who_why_when(written: Path) -> None:
    entry = json.loads(written.read_text("utf-8").splitlines()[0])
    assert {"what", "who", "why", "when", "before", "mark"} <= set(entry)
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_changed_line_is_found(written: Path) -> None:
    written.write_text(written.read_text("utf-8").replace("meeting 1", "meeting 9"), "utf-8")
    assert any("line 2 was changed" in line for line in ledger.check(NAMES))


@pytest.mark.parametrize("gone", [0, 1, 3])
def test_a_removed_line_is_found(written: Path, gone: int) -> None:
    lines = written.read_text("utf-8").splitlines(keepends=True)
    del lines[gone]
    written.write_text("".join(lines), "utf-8")
    assert ledger.check(NAMES)


def test_reordered_lines_are_found(written: Path) -> None:
    lines = written.read_text("utf-8").splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    written.write_text("".join(lines), "utf-8")
    assert ledger.check(NAMES)


def test_a_removed_ledger_is_found(written: Path) -> None:
    written.unlink()
    assert ledger.check(NAMES) == ["the ledger is gone"]


def test_a_removed_last_line_is_found_whatever_the_head_was_made_to_say(written: Path) -> None:
    head = written.with_suffix(".head")
    lines = written.read_text("utf-8").splitlines(keepends=True)
    written.write_text("".join(lines[:-1]), "utf-8")
    for said in (json.loads(lines[2])["mark"], "3 " + head.read_text("utf-8").split()[1], ""):
        head.write_text(said + "\n", "utf-8")
        assert ledger.check(NAMES) == ["lines at the end are missing"]


@pytest.mark.parametrize("kept", [0, 2])
def test_a_loss_is_not_healed_by_the_next_line(written: Path, kept: int) -> None:
    lines = written.read_text("utf-8").splitlines(keepends=True)
    written.write_text("".join(lines[:kept]), "utf-8")
    ledger.record("reveal", "x", NAMES, "王")
    ledger.record("reveal", "y", NAMES, "王")
    assert ledger.check(NAMES) == [f"line {kept + 1} does not follow the line before it"]


def test_a_command_that_was_ended_between_line_and_head_is_no_loss(written: Path) -> None:
    head = written.with_suffix(".head")
    before = head.read_bytes()
    ledger.record("reveal", "x", NAMES, "王")
    head.write_bytes(before)
    assert ledger.check(NAMES) == []
    ledger.record("reveal", "y", NAMES, "王")
    assert ledger.check(NAMES) == []


def test_no_room_leaves_no_half_line(written: Path) -> None:
    before = written.read_bytes()
    code = (
        "import resource, sys; from workbench import ledger; from workbench.identity import Pseudonyms;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 40},) * 2);"
        "ledger.record('reveal', 'x', Pseudonyms(b'ledger-test'), 'w')"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True)
    assert "the ledger cannot be written" in done.stderr
    assert written.read_bytes() == before
    assert ledger.check(NAMES) == []


def test_a_line_of_another_key_is_found(written: Path) -> None:
    ledger.record("reveal", "x", Pseudonyms(b"another"), "王")
    assert any("another key" in line for line in ledger.check(NAMES))


def test_who_and_why_are_not_empty(written: Path) -> None:
    with pytest.raises(InputError, match="must not be empty"):
        ledger.record("reveal", " ", NAMES, "李")
