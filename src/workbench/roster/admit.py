"""Rosters become the tables of the import step: sheets, agreements, lists in; counts, findings, households, people out.

The verdict of rows is ``verdict.judge``; here identities become pseudonyms and households are put together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.identity import Pseudonyms
from workbench.params import Eligibility
from workbench.roster.corrected import correct_phones, land_found
from workbench.roster.gridcells import admit_grid, looks_like_a_group, place_groups
from workbench.roster.kinship import OTHER
from workbench.roster.landcolumn import of_households
from workbench.roster.lists import Lists, load_lists
from workbench.roster.phones import MOBILE
from workbench.roster.rows import FLAGGED, KEPT, QUARANTINED, STATUS
from workbench.roster.standing import ages, away, holders, listed, opted_out
from workbench.roster.strangers import told
from workbench.roster.verdict import Verdict, judge
from workbench.roster.villages import admit_agreements, in_force
from workbench.store.dataset import RosterSheet
from workbench.store.memory import given_back
from workbench.store.tables import checked, in_order

UNKNOWN_VILLAGE = "村名不明"
_PIECE = 20_000
AS_WRITTEN = ("姓名", "联系方式", "现居住地址", "组名", "性别", "与户主关系", "民族", "承包土地及山林信息")
"""Columns of the form that a correction's old value is looked up in (``filing.register``)."""
YOUNGEST_IN_A_TABLE = 14
"""Full years: no table holds a row for a younger person (figures, People and milestones)."""


@dataclass
class Admission:
    """What the door admits of the rosters.

    ``tables`` go into the run; ``identities`` (a kept or flagged row each, every age) and ``rows`` (every row with its
    verdict) stay in memory for the commands that make identifying folders.
    """

    tables: dict[str, pd.DataFrame]
    identities: pd.DataFrame
    notes: list[str]
    rows: pd.DataFrame


def admit_roster(
    sheets: Sequence[RosterSheet],
    agreements: pd.DataFrame,
    *,
    names: Pseudonyms,
    as_of: date,
    eligibility: Eligibility,
    negative: pd.DataFrame | None = None,
    optouts: pd.DataFrame | None = None,
    visits: pd.DataFrame | None = None,
    grid: pd.DataFrame | None = None,
    lists: Lists | None = None,
) -> Admission:
    """Every row judged, every kept person counted (figures.md: eligible, holder); ``InputError`` on unreadable days."""
    agreed = admit_agreements(agreements, as_of)
    cells = admit_grid(grid, names)
    verdict = judge(sheets, in_force(agreed), as_of, lists or load_lists())
    with given_back():
        identities = correct_phones(_identities(verdict, names, as_of), visits, as_of)
        people, gone = _people(identities, as_of, eligibility, negative, optouts, visits)
        refused = _quarantined(verdict, names)
        households = _households(verdict, identities, people, refused, gone, cells)
        households = _with_land(households, verdict, land_found(visits, as_of))
        tables = {
            "row_counts": checked("row_counts", verdict.counts()),
            "quarantine": checked("quarantine", _quarantine(verdict)),
            "households": checked("households", households.drop(columns=["code", "number"])),
            "people": checked("people", _people_table(people, names)),
            "quarantined_people": checked("quarantined_people", place_groups(refused, households, cells)),
            "agreements": agreed,
            "grid": cells,
        }
        notes = [*verdict.notes, *told(negative, optouts, visits, as_of)]
        return Admission(tables, identities.drop(columns=["code", "born", "at"]), notes, _rows(verdict))


def _texts(cells: pa.Array, where: np.ndarray) -> pd.Series:
    return pd.Series(cells.take(pa.array(where)).to_pandas(), dtype="str")


def _identities(verdict: Verdict, names: Pseudonyms, as_of: date) -> pd.DataFrame:
    """One line a kept or flagged row: who stands behind the pseudonyms."""
    rows = verdict.rows
    at = np.flatnonzero((verdict.status == KEPT) | (verdict.status == FLAGGED))
    frame = pd.DataFrame(
        {
            "at": at,
            "code": verdict.households.code[at],
            "village": _texts(rows.texts("行政村名称"), at),
            "number": _texts(verdict.households.number, at),
            "id_number": _texts(verdict.ids.number, at),
            "name": _texts(verdict.name, at),
            "phone": _texts(verdict.phone, at),
            "phone_state": _texts(verdict.phone_state.texts(), at),
            "address": _texts(rows.texts("现居住地址"), at),
            "group": _texts(rows.texts("组名"), at),
            "relation": _texts(verdict.relation.texts(), at).fillna(OTHER),
            "sex": pd.Series(np.where(verdict.ids.male[at], "男", "女"), dtype="str"),
            "ethnic": _texts(verdict.ethnic.texts(), at),
            "born": verdict.ids.born[at],
            "source": pd.Series(np.array(rows.sources, object)[rows.source[at]], dtype="str"),
            "row": rows.row[at],
            "flagged": verdict.status[at] == FLAGGED,
        }
    )
    first = frame.drop_duplicates("code")
    of_code = dict(zip(first["code"], names.households(first["village"], first["number"]), strict=True))
    frame["household"] = frame["code"].map(of_code).astype("str")
    frame["person"] = _in_pieces(names.persons, frame["id_number"])
    frame["age"] = ages(frame["born"].to_numpy(), as_of)
    frame["head"] = frame["relation"] == "head"
    same = {"现居住地址": "address", "组名": "group"} | ({"姓名": "name"} if verdict.name is rows.cells["姓名"] else {})
    for column in AS_WRITTEN:
        frame[column] = frame[same[column]] if column in same else _texts(rows.texts(column), at)
    return frame


