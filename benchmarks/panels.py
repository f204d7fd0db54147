"""Hard panels with a known truth: how much of the median's error the consensus leaves.

    python benchmarks/panels.py [--seeds 5] [--kinds complete,own_group,...]

Each kind is a table of ratings with something wrong in it; printed is the root mean square error in log over that of
the plain median in the same run, averaged over seeds, beside the correlation of the severities, the copies found and
falsely named, and the share of households whose 90 % interval holds the truth.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.panel.consensus import consensus_of

SEVERITY = 0.2
VILLAGES, HOUSEHOLDS, STEP, LEAST, MOST = 8, 260, 5_000.0, 5_000.0, 500_000.0
KINDS = {
    "complete": 0.79,
    "own_group": 0.73,
    "sparse": 0.86,
    "favour": 0.84,
    "copies": 0.80,
    "constant_random_squeezed": 0.65,
    "slips": 0.80,
}
"""Kind of panel, and the ratio that it should not exceed."""


@dataclass
class Hard:
    """A table of ratings and its truth."""

    frame: pd.DataFrame
    truth: pd.Series
    severity: pd.Series
    pairs: set[frozenset[tuple[str, str]]]


def members(draw: np.random.Generator, count: int) -> pd.DataFrame:
    """Severity, slope and noise of the members of one panel; what they have in common nobody can see from inside."""
    return pd.DataFrame(
        {
            "rater": [f"m{j + 1}" for j in range(count)],
            "shift": draw.normal(0, SEVERITY, count),
            "slope": draw.normal(1, 0.1, count),
            "noise": np.exp(draw.normal(np.log(0.25), 0.45, count)),
        }
    )


def village(draw: np.random.Generator, name: str, kind: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, set]:
    """One village's ratings, households and members, and the pairs whose sheets were copied."""
    count = {"own_group": 10, "sparse": 9}.get(kind, 7)
    crew = members(draw, count)
    level = draw.normal(np.log(60_000), 0.2)
    home = pd.DataFrame(
        {
            "household": [f"h{i:04d}" for i in range(HOUSEHOLDS)],
            "truth": np.clip(level + draw.normal(0, 0.75, HOUSEHOLDS), np.log(LEAST), np.log(MOST)),
            "group": draw.integers(0, 5, HOUSEHOLDS),
        }
    )
    grid = home.merge(crew, how="cross")
    mean = level + grid["slope"] * (grid["truth"] - level) + grid["shift"]
    grid["y"] = mean + draw.normal(0, 1, len(grid)) * grid["noise"]
    grid["interest"] = False
    grid = grid[_present(draw, grid, kind, count)].reset_index(drop=True)
    if kind == "favour":
        _favour(draw, grid, home)
    grid["limit"] = np.maximum(np.round(np.exp(grid["y"]) / STEP) * STEP, LEAST)
    grid["limit"] = grid["limit"].clip(upper=MOST)
    pairs: set[frozenset[tuple[str, str]]] = set()
    if kind == "copies":
        pairs = _copies(draw, grid, name)
    elif kind == "constant_random_squeezed":
        _odd(draw, grid, level)
    elif kind == "slips":
        slip = draw.random(len(grid)) < 0.02
        grid.loc[slip, "limit"] *= draw.choice([10.0, 100.0, 0.1], int(slip.sum()))
    return grid.assign(village=name), home.assign(village=name), crew.assign(village=name), pairs


def _present(draw: np.random.Generator, grid: pd.DataFrame, kind: str, count: int) -> np.ndarray:
    if kind == "own_group":
        own = grid["rater"].str[1:].astype(int) % 5 == grid["group"]
        return np.where(own, draw.random(len(grid)) < 0.95, draw.random(len(grid)) < 0.12)
    if kind == "sparse":
        return draw.random(len(grid)) < 3 / count
    return draw.random(len(grid)) < 0.95


