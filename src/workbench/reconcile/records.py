"""Decides which facts in the books are contradicted, and what the model would say on the facts that the others imply.

Each amount is predicted (in log, cross-fitted by village) from facts that do not fail together with it and from the
income that the panel's members state; the distance, on the scale learnt for such households, is the contradiction.
Facts that go along with income fail together (a wrong income drags wages and deposits), so none of them vouches for
another.  Roster land against recorded land is exact.  A contradiction is believed by its size *and* by whether
putting the implied value in its place brings the model nearer to the panel, weighed as odds.  A fact that a visit
confirmed is no error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned, Score

CONTRADICTED, COMPANION = 3.0, 1.5
"""Distances, in the fact's own scale, of a leading contradiction and of facts that are wrong with it."""
PRIOR = 0.05
"""Share of households with a wrong fact, before anything is seen (measured on invented towns: 3-8 %)."""
START = float(np.log(PRIOR / (1 - PRIOR)))
SLIPS = 0.25
"""Share of wrong facts that are a power of ten of the right one (a guess; it moves the odds by a factor of two)."""
LEAST_MOVED = 0.01
"""Log; a fact whose correction moves the figure by less is not worth a visit."""
UNSEEN_DEBT = 0.012
"""Prior share of households whose books lack a debt, or keep one that is paid."""


@dataclass(frozen=True)
class Found:
    """What was found wrong.  ``share`` is log (model on the books / model on corrected facts), 0 where nothing is."""

    share: np.ndarray
    chance: np.ndarray
    corrected: pd.DataFrame
    changes: tuple[tuple[int, str, float, float], ...]
    """(row, fact, value in the books, implied value)"""
    distances: dict[str, np.ndarray]


def find_wrong_facts(town: Aligned, implied: Implied, expected: np.ndarray, noise: float, score: Score) -> Found:
    """The facts that are more likely wrong than not, and what correcting them does to the model's figure.

    ``implied`` is what the facts imply of one another (``contradictions``), ``expected`` the log ratio panel/model that
    such facts lead one to expect, ``noise`` the standard deviation (log) of the ratio about it.
    """
    offers = _offers(town, implied) + _debts(town)
    if not offers:
        return Found(np.zeros(len(town)), np.zeros(len(town)), town.facts, (), implied.distances)
    rows = np.array([o.row for o in offers])
    trial = town.facts.iloc[rows].reset_index(drop=True).copy()
    for i, offer in enumerate(offers):
        for fact, value in offer.values.items():
            trial.loc[i, fact] = value
    base = np.log(np.maximum(score(town.facts.iloc[rows].reset_index(drop=True)).to_numpy(float), 1.0))
    moved = np.log(np.maximum(score(trial).to_numpy(float), 1.0)) - base
    left = np.log(town.said[rows]) - np.log(town.raw[rows]) - expected[rows]
    gain = _log_likelihood(left - moved, noise) - _log_likelihood(left, noise)
    odds = np.array([o.odds for o in offers]) + gain
    return _settled(town, offers, rows, odds, moved, trial, implied.distances)


@dataclass(frozen=True)
class Implied:
    """What the facts of a household imply of one another, by fact: how far each lies off (in its own scale), and the
    value that the others imply."""

    distances: dict[str, np.ndarray]
    values: dict[str, np.ndarray]

    def chance_wrong(self) -> np.ndarray:
        """Chance that a fact of the household is wrong, by its facts alone (before the panel is asked)."""
        if not self.distances:
            return np.zeros(0)
        worst = np.abs(np.nan_to_num(np.column_stack(list(self.distances.values())))).max(axis=1)
        return np.array([float(expit(START + _against_chance(z))) if z > CONTRADICTED else 0.0 for z in worst])


@dataclass(frozen=True)
class _Offer:
    """One thing that may be wrong: facts of a row with their implied values, and the log odds before the panel is
    asked."""

    row: int
    values: dict[str, float]
    odds: float


