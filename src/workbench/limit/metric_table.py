"""The table ``metrics`` of a run: figures of the model and of each baseline by name, of each village, and of the PD."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.limit import overdue
from workbench.limit.model import LimitModel
from workbench.limit.train import Trained
from workbench.spec import FeatureSpec
from workbench.store.tables import checked

MEASURES = ("mae", "rmse", "r2", "r2_log", "coverage_90", "interval_width", "winkler", "monotone_violations")
BASELINES = ("median", "linear", "lightgbm_plain", "points")


def metric_rows(
    trained: Trained | None,
    model: LimitModel,
    known: pd.DataFrame,
    limits: pd.DataFrame,
    spec: FeatureSpec,
    seed: int,
) -> pd.DataFrame:
    """The table ``metrics``."""
    rows: list[dict[str, Any]] = []
    if trained is not None:
        rows += _of_models(trained)
    rows += _of_overdue(model, known, limits, spec, seed)
    return checked("metrics", pd.DataFrame(rows))


def _row(
    subject: str,
    measure: str,
    n: int,
    value: Any,
    kind: str = "all",
    scope: str = "all",
    low: float | None = None,
    high: float | None = None,
) -> dict[str, Any]:
    return {
        "subject": subject,
        "measure": measure,
        "scope_kind": kind,
        "scope": scope,
        "n": n,
        "value": np.nan if value is None else float(value),
        "low": np.nan if low is None else low,
        "high": np.nan if high is None else high,
    }


def _of_models(trained: Trained) -> list[dict[str, Any]]:
    m, out = trained.metrics, []
    for subject, figures in [("limit", m), *((b, m[b]) for b in BASELINES if b in m)]:
        for measure in MEASURES:
            ends = m["mae_interval"] if subject == "limit" and measure == "mae" else (None, None)
            out.append(_row(subject, measure, m["n"], figures[measure], low=ends[0], high=ends[1]))
    for k, share in enumerate(m["coverage_by_fifth"], 1):
        out.append(_row("limit", "coverage_90", m["n"] // 5, share, "segment", f"prediction fifth {k}"))
    for g in m["by_group"]:
        for measure in ("mae", "coverage_90", "lean"):
            ends = g["mae_interval"] if measure == "mae" else (None, None)
            out.append(_row("limit", measure, g["n"], g[measure], "village", g["group"], *ends))
    for s in m["weak_spots"]:
        scope = f"{s['feature']}: {s['segment']}"
        out.append(_row("limit", "error_over_all", s["n"], s["error_over_all"], "segment", scope))
    return out


def _of_overdue(
    model: LimitModel, known: pd.DataFrame, limits: pd.DataFrame, spec: FeatureSpec, seed: int
) -> list[dict[str, Any]]:
    n, y = len(known), known.overdue.to_numpy(dtype=float)
    out = [_row("pd", "labels_known", n, n), _row("pd", "overdue_known", n, y.sum())]
    out.append(_row("pd", "mean_pd", len(limits), limits.pd.mean()))
    if n:
        for measure, value in overdue.out_of_fold(known, y, known.village, spec, model.codes, seed).items():
            out.append(_row("pd", measure, n, value))
    return out
