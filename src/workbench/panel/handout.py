"""Who is handed which sheet: the list by which the bank gives the sheets out and ticks off what comes back.

In: ``identities`` (memory only), ``panel_members``, ``ratings`` of earlier rounds, and what the list of members writes
where a code stands for it.  Out: a page for the bank alone, and lines on what no sheet was made for: a village without
a member, a member of a village that no roster holds.  A name in the place of a code is a pseudonym everywhere else;
here alone stands whose sheet that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from workbench.identity import Pseudonyms
from workbench.panel.admit import codes
from workbench.panel.pages import environment
from workbench.panel.sheets import crew_of, households_of, planned
from workbench.panel.workbook import Planned
from workbench.store.atomic import write_text
from workbench.store.text import half_width

FILE = "银行内部/发放清单.html"
OWN = {"left out": "已剔除", "not listed": "名单没写", "not on the roster": "名单所写的户号不在册"}
MOST_NAMED = 10
"""Villages named in one line."""


@dataclass(frozen=True)
class Handout:
    """The sheets, villages of the rosters without a member, and members (by code) of villages on no roster."""

    sheets: list[Planned]
    without_member: list[str]
    strangers: dict[str, int]

    def lines(self) -> list[str]:
        """What no sheet was made for, and whose own household may stand in the sheet, in both languages.

        >>> Handout([], ["竹溪村"], {"竹溪村委会": 2}).lines()[0]
        '没有评议员、因此没有评议表的村：竹溪村 / villages without a member, no sheets made: 1'
        """
        out = []
        if self.without_member:
            out.append(
                f"没有评议员、因此没有评议表的村：{_named(self.without_member)}"
                f" / villages without a member, no sheets made: {len(self.without_member)}"
            )
        if self.strangers:
            total = sum(self.strangers.values())
            out.append(
                f"{total} 名评议员的村不在（可用的）花名册里，没有出表，见{FILE}"
                f" / members of villages that no roster in use holds, no sheets made: {total}"
            )
        unknown = sum(s.own == "not on the roster" for s in self.sheets)
        if unknown:
            out.append(
                f"{unknown} 名评议员在名单上的户号不在花名册里，自己家没有剔除，请核对"
                f" / members whose own household no roster holds, it was not left out: {unknown}"
            )
        return out


def handout_of(identities: pd.DataFrame, members: pd.DataFrame, ratings: pd.DataFrame | None) -> Handout:
    """The sheets as ``write_sheets`` makes them of the same tables, and what falls between rosters and members."""
    homes, crew = households_of(identities), crew_of(members, ratings)
    known = set(homes["village"])
    strange = crew[~crew["village"].isin(known)].groupby("village").size()
    sheets = planned(homes, crew)
    return Handout(
        sheets,
        sorted(known - {s.village for s in sheets}),
        {str(village): int(n) for village, n in strange.items()},
    )


def listed_as(raw: pd.DataFrame, names: Pseudonyms) -> dict[str, str]:
    """What stands in 评议员 by the pseudonym that takes its place; codes that stay as they are need none."""
    given = raw["评议员"].dropna().drop_duplicates()
    known = zip(codes(given, names), given, strict=True)
    return {code: text.strip() for code, text in known if code != half_width(text).strip()}


def write_handout(out: Path, handout: Handout, listed: Mapping[str, str], as_of: date) -> Path:
    """Writes the page into ``out``; its path."""
    villages = sorted({s.village for s in handout.sheets})
    page = (
        environment()
        .get_template("handout.html.j2")
        .render(
            title="评议表发放清单",
            as_of=as_of.isoformat(),
            total=len(handout.sheets),
            villages=[
                {
                    "name": village,
                    "sheets": [
                        {
                            "rater": s.rater,
                            "name": listed.get(s.rater, ""),
                            "role": s.role,
                            "homes": len(s.homes),
                            "own": OWN[s.own],
                            "number": s.number,
                            "file": s.file,
                        }
                        for s in handout.sheets
                        if s.village == village
                    ],
                }
                for village in villages
            ],
            named=bool(listed),
            without_member=handout.without_member,
            strangers=handout.strangers,
        )
    )
    path = out / FILE
    write_text(path, page, 0o600)
    return path


def _named(villages: list[str]) -> str:
    more = f" 等 {len(villages)} 个" if len(villages) > MOST_NAMED else ""
    return "、".join(villages[:MOST_NAMED]) + more
