"""Makes an invented township: the files that its villages and the bank would send, and its truth in a folder apart.

In: how many villages and households, a seed, the kind of town.  Out: ``out`` (a dataset as the contract has it, with
``params.yaml`` and ``spec.yaml``) and ``<out>-truth`` beside it.  Causes come first and files last: households, their
books, what panels see, what the bank confirmed, who was visited; only then is anything written.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.errors import InputError
from workbench.town import books as bookkeeping
from workbench.town import course, defects, lists, sheets, truth, visits, worth
from workbench.town.answers import write_truth
from workbench.town.files import STYLES, Style
from workbench.town.homes import AS_OF, form_columns, make_homes, make_people
from workbench.town.kinds import TownKind
from workbench.town.publish import write_dataset
from workbench.town.spec_text import spec_yaml
from workbench.town.town import Town

_GROUPS_A_CELL = 4
LARGEST_VILLAGES, SMALLEST_VILLAGE, LARGEST_VILLAGE = 200, 5, 5_000


def make_town(out: Path, villages: int = 8, households: int = 90, seed: int = 1, kind: TownKind | None = None) -> Path:
    """Writes a township of ``villages`` with about ``households`` each to ``out``, its truth to ``<out>-truth``.

    The same arguments give the same town.  ``InputError`` where a folder is in use or the size is out of range.
    """
    if not 1 <= villages <= LARGEST_VILLAGES or not SMALLEST_VILLAGE <= households <= LARGEST_VILLAGE:
        raise InputError(
            "demo-town",
            f"{villages} villages of {households} households cannot be made",
            f"give 1 to {LARGEST_VILLAGES} villages and {SMALLEST_VILLAGE} to {LARGEST_VILLAGE} households",
        )
    apart = out.parent / f"{out.name}-truth"
    for folder in (out, apart):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(folder.name, "is there already and not empty", "give a new folder, or remove it first")
    town = imagine(kind or TownKind(), villages, households, seed)
    for folder, write in ((apart, write_truth), (out, write_dataset)):
        part = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write(town, part)
        if folder is out:
            (part / "spec.yaml").write_text(spec_yaml(), encoding="utf-8")
            (part / "params.yaml").write_text(_params(out.name, seed), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        part.replace(folder)
    return out


def _params(name: str, seed: int) -> str:
    lines = [
        f"name: '{name}'",
        "dataset: .",
        f"as_of: {AS_OF}",
        f"seed: {seed}",
        "tolerance: {yuan: 15000, share: 0.25}",
        "eligibility: {min_age: 18, max_age: 60}",
        "credited_per_household: 1",
        "spec: spec.yaml",
    ]
    return "\n".join(lines) + "\n"


def imagine(kind: TownKind, villages: int, households: int, seed: int) -> Town:
    """The whole town in memory: what is true, and what is written of it."""
    homes = make_homes(kind, villages, households, seed)
    people = make_people(homes, seed)
    facts = bookkeeping.keep_books(homes, people, kind, seed)
    homes = homes.assign(land_mu=facts["land_mu"], forest_mu=facts["forest_mu"])
    land = pd.Series(
        [f"承包土地{a:.1f}亩，山林{b:.1f}亩" for a, b in zip(facts["land_mu"], facts["forest_mu"], strict=True)],
        index=homes.index,
    )
    rosters = defects.damage(form_columns(people, homes, land), people, homes, seed)
    agreed = set(homes["village"][homes["agreed"]])
    kept = truth.kept_people(rosters, people, agreed)
    moves = visits.who_left(homes, kept, kind, seed)
    away, gone = set(moves.away), set(moves.gone)
    holder = truth.holders(truth.judged_people(kept, away, gone, set()))
    homes.loc[(homes["cause"] == "policy_limit") & ~homes.index.isin(list(holder)), "cause"] = "none"
    negative, listed = lists.negative_list(homes, truth.judged_people(kept, away, gone, set()), holder, seed)
    judged = truth.judged_people(kept, away, gone, listed)
    books = bookkeeping.spoil(facts, homes, kind, seed)
    judged_worth = worth.judge(facts, homes, people, kind, seed)
    members = sheets.appoint(homes, kind, seed)
    ratings = sheets.rate(homes, judged_worth, members, kind, seed)
    two_heads = _homes_of(rosters, people, "two_heads")
    barred = two_heads | {h for h, i in holder.items() if i in listed}
    lent = course.lend(homes, judged_worth, judged, holder, barred, sheets.panel_days(homes, seed), kind, seed)
    grid = _grid(homes)
    written = _land_as_written(rosters, people, land)
    manager = homes.merge(grid, on=["village", "group"], how="left")["manager"]
    filing = visits.visit(homes, people, books, moves, (written, land), manager, seed)
    objections = lists.objections(judged, lent.confirmed, seed)
    standing = truth.Standing(homes, judged, rosters, grid, lent.confirmed, filing.filed, lent.drawn, listed)
    return Town(
        kind, seed, homes, people, land, rosters, styles(homes), books, judged_worth, members, ratings, lent, negative,
        listed, objections, grid, filing, judged, standing,
    )  # fmt: skip


def styles(homes: pd.DataFrame) -> dict[str, Style]:
    """The kind of file that each village sends."""
    return {v: STYLES[n % len(STYLES)] for n, v in enumerate(dict.fromkeys(homes["village"]))}


def _homes_of(rosters: dict[str, pd.DataFrame], people: pd.DataFrame, kind: str) -> set[int]:
    rows = [p for sheet in rosters.values() for p in sheet["person"][sheet["kind"] == kind]]
    home = people["home"].to_dict()
    return {home[p] for p in rows}


def _grid(homes: pd.DataFrame) -> pd.DataFrame:
    """Four groups a cell; about one client manager for three cells, each with whole cells."""
    rows: list[dict[str, Any]] = []
    cells: list[str] = []
    for village, part in homes.groupby("village", sort=False):
        for n, group in enumerate(dict.fromkeys(part["group"])):
            cell = f"{village}第{n // _GROUPS_A_CELL + 1}网格"
            if cell not in cells:
                cells.append(cell)
            rows.append({"village": village, "group": group, "cell": cell})
    managers = max(1, len(cells) // 3)
    return pd.DataFrame(rows).assign(manager=lambda g: [f"M{1 + cells.index(c) % managers:02d}" for c in g["cell"]])


def _land_as_written(rosters: dict[str, pd.DataFrame], people: pd.DataFrame, land: pd.Series) -> pd.Series:
    """The land text that stands on the roster: ``land`` itself, but where it was written so that nobody can read it."""
    out, home = land.copy(), people["home"].to_dict()
    for sheet in rosters.values():
        for person, text in zip(sheet["person"], sheet["承包土地及山林信息"], strict=True):
            if person >= 0 and text:
                out[home[person]] = text
    return out
