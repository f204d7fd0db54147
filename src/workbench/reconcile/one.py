"""One household with one changed fact: limit and blocks again, within seconds, as a full run on the corrected data
gives them.

In: the tables of a run and the model's own callable.  Out: the household's limits and blocks before and after.
Everything is computed as in a run (``find_causes``, ``household_reasons``), so there is no second arithmetic that could
disagree; the model is the run's.  A household of a training village would also change the training itself: that takes a
full run, and the sentence says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import InputError
from workbench.params import RunParams
from workbench.reconcile.align import KEY, Bounds, Score, align
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.gaps import find_causes, household_reasons
from workbench.spec import FeatureSpec
from workbench.units import about
from workbench.words import BLOCKS as WORDS
from workbench.words import CAUSES

NEEDED = ("limits", "consensus", "ratings", "pulls", "households", "records")
LABELS = {"what": "项目", "before": "原来（元）", "after": "改正后（元）", "change": "变动（元）"}


@dataclass(frozen=True)
class Reworked:
    """The household's row of ``gaps`` before and after, its evidence after, and whether the training would change
    too."""

    before: pd.Series
    after: pd.Series
    evidence: pd.DataFrame
    fact: str
    trained_on: bool


def first_to_check(evidence: pd.DataFrame) -> tuple[str, str, float]:
    """The household, fact and implied value with most yuan at stake: where to begin.  ``InputError`` where there is
    none."""
    found = evidence[evidence["block"].eq("record_error") & evidence["implied"].notna()]
    if found.empty:
        raise InputError("evidence", "no fact of this run is contradicted", "name household, fact and value by hand")
    top = found.iloc[int(np.argmax(found["yuan"].abs().to_numpy()))]
    return str(top["household"]), str(top["fact"]), float(top["implied"])


def rework(
    tables: Mapping[str, pd.DataFrame | None],
    household: str,
    fact: str,
    value: float,
    *,
    spec: FeatureSpec,
    params: RunParams,
    score: Score,
    bounds: Bounds,
) -> Reworked:
    """Limit and blocks of ``household`` (pseudonym) with ``fact`` at ``value``, as if a visit had found it so."""
    t = dict(tables)
    lacking = [name for name in NEEDED if t.get(name) is None]
    if lacking:
        raise InputError(", ".join(lacking), "is not there", "take the tables of a run with the steps import to limit")
    facts = _frame(t, "facts" if t.get("facts") is not None else "records")
    limits = _frame(t, "limits")
    place = facts.index[facts["household"] == household]
    if fact not in spec.numbers or not len(place) or household not in set(limits["household"]):
        remedy = "give a pseudonym of the run and a numeric fact of the spec"
        raise InputError("household, fact", "is not in this run", remedy)
    known = t.get("gaps")
    before = (
        known
        if known is not None
        else _explained(t, facts, limits, t.get("corrections"), spec, params, score, bounds)[0]
    )
    changed = facts.copy()
    changed[fact] = changed[fact].astype(float)
    changed.loc[place, fact] = float(value)
    raw = float(score(changed.loc[place, spec.names]).iloc[0])
    row = limits["household"] == household
    roster = limits.loc[row, KEY].merge(_frame(t, "households"), on=KEY)
    after_limits = limits.copy()
    after_limits.loc[row, "raw_limit"] = raw
    after_limits.loc[row, "model_limit"] = bounds(roster, changed.loc[place, spec.names], np.array([raw]))[0]
    after = _explained(
        t, changed, after_limits, _visited(t, facts.loc[place], fact, value), spec, params, score, bounds
    )
    history = t.get("history")
    return Reworked(
        before=_row(before, household),
        after=_row(after[0], household),
        evidence=after[1][after[1]["household"] == household].reset_index(drop=True),
        fact=fact,
        trained_on=history is not None and household in set(history["household"]),
    )


def _frame(tables: Mapping[str, pd.DataFrame | None], name: str) -> pd.DataFrame:
    frame = tables[name]
    assert frame is not None
    return frame


def _explained(
    t: Mapping[str, pd.DataFrame | None],
    facts: pd.DataFrame,
    limits: pd.DataFrame,
    corrections: pd.DataFrame | None,
    spec: FeatureSpec,
    params: RunParams,
    score: Score,
    bounds: Bounds,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    ratings, pulls, consensus = (_frame(t, n) for n in ("ratings", "pulls", "consensus"))
    town = align(
        limits,
        consensus,
        ratings,
        pulls,
        _frame(t, "households"),
        facts,
        t.get("history"),
        corrections,
        spec.features,
        bounds.floor,
    )
    causes = find_causes(town, ratings, pulls, score)
    return household_reasons(town, causes, consensus, spec=spec, params=params, score=score, bounds=bounds)


def _visited(t: Mapping[str, pd.DataFrame | None], own: pd.DataFrame, fact: str, value: float) -> pd.DataFrame:
    """The corrections with one more: the fact as it is now, checked."""
    line = own[KEY].assign(fact=fact, old=own[fact].astype(float), new=float(value), changed=True)
    known = t.get("corrections")
    return line if known is None or known.empty else pd.concat([known, line], ignore_index=True)


def _row(gaps: pd.DataFrame, household: str) -> pd.Series:
    found = gaps[gaps["household"] == household]
    if found.empty:
        raise InputError("household", "lacks one of the two limits, so there is no gap", "take one of the table gaps")
    return found.iloc[0]


def change_table(done: Reworked) -> pd.DataFrame:
    """Limits and blocks before and after, in whole yuan."""
    lines = [("model_limit", "模型额度"), ("panel_limit", "评议额度"), ("gap", "差额"), ("proposed_limit", "建议额度")]
    lines += [(b, WORDS[b]) for b in BLOCKS]
    before = [round(float(done.before[c])) for c, _ in lines]
    after = [round(float(done.after[c])) for c, _ in lines]
    change = [a - b for a, b in zip(after, before, strict=True)]
    return pd.DataFrame({"what": [w for _, w in lines], "before": before, "after": after, "change": change})


def change_text(done: Reworked, spec: FeatureSpec) -> str:
    """What the changed fact did, in a sentence."""
    label = spec.feature(done.fact).label_zh
    moved = float(done.after["model_limit"]) - float(done.before["model_limit"])
    side = "提高" if moved > 0 else "降低"
    what = f"{side}{about(abs(moved))}" if abs(moved) >= 500 else "不变"
    was, is_now = (CAUSES[str(row["primary_cause"])] for row in (done.before, done.after))
    text = f"改正“{label}”后，模型额度{what}；主要原因由“{was}”变为“{is_now}”。"
    note = "这一户的额度参与了模型训练，改正后模型本身也会略变，请以完整重跑为准。" if done.trained_on else ""
    return text + note
