"""Says what changed since the quarter before: figures of the town, limits in force, causes of gaps, who moved and why.

In: tables of two runs, and what is known of their difference (``Since``).  Out: lines.  Households are matched by
pseudonym, so both runs must have one key.  In what leaves the bank (``outward``) a number of one to nine households is
not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from workbench.milestones import moves
from workbench.milestones.suppress import LEAST_PEOPLE
from workbench.units import percent, wan
from workbench.words import CAUSES, MEASURES

Tables = Mapping[str, pd.DataFrame]
SHOWN = ("coverage", "usage", "villages_filed")


class Since(NamedTuple):
    """The difference between a run and the one before it."""

    before: str
    """The run before, in words: its name and day."""
    tables: Tables
    """Its tables."""
    who: pd.DataFrame
    """One line a household and figure that moved: before, after, change and its parts in yuan, main cause."""
    inside: tuple[str, ...] = ()
    """What the two runs were made of and differs, a line each."""
    outward: tuple[str, ...] = ()
    """The same as it may leave the bank: no file is named."""


def since_said(since: Since, now: Tables, *, outward: bool = False) -> str:
    """Lines, each beginning with ``- ``: figures, limits, causes, who moved, and what the runs were made of."""
    lines = [*moves.chief(since.who, outward=outward), *(since.outward if outward else since.inside)]
    return "\n".join([changes_said(since.tables, now, outward=outward), *(f"- {line}" for line in lines)]).strip()


def changes_said(before: Tables, now: Tables, *, outward: bool = False) -> str:
    """Lines, each beginning with ``- ``; empty where the two runs share no table that is compared here."""
    lines = [*_figures(before, now), *_limits(before, now, outward), *_causes(before, now, outward)]
    return "\n".join(f"- {line}" for line in lines)


def _homes(n: int, outward: bool) -> str:
    """A number of households in words.

    >>> _homes(12, True), _homes(3, True), _homes(3, False), _homes(0, True)
    ('12 户', '不足 10 户', '3 户', '0 户')
    """
    return f"不足 {LEAST_PEOPLE} 户" if outward and 0 < n < LEAST_PEOPLE else f"{n:,} 户"


def _figures(before: Tables, now: Tables) -> list[str]:
    if "milestones" not in before or "milestones" not in now:
        return []
    was, is_ = (t["milestones"][t["milestones"]["scope_kind"] == "town"].set_index("measure") for t in (before, now))
    out = []
    for measure in SHOWN:
        if measure in was.index and measure in is_.index:
            old, new = (_counts(table, measure) for table in (was, is_))
            said = [
                f"{n} / {d}" + ("" if measure == "villages_filed" else f"（{percent(n, d)}）") for n, d in (old, new)
            ]
            step = f"，{new[0] - old[0]:+,}" if new[0] != old[0] else ""
            moved = f"{said[0]} → {said[1]}{step}" if old != new else f"{said[0]}，没有变"
            out.append(f"{MEASURES[measure]}：{moved}。")
    return out


def _counts(table: pd.DataFrame, measure: str) -> tuple[int, int]:
    line = table.loc[[measure], ["numerator", "denominator"]].to_numpy()[0]
    return int(line[0]), int(line[1])


def _limits(before: Tables, now: Tables, outward: bool) -> list[str]:
    if "confirmed" not in before or "confirmed" not in now:
        return []
    was, is_ = (t["confirmed"].set_index("household")["limit"] for t in (before, now))
    both = was.index.intersection(is_.index)
    step = is_[both] - was[both]
    came, went = is_.index.difference(was.index), was.index.difference(is_.index)
    return [
        f"有效授信：新增 {_homes(len(came), outward)}，到期或撤销 {_homes(len(went), outward)}，"
        f"调高 {_homes(int((step > 0).sum()), outward)}，调低 {_homes(int((step < 0).sum()), outward)}；"
        f"合计 {wan(float(was.sum()))} → {wan(float(is_.sum()))}。"
    ]


def _causes(before: Tables, now: Tables, outward: bool) -> list[str]:
    if "gaps" not in before or "gaps" not in now:
        return []
    was, is_ = (t["gaps"].set_index("household")["primary_cause"] for t in (before, now))
    both = was.index.intersection(is_.index)
    moved = pd.DataFrame({"was": was[both], "now": is_[both]})
    moved = moved[moved["was"] != moved["now"]]
    if moved.empty:
        return ["差额原因：没有农户改变。"]
    counts = moved.groupby(["was", "now"]).size().rename("n").reset_index()
    first = counts.sort_values("n", ascending=False, kind="stable").iloc[0]
    return [
        f"差额原因：{_homes(len(moved), outward)}改变，最多的是“{CAUSES[first['was']]}”变为“{CAUSES[first['now']]}”"
        f"（{_homes(int(first['n']), outward)}）。"
    ]
