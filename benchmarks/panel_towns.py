"""Panels of invented towns whose largest minority pulls: what the consensus leaves of the error, and what must stay.

    python benchmarks/panel_towns.py [--kinds plain,severe,...] [--seeds 601,602] [--villages 10] [--households 75]

For each town, over the better of plain mean and median of the ratings that count: the root mean square error of the
limit in yuan (``rmse``) and in log (``log``); in log over the median's on households that members pulled (``biased``);
the share of intervals that hold (``covered``).  Beside them, under ``known``, the same three ratios where every
member's true severity and noise are given and how often members pull: what stays then is in the ratings themselves
(a household whose pulling members are half of those that count, or more precise than the others).
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.panel.clues import clues_of, marks_of
from workbench.panel.consensus import consensus_of
from workbench.panel.copies import find_copies
from workbench.panel.fit import fit
from workbench.panel.long import long_table
from workbench.panel.scale import choose_scale, find_step
from workbench.panel.state import begin, prepare
from workbench.panel.steps import look
from workbench.panel.votes import one_vote
from workbench.town import sheets
from workbench.town.kinds import KINDS
from workbench.town.make import imagine
from workbench.town.town import Town

TOWNS = "plain,severe,generous,other_weights,wrong_records,colluders"
BY_SIZE = np.array([0.2, 0.45, 0.35])
"""One, two, three members together, of the households that members pull."""
KEY = ["village", "household"]


def counted(town: Town) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ratings that count without declared stakes, and mean and median by household of all that count."""
    said = town.ratings[sheets.counting(town.ratings, town.members)]
    usual = said.groupby("home")["limit"].agg(["mean", "median"])
    kept = said[~said["stake"]]
    frame = pd.DataFrame(
        {
            "village": town.homes["village"].reindex(kept["home"]).to_numpy(),
            "household": [f"{home:06d}" for home in kept["home"]],
            "rater": kept["rater"].to_numpy(),
            "role": "m",
            "interest": False,
            **{c: kept[c].to_numpy(np.float64) for c in ("limit", "business", "income", "integrity")},
        }
    )
    return frame.sort_values([*KEY, "rater"], ignore_index=True), usual


def with_known_members(frame: pd.DataFrame, town: Town) -> pd.Series:
    """Limits by household where severity, noise and the share of pulls are the true ones."""
    homes = frame[KEY].drop_duplicates(ignore_index=True).assign(item=lambda f: f.index)
    crew = frame[["village", "rater"]].drop_duplicates().sort_values(["village", "rater"], ignore_index=True)
    item = frame[KEY].merge(homes, on=KEY)["item"].to_numpy()
    rater = frame[["rater"]].merge(crew.assign(code=crew.index), on="rater")["code"].to_numpy()
    table = long_table(item, rater, frame["limit"].to_numpy(), marks=marks_of(frame))
    table = one_vote(table, find_copies(table, find_step(table.value))).table
    table = replace(table, clues=clues_of(table))
    scale = choose_scale(table, force_log=True)
    found, w = fit(table, scale), prepare(table, scale)
    true = town.members.set_index("rater").reindex(crew["rater"])
    severity = pd.Series(true["severity"].to_numpy())
    off = (pd.Series(found.shift) - severity)[w.rated].groupby(w.rater_part[w.rated]).median()
    pulled = float((town.homes["cause"] == "rater_bias").mean())
    state = replace(
        begin(w),
        shift=np.where(w.rated, severity + off.reindex(w.rater_part).to_numpy(), 0.0),
        slope=found.slope,
        noise=true["noise"].to_numpy() ** 2,
        level=found.level,
        beta=found.beta,
        omega2=found.figure_spread**2,
        sigma2=found.pooled_noise**2,
        shares=np.concatenate([[1 - pulled], pulled * BY_SIZE]),
    )
    figure = found.level[w.item_part] + look(w, state).found.figure
    return pd.Series(scale.back(figure), index=homes["household"].astype(int))


def ratios(limit: pd.Series, fair: pd.Series, usual: pd.DataFrame, pulled: pd.Series) -> dict[str, float]:
    """The three ratios of some limits."""

    def error(figure: pd.Series) -> float:
        return float(np.sqrt(np.mean((figure - fair) ** 2)))

    def log(figure: pd.Series, of: pd.Series) -> float:
        return float(np.sqrt(np.mean((np.log(figure[of]) - np.log(fair[of])) ** 2)))

    every = pd.Series(True, index=fair.index)
    return {
        "rmse": error(limit) / min(error(usual["mean"]), error(usual["median"])),
        "log": log(limit, every) / min(log(usual["mean"], every), log(usual["median"], every)),
        "biased": log(limit, pulled) / log(usual["median"], pulled) if pulled.any() else float("nan"),
    }


def measure(kind: str, villages: int, households: int, seed: int) -> dict[str, float]:
    """The figures of one town."""
    town = imagine(KINDS[kind], villages, households, seed)
    frame, usual = counted(town)
    home = consensus_of(frame, marks=marks_of(frame), force_log=True).consensus
    home = home.set_index(home["household"].astype(int))
    fair, usual = town.worth["clean_panel"].reindex(home.index), usual.reindex(home.index)
    pulled = (town.homes["cause"] == "rater_bias").reindex(home.index)
    known = ratios(with_known_members(frame, town).reindex(home.index), fair, usual, pulled)
    return {
        **ratios(home["panel_limit"].clip(lower=2_500), fair, usual, pulled),
        "covered": float(fair.between(home["low"] - 0.5, home["high"] + 0.5).mean()),
        **{f"known_{name}": figure for name, figure in known.items()},
    }


def main() -> None:
    """Prints a line a town, and the mean."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--kinds", default=TOWNS)
    ask.add_argument("--seeds", default="601")
    ask.add_argument("--villages", type=int, default=10)
    ask.add_argument("--households", type=int, default=75)
    given = ask.parse_args()
    rows = []
    for kind in given.kinds.split(","):
        for seed in map(int, given.seeds.split(",")):
            rows.append(measure(kind, given.villages, given.households, seed))
            print(f"{kind:14s} {seed}  " + "  ".join(f"{k} {v:.3f}" for k, v in rows[-1].items()), flush=True)
    print("mean                " + "  ".join(f"{k} {v:.3f}" for k, v in pd.DataFrame(rows).mean().items()))


if __name__ == "__main__":
    main()
