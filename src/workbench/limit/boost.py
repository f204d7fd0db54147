"""Fits LightGBM under the spec's directions, the same to the bit on any number of threads.

On the log scale the booster's own figure is ln(yuan), whichever objective taught it, and the saved text says ``gamma``,
so that ``Booster.predict`` of anybody's LightGBM gives yuan.  ``linear_tree`` and ``init_score`` are not used: neither
stands in the contributions.  Column names inside are f0, f1, …: the library refuses , : [ { " and blanks.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.limit import teach
from workbench.limit.features import Matrix
from workbench.limit.folds import Index, group_folds
from workbench.spec import FeatureSpec

if TYPE_CHECKING:
    from lightgbm import Booster

LARGE = 5_000
"""Rows from which a search pays; below, the surface is flat and early stopping on one village is noise (measured)."""
LEAST_LEFT = 5
"""Rows that a search must have beside what it holds back; else rows are held back, not groups."""
STEP = 100
"""Trees between two looks of the early stopping."""


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of one fit.  ``objective``: gamma (a mean), fair on logs (near a median), l2.

    ``robust`` weighs down rows far off; ``taught``: the trees learn from two teachers (``teach``), small tables only;
    ``by_size``: a row weighs more where a first rough figure of it is larger: an error in logs is more yuan there.
    ``facts_a_tree`` (share) and ``shrink`` (L2 on leaves) steady large trees; the library's path smoothing would too,
    but breaks directions (8 of the sweeps on real cards).
    """

    objective: str = "gamma"
    robust: bool = False
    taught: bool = False
    leaves: int = 7
    rate: float = 0.04
    trees: int = 300
    rows_a_leaf: int = 20
    fair_c: float = 0.3
    by_size: bool = False
    facts_a_tree: float = 1.0
    shrink: float = 0.0
    bins: int = 255
    method: str = "basic"
    directions: bool = True

    def plain(self) -> dict[str, Any]:
        """The settings as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Task:
    """Training rows: matrix, target, weights, group of each row, and whether the figure is learned in logs."""

    x: Matrix
    y: Matrix
    weight: Matrix
    groups: Index
    log: bool

    def rows(self, keep: Any) -> Task:
        """Some of the rows."""
        return Task(self.x[keep], self.y[keep], self.weight[keep], self.groups[keep], self.log)


ROUGH = Settings("fair", leaves=15, rate=0.1, trees=60)
"""What weighs rows by size; nothing else is made of it."""


def candidates(log: bool, rows: int) -> list[Settings]:
    """What the search tries; the first is the default, kept unless another is better by more than one per cent.

    Gamma has a log link without retransformation bias and takes directions; on tens of thousands of rows a robust loss
    on logs comes nearer to the median client, which is what the absolute error asks for.
    """
    if rows < LARGE:
        trees = Settings("gamma" if log else "l2", robust=True, rows_a_leaf=int(np.clip(rows // 20, 5, 10)))
        return [replace(trees, taught=True), trees]
    if not log:
        return [Settings("l2", leaves=k, trees=900) for k in (31, 15, 63)]
    return [
        Settings(
            "fair",
            leaves=63,
            trees=400,
            fair_c=0.2,
            by_size=True,
            facts_a_tree=0.5,
            shrink=5.0,
            bins=511,
            method="intermediate",
        ),
        Settings("fair", leaves=31, trees=600),
        Settings("gamma", leaves=31, trees=900),
    ]


def fit(task: Task, spec: FeatureSpec, settings: Settings, seed: int) -> Booster:
    """One booster.  ``task.x`` has the spec's columns; rows are put in a fixed order first, so row order is nothing."""
    order = np.lexsort([*task.x.T, task.weight, task.y])
    task = task.rows(order)
    if settings.robust:
        task = replace(task, weight=task.weight * teach.robust_weights(task.y, _crossed(task, spec, seed), task.log))
    if settings.by_size:
        task = replace(task, weight=task.weight * _sizes(task, spec, seed))
    if not settings.taught:
        return _trees(task, spec, settings, seed)
    trees = _trees(task, spec, settings, seed)
    line = teach.signed_line(task.x, task.y, task.weight, spec, even=not task.log)
    teacher = teach.mean_of([line, lambda x: figure(own_scale(trees, x), task.log)], task.log)
    mixed = teach.mixed(task.x, teach.MIXED, seed)
    own = np.full(len(task.y), max(1.0, teach.MIXED / len(task.y) / 2))
    x = np.vstack([task.x, mixed])
    pupils = Task(x, teacher(x), np.concatenate([own, np.ones(len(mixed))]), np.arange(len(x)), task.log)
    return _trees(pupils, spec, replace(settings, leaves=15, rate=0.08), seed)


def _sizes(task: Task, spec: FeatureSpec, seed: int) -> Matrix:
    """The root of a rough figure of each row over the mean; of its facts alone: a large target pulls nothing."""
    rough = figure(own_scale(_trees(task, spec, ROUGH, seed), task.x), task.log)
    return np.asarray(np.sqrt(rough / rough.mean()))


