"""Finds where the model is worst: segments of the facts, by error out of fold relative to that of all rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.limit.boost import Task
from workbench.limit.features import Matrix
from workbench.spec import FeatureSpec

LEAST_IN_SEGMENT = 20


def weak_spots(
    task: Task,
    p: Matrix,
    low: Matrix,
    high: Matrix,
    spec: FeatureSpec,
    codes: dict[str, list[str]],
    most: int = 8,
) -> list[dict[str, Any]]:
    """Segments (a category's value, a fact's lowest or highest fifth, a gap) of 20 rows or more, worst error first."""
    error, inside = np.abs(task.y - p), (task.y >= low) & (task.y <= high)
    relative = error / np.maximum(np.abs(p), 1e-9) if task.log else error
    found: list[dict[str, Any]] = []
    for j, feature in enumerate(spec.features):
        for segment, rows in _segments(task.x[:, j], codes.get(feature.name)):
            if rows.sum() >= LEAST_IN_SEGMENT and not rows.all():
                ratio = float(relative[rows].mean() / max(relative.mean(), 1e-12))
                found.append(
                    {
                        "feature": feature.name,
                        "segment": segment,
                        "n": int(rows.sum()),
                        "mae": float(error[rows].mean()),
                        "error_over_all": round(ratio, 3),
                        "coverage_90": float(inside[rows].mean()),
                    }
                )
    return sorted(found, key=lambda r: (-r["error_over_all"], str(r["feature"]), str(r["segment"])))[:most]


def _segments(column: Matrix, values: list[str] | None) -> list[tuple[str, Any]]:
    gap = np.isnan(column)
    if values is not None:
        return [(v, column == code) for code, v in enumerate(values)] + [("missing", gap)]
    known = column[~gap]
    if np.unique(known).size < 5:
        return [("missing", gap)]
    lower, upper = np.quantile(known, [0.2, 0.8])
    return [("lowest fifth", column <= lower), ("highest fifth", column >= upper), ("missing", gap)]
