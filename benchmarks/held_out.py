"""Real panels: how well the consensus foretells a rating that it has not seen, and what it says of consumption.

    python benchmarks/held_out.py [FOLDER] [--draws 5]

FOLDER (the real panels, beside the project) holds ``ratings.csv`` (item, village, household, year, rater, place) and
``households.csv`` (village, household, year, consumption).  Printed, for the consensus and for the plain mean and
median of the same ratings: the root mean square error of the held-out placings (one of each of a tenth of the items;
one of every item), mean of the draws, and the rank correlation (Spearman) with measured consumption, mean of the
villages of a year in which either varies.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.panel.consensus import consensus_of

KEY = ["village", "item"]
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "real" / "burkina-panel"


def three(ratings: pd.DataFrame) -> pd.DataFrame:
    """Consensus, mean and median by village and item."""
    frame = ratings[[*KEY, "rater", "place"]].rename(columns={"item": "household", "place": "limit"})
    frame = frame.assign(role="m", interest=False)
    found = consensus_of(frame.sort_values(["village", "household", "rater"], ignore_index=True)).consensus
    made = found.rename(columns={"household": "item", "panel_limit": "consensus"}).set_index(KEY)
    return made[["consensus", "mean", "median"]]


def errors(ratings: pd.DataFrame, out: pd.DataFrame) -> pd.Series:
    """Root mean square error of the three on the ratings ``out``, settled without them."""
    foretold = three(ratings.drop(out.index)).reindex(pd.MultiIndex.from_frame(out[KEY]))
    return (foretold.sub(out["place"].to_numpy(), axis=0) ** 2).mean() ** 0.5


def correlations(ratings: pd.DataFrame, homes: pd.DataFrame) -> pd.Series:
    """Mean rank correlation of the three with consumption."""
    place = ratings.drop_duplicates("item")[[*KEY, "household", "year"]]
    known = place.merge(homes, on=["village", "household", "year"]).join(three(ratings), on=KEY)
    rows = []
    for _, some in known.groupby(["village", "year"]):
        if (some[["consumption", "consensus", "mean", "median"]].nunique() > 1).all():
            rows.append(some[["consensus", "mean", "median"]].corrwith(some["consumption"], method="spearman"))
    return pd.DataFrame(rows).mean()


def main() -> None:
    """Prints three lines."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("folder", type=Path, nargs="?", default=BESIDE)
    ask.add_argument("--draws", type=int, default=5)
    given = ask.parse_args()
    if not given.folder.is_dir():
        print("the real panels are not beside the project: nothing measured")
        return
    ratings = pd.read_csv(given.folder / "ratings.csv", dtype={"village": str, "rater": str, "item": str})
    ratings = ratings.dropna(subset=["place"]).reset_index(drop=True)
    homes = pd.read_csv(given.folder / "households.csv", dtype={"village": str})
    items = pd.Series(ratings["item"].unique())
    tenth, every = [], []
    for draw in range(given.draws):
        some = ratings[ratings["item"].isin(items.sample(frac=0.1, random_state=draw))]
        tenth.append(errors(ratings, some.groupby("item").sample(1, random_state=draw)))
        every.append(errors(ratings, ratings.groupby("item").sample(1, random_state=draw)))
    for what, figures in (
        ("held out, one of a tenth", pd.DataFrame(tenth).mean()),
        ("held out, one of every item", pd.DataFrame(every).mean()),
        ("rank correlation", correlations(ratings, homes)),
    ):
        print(f"{what:28s}" + "  ".join(f"{name} {np.round(figure, 4):.4f}" for name, figure in figures.items()))


if __name__ == "__main__":
    main()
