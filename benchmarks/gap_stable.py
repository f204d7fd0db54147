"""How stable the reasons are: ``python benchmarks/gap_stable.py [--seeds 1,2]``.

The limit model is taught twice, each time by a bootstrap of the training households, and everything after it is done
again.  Told is the share of households outside the tolerance both times whose primary cause, and whose first reason as
it is said (the concept of a fact, else the cause), is the same.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import gap
import gap_towns
import numpy as np
import pandas as pd

from workbench.reconcile.cause import WITHIN

KINDS = ("severe", "generous", "neutral")


def taught_again(town: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """The town with a model taught by a bootstrap of its training households, and the limits of that model."""
    known = town["history"].merge(town["facts"], on=["village", "household"])
    known = known.iloc[rng.integers(0, len(known), len(known))]
    model = gap_towns.fit(known, known["limit"], 300)
    limits = town["limits"].assign(raw_limit=model(town["facts"]).to_numpy())
    limits["model_limit"] = gap_towns.policy(limits["raw_limit"], town["truth"]["listed"]).to_numpy()
    return dict(town) | {"limits": limits, "score": model}


def told(town: dict[str, Any]) -> pd.DataFrame:
    """Primary cause and first reason of every household outside the tolerance."""
    made = gap.explain(town)
    concept = {f.name: f.concept for f in gap.town_spec().features}
    outside = made.gaps[made.gaps["primary_cause"].ne(WITHIN)].set_index("household")
    facts = made.evidence[made.evidence["household"].isin(outside.index)]
    facts = facts.assign(
        concept=facts["fact"].map(concept).fillna(""),
        toward=facts["yuan"] * np.sign(facts["household"].map(outside["gap"])),
    )
    weighed = facts[facts["block"] == "factor_weighting"].groupby(["household", "concept"])["toward"].sum()
    first = weighed.reset_index().sort_values("toward", kind="stable").drop_duplicates("household", keep="last")
    by_concept = first.set_index("household")["concept"].reindex(outside.index)
    cause = outside["primary_cause"]
    return pd.DataFrame({"cause": cause, "reason": cause.where(cause.ne("factor_weighting"), "村里：" + by_concept)})


def main() -> None:
    """Prints a line a town and the means."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", default="1")
    rows = []
    for seed in map(int, arguments.parse_args().seeds.split(",")):
        for kind in [k for k in gap_towns.KINDS if k.name in KINDS]:
            town, rng = gap_towns.make_town(replace(kind, households=90), seed), np.random.default_rng(seed)
            one, two = (told(taught_again(town, rng)) for _ in range(2))
            both = one.join(two.add_suffix("_again"), how="inner")
            same = {c: float((both[c] == both[f"{c}_again"]).mean()) for c in ("cause", "reason")}
            rows.append({"town": kind.name, "seed": seed, "outside both": len(both)} | same)
            print(pd.DataFrame(rows[-1:]).round(3).to_string(index=False, header=len(rows) == 1), flush=True)
    print(pd.DataFrame(rows)[["cause", "reason"]].mean().round(3).to_frame("mean").T.to_string())


if __name__ == "__main__":
    main()