def _crossed(task: Task, spec: FeatureSpec, seed: int) -> Matrix:
    """Figures of each row by small trees that did not see it."""
    fold = np.random.default_rng(seed).integers(0, 5, len(task.y))
    out = np.empty(len(task.y))
    rough = Settings("gamma" if task.log else "l2", leaves=4, rate=0.08, trees=150, rows_a_leaf=10)
    for k in range(5):
        here = fold == k
        if here.any():
            booster = _trees(task.rows(~here), spec, rough, seed)
            out[here] = figure(own_scale(booster, task.x[here]), task.log)
    return out


def _trees(task: Task, spec: FeatureSpec, settings: Settings, seed: int) -> Booster:
    import lightgbm as lgb

    x, y, w = task.x, task.y, task.weight
    data = lgb.Dataset(
        x,
        np.log(y) if settings.objective == "fair" else y,
        weight=None if np.all(w == 1) else w,
        feature_name=[f"f{j}" for j in range(x.shape[1])],
        categorical_feature=[j for j, f in enumerate(spec.features) if f.kind == "category"],
        params={"verbose": -1, "max_bin": settings.bins},
    )
    return lgb.train(_library_settings(spec, settings, seed), data, settings.trees)


def _library_settings(spec: FeatureSpec, settings: Settings, seed: int) -> dict[str, Any]:
    out: dict[str, Any] = {
        "objective": {"l2": "regression"}.get(settings.objective, settings.objective),
        "num_leaves": settings.leaves,
        "learning_rate": settings.rate,
        "min_data_in_leaf": settings.rows_a_leaf,
        "fair_c": settings.fair_c,
        "feature_fraction": settings.facts_a_tree,
        "lambda_l2": settings.shrink,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    if settings.directions and any(f.monotone for f in spec.features):
        out["monotone_constraints"] = [f.monotone for f in spec.features]
        # "advanced" breaks directions where values are missing (open upstream reports)
        out["monotone_constraints_method"] = settings.method
    return out


def own_scale(booster: Booster, x: Matrix, trees: int = -1) -> Matrix:
    """The booster's own figure: ln(yuan) on the log scale, the target's unit on the identity scale."""
    return np.asarray(booster.predict(x, raw_score=True, num_iteration=trees, num_threads=1))


def figure(own: Matrix, log: bool) -> Matrix:
    """The figure in the target's unit."""
    return np.exp(own) if log else own


def search(
    task: Task, spec: FeatureSpec, seed: int, tried: list[Settings] | None = None
) -> tuple[Settings, list[dict[str, Any]]]:
    """The settings for these rows and the record of the search; whole groups of these rows are held back for it.

    One part in five of a large table, one in three of a small one; on a large one it also stops the trees early.
    """
    tried = tried or candidates(task.log, len(task.y))
    if np.isnan(task.x).any():
        # "intermediate" keeps directions where no fact has gaps (a gap never seen is filled before the trees see it)
        tried = [replace(settings, method="basic") for settings in tried]
    large = len(task.y) >= LARGE
    fold = group_folds(pd.Series(task.groups), 5 if large else 3, seed + 1, LEAST_LEFT)
    record: list[dict[str, Any]] = []
    for settings in tried:
        errors, stages = _staged_error(task, fold == 0, spec, settings, seed)
        best = int(np.argmin(errors)) if large else len(errors) - 1
        record.append({**settings.plain(), "trees": stages[best], "error": float(errors[best])})
    first, best_row = record[0], min(record, key=lambda r: float(r["error"]))
    chosen = best_row if best_row["error"] < 0.99 * first["error"] else first
    return Settings(**{k: v for k, v in chosen.items() if k != "error"}), record


def _staged_error(
    task: Task, held: Index, spec: FeatureSpec, settings: Settings, seed: int
) -> tuple[Matrix, list[int]]:
    booster = fit(task.rows(~held), spec, settings, seed)
    there = task.rows(held)
    stages = list(range(STEP, settings.trees + 1, STEP)) or [settings.trees]
    own, errors, before = np.zeros(len(there.y)), [], 0
    for stage in stages:
        own = own + np.asarray(
            booster.predict(
                there.x, raw_score=True, start_iteration=before, num_iteration=stage - before, num_threads=1
            )
        )
        off = np.abs(there.y - figure(own, task.log))
        # a limit's error is its size in yuan; on the identity scale (a flag, a log) the mean is wanted: squares
        errors.append(np.average(off if task.log else off**2, weights=there.weight + 1e-12))
        before = stage
    return np.asarray(errors), stages


def text_of(booster: Booster, log: bool) -> str:
    """The model in LightGBM's own text; on the log scale its ``predict`` gives the figure itself, not its log."""
    text = str(booster.model_to_string())
    return re.sub(r"(?m)^objective=.*$", "objective=gamma", text, count=1) if log else text