def contradictions(town: Aligned, folds: np.ndarray) -> Implied:
    """Every amount against what the other facts imply of it."""
    names = [n for n in _sizes(town) if _is_amount(town.facts[n])]
    logs = {n: np.log(town.facts[n].where(town.facts[n] > 0).to_numpy(float)) for n in names}
    stated = town.marks["stated"].to_numpy(float)
    along = {n for n in names if _correlation(logs[n], stated) > 0.5}
    witness = town.marks[["stated", "business", "integrity"]].to_numpy(float)
    levels = matrix.levels_of(town.facts, town.features)
    kinds = matrix.codes(town.facts, town.features, levels)
    distances, implied = {}, {}
    for name in names:
        others = [n for n in matrix.numbers(town.features) if n != name and n not in along]
        x = np.column_stack([witness, town.facts[others].to_numpy(float), kinds])
        middle = learn.cross_fit(x, logs[name], folds, rounds=100, rate=0.08, leaves=5, least=30, objective="huber")
        apart = logs[name] - middle
        typical = learn.robust_sd(apart)
        size = learn.cross_fit(x, np.log(np.abs(apart) + 0.1 * typical), folds, rounds=40, rate=0.08, least=40)
        scale = 1.4826 * np.exp(size) / 0.9
        distances[name] = apart / np.maximum(scale, 0.5 * typical)
        implied[name] = np.exp(middle)
    for name in ("land_mu", "forest_mu"):
        _against_roster(town, name, distances, implied)
    return Implied(distances, implied)


def _sizes(town: Aligned) -> list[str]:
    """Facts that have a size (money, land); all numbers where the spec tells no units."""
    sizes = [f.name for f in town.features if f.kind == "number" and f.unit in (*matrix.MONEY, *matrix.LAND)]
    return sizes or matrix.numbers(town.features)


def _is_amount(cells: pd.Series) -> bool:
    """A fact worth predicting in log: above 0 for most, and spread over more than a few values."""
    known = cells[cells > 0]
    return len(known) >= max(learn.LEAST_TO_FIT, 0.05 * len(cells)) and known.nunique() > 20


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < learn.LEAST_TO_CLAIM or a[both].std() == 0 or b[both].std() == 0:
        return 0.0
    return float(np.corrcoef(a[both], b[both])[0, 1])


def _against_roster(town: Aligned, name: str, distances: dict[str, np.ndarray], implied: dict[str, np.ndarray]) -> None:
    """Land in the books against land on the roster: they agree to a tenth of a mu, or one of them is wrong."""
    if name not in town.facts.columns or name not in town.roster.columns:
        return
    book, roster = town.facts[name].to_numpy(float), town.roster[name].to_numpy(float)
    both = np.isfinite(book) & np.isfinite(roster)
    differ = both & (np.abs(book - roster) > np.maximum(0.051, 0.02 * roster))
    if both.sum() == 0 or differ.sum() > 0.2 * both.sum():
        return
    apart = np.log(np.maximum(book, 0.1)) - np.log(np.maximum(roster, 0.1))
    distances[name] = np.where(differ & (np.abs(apart) > 0.2), np.sign(apart) * 9.0, 0.0)
    implied[name] = roster


def _offers(town: Aligned, implied: Implied) -> list[_Offer]:
    """For every row: its worst fact alone, and with the facts that lie off in the same direction."""
    distances = implied.distances
    if not distances:
        return []
    names = sorted(distances)
    z = np.column_stack([np.nan_to_num(distances[n]) for n in names])
    meant = {n: _meant(town.facts[n].to_numpy(float), implied.values[n], distances[n]) for n in names}
    for place, fact in town.checked:
        if fact in distances:
            z[place, names.index(fact)] = 0.0
    out = []
    for row in np.flatnonzero(np.abs(z).max(axis=1) > CONTRADICTED):
        lead = int(np.abs(z[row]).argmax())
        slip = meant[names[lead]][1][row]
        odds = START + _against_chance(z[row, lead], slip)
        same = (np.abs(z[row]) > COMPANION) & (np.sign(z[row]) == np.sign(z[row, lead]))
        with_it = [int(i) for i in np.flatnonzero(same)]
        for chosen in ([lead], with_it) if len(with_it) > 1 else ([lead],):
            values = {names[i]: float(meant[names[i]][0][row]) for i in chosen}
            if all(np.isfinite(list(values.values()))):
                out.append(_Offer(int(row), values, odds))
    return out


