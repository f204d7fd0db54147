"""Decides what the panel knows of a household that no record shows: conduct, illness, a new contract.

The members' marks less what the facts and the stated income lead one to expect, and the signs of their remarks, are
set against what is left of the gap after the weighing, cross-fitted by village.  Most households differ a little, and
evenly, with their marks; a few have a story that moves the figure by a half.  So a slope is learnt for all, and beside
it the chance of a story up or down given the marks; whether there is one is judged by the marks and by what is left
together.  Where something else already accounts for what is left (a wrong fact, a member off, a household that is new),
it says nothing of a story, and marks speak alone.  Stated income itself does not enter: it would swallow the facts'
errors; no more does the business mark for all, which knows the income once more, but only as a sign of a story.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned

LEAST = 150
"""Households below which marks are not weighed."""
MARKS = ("integrity", "business")
STORIES = (-0.70, 0.55)
"""Log of what a story does, down and up: illness halves a limit, a contract adds two thirds (before anything is
seen)."""
STORY_SPREAD, STORY_SHARE, MOST_SURE = 0.35, 0.02, 0.8
TELLING = (1.0, 1.0, 3.0)
"""Log odds of a story by a robust deviation of the integrity mark, of the business mark, by every member who remarks on
it, before any is seen (of those who know one in three says so, of others one in a hundred)."""
EVENLY = np.array([0, 1, 3])
"""Columns with a slope for everybody: the constant, the integrity mark, the remarks."""
FARTHEST, SLOPED_TO = 5.0, 3.0
"""Robust deviations up to which a mark speaks for a story, and up to which the slope follows it."""
TAIL = 0.9
"""The scale of a t of 4 degrees over its robust standard deviation."""
ANYTHING = 0.8
"""Standard deviation, in log, of what is left where something else accounts for it."""
CHANCE_SLOPES = 3.0
"""How many squared standard errors a slope loses: one within 1.7 of them is gone, one of six keeps nine tenths."""
ROUNDS = 4


@dataclass(frozen=True)
class Soft:
    """``log`` is what the panel adds (+) or takes (-) by what it knows; ``beyond`` the marks' distance from the
    expected in points of the mark, a column for each of ``MARKS`` and one for the remarks."""

    log: np.ndarray
    beyond: pd.DataFrame


def learn_soft(
    town: Aligned, facts: pd.DataFrame, left: np.ndarray, noise: float, trust: np.ndarray, folds: np.ndarray
) -> Soft:
    """What marks and remarks say beyond the facts; ``left`` is log(panel / model) less the weighing, ``noise`` its
    standard deviation, ``trust`` (0-1) how far a household may teach."""
    beyond = beyond_facts(town, facts, folds)
    known = beyond[list(MARKS)].notna().any(axis=1).to_numpy() & np.isfinite(left)
    if (known & (trust > 0)).sum() < LEAST:
        return Soft(np.zeros(len(town)), beyond)
    scaled = beyond / beyond.apply(lambda c: max(learn.robust_sd(c.to_numpy(float)), 0.05) if c.name in MARKS else 1.0)
    scaled["remark"] *= town.marks["raters"].to_numpy(float)  # members who remark, not their share: each one knows
    x = np.column_stack([np.ones(len(town)), np.clip(np.nan_to_num(scaled.to_numpy(float)), -FARTHEST, FARTHEST)])
    weight = np.where(known, trust, 0.0) * np.where(town.said <= 1.6 * town.floor, 0.4, 1.0)
    y = np.clip(np.nan_to_num(left), -2, 2)
    log = np.zeros(len(town))
    for fold in np.unique(folds):
        here = folds == fold
        teach = ~here & (weight > 0)
        if teach.sum() >= LEAST // 2:
            log[here] = _Stories(x[teach], y[teach], weight[teach], max(noise, 0.1)).said(x[here], y[here], trust[here])
    log = np.where(known, log, 0.0)
    return Soft(log - np.median(log[known]), beyond)


def beyond_facts(town: Aligned, facts: pd.DataFrame, folds: np.ndarray) -> pd.DataFrame:
    """Marks less what facts and stated income lead one to expect, in points; remarks as they are."""
    levels = matrix.levels_of(facts, town.features)
    x = np.column_stack(
        [
            matrix.columns(facts, town.features, levels, matrix.anchor(facts, town.features, town.raw)),
            town.marks["stated"].to_numpy(float),
        ]
    )
    out = {}
    for mark in MARKS:
        said = town.marks[mark].to_numpy(float)
        out[mark] = said - learn.cross_fit(x, said, folds, rounds=50, rate=0.08, leaves=4, least=40)
    return pd.DataFrame(out | {"remark": town.marks["remark"].to_numpy(float)})


class _Stories:
    """A slope for everybody and the chance of a story down or up, fitted by EM on rows that teach."""

    def __init__(self, x: np.ndarray, y: np.ndarray, weight: np.ndarray, noise: float) -> None:
        self.noise = noise
        self.scale = TAIL * noise
        self.slope = np.zeros(len(EVENLY))
        base = np.log(STORY_SHARE / (1 - STORY_SHARE))
        self.prior = [np.r_[base, -np.array(TELLING)], np.r_[base, np.array(TELLING)]]
        self.odds = [p.copy() for p in self.prior]
        even, ridge = _even(x), np.eye(len(EVENLY))
        for _ in range(ROUNDS):
            chance, _ = self._judged(x, y, np.ones(len(y)))
            keep = (weight * (1.0 - chance.sum(axis=1)))[:, None]
            bend = (even * keep).T @ even + ridge
            self.slope = np.linalg.solve(bend, (even * keep).T @ y)
            for which in (0, 1):
                self.odds[which] = _logit(x, chance[:, which], weight, self.odds[which], self.prior[which])
        error = noise * np.sqrt(np.diag(np.linalg.inv(bend)))[1:]
        shown = self.slope[1:]
        # a slope that chance alone would give says nothing: honest panels must not be told stories
        sure = np.clip(1.0 - CHANCE_SLOPES * (error / np.maximum(np.abs(shown), 1e-12)) ** 2, 0.0, 1.0)
        self.slope[1:] = shown * sure

    def said(self, x: np.ndarray, y: np.ndarray, trust: np.ndarray) -> np.ndarray:
        """Log that marks say: the slope, and stories by their chance; 0 for a household with the expected marks."""
        chance, size = self._judged(x, y, trust)
        return np.asarray(_even(x) @ self.slope - self.slope[0] + (chance * size).sum(axis=1))

    def _judged(self, x: np.ndarray, y: np.ndarray, trust: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Chance of a story down and up given marks and what is left, and what it then is in log; ``trust`` (0-1) is
        the chance that nothing else accounts for what is left."""
        prior = np.minimum(
            np.column_stack([1.0 / (1.0 + np.exp(-np.clip(x @ odds, -12, 6))) for odds in self.odds]), MOST_SURE
        )
        apart = y - _even(x) @ self.slope
        # heavy tails (t, 4 degrees): other causes leave large gaps too
        plain = 0.375 / self.scale * (1.0 + (apart / self.scale) ** 2 / 4.0) ** -2.5
        other = np.exp(-0.5 * (apart / ANYTHING) ** 2) / (ANYTHING * np.sqrt(2 * np.pi))
        plain = trust * plain + (1.0 - trust) * other
        wide = np.hypot(STORY_SPREAD, self.noise)
        told = np.column_stack(
            [np.exp(-0.5 * ((apart - m) / wide) ** 2) / (wide * np.sqrt(2 * np.pi)) for m in STORIES]
        )
        weighed = told * prior
        none = plain * (1.0 - prior.sum(axis=1))
        pull = STORY_SPREAD**2 / wide**2
        size = np.column_stack([m + pull * (apart - m) for m in STORIES])
        return weighed / (weighed.sum(axis=1) + none)[:, None], size


def _even(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.clip(x[:, EVENLY], -SLOPED_TO, SLOPED_TO))


def _logit(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, start: np.ndarray, prior: np.ndarray, penalty: float = 2.0
) -> np.ndarray:
    """A logit of chances ``y``, drawn to ``prior``; a few damped Newton steps are enough for four columns."""
    coefficients = start.copy()
    held = np.r_[0.0, np.full(x.shape[1] - 1, penalty)]
    for _ in range(6):
        p = 1.0 / (1.0 + np.exp(-np.clip(x @ coefficients, -12, 6)))
        slope = x.T @ (weight * (y - p)) - held * (coefficients - prior)
        bend = (x * (weight * p * (1 - p))[:, None]).T @ x + penalty * np.eye(x.shape[1])
        coefficients = coefficients + np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
    return coefficients
