"""Cost of ``workbench score`` against the least code with the public library, whole processes, CPU of all threads.

    python benchmarks/score.py [--rows 1000000] [--large 0] [--explain 20000] [--folder DIR]
    python benchmarks/score.py --trains 2000
    python benchmarks/score.py --start

300 trees x 31 leaves x 35 features.  Prints one JSON line: CPU seconds, ratios to the raw loop, peak MB, and whether
both engines and the raw loop give the same figures.  ``--large 5000000`` adds the check of flat memory.  ``--trains``
measures instead two ``train`` at once against one alone, ``--start`` how soon ``--help`` and a wrong parameter file are
answered, against ``python -c "import pandas"``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from peak import cost, costs

from workbench.limit import boost, conformal
from workbench.limit.model import FORMAT, LimitModel
from workbench.limit.novelty import learn_range
from workbench.spec import Feature, FeatureSpec

FEATURES, TREES, LEAVES, GROUP = 35, 300, 31, 131_072
WORKBENCH = Path(sys.executable).parent / "workbench"

RAW = """
import sys, numpy as np, lightgbm as lgb, pyarrow as pa, pyarrow.parquet as pq, pyarrow.dataset as ds
table, model, out, contrib = sys.argv[1:5]
booster = lgb.Booster(model_file=model)
names = [f"x{j}" for j in range(35)]
writer = None
for batch in ds.dataset(table).to_batches(batch_size=65536, columns=["row", *names]):
    if not batch.num_rows:
        continue
    x = np.column_stack([batch.column(n).to_numpy(zero_copy_only=False) for n in names])
    made = booster.predict(x, num_threads=1, pred_contrib=contrib == "1")
    columns = {"score": made} if contrib != "1" else {f"c{j}": made[:, j] for j in range(36)}
    columns["row"] = batch.column("row")
    piece = pa.RecordBatch.from_pydict(columns)
    writer = writer or pq.ParquetWriter(out, piece.schema, compression="zstd")
    writer.write_batch(piece)
