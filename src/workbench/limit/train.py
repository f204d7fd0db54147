"""Trains the limit model on any table that a feature spec describes, and says how good it is on groups never seen.

Order: checks of target and weights; folds that keep a group whole; in each fold a search that never sees the test rows,
a fit, the baselines, a count of broken directions; intervals from the out-of-fold residuals; then one final model on
all rows, which is the one that scores everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import Fault, InputError
from workbench.limit import baselines, boost, conformal, measure, overdue
from workbench.limit.features import Matrix, code_tables, matrix, numbers, require_columns
from workbench.limit.folds import Index, group_codes, group_folds, rows_dealt
from workbench.limit.model import FORMAT, LimitModel
from workbench.limit.novelty import WIDER, learn_range
from workbench.limit.stability import same_top
from workbench.limit.weak_spots import weak_spots
from workbench.spec import FeatureSpec

LARGEST_SEED = 2**31 - 1
LEAST_ROWS = 20
LEAST_LEFT = 10
"""Rows that must be left to learn from where a fold is left out; else rows are dealt, and it is said."""
MOST_GROUPS_TOLD = 60


@dataclass(frozen=True)
class Prepared:
    """Training rows of a table: their place in it, the task, code tables, folds, and what was left out."""

    rows: Index
    task: boost.Task
    codes: dict[str, list[str]]
    fold: Index
    left_out: int
    group_names: Any


@dataclass(frozen=True)
class Trained:
    """The final model, its figures out of fold (index: row of the table), and the metrics as plain data."""

    model: LimitModel
    out_of_fold: pd.DataFrame
    metrics: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def prepare(frame: pd.DataFrame, spec: FeatureSpec, *, seed: int, folds: int, file: str = "table") -> Prepared:
    """Checks the table and takes its rows with a target.  Rows without one are left out and counted, never zero."""
    extra = [c for c in (spec.group, spec.weight) if c is not None]
    require_columns([str(c) for c in frame.columns], [spec.target, *spec.names, *spec.key, *extra], file)
    faults: list[Fault] = []
    y = numbers(frame[spec.target], spec.target, file, faults)
    w = np.ones(len(frame)) if spec.weight is None else numbers(frame[spec.weight], spec.weight, file, faults)
    rows = np.flatnonzero(~np.isnan(y))
    if spec.weight is not None and not faults:
        faults += _weight_faults(w[rows], f"{file}: column {spec.weight}")
    log = spec.scale == "log" or (spec.scale is None and bool((y[rows] > 0).all()))
    if log and (y[rows] <= 0).any():
        faults.append(
            Fault(
                f"{file}: column {spec.target}",
                f"{int((y[rows] <= 0).sum())} targets are not above 0, which the log scale cannot hold",
                "write scale: identity in the spec, or leave these cells empty",
            )
        )
    if len(rows) < LEAST_ROWS:
        faults.append(
            Fault(
                f"{file}: column {spec.target}",
                f"only {len(rows)} of {len(frame)} rows have a target; {len(frame) - len(rows)} are empty",
                f"at least {LEAST_ROWS} are needed",
            )
        )
    if faults:
        raise InputError(faults)
    some = frame.iloc[rows]
    codes = code_tables(some, spec)
    x, _ = matrix(some, spec, codes, file)
    groups = pd.Series(range(len(some))).astype("str") if spec.group is None else some[spec.group]
    task = boost.Task(x, y[rows], w[rows] / w[rows].mean(), group_codes(groups), log)
    fold = group_folds(groups, folds, seed, LEAST_LEFT)
    if spec.weight is not None:
        _refuse_bare_folds(task.weight, fold, f"{file}: column {spec.weight}")
    names = groups.astype("object").map(lambda v: "" if pd.isna(v) else str(v)).to_numpy()
    return Prepared(rows, task, codes, fold, len(frame) - len(rows), names)


def _level(ready: Prepared, spec: FeatureSpec) -> float:
    """The level of the interval: that of groups where the spec names one and they are kept whole."""
    groups = ready.task.groups
    return conformal.level_for(None if spec.group is None or rows_dealt(groups, LEAST_LEFT) else groups)


def _weight_faults(w: Matrix, place: str) -> list[Fault]:
    if np.isnan(w).any() or (w < 0).any():
        return [Fault(place, f"{int((~(w >= 0)).sum())} weights are empty or below 0", "mend them")]
    if not (w > 0).any():
        return [Fault(place, "all weights are 0", "give at least one row a weight")]
    return []


def _refuse_bare_folds(weight: Matrix, fold: Index, place: str) -> None:
    """Each fold is judged by a model of the others: these must hold rows that weigh something."""
    carried = [int((weight[fold != k] > 0).sum()) for k in np.unique(fold)]
    if min(carried) < LEAST_LEFT:
        raise InputError(
            place,
            f"only {min(carried)} rows weigh more than 0 where one fold is left out",
            "give weights to rows of more groups, or leave the groups without a weight out of the table",
        )


def train(
    frame: pd.DataFrame,
    spec: FeatureSpec,
    *,
    seed: int,
    folds: int,
    file: str = "table",
    norm: tuple[float, float] | None = None,
    points: Callable[[pd.DataFrame], Matrix] | None = None,
    tried: list[boost.Settings] | None = None,
) -> Trained:
    """Cross-validates and fits.  ``norm``: floor and share of the interval's unit, else by ``conformal.scale_of``."""
    ready = prepare(frame, spec, seed=seed, folds=folds, file=file)
    task, fold = ready.task, ready.fold
    unit = norm or conformal.scale_of(task.y, task.log)
    level = _level(ready, spec)
    p, wide, others, broken, searches = _out_of_fold(ready, spec, seed, tried)
    if points is not None:
        others["points"] = points(frame.iloc[ready.rows])
    low, high = measure.crossed_intervals(task.y, p, fold, unit, task.log, wide, level)
    settings, record = boost.search(task, spec, seed, tried)
    model = _final(ready, spec, settings, seed, conformal.calibrate(task.y, p, *unit, level))
    broken["final"] = measure.monotone_violations(model.figures, task.x, spec, seed)
    flagged = None if spec.overdue is None else _overdue(frame, spec, ready, seed, folds, file)
    if flagged is not None:
        model = model.with_about(overdue=flagged[0])
    metrics = {
        "n": len(task.y),
        "left_out": ready.left_out,
        **_figures(task, p, low, high),
        "monotone_violations": broken["ours"] + broken["final"],
        **_crossed(ready, p, others, broken, unit, level, seed),
        "interval_level": level,
        "folds": int(fold.max()) + 1,
        "groups": int(np.unique(task.groups).size),
        "scale": "log" if task.log else "identity",
        "seed": seed,
        "outside_share": float(np.mean(np.asarray(wide) > 1)),
        "settings": settings.plain(),
        "search": record,
        "search_by_fold": searches,
        "by_group": _by_group(ready, p, low, high),
        "weak_spots": weak_spots(task, p, low, high, spec, ready.codes),
        **({} if flagged is None else {"pd": flagged[1]}),
        "mae_interval": list(measure.mean_interval(np.abs(task.y - p), task.weight, task.groups, seed)),
        "model_digest": model.digest,
    }
    out = pd.DataFrame({"prediction": p, "low": low, "high": high, "fold": fold}, index=ready.rows)
    return Trained(model, out, metrics, _notes(ready, spec))


