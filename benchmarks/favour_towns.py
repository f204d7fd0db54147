"""What gets through in small invented towns where one member favours a twentieth of the households.

    python benchmarks/favour_towns.py [--kinds plain,severe,...] [--first 5000] [--tables 10] [--factors 1.5,2,3]

Four villages of 75 households; five or six sheets of each count, a third of the members are noisy, and others pull
already.  In one village one member's ratings of a twentieth of that member's households are multiplied.  Printed, by
factor: the part of the favour that gets ``through`` (in log: mean of all tables, and the worst table's mean), the
share of tables in which more than a third does (``over``), and in which the member has the most favours, two at
least (``shows``).
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from panel_towns import KEY, TOWNS, counted

from workbench.panel.clues import marks_of
from workbench.panel.consensus import Settled, consensus_of
from workbench.town.kinds import KINDS
from workbench.town.make import imagine

VILLAGES, HOUSEHOLDS, PART, THIRD = 4, 75, 20, 1 / 3


def settled(frame: pd.DataFrame) -> Settled:
    """The consensus of a town."""
    return consensus_of(frame, marks=marks_of(frame), force_log=True)


def measure(kind: str, seed: int, factors: list[float]) -> list[dict[str, float]]:
    """One town, a row a factor."""
    frame, _ = counted(imagine(KINDS[kind], VILLAGES, HOUSEHOLDS, seed))
    villages = sorted(frame["village"].unique())
    here = frame[frame["village"] == villages[seed % len(villages)]]
    crew = sorted(here["rater"].unique())
    giver = crew[seed % len(crew)]
    own = here.index[here["rater"] == giver]
    rows = np.random.default_rng(seed).choice(own, max(len(own) // PART, 2), replace=False)
    homes = pd.MultiIndex.from_frame(frame.loc[rows, KEY])
    before = settled(frame).consensus.set_index(KEY)["panel_limit"].reindex(homes)
    out = []
    for factor in factors:
        bent = frame.copy()
        bent.loc[rows, "limit"] *= factor
        found = settled(bent)
        after = found.consensus.set_index(KEY)["panel_limit"].reindex(homes)
        favours = found.raters[found.raters["village"] == here["village"].iloc[0]].set_index("rater")["favours"]
        through = float(np.log(after / before).mean() / np.log(factor))
        shows = favours[giver] >= 2 and favours[giver] == favours.max()
        out.append({"factor": factor, "through": through, "over": through > THIRD, "shows": bool(shows)})
    return out


def main() -> None:
    """Prints a line a factor."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--kinds", default=TOWNS)
    ask.add_argument("--first", type=int, default=5000)
    ask.add_argument("--tables", type=int, default=10)
    ask.add_argument("--factors", default="1.5,2,3")
    given = ask.parse_args()
    factors = [float(f) for f in given.factors.split(",")]
    seeds = range(given.first, given.first + given.tables)
    rows = pd.DataFrame([r for k in given.kinds.split(",") for seed in seeds for r in measure(k, seed, factors)])
    for factor, some in rows.groupby("factor"):
        print(
            f"x {factor:<4g} {len(some)} tables  through {some['through'].mean():.3f} worst {some['through'].max():.3f}"
            f"  over a third {some['over'].mean():.3f}  shows {some['shows'].mean():.3f}"
        )


if __name__ == "__main__":
    main()
