"""What the named causes are worth where the truth is known: ``python benchmarks/gap_known.py [--write]``.

Makes the demonstration town again from its dials, runs it as anybody would (``workbench run params/demo.yaml``),
compares with its truth, and beside it the mean of larger invented towns (``gap_towns.KINDS``). ``--write`` keeps the
figures in ``data/reference/known-causes.json``, from where the page of the gap reads them; without it they are printed
and held against the file (exit 1 where they differ). About four minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
import gap as bench
import gap_towns
from gap_kinds import WITNESS

from workbench.identity import Pseudonyms
from workbench.params import Tolerance
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN, bound
from workbench.reconcile.known import BANDS, FILE, band_of
from workbench.town.make import make_town

PRODUCT = Path(__file__).resolve().parents[1]
DEMO = {"villages": 7, "households": 80, "seed": 7}
"""The dials of ``data/demo``."""
KEY = "a-key-for-tests-0001"
"""An invented key for an invented town; the figures do not hang on it."""
SEEDS, WITNESS_SEED = (5, 6), 3
FEW = 5
"""Households of a true cause below which it does not enter macro-F1."""


def true_effects(homes: pd.DataFrame) -> pd.DataFrame:
    """What each cause truly owes to the gap that this run found, yuan; ``homes`` are gaps joined with the truth."""
    of = pd.DataFrame(
        {
            "policy_limit": np.where(
                homes["listed"], homes["model_limit"] - (homes["ideal_limit"] + homes["record_effect"]), 0.0
            ),
            "record_error": np.where(homes["fate"].eq("corrected"), 0.0, homes["record_effect"]),
            "factor_weighting": -homes["weighting_effect"],
            "soft_information": -homes["soft_effect"],
            "rater_bias": np.where(homes["cause"].eq("rater_bias"), homes["clean_panel"] - homes["panel_limit"], 0.0),
            "model_uncertainty": -homes["newness_effect"],
        },
        index=homes.index,
    )
    of["unexplained"] = homes["model_limit"] - homes["panel_limit"] - of.sum(axis=1)
    return of[list(BLOCKS)]


def measure(gaps: pd.DataFrame, truth: pd.DataFrame, tolerance: Tolerance) -> dict[str, Any]:
    """The figures of one town: villages that are no pilots, households outside the tolerance.

    ``truth`` has a row a household with the columns of ``causes.csv`` and ``listed`` (the holder is on the list).
    """
    # the block of that name gives way: the truth's own columns are needed beside it
    homes = gaps.merge(truth, on="household", suffixes=("", "_of_truth"))
    homes = homes[~homes["pilot"].astype(bool)].reset_index(drop=True)
    gap = homes["model_limit"] - homes["panel_limit"]
    outside = gap.abs() > bound(homes["model_limit"], homes["panel_limit"], tolerance)
    true = true_effects(homes).mul(np.sign(gap), axis=0).idxmax(axis=1)[outside]
    said = homes.loc[outside, "primary_cause"].astype(str)
    naive = pd.Series(np.where(homes["listed"], "policy_limit", "factor_weighting"))[outside]
    band = homes.loc[outside, "confidence"].map(band_of)
    f1 = [
        2 * int(((true == c) & (said == c)).sum()) / int((true == c).sum() + (said == c).sum())
        for c in BLOCKS
        if (true == c).sum() >= FEW
    ]
    fair = np.where(homes["listed"], 0.0, homes["fair_limit"])
    off = {
        c: float(np.abs(homes[c].to_numpy(float) - fair).mean())
        for c in ("proposed_limit", "model_limit", "panel_limit")
    }
    right = true == said
    return {
        "households": len(homes),
        "outside": int(outside.sum()),
        "right": int(right.sum()),
        "naive_right": int((true == naive).sum()),
        "macro_f1": round(float(np.mean(f1)), 3) if f1 else None,
        "over_better": round(off["proposed_limit"] / min(off["model_limit"], off["panel_limit"]), 3),
        "within_wrong": int((homes["primary_cause"].eq(WITHIN) == outside).sum()),
        "by_cause": {
            c: {"true": int((true == c).sum()), "said": int((said == c).sum()), "right": int(right[said == c].sum())}
            for c in BLOCKS
        },
        "by_band": {b: {"said": int((band == b).sum()), "right": int(right[band == b].sum())} for b in BANDS},
    }


def demo_truth(folder: Path, names: Pseudonyms) -> pd.DataFrame:
    """The truth of a town written by ``workbench demo-town``, by the pseudonyms of a run."""
    read = {"dtype": {"户号": "str", "household": "str"}, "keep_default_na": False, "na_values": [""]}
    causes = pd.read_csv(folder / "causes.csv", **read).fillna({"cause": "none", "fate": ""})  # type: ignore[call-overload]
    homes = pd.read_csv(folder / "households.csv", **read)  # type: ignore[call-overload]
    listed = homes.loc[homes["listed_holder"].astype(bool), ["village", "household"]]
    on_list = set(zip(listed["village"], listed["household"], strict=True))
    return causes.assign(
        household=names.households(causes["village"], causes["户号"]),
        listed=[(v, n) in on_list for v, n in zip(causes["village"], causes["户号"], strict=True)],
    ).drop(columns=["户号", "village"])


def of_demo(gaps: pd.DataFrame, folder: Path, key: str = KEY) -> dict[str, Any]:
    """The figures of a finished run of ``params/demo.yaml``; ``folder`` is empty, the town is made there again.

    ``SystemExit`` where the dials do not give the town under ``data/demo``: its truth would be another's.
    """
    made = make_town(folder / "demo", **DEMO)  # type: ignore[arg-type]
    for name in ("records.csv", "visits.csv"):
        if (made / name).read_bytes() != (PRODUCT / "data" / "demo" / name).read_bytes():
            raise SystemExit(f"data/demo/{name} is not what {DEMO} make: set DEMO to the dials of data/demo")
    truth = demo_truth(made.with_name("demo-truth"), Pseudonyms(key.encode()))
    return {"made_of": DEMO} | measure(gaps, truth, bench.town_params().tolerance)


def run_demo(folder: Path) -> pd.DataFrame:
    """``gaps`` of a whole run of the demonstration town, made in ``folder``."""
    command = [
        sys.executable,
        "-m",
        "workbench.cli",
        "run",
        str(PRODUCT / "params" / "demo.yaml"),
        "--out",
        str(folder / "run"),
    ]
    own = os.environ | {"WORKBENCH_KEY": KEY, "HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"}
    (folder / "home").mkdir()
    subprocess.run(command, check=True, env=own, stdout=subprocess.DEVNULL)
    return pd.read_parquet(folder / "run" / "tables" / "gaps.parquet")


def of_larger(seeds: tuple[int, ...]) -> dict[str, Any]:
    """Households of all towns together; macro-F1 and the proposal's error are means over towns."""
    towns = []
    for seed in seeds:
        for kind in gap_towns.KINDS:
            town = gap_towns.make_town(kind, seed)
            gaps = bench.explain(town).gaps
            towns.append(measure_invented(town, gaps))
            print(kind.name, seed, json.dumps(towns[-1]), flush=True)
    sums = {n: sum(t[n] for t in towns) for n in ("households", "outside", "right", "naive_right", "within_wrong")}
    means = {n: round(float(np.mean([t[n] for t in towns])), 3) for n in ("macro_f1", "over_better")}
    return {
        "towns": len(towns),
        "seeds": list(seeds),
        **sums,
        **means,
        "by_cause": {c: _added([t["by_cause"][c] for t in towns]) for c in BLOCKS},
        "by_band": {b: _added([t["by_band"][b] for t in towns]) for b in BANDS},
    }


