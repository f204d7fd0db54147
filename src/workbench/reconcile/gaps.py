"""Decides, for every household with two limits, how much of their difference comes from what, and what to do.

In: ``limits``, ``consensus``, ``ratings``, ``pulls``, ``households``, ``people``, ``facts``, ``records``, ``history``,
``corrections`` and the model's own callable.  Out: ``gaps``, ``evidence``, ``weighing``, ``rules_compared``,
``fairness``. Order: facts first (a wrong fact looks like anything else), then who is new (their gap must teach
nobody), then the panels' weighing, then what marks say beyond it, then single members; what is left is told as left.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from workbench.params import RunParams
from workbench.reconcile import learn
from workbench.reconcile.advice import advise
from workbench.reconcile.align import KEY, Aligned, Bounds, Score, align
from workbench.reconcile.blocks import make_blocks
from workbench.reconcile.cause import name_causes
from workbench.reconcile.compare import both_sides, household_sides, weighing_table
from workbench.reconcile.evidence import gather
from workbench.reconcile.fairness import compare_groups
from workbench.reconcile.members import Moved, find_moved
from workbench.reconcile.novelty import Novel, find_new, nobody_new
from workbench.reconcile.reasons import write_reasons
from workbench.reconcile.records import Found, contradictions, find_wrong_facts
from workbench.reconcile.review import chance_of_error, decide, error_sd, sampled
from workbench.reconcile.settle import compare_rules, held, model_weights, propose
from workbench.reconcile.soft import Soft, learn_soft
from workbench.reconcile.weighing import Weighing, learn_weighing
from workbench.spec import FeatureSpec
from workbench.store.tables import checked, empty
from workbench.units import log_mean


@dataclass(frozen=True)
class Explained:
    """The tables of the gap step."""

    gaps: pd.DataFrame
    evidence: pd.DataFrame
    weighing: pd.DataFrame
    sides: pd.DataFrame
    rules_compared: pd.DataFrame
    fairness: pd.DataFrame


@dataclass(frozen=True)
class Causes:
    """What each cause owes, in log, a value a household (see the modules of the causes)."""

    found: Found
    novel: Novel
    weighing: Weighing
    soft: Soft
    moved: Moved
    folds: np.ndarray


def explain_gaps(
    limits: pd.DataFrame,
    consensus: pd.DataFrame,
    ratings: pd.DataFrame,
    pulls: pd.DataFrame,
    households: pd.DataFrame,
    people: pd.DataFrame,
    facts: pd.DataFrame | None,
    records: pd.DataFrame,
    history: pd.DataFrame | None,
    corrections: pd.DataFrame | None,
    *,
    spec: FeatureSpec,
    params: RunParams,
    score: Score,
    bounds: Bounds,
) -> Explained:
    """The tables of the gap step; ``score`` gives the model's raw limit in yuan for rows of facts, ``bounds`` what
    the policy in force makes of a figure.

    Raises nothing on a small town: what cannot be learnt is told as unexplained.
    """
    book = facts if facts is not None else records
    town = align(limits, consensus, ratings, pulls, households, book, history, corrections, spec.features, bounds.floor)
    if not len(town):
        return Explained(**{f.name: empty(f.name) for f in fields(Explained)})
    causes = find_causes(town, ratings, pulls, score)
    gaps, evidence = household_reasons(town, causes, consensus, spec=spec, params=params, score=score, bounds=bounds)
    model, panel = both_sides(town, causes.found.corrected, causes.folds)
    return Explained(
        gaps=gaps,
        evidence=evidence,
        weighing=checked("weighing", weighing_table(town, model, panel)),
        sides=checked("sides", household_sides(town, model, panel)),
        rules_compared=checked("rules_compared", compare_rules(gaps, history, town, bounds)),
        fairness=checked("fairness", compare_groups(gaps, households, people, town.confirmed)),
    )


def household_reasons(
    town: Aligned,
    causes: Causes,
    consensus: pd.DataFrame,
    *,
    spec: FeatureSpec,
    params: RunParams,
    score: Score,
    bounds: Bounds,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """``gaps`` and ``evidence`` out of what each cause owes; rows in the order of the key, as ``town``."""
    blocks = make_blocks(
        town.model,
        town.raw,
        town.panel,
        town.said,
        record=causes.found.share,
        weighing=causes.weighing.log,
        soft=causes.soft.log,
        moved=causes.moved.share,
        new=causes.novel.new,
    )
    gaps = _gaps(town, causes, blocks, consensus, params, bounds)
    evidence = gather(town, blocks, causes.found, causes.weighing, causes.novel, causes.soft.beyond, causes.moved.off)
    gaps["reason_zh"] = write_reasons(gaps, evidence, spec.features, town.facts)
    told = pd.concat([evidence, advise(town, score)], ignore_index=True)
    return checked("gaps", gaps), checked("evidence", told)


def find_causes(town: Aligned, ratings: pd.DataFrame, pulls: pd.DataFrame, score: Score) -> Causes:
    """What each cause owes in log: facts, novelty, weighing, soft information, members, in this order."""
    folds = learn.village_folds(town.villages, town.keys["household"].to_numpy())
    pulled = chance_pulled(town, pulls)
    implied = contradictions(town, folds)
    wrong = np.maximum(implied.chance_wrong(), 0.5 * pulled) if implied.distances else 0.5 * pulled
    first = learn_weighing(town, town.facts, town.raw, nobody_new(town), folds, wrong)
    found = find_wrong_facts(town, implied, first.log, first.noise, score)
    novel = find_new(town, found.corrected)
    doubt = np.clip(np.maximum(np.where(found.share != 0, 1.0, found.chance), 0.5 * pulled), 0.0, 1.0)
    raw = town.raw * np.exp(-found.share)
    weighing = learn_weighing(town, found.corrected, raw, novel, folds, doubt)
    trust = np.where(novel.new, 0.0, 1.0 - doubt)
    soft = learn_soft(town, found.corrected, weighing.left, weighing.noise, trust, folds)
    expected = np.log(np.maximum(raw, 1.0)) + weighing.log + soft.log
    moved = find_moved(town, ratings, expected, weighing.noise)
    return Causes(found, novel, weighing, soft, moved, folds)


def chance_pulled(town: Aligned, pulls: pd.DataFrame) -> np.ndarray:
    """The largest chance that one of a household's ratings is off, as the panel step found it."""
    worst = pulls.groupby(KEY)["chance"].max()
    return worst.reindex(pd.MultiIndex.from_frame(town.keys)).fillna(0.0).to_numpy(float)