def _out_of_fold(
    ready: Prepared, spec: FeatureSpec, seed: int, tried: list[boost.Settings] | None
) -> tuple[Matrix, Matrix, dict[str, Matrix], dict[str, int], list[dict[str, Any]]]:
    task, fold = ready.task, ready.fold
    p, wide = np.empty(len(task.y)), np.ones(len(task.y))
    others = {name: np.empty(len(task.y)) for name in ("median", "linear", "lightgbm_plain")}
    broken = dict.fromkeys(("ours", *others), 0)
    searches = []
    for k in range(int(fold.max()) + 1):
        here = fold == k
        there = task.rows(~here)
        settings, _ = boost.search(there, spec, seed, tried)
        searches.append(settings.plain())
        booster = boost.fit(there, spec, settings, seed)
        seen = learn_range(there.x, there.groups, spec)

        def ours(x: Matrix, booster: Any = booster, seen: Any = seen) -> Matrix:
            return boost.figure(boost.own_scale(booster, seen.filled(x)), task.log)

        p[here] = ours(task.x[here])
        wide[here] = np.where(seen.new(task.x[here]), WIDER, 1.0)
        broken["ours"] += measure.monotone_violations(ours, task.x[here], spec, seed)
        for name, predict in _baselines(there, spec, settings, seed).items():
            others[name][here] = predict(task.x[here])
            broken[name] += measure.monotone_violations(predict, task.x[here], spec, seed)
    return p, wide, others, broken, searches


def _baselines(there: boost.Task, spec: FeatureSpec, settings: boost.Settings, seed: int) -> dict[str, Any]:
    plain = baselines.fit_plain(there, spec, settings, seed)
    return {
        "median": baselines.fit_median(there),
        "linear": baselines.fit_linear(there, spec),
        "lightgbm_plain": baselines.clipped(plain, there.log),
    }


def _final(
    ready: Prepared, spec: FeatureSpec, settings: boost.Settings, seed: int, interval: conformal.Conformal
) -> LimitModel:
    task = ready.task
    seen = learn_range(task.x, task.groups, spec)
    booster = boost.fit(task, spec, settings, seed)
    about = {
        "format": FORMAT,
        "kind": "model",
        "spec": spec.plain(),
        "codes": ready.codes,
        "log": task.log,
        "interval": interval.plain(),
        "range": seen.plain(),
        "settings": settings.plain(),
        "seed": seed,
        "rows": len(task.y),
        "versions": versions(),
    }
    return LimitModel(boost.text_of(booster, task.log), about)


