"""Decides what single members moved: the panel figure without the members found off, against the panel figure.

The consensus undid most of it already, so this is what it could not undo.  Whom the consensus took for the ones off
counts for nothing here: it judged by these very ratings, and where it took the wrong side that would settle it.  Every
minority of up to four members (and an even half) is tried as "off together", a household at a time, in closed form: the
rest must agree with one another and, here alone, with what the facts, the panels' weighing and the marks lead one to
expect (the consensus itself never sees the bank's books).  A member's usual severity is taken out first, a second copy
of a sheet has no vote, and a minority is believed only where seven tenths of the weight lie with one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd

from workbench.reconcile.align import KEY, Aligned

SIZES = (0.95, 0.02, 0.015, 0.01, 0.005)
"""Prior share of households that nobody, one, two, three, four members pull."""
PULL = 0.5
"""Standard deviation (log) of what members who pull add or take."""
BELIEVED = 0.7
"""Weight that must lie with some minority; from 0.9 to 0.7 a quarter more true cases are found, and few large false
ones."""
STEP_NOISE = 5_000 / np.sqrt(12)
"""Sheets are written to half a 万: what rounding alone leaves, in yuan."""
LOWEST = 2
"""Floors; a panel figure below so many is the floor's, not the members'."""
CROWD = 12


@dataclass(frozen=True)
class Moved:
    """``share`` is log (figure without the members found off / panel figure), 0 where nobody is found off;
    ``chance`` that somebody is; ``off`` the ratings found off: village, household, rater, chance."""

    share: np.ndarray
    chance: np.ndarray
    off: pd.DataFrame


def find_moved(town: Aligned, ratings: pd.DataFrame, expected: np.ndarray, noise: float) -> Moved:
    """Households that members moved.  ``expected`` is the log of the figure that facts, weighing and marks lead one to
    expect of the panel, ``noise`` its standard deviation."""
    share, chance = np.zeros(len(town)), np.zeros(len(town))
    found: list[tuple[str, str, str, float]] = []
    sheets = _sheets(ratings, town.floor)
    place = {key: i for i, key in enumerate(zip(town.keys["village"], town.keys["household"], strict=True))}
    for key, votes in sheets.groupby(KEY, sort=True):
        i = place.get(tuple(key))  # type: ignore[arg-type]
        if i is None or len(votes) < 3 or town.said[i] <= LOWEST * town.floor:
            continue
        y, precision = votes["fair"].to_numpy(float), 1.0 / votes["variance"].to_numpy(float)
        if float((precision * (y - np.median(y)) ** 2).max()) < 3.0:
            continue
        weights, masks, without = _posterior(y, precision, expected[i], noise)
        chance[i] = 1.0 - weights[0]
        if chance[i] < BELIEVED:
            continue
        share[i] = float((weights[1:] * without[1:]).sum() / chance[i] - np.log(town.said[i])) * chance[i]
        each = weights @ masks
        found += [(*tuple(key), str(r), float(p)) for r, p in zip(votes["rater"], each, strict=True) if p > 0.5]  # type: ignore[misc]
    off = pd.DataFrame(found, columns=[*KEY, "rater", "chance"])
    return Moved(share, chance, off)


def _sheets(ratings: pd.DataFrame, floor: float) -> pd.DataFrame:
    """Ratings that count, in log without the member's severity, with their variance."""
    good = ratings[ratings["counts"] & ratings["limit"].notna()].sort_values([*KEY, "rater"], ignore_index=True)
    good = good[[*KEY, "rater", "limit"]].assign(log=np.log(good["limit"].clip(lower=floor / 2)))
    good = good[~_copies(good)].reset_index(drop=True)
    if good.empty:
        return good.assign(fair=good["log"], variance=good["log"])
    good["fair"] = good["log"] - severities(good)
    by = good.groupby(KEY)
    count, middle = by["fair"].transform("size"), by["fair"].transform("median")
    apart = (good["fair"] - middle) * np.sqrt(count / (count - 1).clip(lower=1))
    telling = (count >= 3) & (by["limit"].transform("median") >= 3 * floor)
    pooled = float(1.4826 * np.median(np.abs(apart[telling]))) if telling.any() else 0.2
    size = apart.where(telling).abs().groupby([good["village"], good["rater"]]).agg(["median", "count"])
    variance = size["count"] * (1.4826 * size["median"].fillna(0)) ** 2 + 10 * pooled**2
    own = (variance / (size["count"] + 10)) ** 0.5
    sd = own.reindex(pd.MultiIndex.from_frame(good[["village", "rater"]])).to_numpy(float)
    good["variance"] = np.maximum(sd, 0.08) ** 2 + (STEP_NOISE / good["limit"].clip(lower=floor)) ** 2
    return good


