"""How honest the limit model is about villages that it has not seen, on invented towns whose truth is known.

    python benchmarks/limit_towns.py [--noise 0.055] [--towns 19x260:11:plain 12x150:5:severe]

A town is villages x households : seed : kind.  ``--noise`` is how far a confirmed limit scatters about what is fair.
For households whose facts are right, of villages without a history, prints a JSON line a town: error over that of a
plain income rule (``mae_over_rule``), share of fair limits inside low-high (``covered``, and in the worst village),
the same for every household that is not listed (``covered_all``: what no record shows included), and Winkler over MAE.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.limit import conformal
from workbench.limit.propose import TARGET, inner_spec
from workbench.limit.train import train
from workbench.spec import load_spec
from workbench.town.homes import AS_OF
from workbench.town.kinds import KINDS
from workbench.town.make import imagine
from workbench.town.town import Town

SPEC = Path(__file__).parents[1] / "params" / "spec-household.yaml"
TOWNS = ("19x260:11:plain", "19x260:23:plain", "12x150:5:plain", "30x120:41:other_weights", "14x300:3:wrong_records")
FLOOR, CAP, STEP = 5_000.0, 500_000.0, 1_000.0
FACTORS = np.linspace(0.05, 2.5, 120)


def main() -> None:
    """Prints a line a town."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=float, default=0.055)
    parser.add_argument("--towns", nargs="+", default=TOWNS)
    asked = parser.parse_args()
    for told in asked.towns:
        size, seed, kind = told.split(":")
        villages, households = map(int, size.split("x"))
        town = imagine(replace(KINDS[kind], bank_noise=asked.noise), villages, households, int(seed))
        print(json.dumps({"town": told, **measured(town)}), flush=True)


def measured(town: Town) -> dict[str, Any]:
    """The figures of one town."""
    facts = plain_facts(town)
    history = town.course.history
    history = history[[day <= AS_OF for day in history["day"]]]
    labels = facts.loc[history["home"]].assign(**{TARGET: history["limit"].to_numpy(dtype=float)})
    spec = inner_spec(load_spec(SPEC))
    model = train(labels.reset_index(drop=True), spec, seed=1, folds=10, norm=conformal.unit_of(15_000, 0.25)).model
    homes = town.homes
    able = set(town.judged.loc[town.judged["eligible"], "home"])
    unseen = (
        ~homes["pilot"] & homes["agreed"] & homes.index.isin(able) & (homes["cause"] != "policy_limit")
    ).to_numpy()
    x, _ = model.matrix(facts[unseen])
    raw = model.figures(x)
    low, high = model.interval(raw, model.range.new(x))
    fair = town.worth["fair_limit"].to_numpy()
    income = town.books.clean["recorded_income"].to_numpy(dtype=float)
    pilot = homes["pilot"].to_numpy()
    factor = min(FACTORS, key=lambda k: float(np.abs(bounded(k * income[pilot]) - fair[pilot]).mean()))
    rule = np.abs(bounded(factor * income[unseen]) - fair[unseen])
    plain = homes["cause"].isin(["none", "rater_bias"]).to_numpy()[unseen]
    return figures(
        bounded(raw), stepped(low), stepped(high, up=True), fair[unseen], rule, plain, homes["village"][unseen]
    )


def figures(
    limit: np.ndarray, low: np.ndarray, high: np.ndarray, fair: np.ndarray, rule: np.ndarray, plain: np.ndarray,
    village: pd.Series,
) -> dict[str, Any]:  # fmt: skip
    """Error and coverage where facts are right (``plain``), and coverage of all."""
    inside = (fair >= low - 0.5) & (fair <= high + 0.5)
    error = float(np.abs(stepped(limit) - fair)[plain].mean())
    miss = np.maximum(low - fair, 0) + np.maximum(fair - high, 0)
    winkler = float((high - low + 20 * miss)[plain].mean())
    by_village = pd.Series(inside[plain]).groupby(village.to_numpy()[plain]).mean()
    return {
        "households": int(plain.sum()),
        "mae_over_rule": round(error / float(rule[plain].mean()), 3),
        "covered": round(float(inside[plain].mean()), 3),
        "covered_worst_village": round(float(by_village.min()), 3),
        "covered_all": round(float(inside.mean()), 3),
        "winkler_over_mae": round(winkler / error, 2),
    }


def plain_facts(town: Town) -> pd.DataFrame:
    """The books as they stand, numbers as floats, with the village."""
    shown = town.books.shown
    numbers = shown.drop(columns="main_occupation").astype("Float64").astype(float)
    word = shown["main_occupation"].astype(object).where(shown["main_occupation"].notna(), None)
    return numbers.assign(main_occupation=word, village=town.homes["village"], household=shown.index.astype(str))


def bounded(figure: np.ndarray) -> np.ndarray:
    """Between floor and cap."""
    return np.clip(figure, FLOOR, CAP)


def stepped(figure: np.ndarray, *, up: bool = False) -> np.ndarray:
    """On whole steps, 0 below the floor, as policy does it."""
    steps = np.minimum(figure, CAP) / STEP
    out = np.maximum(np.ceil(steps - 1e-9) if up else np.floor(steps + 1e-9), 0) * STEP
    return np.where(out < FLOOR, 0.0, out)


if __name__ == "__main__":
    main()