def another_seed(frame: pd.DataFrame, made: Trained, spec: FeatureSpec, seed: int) -> LimitModel:
    """The final model fitted again under another seed with the same settings: how stable is what it says?"""
    ready = prepare(frame, spec, seed=seed, folds=2)
    settings = boost.Settings(**made.metrics["settings"])
    return _final(ready, spec, settings, seed, made.model.conformal)


def with_another_seed(frame: pd.DataFrame, made: Trained, spec: FeatureSpec, seed: int) -> Trained:
    """The same with ``same_top`` in its metrics: the share of rows whose leading concept another seed leaves alone."""
    other = another_seed(frame, made, spec, (seed + 1) % LARGEST_SEED)
    told = same_top(made.model, other, frame.iloc[made.out_of_fold.index])
    return replace(made, metrics={**made.metrics, "same_top": told})


def versions() -> dict[str, str]:
    """Versions of what the figures depend on."""
    import lightgbm

    return {"lightgbm": lightgbm.__version__, "numpy": np.__version__, "pandas": pd.__version__}


def _overdue(
    frame: pd.DataFrame, spec: FeatureSpec, ready: Prepared, seed: int, folds: int, file: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The PD model from the spec's overdue flag (1, 0, empty while not known), and its figures out of fold."""
    name = str(spec.overdue)
    require_columns([str(c) for c in frame.columns], [name], file)
    faults: list[Fault] = []
    flag = numbers(frame[name], name, file, faults)
    if not faults and not np.isin(flag[~np.isnan(flag)], [0, 1]).all():
        faults.append(Fault(f"{file}: column {name}", "holds something else than 0, 1 and empty", "mend these cells"))
    if faults:
        raise InputError(faults)
    known = frame[~np.isnan(flag)]
    y = flag[~np.isnan(flag)]
    groups = pd.Series(np.arange(len(known))) if spec.group is None else known[spec.group]
    told: dict[str, Any] = {}
    if len(np.unique(y)) > 1:
        p, constant = overdue.crossed(known, y, groups, spec, ready.codes, seed, folds)
        told = {**overdue.judged(y, p, constant), "by_fifth": overdue.by_fifth(y, p)}
    fitted = overdue.fit_overdue(known, y, spec, ready.codes, planning=0.03, seed=seed)
    return fitted, {"n": len(y), "bad": int(y.sum()), **told}


def _figures(task: boost.Task, p: Matrix, low: Matrix, high: Matrix) -> dict[str, Any]:
    return {
        **measure.errors(task.y, p, task.weight),
        "r2_log": measure.log_r2(task.y, p),
        **measure.interval_figures(task.y, p, low, high),
    }


def _crossed(
    ready: Prepared,
    p: Matrix,
    others: dict[str, Matrix],
    broken: dict[str, int],
    unit: tuple[float, float],
    level: float,
    seed: int,
) -> dict[str, Any]:
    """Each baseline's own figures; ``mae_gain``: by how much ours errs less, paired by row, with its interval."""
    task, out = ready.task, {}
    for name, q in others.items():
        low, high = measure.crossed_intervals(task.y, q, ready.fold, unit, task.log, level=level)
        gain = np.abs(task.y - q) - np.abs(task.y - p)
        out[name] = {
            "n": len(q),
            **_figures(task, q, low, high),
            "monotone_violations": broken.get(name, 0),
            "mae_gain": float(np.average(gain, weights=task.weight)),
            "mae_gain_interval": list(measure.mean_interval(gain, task.weight, task.groups, seed)),
        }
    return out


def _by_group(ready: Prepared, p: Matrix, low: Matrix, high: Matrix) -> list[dict[str, Any]]:
    task, names = ready.task, pd.Series(ready.group_names)
    if names.nunique() > MOST_GROUPS_TOLD:
        return []
    frame = pd.DataFrame(
        {"error": np.abs(task.y - p), "inside": (task.y >= low) & (task.y <= high), "lean": p - task.y}
    ).groupby(names.to_numpy())
    return [
        {
            "group": str(g),
            "n": len(rows),
            "mae": float(rows["error"].mean()),
            "mae_interval": list(measure.row_interval(rows["error"].to_numpy(dtype=float))),
            "coverage_90": float(rows["inside"].mean()),
            "lean": float(rows["lean"].mean()),
        }
        for g, rows in frame
    ]


def _notes(ready: Prepared, spec: FeatureSpec) -> list[str]:
    out = []
    if ready.left_out:
        out.append(f"{ready.left_out} rows have no {spec.target} and were left out (they are not zero)")
    if spec.group is not None and rows_dealt(ready.task.groups, LEAST_LEFT):
        several = np.unique(ready.task.groups).size > 1
        holds = f"all but fewer than {LEAST_LEFT} rows stand in one group" if several else "holds one group only"
        out.append(f"{spec.group}: {holds}, so rows were dealt: the figures say nothing about groups not seen")
    return out
