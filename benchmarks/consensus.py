"""Time and memory of the consensus from file to file, beside a plain median by item.

    python benchmarks/consensus.py [--ratings 100000,1000000]

Each size is run in a process of its own, so that the peak memory is that of the command alone, and twice, so that the
bytes can be compared.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from peak import own_peak


def make(folder: Path, ratings: int) -> Path:
    """A long table: panels of seven for villages of 150 households, three sheets in a hundred copied."""
    draw = np.random.default_rng(ratings)
    homes = max(ratings // 7, 1)
    unit = np.arange(homes) // 150
    level = draw.normal(11, 0.3, unit[-1] + 1)[unit] + draw.normal(0, 0.75, homes)
    shift = draw.normal(0, 0.2, (unit[-1] + 1, 7))
    noise = np.exp(draw.normal(np.log(0.25), 0.4, (unit[-1] + 1, 7)))
    y = level[:, None] + shift[unit] + draw.normal(0, 1, (homes, 7)) * noise[unit]
    pulled = draw.random(homes) < 0.05
    y[pulled, 2] += 1.0
    copied = (draw.random(unit[-1] + 1) < 0.2)[unit]
    y[copied, 6] = y[copied, 0]
    value = np.clip(np.round(np.exp(y) / 5_000) * 5_000, 5_000, 500_000)
    frame = pd.DataFrame(
        {
            "unit": np.repeat([f"u{u:05d}" for u in unit], 7),
            "item": np.repeat([f"i{i:07d}" for i in range(homes)], 7),
            "rater": np.tile([f"r{j}" for j in range(7)], homes),
            "value": value.ravel(),
        }
    )
    path = folder / "ratings.csv"
    frame.sample(frac=1, random_state=1).to_csv(path, index=False)
    return path


def once(table: Path, out: Path) -> None:
    """One run of the command, printing seconds, peak memory and what reading and a median cost."""
    from workbench.panel.table import consensus_file

    begin, worked = time.perf_counter(), time.process_time()
    consensus_file(table, item="item", rater="rater", value="value", unit="unit", out=out)
    took, worked = time.perf_counter() - begin, time.process_time() - worked
    peak = own_peak()
    begin = time.process_time()
    pd.read_csv(table, dtype={"rater": "str"}).groupby(["unit", "item"])["value"].median()
    plain = time.process_time() - begin
    print(
        f"{took:.1f} s on the clock, {worked:.1f} s of work, "
        f"{worked / plain:.1f} times reading and a plain median, {peak:.0f} MB at the peak"
    )


def main() -> None:
    """Prints a line a size and run."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--ratings", default="100000,1000000")
    ask.add_argument("--once", nargs=2, type=Path)
    given = ask.parse_args()
    if given.once:
        once(*given.once)
        return
    for ratings in map(int, given.ratings.split(",")):
        with tempfile.TemporaryDirectory() as name:
            table, marks = make(Path(name), ratings), []
            for turn in ("first", "second"):
                out = Path(name) / f"{turn}.parquet"
                subprocess.run([sys.executable, __file__, "--once", str(table), str(out)], check=True)
                marks.append(hashlib.sha256(out.read_bytes() + out.with_suffix(".raters").read_bytes()).hexdigest())
            print(f"{ratings} ratings: the same bytes twice: {marks[0] == marks[1]}")


if __name__ == "__main__":
    main()
