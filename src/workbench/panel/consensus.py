"""One fair panel limit for each household, and what is known of each member.

In: ``ratings``.  Out: ``consensus``, ``raters``, ``pulls``.  The bank's records never enter: the consensus must not
lean on what it will be compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench.panel.clues import clues_of, marks_of
from workbench.panel.copies import find_copies
from workbench.panel.fit import Fit, fit
from workbench.panel.long import Floats, Ints, Long, long_table, medians, summed
from workbench.panel.original import originals
from workbench.panel.scale import Scale, choose_scale, find_step
from workbench.panel.spread import agreement, half_widths, shift_half_widths
from workbench.panel.votes import Votes, one_vote
from workbench.params import PanelRules
from workbench.store.tables import checked

LIKELY = 0.5
"""Chance from which a rating is called off; the expected share of false ones among them is told on the page."""
SPLIT = 0.3
"""Agreement below which a panel is of two minds."""
CREW = ("village", "rater")


@dataclass(frozen=True)
class Settled:
    """The three tables of the step; ``log``: figures of members are in log, else in the units of what they wrote."""

    consensus: pd.DataFrame
    raters: pd.DataFrame
    pulls: pd.DataFrame
    log: bool = True


def settle(ratings: pd.DataFrame, *, rules: PanelRules, seed: int) -> Settled:
    """``ratings`` to ``consensus`` (yuan), ``raters`` (log) and ``pulls``.

    Nothing is drawn at random: ``seed`` is taken so that every verb of a notebook is called alike.
    """
    frame = ratings.sort_values(["village", "household", "rater"], ignore_index=True)
    counted = frame[frame["counts"]].reset_index(drop=True)
    found = consensus_of(
        counted,
        marks=marks_of(counted),
        force_log=True,
    )
    barred = frame[frame["bar"]].drop_duplicates(["village", "household", "rater"])
    bars = barred.groupby(["village", "household"]).size().rename("bars").reset_index()
    known = frame[["village", "household"]].drop_duplicates()
    consensus = known.merge(found.consensus, how="left", on=["village", "household"]).merge(bars, how="left")
    consensus["raters"] = consensus["raters"].fillna(0).astype("int64")
    consensus["bars"] = consensus["bars"].fillna(0).astype("int64")
    consensus["split"] = consensus["agreement"].lt(SPLIT).fillna(False).astype(bool)
    for column in ("panel_limit", "low", "high", "mean", "median"):
        consensus[column] = consensus[column].round(2)
    return Settled(
        checked("consensus", consensus),
        checked("raters", _crew(frame, found)),
        checked("pulls", found.pulls),
    )


def _crew(frame: pd.DataFrame, found: Settled) -> pd.DataFrame:
    """All members who handed anything in, those of whom nothing counts too; declared stakes counted or not."""
    crew = frame.groupby(list(CREW)).agg(role=("role", "first"), declared=("interest", "sum")).reset_index()
    out = crew.merge(found.raters.drop(columns=["role", "declared"]), how="left", on=list(CREW))
    left_out = frame[frame["interest"] & ~frame["counts"]].groupby(list(CREW)).size().rename("left_out").reset_index()
    out = out.merge(left_out, how="left", on=list(CREW))
    out["conflicts"] = out["conflicts"].fillna(0) + out["left_out"].fillna(0)
    for column in ("ratings", "conflicts", "favours", "grudges", "declared"):
        out[column] = out[column].fillna(0).astype("int64")
    return out.drop(columns="left_out")


def consensus_of(counted: pd.DataFrame, *, marks: Floats | None = None, force_log: bool = False) -> Settled:
    """The three tables out of ratings that count: columns village, household, rater, role, limit, interest.

    ``marks``: the members' other words by row of ``counted`` (a run has them), see ``clues_of``.
    """
    item, items = _codes(counted, ["village", "household"])
    rater, crew = _codes(counted, list(CREW))
    stake = counted["interest"].to_numpy(bool)
    value = counted["limit"].to_numpy(np.float64)
    table = long_table(item, rater, value, stake=stake, marks=marks)
    role = counted["role"].groupby(rater).first() if len(counted) else counted["role"]
    copies = find_copies(table, find_step(table.value))
    votes = one_vote(table, copies)
    scale = choose_scale(votes.table, force_log=force_log)
    votes, model = _fitted(votes, scale)
    if votes.disputed.any():
        votes, model = _fitted(originals(table, votes, model, scale), scale)
    consensus = _consensus(items, crew, table, votes, model, scale)
    raters = _raters(crew, table, votes, model)
    raters["role"] = role.reindex(range(len(crew))).to_numpy() if len(crew) else pd.Series(dtype="str")
    raters = raters.merge(_copied(crew, copies), how="left", on=list(CREW))
    return Settled(consensus, raters, _pulls(items, crew, table, votes, model, consensus), scale.log)


def _fitted(votes: Votes, scale: Scale) -> tuple[Votes, Fit]:
    """The votes with their members' own words, and the model of them."""
    votes = replace(votes, table=replace(votes.table, clues=clues_of(votes.table)))
    return votes, fit(votes.table, scale)