def of_witness() -> dict[str, Any]:
    """One small town, cheap enough to be measured again by a test: it tells when the larger towns' figures are old."""
    town = gap_towns.make_town(WITNESS, WITNESS_SEED)
    return measure_invented(town, bench.explain(town).gaps)


def measure_invented(town: dict[str, Any], gaps: pd.DataFrame) -> dict[str, Any]:
    """The figures of a town of ``gap_towns``."""
    return measure(gaps, town["truth"].drop(columns="village"), bench.town_params().tolerance)


def stale(kept: dict[str, Any], found: dict[str, Any], where: str = "") -> list[str]:
    """Names of the figures that are not what was found now.

    Households may be one apart and shares 0.01, because a near tie can turn on another processor.
    """
    if isinstance(found, dict):
        if not isinstance(kept, dict) or kept.keys() != found.keys():
            return [where or "its names"]
        return [name for k in found for name in stale(kept[k], found[k], f"{where}.{k}".lstrip("."))]
    if isinstance(found, int | float) and isinstance(kept, int | float):
        return [] if abs(kept - found) <= (1 if isinstance(found, int) else 0.01) else [where]
    return [] if kept == found else [where]


def _added(counts: list[dict[str, int]]) -> dict[str, int]:
    return {name: sum(c[name] for c in counts) for name in counts[0]}


def main() -> None:
    """Prints the figures; keeps them, or says whether those kept are the same."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--demo-only", action="store_true", help="leave the larger towns as they are kept")
    arguments.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    given = arguments.parse_args()
    file = PRODUCT / FILE
    kept = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    with tempfile.TemporaryDirectory() as place:
        demo = of_demo(run_demo(Path(place)), Path(place))
    seeds = tuple(map(int, given.seeds.split(",")))
    larger = kept["larger"] if given.demo_only else of_larger(seeds)
    made = {
        "made_by": "python benchmarks/gap_known.py --write",
        "demo": demo,
        "larger": larger,
        "witness": of_witness(),
    }
    text = json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    print(text)
    if given.write:
        file.write_text(text, encoding="utf-8")
    elif off := stale(kept, made):
        raise SystemExit(f"{FILE} is old: {', '.join(off)}; run again with --write")


if __name__ == "__main__":
    main()