def _in_pieces(make: Callable[[pd.Series], list[str | None]], texts: pd.Series) -> pd.Series:
    """Pseudonyms of a column, made a piece at a time: texts of Python take several times the room of a column's."""
    pieces = [texts.iloc[at : at + _PIECE] for at in range(0, len(texts), _PIECE)] or [texts]
    made: pd.Series = pd.concat([pd.Series(make(piece), index=piece.index, dtype="str") for piece in pieces])
    return made


def _people(
    identities: pd.DataFrame,
    as_of: date,
    eligibility: Eligibility,
    negative: pd.DataFrame | None,
    optouts: pd.DataFrame | None,
    visits: pd.DataFrame | None,
) -> tuple[pd.DataFrame, set[tuple[str, str]]]:
    """Standing of every kept person of any age, and the households that a visit found wholly away."""
    people = identities.drop(columns=[*AS_WRITTEN, "name", "address", "group", "source", "row"])
    of_age = people["age"].between(eligibility.min_age, eligibility.max_age)
    is_away, gone = away(visits, people, as_of)
    on_list = people["id_number"].isin(listed(negative, as_of))
    people["base"] = of_age & ~is_away
    people["listed"] = on_list
    people["eligible"] = people["base"] & ~on_list
    people["why_not"] = pd.Series(
        np.select([~of_age, is_away, on_list], ["age", "away", "listed"], default=""), dtype="str", index=people.index
    )
    people["why_not"] = people["why_not"].mask(people["why_not"] == "")
    sms_ids, sms_phones, auto_ids, auto_phones = opted_out(optouts)
    own_sms = people["id_number"].isin(sms_ids)
    people["auto_optout"] = people["id_number"].isin(auto_ids) | _have_one_of(people["phone"], auto_phones)
    objecting = sms_phones | {n for phone in people.loc[own_sms, "phone"].dropna() for n in phone.split()}
    people["sms_optout"] = own_sms | _have_one_of(people["phone"], sms_phones)
    people["opted_phone"] = _have_one_of(people["phone"], objecting) & ~people["sms_optout"]
    return people, gone


def _have_one_of(phones: pd.Series, numbers: set[str]) -> pd.Series:
    """Whether a cell of one number or two (a blank between) holds one of some numbers."""
    parts = phones.str.split(" ", n=1, expand=True) if numbers else phones.to_frame()
    return parts.isin(numbers).any(axis=1)


def _people_table(people: pd.DataFrame, names: Pseudonyms) -> pd.DataFrame:
    """Persons of 14 years or more; a mobile number as its pseudonym."""
    ranked = in_order(people[["code", "born", "person"]], ["code", "born", "person"])
    rank = ranked.groupby("code").cumcount().sort_index() + 1
    columns = (
        "village household person age sex ethnic relation eligible why_not listed phone_state phone "
        "sms_optout auto_optout opted_phone"
    )
    grown = people.loc[people["age"] >= YOUNGEST_IN_A_TABLE, columns.split()].copy()
    grown["birth_rank"] = rank.reindex(grown.index)
    mobile = grown["phone"].where(grown["phone_state"] == MOBILE)
    grown["phone"] = _in_pieces(names.phones, mobile)
    return grown


def _quarantined(verdict: Verdict, names: Pseudonyms) -> pd.DataFrame:
    """Rejected rows, duplicates and villages without agreement apart: village, household that they name, group."""
    frame = verdict.found.frame()
    left_out = ("id_duplicate", "village_without_agreement")
    at = frame.loc[(frame["severity"] == "reject") & ~frame["rule"].isin(left_out), "at"].to_numpy()
    rows = verdict.rows
    trusted = ~verdict.rows.broken[at]
    out = pd.DataFrame(
        {
            "village": _villages(verdict, at),
            "number": _texts(verdict.households.number, at).where(trusted & (verdict.households.code[at] >= 0)),
            "group": _texts(rows.texts("组名"), at).where(trusted),
        }
    )
    out["household"] = pd.Series(names.households(out["village"], out["number"]), dtype="str")
    return out