def _codes(frame: pd.DataFrame, columns: list[str]) -> tuple[Ints, pd.DataFrame]:
    """Codes in the order of the names, and the names."""
    names = frame[columns].drop_duplicates().sort_values(columns, ignore_index=True)
    place = names.assign(place=np.arange(len(names)))
    return frame[columns].merge(place, how="left", on=columns)["place"].to_numpy(np.int64), names


def _off(table: Long, votes: Votes, model: Fit) -> Floats:
    """Chance to be off of each rating: that of its vote."""
    return np.where(votes.row >= 0, model.off[np.maximum(votes.row, 0)], 0.0)


def _consensus(
    items: pd.DataFrame, crew: pd.DataFrame, table: Long, votes: Votes, model: Fit, scale: Scale
) -> pd.DataFrame:
    half = half_widths(votes.table, model)
    limit, low, high = (scale.back(model.figure + k * half) for k in (0, -1, 1))
    none = (votes.table.value == 0).astype(np.float64)
    zero = summed(votes.table.item, none, table.items) * 2 > votes.table.sizes
    limit, low = np.where(zero, 0.0, limit), np.where(zero, 0.0, low)
    high = np.where(zero & ~np.isfinite(high), 0.0, high)
    if scale.log and scale.step:
        low = np.where(limit < scale.zero, 0.0, low)
    said = pd.Series(_off(table, votes, model) > LIKELY)
    rows = np.flatnonzero(said)
    codes = pd.Series(crew["rater"].to_numpy()[table.rater[rows]], dtype="str").groupby(table.item[rows]).agg(" ".join)
    size = table.sizes
    return items.assign(
        panel_limit=limit,
        low=np.minimum(low, limit),
        high=np.maximum(high, limit),
        raters=size,
        agreement=agreement(votes.table, model),
        mean=summed(table.item, table.value, table.items) / np.maximum(size, 1),
        median=medians(table.item, table.value, table.items),
        outliers=codes.reindex(range(len(items))).astype("str").to_numpy(),
    )


def _raters(crew: pd.DataFrame, table: Long, votes: Votes, model: Fit) -> pd.DataFrame:
    voter = votes.voter
    half = shift_half_widths(model)[voter]
    off = _off(table, votes, model) > LIKELY
    up = np.where(votes.row >= 0, model.deviation[np.maximum(votes.row, 0)], 0.0) > 0

    leans = model.lean.told[voter]

    def count(rows: np.ndarray) -> Ints:
        return np.bincount(table.rater[rows], minlength=table.raters).astype(np.int64)

    return crew.assign(
        ratings=count(np.ones(table.n, bool)),
        severity=model.shift[voter],
        severity_low=model.shift[voter] - half,
        severity_high=model.shift[voter] + half,
        noise=model.noise[voter],
        slope=model.slope[voter],
        declared=count(table.stake),
        conflicts=count(off | table.stake),
        favours=count(off & up),
        grudges=count(off & ~up),
        lifts=np.where(leans, model.lean.share[voter], np.nan),
        lift=np.where(leans, model.lean.step[voter], np.nan),
    )


def _copied(crew: pd.DataFrame, copies: object) -> pd.DataFrame:
    """For each accused member the sheet that is likest."""
    one, other = np.concatenate([copies.one, copies.other]), np.concatenate([copies.other, copies.one])  # type: ignore[attr-defined]
    share, chance = np.tile(copies.share, 2), np.tile(copies.chance, 2)  # type: ignore[attr-defined]
    order = np.lexsort((other, -share, one))
    first = order[np.unique(one[order], return_index=True)[1]]
    told = crew.iloc[one[first]].reset_index(drop=True)
    return told.assign(
        copied_from=crew["rater"].to_numpy()[other[first]], copy_share=share[first], copy_chance=chance[first]
    ).astype({"copied_from": "str"})


def _pulls(
    items: pd.DataFrame, crew: pd.DataFrame, table: Long, votes: Votes, model: Fit, consensus: pd.DataFrame
) -> pd.DataFrame:
    chance = _off(table, votes, model)
    rows = np.flatnonzero(chance > LIKELY)
    limit = consensus["panel_limit"].to_numpy()[table.item[rows]]
    up = model.deviation[np.maximum(votes.row[rows], 0)] > 0
    out = items.iloc[table.item[rows]].reset_index(drop=True)
    return out.assign(
        rater=pd.Series(crew["rater"].to_numpy()[table.rater[rows]], dtype="str"),
        chance=chance[rows],
        direction=pd.Series(np.where(up, "up", "down"), dtype="str"),
        yuan=table.value[rows] - limit,
    )
