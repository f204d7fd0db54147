"""The points table as a model: the same scoring path, saved the same way, where history is too short to learn from.

Its interval comes from the few confirmed limits there are; with fewer than 20 it is a declared, wide one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.limit import conformal
from workbench.limit.features import Matrix, code_tables, matrix
from workbench.limit.folds import group_codes
from workbench.limit.model import FORMAT, LimitModel
from workbench.limit.novelty import learn_range
from workbench.limit.points import PointsTable, from_plain
from workbench.spec import FeatureSpec

LEAST_ROWS = 20
DECLARED_WIDTH = 3.0
"""Half width in units of floor + share x limit where nothing can be measured."""


class PointsModel(LimitModel):
    """Scores by a points table; contributions are its points, shared out in yuan."""

    def __init__(self, text: str, about: dict[str, Any]) -> None:
        super().__init__(text, about)
        self.table: PointsTable = from_plain(about["points"])

    def _frame(self, x: Matrix) -> pd.DataFrame:
        columns: dict[str, Any] = {}
        for j, f in enumerate(self.spec.features):
            if f.kind == "number":
                columns[f.name] = x[:, j]
            else:
                values = np.array([*self.codes[f.name], None], dtype=object)
                code = np.where(np.isnan(x[:, j]) | (x[:, j] < 0), len(values) - 1, x[:, j]).astype(int)
                columns[f.name] = pd.Series(values[code], dtype="object").astype("str")
        return pd.DataFrame(columns)

    def figures(self, x: Matrix) -> Matrix:
        """Limits of matrix rows."""
        return self.table.figures(self._frame(x))

    def in_yuan(self, x: Matrix) -> tuple[Matrix, Matrix, Matrix]:
        """Figures, base and contributions in yuan."""
        told = self.table.contributions(self._frame(x)).reindex(columns=["base", *self.spec.names], fill_value=0.0)
        parts = told.to_numpy(dtype=float)
        return parts.sum(axis=1), parts[:, 0], parts[:, 1:]


def points_model(
    table: PointsTable,
    facts: pd.DataFrame,
    labels: pd.DataFrame,
    spec: FeatureSpec,
    norm: tuple[float, float],
    seed: int,
) -> PointsModel:
    """The points table over the households at hand; ``labels`` are the few confirmed limits, in ``spec.target``."""
    codes = code_tables(facts, spec)
    x, _ = matrix(facts, spec, codes)
    floor, share = norm
    if len(labels) >= LEAST_ROWS:
        y = labels[spec.target].to_numpy(dtype=float)
        interval = conformal.calibrate(y, table.figures(labels), floor, share)
    else:
        interval = conformal.Conformal(floor, share, (0.0,), (DECLARED_WIDTH,), (DECLARED_WIDTH,))
    about = {
        "format": FORMAT,
        "kind": "points",
        "spec": spec.plain(),
        "codes": codes,
        "log": True,
        "interval": interval.plain(),
        "range": learn_range(x, group_codes(facts["village"]), spec).plain(),
        "points": table.plain(),
        "settings": {},
        "seed": seed,
        "rows": len(labels),
        "versions": {},
    }
    return PointsModel("points\n", about)
