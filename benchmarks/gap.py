"""Measures the gap blocks on invented towns whose causes are known: ``python benchmarks/gap.py [--practice]``.

The figures are those that a run is scored by: cause accuracy and macro-F1 outside the tolerance in villages that are no
pilots, correlation of blocks with true yuan, error of the proposal over that of the better side, reviews.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
import gap_towns

from workbench.limit.policy import InForce, Policy
from workbench.panel.consensus import settle
from workbench.params import RunParams
from workbench.reconcile.gaps import Explained, explain_gaps
from workbench.spec import Feature, FeatureSpec

CONCEPTS = {
    "收入": ["recorded_income"],
    "存款": ["avg_deposit", "term_deposit"],
    "工资": ["wage_inflow"],
    "经营": ["merchant_inflow", "main_occupation"],
    "土地": ["subsidy_inflow", "land_mu", "forest_mu"],
    "资产": ["house_value", "vehicle_value"],
    "负债": ["loan_balance", "other_bank_loans", "guarantees_given"],
    "信用": ["overdue_days", "bills_late"],
    "家庭": ["members", "workers", "children", "years_settled"],
    "往来": ["months_active", "mobile_logins", "utility_paid"],
}
UNITS = {
    "land_mu": "mu",
    "forest_mu": "mu",
    "overdue_days": "day",
    "bills_late": "count",
    "members": "person",
    "workers": "person",
    "children": "person",
    "years_settled": "year",
    "months_active": "month",
    "mobile_logins": "count",
}

BOUNDS = InForce(Policy(cap=500_000, step=1_000, floor=5_000))
"""The policy of the invented towns."""


def town_spec() -> FeatureSpec:
    """The feature spec of the invented towns."""
    of = {name: concept for concept, names in CONCEPTS.items() for name in names}
    numbers = [
        Feature(
            n,
            n,
            n,
            of[n],
            monotone=1 if n in gap_towns.UP else -1 if n in gap_towns.DOWN else 0,
            actionable=n in gap_towns.DOWN[:5],
            unit=UNITS.get(n, "yuan"),
        )
        for n in gap_towns.NUMBERS
    ]
    return FeatureSpec(
        "limit", (*numbers, Feature("main_occupation", "主要从业", "Occupation", "经营", kind="category"))
    )


def town_params(**changes: object) -> RunParams:
    """Default parameters for an invented town."""
    return RunParams(name="gap", dataset=".", as_of=date(2021, 12, 31), **changes)  # type: ignore[arg-type]


def explain(town: dict[str, pd.DataFrame], params: RunParams | None = None) -> Explained:
    """Consensus and gap of an invented town, as the notebooks would make them."""
    params = params or town_params()
    if "settled" not in town:
        town["settled"] = settle(town["ratings"].drop(columns="pulled"), rules=params.panel, seed=1)  # type: ignore[assignment]
    s = town["settled"]
    return explain_gaps(
        town["limits"],
        s.consensus,
        town["ratings"],
        s.pulls,
        town["households"],
        town["people"],
        town["facts"],  # type: ignore[attr-defined]
        town["records"],
        town["history"],
        town["corrections"],
        spec=town_spec(),
        params=params,
        score=town["score"],
        bounds=town.get("bounds", BOUNDS),
    )  # type: ignore[arg-type]


def scorer(path: Path):  # type: ignore[no-untyped-def]
    """The module that scores runs; it stands beside the project."""
    spec = importlib.util.spec_from_file_location("score_run", path)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]
    return module


def figures(judge, gaps: pd.DataFrame, truth: pd.DataFrame) -> dict[str, object]:  # type: ignore[no-untyped-def]
    """The figures of one town, the few that are promised."""
    full = judge.gaps(gaps, truth)
    keep = [
        "n_outside",
        "accuracy",
        "macro_f1",
        "naive_accuracy",
        "naive_macro_f1",
        "top2",
        "f1",
        "true_causes",
        "clear_accuracy",
        "recall_by_label",
        "within_tolerance_right",
        "sum_error_max",
        "unexplained_share",
        "true_unexplained_share",
    ]
    out = {k: full.get(k) for k in keep}
    out["corr"] = {
        c: round(full[c]["pearson"], 3)
        for c in ("factor_weighting", "soft_information", "record_error", "model_uncertainty")
    }
    out["over_better"] = full["proposed"]["over_better"]
    out["review"] = {k: full["review"][k] for k in ("share", "needed", "precision", "recall", "confirmed_off")}
    return out


def main() -> None:
    """Prints one line a town and the means."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--practice", action="store_true")
    arguments.add_argument("--seeds", default="1")
    arguments.add_argument("--judge", type=Path, default=Path(__file__).parents[2] / "shared" / "score_run.py")
    arguments.add_argument("--full", action="store_true")
    given = arguments.parse_args()
    judge = scorer(given.judge)
    rows = []
    for seed in map(int, given.seeds.split(",")):
        for kind in gap_towns.PRACTICE if given.practice else gap_towns.KINDS:
            town = gap_towns.make_town(kind, seed)
            start = time.process_time()
            explained = explain(town)
            took = time.process_time() - start
            got = figures(judge, explained.gaps, town["truth"])
            if given.full:
                print(kind.name, json.dumps(got, ensure_ascii=False, default=float))
            corr = got["corr"]
            rows.append(
                {
                    "town": kind.name,
                    "seed": seed,
                    "acc": got["accuracy"],
                    "f1": got["macro_f1"],
                    "n_acc": got["naive_accuracy"],
                    "n_f1": got["naive_macro_f1"],
                    "w": corr["factor_weighting"],
                    "s": corr["soft_information"],
                    "r": corr["record_error"],
                    "u": corr["model_uncertainty"],
                    "over": got["over_better"],
                    "rev": got["review"]["share"],
                    "need": got["review"]["needed"],
                    "off": got["review"]["confirmed_off"],
                    "within": got["within_tolerance_right"],
                    "sum": got["sum_error_max"],
                    "cpu": took,
                }
            )  # type: ignore[index]
            print(pd.DataFrame(rows[-1:]).round(3).to_string(index=False, header=len(rows) == 1), flush=True)
    table = pd.DataFrame(rows)
    print(table.drop(columns=["town", "seed"]).mean().round(3).to_frame("mean").T.to_string(index=False))
    assert np.isfinite(table["acc"]).all()


if __name__ == "__main__":
    main()