def _gaps(
    town: Aligned,
    causes: Causes,
    blocks: pd.DataFrame,
    consensus: pd.DataFrame,
    params: RunParams,
    bounds: Bounds,
) -> pd.DataFrame:
    """The table ``gaps`` but for its reasons."""
    size = log_mean(town.raw, town.said)
    named = name_causes(blocks, town.model, town.panel, size, params.tolerance)
    said = town.keys.merge(consensus, on=KEY, how="left")
    interval = np.log(said["high"].clip(lower=1.0).to_numpy(float)) - np.log(
        said["low"].clip(lower=1.0).to_numpy(float)
    )
    weight = model_weights(params.gap.model_weight, interval, causes.novel.new)
    proposal = propose(
        town, causes.found.share, causes.weighing.log, causes.soft.log, causes.moved.share, weight, params.tolerance
    )
    rest = causes.weighing.left - causes.soft.log + causes.moved.share
    sd = error_sd(rest, interval, causes.novel.exceedance, causes.soft.log)
    off = chance_of_error(sd, proposal, params.tolerance.share, float(params.tolerance.yuan))
    action = decide(
        said["bars"].fillna(0).to_numpy(int),
        town.roster["auto_optout"].fillna(False).to_numpy(bool),
        sampled(town.keys["household"], params.panel.sample_share, params.seed, params.as_of),
        np.where(town.listed, 0.0, off),
        named["primary_cause"],
        causes.novel.new,
        town.pilot,
        params.panel.bars_for_review,
    )
    settled = bounds(town.roster, town.facts, held(proposal, town.model, town.panel, bounds.floor))
    return pd.concat(
        [
            town.keys,
            pd.DataFrame({"model_limit": town.model, "panel_limit": town.panel, "gap": town.model - town.panel}),
            blocks,
            named,
            pd.DataFrame({"proposed_limit": settled}),
            action,
        ],
        axis=1,
    )