writer.close()
"""


def make_model(folder: Path) -> None:
    """A model of the stated size, saved as ``train`` saves it."""
    spec = FeatureSpec(
        "y",
        tuple(Feature(f"x{j}", f"x{j}", f"x{j}", "c", unit="yuan" if j < 12 else "count") for j in range(FEATURES)),
        key=("row",),
    )
    rng = np.random.default_rng(1)
    x = rows(8_000, rng)
    known = np.nan_to_num(x, nan=1_000.0)
    y = np.exp(10 + 0.3 * np.log1p(known[:, 0]) + 0.1 * np.log1p(known[:, 1]) + 0.2 * rng.normal(size=len(x)))
    task = boost.Task(x, y, np.ones(len(y)), np.arange(len(y)) % 10, True)
    booster = boost.fit(task, spec, boost.Settings("gamma", leaves=LEAVES, trees=TREES), 1)
    about = {
        "format": FORMAT,
        "kind": "model",
        "spec": spec.plain(),
        "codes": {},
        "log": True,
        "interval": conformal.calibrate(y, y * 1.1, *conformal.scale_of(y, True)).plain(),
        "range": learn_range(x, task.groups, spec).plain(),
        "settings": {},
        "seed": 1,
        "rows": len(y),
        "versions": {},
    }
    LimitModel(boost.text_of(booster, True), about).save(folder)


def rows(n: int, rng: np.random.Generator) -> np.ndarray:
    """Household-like amounts with gaps."""
    x = np.round(np.exp(rng.normal(9, 1.2, (n, FEATURES))), 1)
    x[rng.random(x.shape) < 0.03] = np.nan
    return x


def make_table(path: Path, n: int) -> None:
    """A Parquet table of ``n`` rows in row groups."""
    rng, writer = np.random.default_rng(2), None
    for start in range(0, n, GROUP):
        k = min(GROUP, n - start)
        x = rows(k, rng)
        columns = {"row": np.arange(start, start + k)} | {f"x{j}": x[:, j] for j in range(FEATURES)}
        piece = pa.table({name: pa.array(v, from_pandas=True) for name, v in columns.items()})
        writer = writer or pq.ParquetWriter(path, piece.schema, compression="zstd")
        writer.write_table(piece, row_group_size=GROUP)
    if writer is not None:
        writer.close()


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--explain", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--trains", type=int, default=0, metavar="ROWS")
    parser.add_argument("--start", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        if asked.trains:
            print(json.dumps(two_trains(folder, asked.trains)))
        elif asked.start:
            print(json.dumps(starts(folder)))
        else:
            print(json.dumps(compare(folder, asked.rows, asked.large, asked.explain)))


def two_trains(folder: Path, n: int) -> dict[str, object]:
    """CPU of ``train`` on ``n`` rows alone, and of each of two started together."""
    rng = np.random.default_rng(3)
    x = rows(n, rng)
    known = np.nan_to_num(x, nan=1_000.0)
    y = np.exp(8 + 0.3 * np.log1p(known[:, 0]) + 0.1 * np.log1p(known[:, 1]) + 0.2 * rng.normal(size=n))
    columns = {f"x{j}": pa.array(x[:, j], from_pandas=True) for j in range(FEATURES)}
    pq.write_table(pa.table({"y": y, "village": np.arange(n) % 7, **columns}), folder / "train.parquet")
    spec = ["target: y", "group: village", "features:", *(f"  - {{name: x{j}, unit: yuan}}" for j in range(FEATURES))]
    (folder / "spec.yaml").write_text("\n".join(spec) + "\n", "utf-8")
    command = [str(WORKBENCH), "train", str(folder / "train.parquet"), "--spec", str(folder / "spec.yaml"), "--out"]
    alone, _ = cost([*command, str(folder / "alone")])
    both = [cpu for cpu, _ in costs([[*command, str(folder / k)] for k in ("one", "other")])]
    return {
        "rows": n,
        "alone_cpu": round(alone, 2),
        "together_cpu": [round(cpu, 2) for cpu in both],
        "together_over_alone": round(max(both) / alone, 3),
    }


def starts(folder: Path) -> dict[str, object]:
    """CPU of the two answers that must be quick, over that of importing pandas (the least of five of each)."""
    wrong = folder / "wrong.yaml"
    wrong.write_text("name: x\nas_of: yesterday\ncolour: red\n", "utf-8")

    def least(command: list[str], ends: int = 0) -> float:
        return min(cost(command, ends)[0] for _ in range(5))

    pandas = least([sys.executable, "-c", "import pandas"])
    answers = {"help": least([str(WORKBENCH), "--help"]), "wrong": least([str(WORKBENCH), "run", str(wrong)], 2)}
    return {"pandas_cpu": round(pandas, 3), **{f"{k}_over_pandas": round(v / pandas, 3) for k, v in answers.items()}}


def compare(folder: Path, n: int, large: int, explained: int) -> dict[str, object]:
    """The figures of the comparison."""
    folder.mkdir(parents=True, exist_ok=True)
    model, table, few = folder / "model", folder / "table.parquet", folder / "few.parquet"
    if not (model / "digest.json").exists():
        make_model(model)
    if not table.exists():
        make_table(table, n)
    make_table(few, explained)
    raw = [sys.executable, "-c", RAW]
    ours = [str(WORKBENCH), "score"]
    raw_cpu, raw_mb = cost([*raw, str(table), str(model / "model.txt"), str(folder / "raw.parquet"), "0"])
    cpu, mb = cost([*ours, str(table), "--model", str(model), "--out", str(folder / "ours.parquet")])
    dask_cpu, dask_mb = cost(
        [*ours, str(table), "--model", str(model), "--out", str(folder / "dask.parquet"), "--engine", "dask"]
    )
    raw_x, _ = cost([*raw, str(few), str(model / "model.txt"), str(folder / "rawx.parquet"), "1"])
    ours_x, _ = cost([*ours, str(few), "--model", str(model), "--out", str(folder / "oursx.parquet"), "--explain"])
    local, dask, plain = (pq.read_table(folder / f"{k}.parquet") for k in ("ours", "dask", "raw"))
    difference = np.abs(local["score"].to_numpy() - plain["score"].to_numpy()).max()
    out: dict[str, object] = {
        "rows": n,
        "raw_cpu": round(raw_cpu, 2),
        "score_cpu": round(cpu, 2),
        "score_over_raw": round(cpu / raw_cpu, 3),
        "raw_mb": round(raw_mb),
        "score_mb": round(mb),
        "dask_over_local": round(dask_cpu / cpu, 3),
        "dask_mb": round(dask_mb),
        "dask_same": local.equals(dask),
        "difference_to_raw": float(difference),
        "explain_over_raw": round(ours_x / raw_x, 3),
    }
    if large:
        if not (folder / "large.parquet").exists():
            make_table(folder / "large.parquet", large)
        _, mb_large = cost(
            [*ours, str(folder / "large.parquet"), "--model", str(model), "--out", str(folder / "l.parquet")]
        )
        out |= {"large_rows": large, "large_mb": round(mb_large), "large_over_mb": round(mb_large / mb, 3)}
    return out


if __name__ == "__main__":
    main()
