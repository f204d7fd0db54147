"""The blind rating sheets: one workbook a member, and the collection form of each village for the next quarter.

In: ``identities`` (memory only), ``panel_members``, and ``ratings`` of earlier rounds where no list of members is kept
(their figures are not shown).  Out: workbooks that Excel, WPS and LibreOffice hold to drop-downs and ranges.  Each
member gets the households of the village in an order of the member's own, without the member's own household; nobody
else's figures, codes or names of members stand in it.  The ordinary intake reads what comes back.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.errors import InputError
from workbench.panel.checknumber import check_number
from workbench.panel.consensus import settle
from workbench.panel.form import write_form
from workbench.panel.pages import member_page, village_page
from workbench.panel.workbook import Planned, write_sheet
from workbench.params import PanelRules
from workbench.store.atomic import whole, write_text


def write_sheets(
    identities: pd.DataFrame,
    members: pd.DataFrame,
    *,
    ratings: pd.DataFrame | None = None,
    out: Path,
    seed: int,
    as_of: date,
    rules: PanelRules | None = None,
) -> list[Path]:
    """Writes ``out/评议表/<village>/<member>.xlsx`` and ``out/下季度采集表/<village>.xlsx``; gives the paths.

    Where an earlier round was rated, ``out/银行内部`` holds a page a village for the bank alone and ``out/评议回看``
    a page a member that the member may see.
    """
    homes, crew = households_of(identities), crew_of(members, ratings)
    made: list[Path] = []
    for one in planned(homes, crew):
        here = shuffled(homes[homes["household"].isin(one.homes)], seed, one.village, one.rater)
        with whole(out / one.file, 0o600) as part:
            write_sheet(part, here, sheet=one, as_of=as_of)
        made.append(out / one.file)
    if not made:
        raise InputError(
            "panel_members",
            "no member of a panel is known for any village of the rosters",
            "add panel_members to the dataset",
        )
    if ratings is not None and len(ratings):
        made += _look_back(ratings, homes, crew, out, as_of, rules or PanelRules(), seed)
    taken = set[str]()
    for village in sorted(homes["village"].unique()):
        path = out / "下季度采集表" / f"{_free(safe(village), taken)}.xlsx"
        with whole(path, 0o600) as part:
            write_form(part, village=village, as_of=as_of)
        made.append(path)
    return made


def planned(homes: pd.DataFrame, crew: pd.DataFrame) -> list[Planned]:
    """The sheets to be made: each member of ``crew`` with the households (``households_of``) of the village."""
    out: list[Planned] = []
    taken: set[str] = set()
    for member in crew.itertuples(index=False):
        village, rater = str(member.village), str(member.rater)
        own = member.household if isinstance(member.household, str) else ""
        here = homes[homes["village"] == village]
        others = here[here["household"] != own]
        if len(others):
            file = _free(f"{safe(village)}/{safe(rater)}", taken)
            number = check_number(village, rater, others["number"])
            own_home = "left out" if len(others) < len(here) else ("not on the roster" if own else "not listed")
            asked = frozenset(others["household"])
            out.append(Planned(village, rater, str(member.role), asked, number, f"评议表/{file}.xlsx", own_home))
    return out


def _free(stem: str, taken: set[str]) -> str:
    """A name that no other file has, in whatever case: on the bank's computers A1 and a1 are one file."""
    name, n = stem, 1
    while name.casefold() in taken:
        n += 1
        name = f"{stem}_{n}"
    taken.add(name.casefold())
    return name


def _look_back(
    ratings: pd.DataFrame,
    homes: pd.DataFrame,
    crew: pd.DataFrame,
    out: Path,
    as_of: date,
    rules: PanelRules,
    seed: int,
) -> list[Path]:
    """What the earlier round showed: a page a village for the bank alone, a page a member that the member may see."""
    found = settle(ratings, rules=rules, seed=seed)
    numbers = dict(zip(homes["household"], homes["number"], strict=True))
    made, taken = [], set[str]()
    for village in sorted(set(ratings["village"]) & set(homes["village"])):
        page = village_page(
            village,
            ratings,
            found.consensus,
            found.raters,
            found.pulls,
            numbers=numbers,
            as_of=as_of,
            bars_for_review=rules.bars_for_review,
            listed=crew.loc[crew["village"] == village, "rater"],
        )
        path = out / "银行内部" / f"{_free(safe(village), taken)}.html"
        write_text(path, page, 0o600)
        made.append(path)
        for rater in sorted(ratings.loc[ratings["village"] == village, "rater"].unique()):
            path = out / "评议回看" / f"{_free(f'{safe(village)}/{safe(rater)}', taken)}.html"
            write_text(path, member_page(village, rater, ratings, found.consensus, found.raters), 0o600)
            made.append(path)
    return made


def crew_of(members: pd.DataFrame, ratings: pd.DataFrame | None) -> pd.DataFrame:
    """Members by village and code with role and own household; those of earlier ratings where they are not listed."""
    crew = members[["village", "rater", "role", "household"]]
    if ratings is not None and len(ratings):
        seen = ratings[["village", "rater", "role"]].drop_duplicates(["village", "rater"])
        crew = pd.concat([crew, seen], ignore_index=True).drop_duplicates(["village", "rater"])
    return crew.sort_values(["village", "rater"], ignore_index=True)


def households_of(identities: pd.DataFrame) -> pd.DataFrame:
    """One row a household: village, household, number, group, and the name by which the village knows it."""
    heads = identities.sort_values(["head", "age"], ascending=False, kind="stable")
    homes = heads.drop_duplicates(["village", "household"])[["village", "household", "number", "group", "name"]]
    people = identities.groupby(["village", "household"]).size().rename("people").reset_index()
    return homes.merge(people, on=["village", "household"]).sort_values(["village", "number"], ignore_index=True)


def shuffled(homes: pd.DataFrame, seed: int, village: str, rater: str) -> pd.DataFrame:
    """The households in the order of one member: neighbours on one sheet are not neighbours on another."""
    own = int.from_bytes(hashlib.sha256(f"{village}\x1f{rater}".encode()).digest()[:8], "big")
    order = np.random.default_rng([seed, own]).permutation(len(homes))
    return homes.iloc[order].reset_index(drop=True)


def safe(name: str) -> str:
    """A name as a file name: no separators, no leading dot.

    >>> safe("../a/b")
    '_a_b'
    """
    return "".join("_" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in name).lstrip(".") or "_"
