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

from workbench.limit.features import Matrix
from workbench.limit.folds import Index, group_folds
from workbench.spec import FeatureSpec

if TYPE_CHECKING:
    from lightgbm import Booster

LARGE = 5_000
"""Rows from which a search pays; below, the surface is flat and early stopping on one village is noise (measured)."""
STEP = 100
"""Trees between two looks of the early stopping."""


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of one fit.  ``objective``: gamma (a mean), fair on logs (near a median), l2."""

    objective: str = "gamma"
    leaves: int = 7
    rate: float = 0.04
    trees: int = 300
    rows_a_leaf: int = 20
    fair_c: float = 0.3
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
    groups: Any
    log: bool

    def rows(self, keep: Any) -> Task:
        """Some of the rows."""
        return Task(self.x[keep], self.y[keep], self.weight[keep], self.groups[keep], self.log)


def candidates(log: bool, rows: int) -> list[Settings]:
    """What the search tries; the first is the default, kept unless another is better by more than one per cent.

    Gamma has a log link without retransformation bias and takes directions; on tens of thousands of rows a robust loss
    on logs comes nearer to the median client, which is what the absolute error asks for.
    """
    if rows < LARGE:
        first = Settings("gamma" if log else "l2", rows_a_leaf=int(np.clip(rows // 20, 5, 20)))
        return [first, replace(first, leaves=4), replace(first, leaves=15)]
    if not log:
        return [Settings("l2", 31, trees=900), Settings("l2", 15, trees=900), Settings("l2", 63, trees=900)]
    return [
        Settings("fair", 31, trees=1_200),
        Settings("fair", 63, trees=900, rows_a_leaf=50),
        Settings("gamma", 31, trees=900),
    ]


def fit(task: Task, spec: FeatureSpec, settings: Settings, seed: int) -> Booster:
    """One booster.  ``task.x`` has the spec's columns; rows are put in a fixed order first, so row order is nothing."""
    import lightgbm as lgb

    order = np.lexsort([*task.x.T, task.weight, task.y])
    x, y, w = task.x[order], task.y[order], task.weight[order]
    data = lgb.Dataset(
        x,
        np.log(y) if settings.objective == "fair" else y,
        weight=None if np.all(w == 1) else w,
        feature_name=[f"f{j}" for j in range(x.shape[1])],
        categorical_feature=[j for j, f in enumerate(spec.features) if f.kind == "category"],
        params={"verbose": -1},
    )
    return lgb.train(_library_settings(spec, settings, seed), data, settings.trees)


def _library_settings(spec: FeatureSpec, settings: Settings, seed: int) -> dict[str, Any]:
    out: dict[str, Any] = {
        "objective": {"l2": "regression"}.get(settings.objective, settings.objective),
        "num_leaves": settings.leaves,
        "learning_rate": settings.rate,
        "min_data_in_leaf": settings.rows_a_leaf,
        "fair_c": settings.fair_c,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbose": -1,
    }
    if settings.directions and any(f.monotone for f in spec.features):
        out["monotone_constraints"] = [f.monotone for f in spec.features]
        # "advanced" breaks directions where values are missing (open upstream reports)
        out["monotone_constraints_method"] = "intermediate"
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

    Large tables: one held-back fifth also stops the trees early.  Small ones: three inner folds, as many trees always.
    """
    tried = tried or candidates(task.log, len(task.y))
    large = len(task.y) >= LARGE
    fold = group_folds(task.groups, 5 if large else 3, seed + 1)
    record: list[dict[str, Any]] = []
    for settings in tried:
        errors = [
            _staged_error(task, fold == k, spec, settings, seed) for k in ([0] if large else range(fold.max() + 1))
        ]
        mean = np.mean([e for e, _ in errors], axis=0)
        best = int(np.argmin(mean)) if large else len(mean) - 1
        trees = errors[0][1][best]
        record.append({**settings.plain(), "trees": trees, "mae": float(mean[best])})
    first, best_row = record[0], min(record, key=lambda r: r["mae"])
    chosen = best_row if best_row["mae"] < 0.99 * first["mae"] else first
    return Settings(**{k: v for k, v in chosen.items() if k != "mae"}), record


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
        errors.append(np.average(np.abs(there.y - figure(own, task.log)), weights=there.weight + 1e-12))
        before = stage
    return np.asarray(errors), stages


def text_of(booster: Booster, log: bool) -> str:
    """The model in LightGBM's own text; on the log scale its ``predict`` gives the figure itself, not its log."""
    text = str(booster.model_to_string())
    return re.sub(r"(?m)^objective=.*$", "objective=gamma", text, count=1) if log else text
