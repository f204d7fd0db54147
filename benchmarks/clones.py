"""One lightly edited copy of a sheet more: how far a limit moves, and how often anybody could tell the original.

    python benchmarks/clones.py [--tables 30] [--first 1] [--copies 1]

Panels of seven of 60 and 110 households (severity .15, noise .2 in log, amounts in steps of 5,000, a tenth not given);
of the copies 3 or 10 % of the rows are edited by a step or two.  Printed: ``over``, the share of tables in which a
household moves by more than 2 %; ``worst``, the farthest; ``named``, tables in which exactly the same sheets are named.
For one copy also the best that could be done: among tables with an edit that no figure between can settle (it would
move the limit by more than 4 %), the share in which who knows every member's severity and noise, and every other
rating, takes the wrong sheet for the original (``best_wrong``, of all tables).
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from scipy.stats import norm

from workbench.panel.consensus import Settled, consensus_of

MEMBERS, STEP, LEVEL, SPREAD, SEVERITY, NOISE = 7, 5_000.0, 11.0, 0.7, 0.15, 0.2
TOO_FAR = 0.04


def panel(homes: int, draw: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """Ratings, a row a household and a column a member (NaN: not given), and the members' severities."""
    figure, severity = LEVEL + draw.normal(0, SPREAD, homes), draw.normal(0, SEVERITY, MEMBERS)
    y = figure[:, None] + severity + draw.normal(0, NOISE, (homes, MEMBERS))
    said = np.maximum(np.round(np.exp(y) / STEP) * STEP, STEP)
    said[draw.random(said.shape) < 0.1] = np.nan
    names = [f"m{j}" for j in range(MEMBERS)]
    return pd.DataFrame(said, index=[f"h{i:03d}" for i in range(homes)], columns=names).dropna(how="all"), severity


def edited(sheet: pd.Series, share: float, draw: np.random.Generator) -> pd.Series:
    """A copy of a sheet, a share of whose rows is changed by a step or two."""
    change = np.where(draw.random(len(sheet)) < share, draw.choice([-STEP, STEP, 2 * STEP], len(sheet)), 0.0)
    return (sheet + change).clip(lower=STEP)


def settled(wide: pd.DataFrame) -> Settled:
    """The consensus of a panel."""
    long = wide.rename_axis(index="household", columns="rater").stack().rename("limit").dropna().reset_index()
    return consensus_of(long.assign(village="v", role="m", interest=False))


def best_wrong(wide: pd.DataFrame, severity: np.ndarray, giver: int, copy: pd.Series) -> bool:
    """Whether the best test takes the copy for the original where that moves a limit too far."""
    said = wide.to_numpy()
    tell = np.where(np.isfinite(said), 1 / (NOISE**2 + (STEP / np.sqrt(12) / said) ** 2), 0.0)
    own = np.nan_to_num(np.log(said) - severity)
    others = tell.sum(axis=1) - tell[:, giver] + 1 / SPREAD**2
    middle = ((tell * own).sum(axis=1) - tell[:, giver] * own[:, giver] + LEVEL / SPREAD**2) / others + severity[giver]
    wide_noise = np.sqrt(NOISE**2 + 1 / others)

    def likely(figure: np.ndarray) -> np.ndarray:
        low = np.where(figure <= STEP, -np.inf, np.log(np.maximum(figure - STEP / 2, 1.0)))
        high = np.log(figure + STEP / 2)
        return np.log(norm.cdf((high - middle) / wide_noise) - norm.cdf((low - middle) / wide_noise) + 1e-12)

    first, second = said[:, giver], copy.to_numpy()
    differ = np.isfinite(first) & (first != second)
    if not differ.any():
        return False
    first, second = np.where(differ, first, 1.0), np.where(differ, second, 1.0)
    moves = tell[:, giver] / (tell[:, giver] + others) * np.abs(np.log(first / second))
    told = float((likely(first) - likely(second))[differ].sum())
    return bool((moves[differ] > TOO_FAR).any() and told < 0)


def measure(homes: int, share: float, copies: int, seed: int) -> dict[str, float]:
    """One table."""
    draw = np.random.default_rng([seed, homes, round(100 * share)])
    wide, severity = panel(homes, draw)
    giver = int(draw.integers(MEMBERS))
    more = {f"copy{n}": edited(wide[f"m{giver}"], share, draw) for n in range(copies)}
    before, after = settled(wide), settled(wide.assign(**more))
    one, two = (f.consensus.set_index("household")["panel_limit"] for f in (before, after))
    named = set(after.raters.dropna(subset=["copied_from"])["rater"])
    return {
        "moved": float((two / one - 1).abs().max()),
        "named": named == {f"m{giver}", *more},
        "best_wrong": best_wrong(wide, severity, giver, more["copy0"]),
    }


def main() -> None:
    """Prints one line."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--tables", type=int, default=30)
    ask.add_argument("--first", type=int, default=1)
    ask.add_argument("--copies", type=int, default=1)
    given = ask.parse_args()
    seeds = range(given.first, given.first + given.tables)
    rows = pd.DataFrame(
        [measure(homes, share, given.copies, seed) for homes in (60, 110) for share in (0.03, 0.1) for seed in seeds]
    )
    best = f"  best_wrong {rows['best_wrong'].mean():.3f}" if given.copies == 1 else ""
    print(
        f"{len(rows)} tables  copies {given.copies}  over {(rows['moved'] > 0.02).mean():.3f}  "
        f"worst {rows['moved'].max():.3f}  named {rows['named'].mean():.3f}{best}"
    )


if __name__ == "__main__":
    main()
