"""What can go wrong, and the exit status that each kind of fault carries (contract, section 2).

An ``InputError`` is the user's file, a ``GateStopped`` is the data, anything else is our bug.  A message is place,
problem, remedy, and never repeats a cell of a person's data: name the file, the row, the column, not the value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

DONE, FAILED, WRONG_INPUT, GATE, DIFFERS = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Fault:
    """One fault of the user's input: where it is, what is wrong, what to do about it."""

    place: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}" + (f"\n    {self.remedy}" if self.remedy else "")


class WorkbenchError(Exception):
    """A fault told in words, with the exit status of its kind."""

    exit_status = FAILED


class InputError(WorkbenchError):
    """The parameters or the input are wrong: exit 2.  All faults that were found are told at once."""

    exit_status = WRONG_INPUT

    def __init__(self, place: str | Iterable[Fault], problem: str = "", remedy: str = "") -> None:
        self.faults = [Fault(place, problem, remedy)] if isinstance(place, str) else list(place)
        super().__init__("\n".join(map(str, self.faults)))


class GateStopped(WorkbenchError):
    """A critical expectation of a data-quality gate failed: exit 3.  The report is written before this is raised."""

    exit_status = GATE


class RunFailed(WorkbenchError):
    """Anything else that ends a run, in words: a kernel that died, a full disk: exit 1."""


class RunDiffers(WorkbenchError):
    """``workbench verify`` found a table, an input, the code or the key changed: exit 4."""

    exit_status = DIFFERS