def _meant(book: np.ndarray, implied: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What was meant, and how far that still lies from the implied value (empty where no power of ten fits).

    What was meant is the book value with its unit slip undone where that is what the other facts imply, else their
    value.  A slip is a power of ten (元 for 万元, a digit too many); it is believed where the undone value lies within
    1.5 of the fact's own scale.

    >>> meant, left = _meant(np.array([723_000.0, 9_000.0]), np.array([70_000.0, 31_000.0]), np.array([9.0, -5.0]))
    >>> [float(x) for x in meant], [round(float(x), 2) for x in left]
    ([72300.0, 31000.0], [0.12, nan])
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log(book) - np.log(implied)
        scale = np.abs(apart / distance)
        tens = np.round(apart / np.log(10.0))
        undone = book / 10.0**tens
        left = (np.log(undone) - np.log(implied)) / scale
        slip = (tens != 0) & (np.abs(left) <= 1.5)
    return np.where(slip, undone, implied), np.where(slip, left, np.nan)


def _against_chance(z: float, slip: float = np.nan) -> float:
    """Log odds of a distance under a wrong fact against a right one (right ones have heavy tails: t with 4 degrees).

    ``slip`` is how far the value lies off once a power of ten is undone: a wrong fact that fits so closely was hardly
    wrong in any other way.

    >>> round(_against_chance(10.0), 2), round(_against_chance(10.0, 0.1), 2)
    (5.99, 7.05)
    """
    right = _tails(z)
    wrong = -np.log(2 * 5.0) - abs(z) / 12.0
    if np.isfinite(slip):
        wrong = np.logaddexp(wrong + np.log(1 - SLIPS), np.log(SLIPS) + _tails(slip))
    return float(wrong - right)


def _tails(z: float) -> float:
    """Log density of a t with 4 degrees."""
    return float(np.log(0.375) - 2.5 * np.log1p(z * z / 4.0))


def _debts(town: Aligned) -> list[_Offer]:
    """A debt of the books that may be paid, and one that the books may lack: found, if at all, by what is left."""
    out = []
    for f in town.features:
        if f.kind != "number" or f.unit not in matrix.MONEY or f.monotone >= 0:
            continue
        owed = town.facts[f.name].to_numpy(float)
        share = owed / np.maximum(town.raw, 1.0)
        usual = owed[owed > 0]
        if len(usual) < 10:
            continue
        large = float(np.median(share[owed > 0])) * 2
        for row in np.flatnonzero(np.isfinite(owed)):
            if (int(row), f.name) in town.checked:
                continue
            value = 0.0 if share[row] > 0.3 else float(np.round(large * town.raw[row], -3)) if owed[row] == 0 else None
            if value is not None:
                out.append(
                    _Offer(int(row), {f.name: value}, float(np.log(UNSEEN_DEBT * (2 if owed[row] > 0 else 0.5))))
                )
    return out


def _log_likelihood(left: np.ndarray, noise: float) -> np.ndarray:
    """Log density of what is left, with tails (t, 4 degrees): soft information and members move gaps too."""
    return np.asarray(-2.5 * np.log1p((left / noise) ** 2 / 4.0))


def _settled(
    town: Aligned,
    offers: list[_Offer],
    rows: np.ndarray,
    odds: np.ndarray,
    moved: np.ndarray,
    trial: pd.DataFrame,
    distances: dict[str, np.ndarray],
) -> Found:
    """The best offer of each row, believed where its odds are better than even."""
    share, chance = np.zeros(len(town)), np.zeros(len(town))
    corrected, changes = town.facts.copy(), []
    order = np.lexsort((np.arange(len(rows)), -odds))
    seen: set[int] = set()
    for i in order:
        row = int(rows[i])
        if row in seen:
            continue
        seen.add(row)
        p = float(expit(odds[i]))
        chance[row] = p
        if p <= 0.5 or abs(moved[i]) < LEAST_MOVED:
            continue
        share[row] = -moved[i] * p
        for fact, value in sorted(offers[i].values.items()):
            changes.append((row, fact, float(town.facts[fact].iloc[row]), value))
            corrected.loc[row, fact] = value
    return Found(share, chance, corrected, tuple(sorted(changes)), distances)
