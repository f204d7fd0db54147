"""Whether the seed changes what a village is told: ``python benchmarks/gap_seeds.py [PARAMS] [--seeds 1,2]``.

The whole run is made once a seed, the data the same.  Told is the share of households outside the tolerance both times
whose primary cause is the same, whose first reason is the same (its yuan and the fact's value apart), and whose first
reason is among the reasons of the other run.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

from workbench.reconcile.cause import WITHIN

DEMO = Path(__file__).resolve().parent.parent / "params" / "demo.yaml"
RELATIVE = ("dataset", "spec", "policy", "points", "price", "programme", "template")
KEY = ["village", "household"]
_VALUE = re.compile(r"（.*?）|约?[\d,.]+|^还有")


def gaps_of(params: Path, seed: int, out: Path) -> pd.DataFrame:
    """The table ``gaps`` of a run of ``params`` under another seed."""
    given = yaml.safe_load(params.read_text("utf-8"))
    place = {k: os.path.relpath(params.parent / v, out) for k, v in given.items() if k in RELATIVE}
    file = out / f"seed{seed}.yaml"
    file.write_text(yaml.safe_dump(given | place | {"seed": seed, "name": f"seed{seed}"}, allow_unicode=True), "utf-8")
    command = [str(Path(sys.executable).with_name("workbench")), "run", str(file), "--out", str(out / str(seed))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return pd.read_parquet(out / str(seed) / "tables" / "gaps.parquet").set_index(KEY)


def reasons(text: str) -> list[str]:
    """The reasons of a text, without the yuan and the values of facts."""
    return [_VALUE.sub("", part) for part in text.split("。")[1].split("；")]


def main() -> None:
    """Prints the shares, in one line."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("params", nargs="?", type=Path, default=DEMO)
    arguments.add_argument("--seeds", default="1,2")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, two = (gaps_of(given.params.resolve(), int(s), Path(folder)) for s in given.seeds.split(","))
    both = one.join(two.add_suffix("_again"), how="inner")
    both = both[both["primary_cause"].ne(WITHIN) & both["primary_cause_again"].ne(WITHIN)]
    said, again = both["reason_zh"].map(reasons), both["reason_zh_again"].map(reasons)
    pairs = list(zip(said, again, strict=True))
    told = {
        "outside both": len(both),
        "cause": float(both["primary_cause"].eq(both["primary_cause_again"]).mean()),
        "first reason": sum(a[0] == b[0] for a, b in pairs) / len(pairs),
        "first among the other's": sum(a[0] in b for a, b in pairs) / len(pairs),
    }
    print(pd.DataFrame([told]).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
