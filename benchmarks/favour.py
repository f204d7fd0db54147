"""What shows of a member who favours a twentieth of the households by a constant factor, and what could show at best.

    python benchmarks/favour.py [--tables 12] [--first 1] [--homes 80,200] [--factors 1.5,2,3]

Each table is a panel of seven (severity .2, noise .12 to .28 in log, amounts in steps of 5,000).  Printed, by size and
factor: ``shows``, the share of tables in which the favouring member has the most favours, two at least; ``leans``,
in which the raters table says that this member lifts a part of the households; what gets ``through`` (mean, worst
table); and how many of 1,000 honest ratings of these tables are called off.  Beside it what could show at best:
``known`` for who knows every member's severity and noise and every household's figure, and calls a rating off that an
honest member would exceed once in 1,000; ``members`` the same with the figure taken from the six others; ``whole`` for
who knows the factor and the share too and judges a member by the likelihood ratio of all ratings together (a hundred to
one: an honest member reaches it once in 100 at most).  A last line has panels in which nobody favours.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.panel.consensus import Settled, consensus_of

MEMBERS, STEP, LEVEL, SPREAD, SEVERITY, PART = 7, 5_000.0, 60_000.0, 0.7, 0.2, 20
EXCEEDED = 3.09
"""Standard deviations that one honest rating in 1,000 exceeds."""
SURE = np.log(100.0)


@dataclass(frozen=True)
class Panel:
    """Ratings (homes, members) in yuan, and their truth in log."""

    said: np.ndarray
    figure: np.ndarray
    shift: np.ndarray
    noise: np.ndarray
    giver: int
    favoured: np.ndarray

    def bent(self, factor: float) -> np.ndarray:
        """The ratings with the favour."""
        said = self.said.copy()
        said[self.favoured, self.giver] *= factor
        return said


def drawn(homes: int, seed: int) -> Panel:
    """An honest panel, and who would favour whom."""
    draw = np.random.default_rng(seed)
    figure = np.log(LEVEL) + draw.normal(0, SPREAD, homes)
    shift = draw.normal(0, SEVERITY, MEMBERS)
    unit = draw.normal(0, 1, (homes, MEMBERS))
    noise = draw.uniform(0.12, 0.28, MEMBERS)
    said = np.maximum(np.round(np.exp(figure[:, None] + shift + unit * noise) / STEP) * STEP, STEP)
    favoured = np.random.default_rng(seed).choice(homes, max(homes // PART, 1), replace=False)
    return Panel(said, figure, shift, noise, seed % MEMBERS, favoured)


def settled(said: np.ndarray) -> Settled:
    """The consensus of a panel."""
    homes = len(said)
    return consensus_of(
        pd.DataFrame(
            {
                "village": "v",
                "household": np.repeat([f"h{i:04d}" for i in range(homes)], MEMBERS),
                "rater": np.tile([f"m{j}" for j in range(MEMBERS)], homes),
                "role": "m",
                "limit": said.ravel(),
                "interest": False,
            }
        )
    )


def most(favours: np.ndarray, giver: int) -> bool:
    """The giver has the most, and two at least."""
    return bool(favours.argmax() == giver and favours[giver] >= 2)


def best(panel: Panel, factor: float) -> dict[str, bool]:
    """What could show at best."""
    said = panel.bent(factor)
    own = np.log(said) - panel.shift
    coarse = (STEP / np.sqrt(12)) ** 2
    far = own - panel.figure[:, None]
    known = panel.noise**2 + coarse / np.exp(2 * (panel.figure[:, None] + panel.shift))
    tell = 1 / (panel.noise**2 + coarse / said**2)
    others = tell.sum(axis=1, keepdims=True) - tell + 1 / SPREAD**2
    total = (tell * own).sum(axis=1, keepdims=True) - tell * own + np.log(LEVEL) / SPREAD**2
    from_others, about = own - total / others, 1 / tell + 1 / others
    step = np.log(factor)
    ratio = np.exp(step * from_others / about - step**2 / (2 * about))
    whole = np.log(1 - 1 / PART + ratio / PART).sum(axis=0)
    return {
        "known": most((far / np.sqrt(known) > EXCEEDED).sum(axis=0), panel.giver),
        "members": most((from_others / np.sqrt(about) > EXCEEDED).sum(axis=0), panel.giver),
        "whole": bool(whole.argmax() == panel.giver and whole[panel.giver] > SURE),
    }


def measure(homes: int, factor: float, seed: int) -> dict[str, float]:
    """One table: what shows, and what gets through."""
    panel = drawn(homes, seed)
    before, after = settled(panel.said), settled(panel.bent(factor))
    crew = after.raters.sort_values("rater")
    moved = np.log(after.consensus["panel_limit"] / before.consensus["panel_limit"]).to_numpy()
    pulls = after.pulls
    true = (pulls["rater"] == f"m{panel.giver}") & pulls["household"].str[1:].astype(int).isin(panel.favoured)
    return {
        "shows": most(crew["favours"].to_numpy(), panel.giver),
        "leans": bool(crew["lift"].fillna(0.0).iloc[panel.giver] > 0),
        **best(panel, factor),
        "through": float(moved[panel.favoured].mean() / np.log(factor)),
        "false": 1_000 * float((~true).sum()) / panel.said.size,
    }


def honest(homes: int, seed: int) -> dict[str, float]:
    """One panel in which nobody favours: ratings called off, members said to lean or with two favours or more."""
    found = settled(drawn(homes, seed).said)
    return {
        "false": 1_000 * len(found.pulls) / (homes * MEMBERS),
        "leans": float(found.raters["lift"].notna().mean()),
        "favours": float((found.raters["favours"] >= 2).mean()),
    }


def main() -> None:
    """Prints the table."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--tables", type=int, default=12)
    ask.add_argument("--first", type=int, default=1)
    ask.add_argument("--homes", default="80,200")
    ask.add_argument("--factors", default="1.5,2,3")
    given = ask.parse_args()
    seeds = range(given.first, given.first + given.tables)
    for homes in map(int, given.homes.split(",")):
        for factor in map(float, given.factors.split(",")):
            rows = pd.DataFrame([measure(homes, factor, seed) for seed in seeds])
            said = "  ".join(f"{k} {v:.3f}" for k, v in rows.astype(float).mean().items())
            print(f"{homes:4d} households  x {factor:<4g} {said}  worst {rows['through'].max():.3f}", flush=True)
        rows = pd.DataFrame([honest(homes, seed) for seed in seeds])
        print(f"{homes:4d} households  honest " + "  ".join(f"{k} {v:.4f}" for k, v in rows.mean().items()), flush=True)


if __name__ == "__main__":
    main()