def _villages(verdict: Verdict, at: np.ndarray) -> pd.Series:
    """The village of some rows; where a broken row names none that is known, that of most rows of its sheet.

    What stands in the cell of a broken row may be anybody's name: it goes no further.
    """
    rows = verdict.rows
    every = _texts(rows.texts("行政村名称"), np.arange(len(rows)))
    every = every.where(every.isin(verdict.villages))
    usual = every.groupby(rows.source).agg(lambda names: next(iter(names.mode()), UNKNOWN_VILLAGE))
    own = every.iloc[at].reset_index(drop=True)
    return own.fillna(pd.Series(rows.source[at]).map(usual)).fillna(UNKNOWN_VILLAGE).astype("str")


def _households(
    verdict: Verdict,
    identities: pd.DataFrame,
    people: pd.DataFrame,
    refused: pd.DataFrame,
    gone: set[tuple[str, str]],
    cells: pd.DataFrame,
) -> pd.DataFrame:
    """One line a household with a kept row."""
    by = people[["code", "eligible", "base", "auto_optout", "flagged"]].groupby("code")
    homes = people[["code", "village", "household", "number"]].drop_duplicates("code").set_index("code").sort_index()
    homes = homes.join(by.size().rename("people")).join(by[["eligible", "base", "flagged"]].sum())
    homes = homes.join(by["auto_optout"].any()).reset_index()
    holder = holders(people)
    homes["holder"] = homes["code"].map(holder).astype("str")
    of_list = people[people["listed"]]
    listed_people = of_list.groupby("code")["person"].agg(set).to_dict()
    codes_and_holders = zip(homes["code"].tolist(), homes["holder"].tolist(), strict=True)
    held = [(holder, listed_people.get(code, set())) for code, holder in codes_and_holders]
    homes["listed_holder"] = [h in who for h, who in held]
    homes["listed_member"] = [bool(who - {h}) for h, who in held]
    homes["quarantined"] = homes["household"].map(refused["household"].value_counts()).fillna(0).astype("int64")
    pairs = zip(homes["village"].tolist(), homes["number"].tolist(), strict=True)
    homes["away"] = [pair in gone for pair in pairs]
    groups = identities[["code", "group"]].assign(no_head=~identities["head"]).dropna(subset=["group"])
    group = in_order(groups, ["code", "no_head", "group"]).drop_duplicates("code").set_index("code")["group"]
    homes["group"] = homes["code"].map(group).astype("str")
    homes = homes.merge(cells, on=["village", "group"], how="left")
    homes["group"] = homes["group"].where(homes["cell"].notna() | looks_like_a_group(homes["group"]))
    return homes


def _with_land(
    homes: pd.DataFrame, verdict: Verdict, found: dict[tuple[str, str], tuple[float, float]]
) -> pd.DataFrame:
    """``land_mu`` and ``forest_mu``: as the last visit found them, else as the roster says, else open."""
    kept = (verdict.status == KEPT) | (verdict.status == FLAGGED)
    lost = verdict.status == QUARANTINED
    land = of_households(verdict.land, verdict.households.code, kept, lost, verdict.households.count)
    homes = homes.merge(land, left_on="code", right_index=True)
    visited = [found.get(pair) for pair in zip(homes["village"], homes["number"], strict=True)]
    for place, column in enumerate(("land_mu", "forest_mu")):
        homes[column] = [v if seen is None else seen[place] for seen, v in zip(visited, homes[column], strict=True)]
    return homes


def _quarantine(verdict: Verdict) -> pd.DataFrame:
    """Every finding with its place; no value."""
    frame = verdict.found.frame()
    rows, at = verdict.rows, frame["at"].to_numpy()
    frame["source"] = pd.Series(np.array(rows.sources, object)[rows.source[at]], dtype="str")
    frame["row"] = rows.row[at]
    village = _texts(rows.texts("行政村名称"), at)
    trusted = (frame["rule"] != "village_without_agreement") & (frame["severity"] != "skip") & ~rows.broken[at]
    frame["village"] = village.where(trusted)
    return frame.drop(columns="at")


def _rows(verdict: Verdict) -> pd.DataFrame:
    """Every row with its verdict and the village that it names; memory only."""
    rows = verdict.rows
    return pd.DataFrame(
        {
            "source": pd.Series(np.array(rows.sources, object)[rows.source], dtype="str"),
            "row": rows.row,
            "status": pd.Series(np.array(STATUS, object)[verdict.status], dtype="str"),
            "行政村名称": _texts(rows.texts("行政村名称"), np.arange(len(rows))),
        }
    )