def severities(good: pd.DataFrame) -> np.ndarray:
    """Each rating's member severity (log): the member's median distance from the household's median, by village."""
    apart = good["log"] - good.groupby(KEY)["log"].transform("median")
    crew = [good["village"], good["rater"]]
    lean = apart.groupby(crew).transform("median")
    return np.where(good["log"].groupby(crew).transform("size") >= 8, lean, 0.0)


def _copies(good: pd.DataFrame) -> pd.Series:
    """Ratings of a member whose sheet repeats another's: the same amount on four of five of fifteen households or more,
    and not for want of different amounts."""
    drop = pd.Series(False, index=good.index)
    for _, sheet in good.groupby("village", sort=True):
        table = sheet.pivot(index="household", columns="rater", values="limit")
        gone: set[str] = set()
        for one, other in combinations(table.columns, 2):
            both = table[[one, other]].dropna()
            if other in gone or len(both) < 15 or both[one].nunique() < 5:
                continue
            if (both[one] == both[other]).mean() >= 0.8:
                gone.add(other)
        if gone:
            drop.loc[sheet.index[sheet["rater"].isin(gone)]] = True
    return drop


@lru_cache(maxsize=64)
def _minorities(members: int) -> tuple[np.ndarray, np.ndarray]:
    """Every subset of up to four members, at most half of them, as rows of 0/1, and its prior log odds."""
    most = min(4, members // 2) if 4 <= members <= CROWD else 1
    rows, prior = [np.zeros(members)], [float(np.log(SIZES[0]))]
    for size in range(1, most + 1):
        chosen = list(combinations(range(members), size))
        for some in chosen:
            row = np.zeros(members)
            row[list(some)] = 1.0
            rows.append(row)
            prior.append(float(np.log(SIZES[size] / len(chosen))))
    return np.array(rows), np.array(prior)


def _posterior(
    y: np.ndarray, precision: np.ndarray, expected: float, noise: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weight of each minority (the first: nobody), the minorities, and the figure of the rest without each."""
    masks, prior = _minorities(len(y))
    rest = 1.0 - masks
    heard = (1.0 / noise**2) if np.isfinite(expected) else 0.0
    expected = expected if heard else 0.0
    p_off, p_rest = masks @ precision, rest @ precision
    u_off = (masks @ (precision * y)) / np.where(p_off > 0, p_off, 1.0)
    plain = (rest @ (precision * y)) / p_rest
    p_all = p_rest + heard
    u_all = (p_rest * plain + heard * expected) / p_all
    spread = rest @ (precision * y**2) + heard * expected**2 - p_all * u_all**2
    spread_off = masks @ (precision * y**2) - p_off * u_off**2
    some = p_off > 0
    safe = np.where(some, p_off, 1.0)
    wide = 1.0 / safe + PULL**2 + 1.0 / p_all
    together = spread_off + (u_off - u_all) ** 2 / wide + np.log(safe) + np.log(wide)
    log = -0.5 * (spread + np.log(p_all) + np.where(some, together, 0.0)) + prior
    weights = np.exp(log - log.max())
    return weights / weights.sum(), masks, plain
