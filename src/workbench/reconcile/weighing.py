"""Decides what the panels, as bodies, put above or below the model for households with such facts.

Learnt directly: the log ratio panel / model given the facts, and in the training villages panel / confirmed limit,
where the model's own error cancels (weight 3); cross-fitted by village.  No mark, remark or single member enters.
A village's own lean belongs to its panel as a body and is added, shrunk where few households speak.  Outside what the
training villages showed the weighting is not known: for a fact that lies outside, the training villages' median of what
it carries stands there, and no village's lean is learnt from or told of a household that is new.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned
from workbench.reconcile.novelty import Novel

CONFIRMED_WEIGHT = 3.0
NEW_WEIGHT = 0.02
WILD = 1.5
"""Log ratios further than this from the middle are brought to it: they are single stories, not the body's weighing."""


@dataclass(frozen=True)
class Weighing:
    """``log`` is what the panel puts above (+) or below (-) the model for such facts; ``lean`` its village part."""

    log: np.ndarray
    lean: np.ndarray
    left: np.ndarray
    noise: float
    by_fact: pd.DataFrame
    """Log that each fact carries, a column a fact, ``base`` for the body's general lean; with ``lean`` they add up."""


def learn_weighing(
    town: Aligned, facts: pd.DataFrame, raw: np.ndarray, novel: Novel, folds: np.ndarray, doubt: np.ndarray
) -> Weighing:
    """The panels' weighing for every household, on facts and a model figure (``raw``) after wrong facts were put right.

    ``doubt`` (0-1) takes weight from households whose facts or members are in question.
    """
    new = novel.new
    ratio = np.log(town.said) - np.log(np.maximum(raw, 1.0))
    known = np.log(town.said) - np.log(np.maximum(town.confirmed, 1.0))
    shown = facts[town.pilot] if town.pilot.any() else facts[~new]
    x, behind = _columns(town, _clipped(facts, shown, matrix.numbers(town.features)), shown)
    weight = np.where(new, NEW_WEIGHT, 1.0) * (1.0 - doubt) * _bounded(town, raw)
    sure = np.where(np.isfinite(known), _worth_of_confirmed(ratio, known), 0.0) * (1.0 - doubt)
    sure = sure * _bounded(town, town.confirmed)
    y = np.concatenate([_tame(ratio), np.nan_to_num(_tame(known))])
    both_folds = np.concatenate([folds, folds])
    weights = np.concatenate([weight, sure])
    parts = learn.cross_contributions(
        np.vstack([x, x]), y, both_folds, weights, len(town), rounds=120, rate=0.05, leaves=4, least=40
    )
    carried = pd.DataFrame(parts, columns=[*behind, "base"]).T.groupby(level=0).sum().T
    carried = _median_where_outside(carried, novel, town.pilot)
    log = carried.sum(axis=1).to_numpy()
    lean = np.where(new, 0.0, _village_lean(town, np.where(np.isfinite(ratio), ratio - log, np.nan), weight))
    log, by_fact = log + lean, _from_none(carried, facts)
    left = ratio - log
    noise = learn.robust_sd(left[~new]) if (~new).sum() > learn.LEAST_TO_CLAIM else np.nan
    return Weighing(log, lean, left, float(max(noise, 0.05)) if np.isfinite(noise) else 0.5, by_fact)


def _worth_of_confirmed(ratio: np.ndarray, known: np.ndarray) -> float:
    """The weight of panel / confirmed against panel / model: ``CONFIRMED_WEIGHT``, less where it scatters more.

    Where panels write what the model says, what people once confirmed is the noise.

    >>> _worth_of_confirmed(np.array([-0.3, 0.0, 0.3]), np.array([-0.2, 0.0, 0.2]))
    3.0
    >>> round(_worth_of_confirmed(np.array([-0.1, 0.0, 0.1]), np.array([-0.2, 0.0, 0.2])), 2)
    0.75
    """
    wide, own = learn.robust_sd(known), learn.robust_sd(ratio)
    return CONFIRMED_WEIGHT * (min(1.0, (own / wide) ** 2) if wide > 0 else 1.0)


def _median_where_outside(carried: pd.DataFrame, novel: Novel, pilot: np.ndarray) -> pd.DataFrame:
    """What each fact carries (log), with the training villages' median for facts that lie outside what they showed."""
    out = carried.copy()
    for name in [n for n in carried.columns if n in novel.outside.columns and novel.outside[n].any()]:
        shown = carried.loc[pilot if pilot.any() else ~novel.new, name]
        out[name] = carried[name].mask(novel.outside[name].to_numpy(), float(shown.median()))
    return out


def _from_none(by_fact: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """Contributions told from a household that has none of the fact, where many have none: what a panel takes for
    wages is told against no wages, not against the average household.  The sum of a row stays."""
    out = by_fact.copy()
    for name in [n for n in by_fact.columns if n != "base" and pd.api.types.is_numeric_dtype(facts[n])]:
        none = ~facts[name].gt(0).to_numpy()
        if none.mean() >= 0.1:
            usual = float(np.median(by_fact.loc[none, name]))
            out[name] = by_fact[name] - usual
            out["base"] = out["base"] + usual
    return out


def _columns(town: Aligned, facts: pd.DataFrame, shown: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    levels = matrix.levels_of(shown, town.features)
    base = matrix.anchor(facts, town.features, town.raw)
    return matrix.columns(facts, town.features, levels, base), matrix.column_names(town.features, levels, base)


def _clipped(facts: pd.DataFrame, shown: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Facts brought into the range that the training villages showed."""
    out = facts.copy()
    for name in names:
        known = shown[name].dropna()
        if len(known) >= 20:
            out[name] = facts[name].clip(*np.percentile(known, [0.5, 99.5]))
    return out


def _tame(log: np.ndarray) -> np.ndarray:
    middle = np.nanmedian(log) if np.isfinite(log).any() else 0.0
    return np.asarray(np.clip(log, middle - WILD, middle + WILD))


def _bounded(town: Aligned, other: np.ndarray) -> np.ndarray:
    """Little weight where both figures stand at the floor: equality there says nothing about weighing."""
    return np.where((town.said <= town.floor) & (np.nan_to_num(other) <= 1.2 * town.floor), 0.3, 1.0)


def _village_lean(town: Aligned, left: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """A village's median of what is left, shrunk by how much villages differ at all."""
    names = np.unique(town.villages)
    out = np.zeros(len(town))
    if len(names) < 3:
        return out
    middles, errors = {}, {}
    for name in names:
        here = (town.villages == name) & np.isfinite(left) & (weight > 0.3)
        if here.sum() >= 10:
            middles[name] = float(np.median(left[here]))
            errors[name] = float((1.25 * learn.robust_sd(left[here])) ** 2 / here.sum())
    if len(middles) < 3:
        return out
    between = max(float(np.var(list(middles.values()), ddof=1)) - float(np.mean(list(errors.values()))), 0.0)
    for name, middle in middles.items():
        out[town.villages == name] = middle * between / (between + errors[name]) if between else 0.0
    return out
