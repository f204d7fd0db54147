"""Foreign exceptions become ours without a word of what they say about the data."""

from __future__ import annotations

import errno
import importlib
import py_compile
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import FAILED, GATE, WRONG_INPUT, GateStopped, InputError, RunFailed
from workbench.run.boundary import from_kernel, ours
from workbench.store.tables import ContractBroken, checked

SECRET = "张三341523199001011234"


def told(fault: BaseException) -> str:
    return str(ours(fault))


@pytest.mark.parametrize(
    "fault", [ValueError(SECRET), KeyError(SECRET), TypeError(SECRET), AssertionError(SECRET), RuntimeError(SECRET)]
)
def test_a_foreign_message_goes_no_further(fault: Exception) -> None:
    assert SECRET not in told(fault)
    assert type(fault).__name__ in told(fault)
    assert ours(fault).exit_status == FAILED


def test_our_own_error_passes_as_it_is() -> None:
    fault = InputError("a.csv: row 3", "is wrong", "mend it")
    assert ours(fault) is fault


def test_the_place_is_the_deepest_in_our_code() -> None:
    with pytest.raises(ContractBroken) as caught:
        checked("households", pd.DataFrame({"village": ["x"]}))
    assert "store/tables.py line" in told(caught.value)


@pytest.mark.parametrize(("number", "word"), [(errno.ENOSPC, "make room"), (errno.EACCES, "can be written")])
def test_no_room_and_no_right_are_told_with_the_remedy(number: int, word: str) -> None:
    fault = OSError(number, "system words", "/home/li/secret/out.parquet")
    assert word in told(fault)
    assert "/home/li" not in told(fault)


def test_memory_is_told() -> None:
    assert "memory" in told(MemoryError())


def test_what_a_kernel_told_keeps_its_exit_status() -> None:
    assert from_kernel("InputError", "a.csv: row 3: is wrong\n    mend it").exit_status == WRONG_INPUT
    assert str(from_kernel("InputError", "a.csv: is wrong\n    mend it")) == "a.csv: is wrong\n    mend it"
    assert from_kernel("GateStopped", "x").exit_status == GATE
    assert isinstance(from_kernel("RunFailed", "x"), RunFailed)
    assert isinstance(from_kernel("GateStopped", "x"), GateStopped)


def test_a_compiled_module_cut_short_is_taken_away_and_the_next_command_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a full disk leaves of a module's compiled form; Python itself would fail on it for ever."""
    (tmp_path / "cut_short.py").write_text("value = 1\n", "utf-8")
    compiled = Path(py_compile.compile(str(tmp_path / "cut_short.py"), doraise=True) or "")
    compiled.write_bytes(compiled.read_bytes()[:40])
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(EOFError) as fault:
        importlib.import_module("cut_short")
    assert "give the same command again" in str(ours(fault.value))
    assert not compiled.exists()
    assert importlib.import_module("cut_short").value == 1
