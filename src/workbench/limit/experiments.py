"""Experiments of a modeler, each kept in a folder of its own: listed, compared in pairs, and promoted.

``<root>/<id>/`` holds the spec as it was used, ``metrics.json``, ``predictions.parquet``, the model and ``about.json``
(what was tried, in words).  The id is made of the name and the content, so the same experiment twice is one folder.
Why a folder and not a server: docs/decisions/0003-experiments-in-a-folder.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from workbench.errors import InputError
from workbench.limit.boost import Settings
from workbench.limit.features import Matrix
from workbench.limit.paper_words import figure
from workbench.limit.train import Trained, train
from workbench.spec import FeatureSpec
from workbench.store.atomic import write_text

LABELS = {
    "id": "编号",
    "name": "名称",
    "n": "户数",
    "mae": "平均误差",
    "r2": "R²",
    "coverage_90": "区间覆盖",
    "monotone_violations": "方向不合常理（处）",
    "features": "事实（项）",
    "note": "备注",
}
COLUMNS = list(LABELS)
KEPT = ("about.json", "metrics.json", "spec.json")


@dataclass(frozen=True)
class Comparison:
    """One experiment against another on the rows that both held out: difference of mean absolute error, paired."""

    n: int
    one: float
    other: float
    difference: float
    low: float
    high: float
    by_fold: list[float]

    def sentence(self) -> str:
        """The comparison in words."""
        if self.low > 0 or self.high < 0:
            which = "小" if self.difference < 0 else "大"
            verdict = f"前者误差{which}，区间不含零"
        else:
            verdict = "两者分不出高下"
        return (
            f"同一批{self.n:,}户：前者平均误差{figure(self.one)}，后者{figure(self.other)}，"
            f"相差{figure(self.difference)}（九成区间{figure(self.low)}到{figure(self.high)}）：{verdict}。"
        )


def run_experiment(
    root: Path,
    name: str,
    frame: pd.DataFrame,
    spec: FeatureSpec,
    *,
    seed: int = 1,
    folds: int = 5,
    note: str = "",
    settings: list[Settings] | None = None,
    points: Callable[[pd.DataFrame], Matrix] | None = None,
) -> str:
    """Trains, keeps everything in a folder, and gives its id back.  ``settings`` narrows the search."""
    if not re.fullmatch(r"[\w\-. ]{1,60}", name):
        raise InputError("experiment", "the name may hold letters, digits, blank, . _ and - only", "give another name")
    made = train(frame, spec, seed=seed, folds=folds, points=points, tried=settings)
    return keep(root, name, frame, made, spec, note)


def keep(root: Path, name: str, frame: pd.DataFrame, made: Trained, spec: FeatureSpec, note: str = "") -> str:
    """Keeps a trained model as an experiment."""
    plain = json.dumps(spec.plain(), ensure_ascii=False, sort_keys=True)
    content = f"{name}\n{plain}\n{made.model.digest}"
    identity = f"{re.sub(r'[^0-9A-Za-z]+', '-', name).strip('-').lower() or 'x'}-{_digest(content)}"
    folder = root / identity
    folder.mkdir(parents=True, exist_ok=True)
    told = made.out_of_fold.assign(
        target=pd.to_numeric(frame[spec.target].iloc[made.out_of_fold.index], errors="coerce").to_numpy(dtype=float)
    )
    made.model.save(folder / "model")
    write_text(folder / "spec.json", json.dumps(spec.plain(), ensure_ascii=False, indent=1) + "\n")
    told.rename_axis("row").reset_index().to_parquet(folder / "predictions.parquet", index=False)
    write_text(folder / "metrics.json", json.dumps(made.metrics, ensure_ascii=False, indent=1) + "\n")
    write_text(folder / "about.json", json.dumps({"name": name, "note": note}, ensure_ascii=False, indent=1) + "\n")
    return identity


def list_experiments(root: Path) -> pd.DataFrame:
    """Experiments that are whole, best first: id, name, error, coverage, broken directions, features, note."""
    rows: list[dict[str, Any]] = []
    for about in sorted(root.glob("*/about.json")):
        try:
            told, m, spec = (json.loads((about.parent / f).read_text("utf-8")) for f in KEPT)
            figures = {k: m[k] for k in COLUMNS if k in m}
            rows.append({"id": about.parent.name, "features": len(spec["features"]), **told, **figures})
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(
                f"experiment {about.parent.name}", "is damaged", "run it again under a new name, or remove its folder"
            ) from None
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(["mae", "id"], ignore_index=True)


def compare(root: Path, one: str, other: str, draws: int = 1_000, seed: int = 1) -> Comparison:
    """Paired by row; the 90 % interval draws folds anew, since rows of a fold share their village."""
    a, b = _predictions(root, one), _predictions(root, other)
    both = a.merge(b, on="row", suffixes=("", "_other"))
    if both.empty or not np.allclose(both.target, both.target_other):
        raise InputError("experiments", "were not run on the same rows", "run both on one table")
    gain = (both.target - both.prediction).abs() - (both.target - both.prediction_other).abs()
    folds = [g.to_numpy() for _, g in gain.groupby(both.fold)]
    rng = np.random.default_rng(seed)
    means = [_redrawn(folds, rng) for _ in range(draws)]
    low, high = np.quantile(means, [0.05, 0.95])
    return Comparison(
        len(both),
        float((both.target - both.prediction).abs().mean()),
        float((both.target - both.prediction_other).abs().mean()),
        float(gain.mean()),
        float(low),
        float(high),
        [float(f.mean()) for f in folds],
    )


def promote(root: Path, identity: str, spec_file: Path, like: FeatureSpec | None = None) -> Path:
    """Writes the experiment's spec as the YAML file that a run's parameters may name; refuses to overwrite.

    ``like``: the spec in use, whose target, key, group and points table the new one keeps (a run trains under names
    of its own).
    """
    import yaml

    folder = root / identity
    if not (folder / "about.json").is_file():
        raise InputError(f"experiment {identity}", "is not there", "list the experiments")
    if spec_file.exists():
        raise InputError(spec_file.name, "is there already", "give a new name; a spec in use is not changed silently")
    data = json.loads((folder / "spec.json").read_text("utf-8"))
    if like is not None:
        data |= {k: v for k, v in like.plain().items() if k not in ("features", "forbidden")}
    plain = {k: v for k, v in data.items() if v not in (None, [], ())}
    head = f"# 由实验 {identity} 提升；模型摘要见该文件夹\n"
    write_text(spec_file, head + yaml.safe_dump(plain, allow_unicode=True, sort_keys=False))
    return spec_file


def _redrawn(folds: list[Matrix], rng: np.random.Generator) -> float:
    """Two stages: folds, then rows in each."""
    parts = [folds[k] for k in rng.integers(0, len(folds), len(folds))]
    return float(np.concatenate([p[rng.integers(0, len(p), len(p))] for p in parts]).mean())


def _predictions(root: Path, identity: str) -> pd.DataFrame:
    path = root / identity / "predictions.parquet"
    if not path.is_file():
        raise InputError(f"experiment {identity}", "is not there", "list the experiments")
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    return frame


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