def _favour(draw: np.random.Generator, grid: pd.DataFrame, home: pd.DataFrame) -> None:
    pulled = draw.choice(home["household"], int(0.1 * len(home)), replace=False)
    for household in pulled:
        rows = np.flatnonzero(grid["household"] == household)
        together = draw.choice(rows, min(int(draw.integers(1, 4)), (len(rows) - 1) // 2), replace=False)
        grid.loc[together, "y"] += draw.choice([-1, 1]) * draw.uniform(0.6, 1.4)
        grid.loc[together, "interest"] = draw.random(len(together)) < 0.3


def _copies(draw: np.random.Generator, grid: pd.DataFrame, name: str) -> set[frozenset[tuple[str, str]]]:
    wide = grid.pivot(index="household", columns="rater", values="limit")
    order = list(draw.permutation(wide.columns))
    done = set()
    for way, (source, copier) in zip(("whole", "partial", "nudged"), (order[:2], order[2:4], order[4:6]), strict=True):
        if (hash_of(name) + len(way)) % 3 == 0 and way != "whole":
            continue
        sheet = wide[source].copy()
        both = sheet.notna() & wide[copier].notna()
        if way == "partial":
            both &= draw.random(len(sheet)) < 0.5
        if way == "nudged":
            nudge = draw.random(len(sheet)) < 0.3
            sheet = (sheet + np.where(nudge, draw.choice([-STEP, STEP], len(sheet)), 0)).clip(lower=LEAST)
        wide.loc[both, copier] = sheet[both]
        if way != "partial":
            grid.loc[grid["rater"] == copier, "shift"] = np.nan
        done.add(frozenset({(name, source), (name, copier)}))
    long = wide.stack().rename("limit").reset_index()
    grid["limit"] = grid[["household", "rater"]].merge(long, how="left")["limit"].to_numpy()
    return done


def hash_of(name: str) -> int:
    """A number of a name that is the same in every process."""
    return sum(map(ord, name))


def _odd(draw: np.random.Generator, grid: pd.DataFrame, level: float) -> None:
    for rater, way in zip(
        draw.permutation(grid["rater"].unique())[:3], ("constant", "random", "squeezed"), strict=True
    ):
        rows = grid["rater"] == rater
        n = int(rows.sum())
        if way == "constant":
            said = np.full(n, 50_000.0)
        elif way == "random":
            said = np.exp(level + draw.normal(0, 0.75, n))
        else:
            said = np.exp(level + 0.35 * (np.log(grid.loc[rows, "limit"]) - level))
        grid.loc[rows, "limit"] = np.maximum(np.round(said / STEP) * STEP, LEAST)
        grid.loc[rows, "shift"] = np.nan


def hard(kind: str, seed: int) -> Hard:
    """One table of a kind: eight villages of 260 households."""
    draw = np.random.default_rng([seed, list(KINDS).index(kind)])
    parts = [village(draw, f"v{v}", kind) for v in range(VILLAGES)]
    grid = pd.concat([p[0] for p in parts], ignore_index=True)
    told = grid.dropna(subset=["shift"]).drop_duplicates(["village", "rater"])
    return Hard(
        grid[["village", "household", "rater", "limit", "interest"]].assign(role="m"),
        pd.concat([p[1] for p in parts]).set_index(["village", "household"])["truth"],
        told.set_index(["village", "rater"])["shift"],
        set().union(*(p[3] for p in parts)),
    )


def measure(kind: str, seed: int) -> dict[str, float]:
    """What the consensus makes of one table."""
    made = hard(kind, seed)
    found = consensus_of(made.frame)
    home = found.consensus.set_index(["village", "household"])
    truth = made.truth.reindex(home.index)

    def error(figure: pd.Series) -> float:
        return float(np.sqrt(np.mean((np.log(np.maximum(figure, 2_500)) - truth) ** 2)))

    crew = found.raters.set_index(["village", "rater"])
    said = crew["copied_from"].dropna()
    got = {frozenset({(v, r), (v, other)}) for (v, r), other in said.items()}
    held = (np.exp(truth) >= home["low"]) & (np.exp(truth) <= home["high"])
    return {
        "over_median": error(home["panel_limit"]) / error(home["median"]),
        "over_mean": error(home["panel_limit"]) / error(home["mean"]),
        "severity": float(centred(crew["severity"].reindex(made.severity.index)).corr(centred(made.severity))),
        "copies_found": len(got & made.pairs) / max(len(made.pairs), 1) if made.pairs else float("nan"),
        "copies_false": float(len(got - made.pairs)),
        "covered": float(held.mean()),
        "off": float(home["outliers"].notna().mean()),
    }


def centred(by_member: pd.Series) -> pd.Series:
    """Less the middle member of each village: the common leniency is in neither."""
    return by_member - by_member.groupby(level="village").transform("median")


def main() -> None:
    """Prints the table."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--seeds", type=int, default=5)
    ask.add_argument("--kinds", default=",".join(KINDS))
    given = ask.parse_args()
    for kind in given.kinds.split(","):
        rows = pd.DataFrame([measure(kind, seed) for seed in range(given.seeds)])
        print(f"{kind:26s} aim {KINDS[kind]:.2f}  " + "  ".join(f"{k} {v:.3f}" for k, v in rows.mean().items()))


if __name__ == "__main__":
    main()
