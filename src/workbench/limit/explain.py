"""Says which fact carries how many yuan of a limit: ``base``, one row a feature, and ``policy`` add up to model_limit.

Contributions are LightGBM's own (exact TreeSHAP), in log; the logarithmic mean turns shares of a log difference into
yuan exactly.  The base is the typical household (geometric mean), not the average one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.limit.features import Matrix, shown
from workbench.spec import FeatureSpec
from workbench.store.tables import checked

if TYPE_CHECKING:
    from workbench.limit.model import LimitModel


def explain(limits: pd.DataFrame, facts: pd.DataFrame, model: LimitModel) -> pd.DataFrame:
    """The table ``explanations`` for every household of ``limits``.

    A household without a figure of the model has two rows, base 0 and policy 0.
    """
    with_facts = limits[limits.raw_limit.notna()].merge(facts, on=["village", "household"], how="left")
    _, base, parts = model.in_yuan(model.matrix(with_facts)[0])
    return explanation_rows(limits, with_facts, base, parts, model.spec)


def explanation_rows(
    limits: pd.DataFrame, with_facts: pd.DataFrame, base: Matrix, parts: Matrix, spec: FeatureSpec
) -> pd.DataFrame:
    """Rows of the table from base and contributions in yuan."""
    frames = [_rows(with_facts, 0, "base", "base", None, base)]
    for j, f in enumerate(spec.features):
        values = with_facts[f.name].map(lambda v, f=f: shown(v, f))
        frames.append(_rows(with_facts, j + 1, f.concept, f.name, values, parts[:, j]))
    total = base + parts.sum(axis=1)
    last = len(spec.features) + 1
    frames.append(_rows(with_facts, last, "policy", "policy", None, with_facts.model_limit.to_numpy(float) - total))
    bare = limits[limits.raw_limit.isna()]
    frames += [
        _rows(bare, 0, "base", "base", None, np.zeros(len(bare))),
        _rows(bare, last, "policy", "policy", None, bare.model_limit.fillna(0).to_numpy(float)),
    ]
    return checked("explanations", pd.concat([f for f in frames if len(f)] or frames[:1], ignore_index=True))


def _rows(
    of: pd.DataFrame, position: int, concept: str, feature: str, values: pd.Series | None, yuan: Matrix
) -> pd.DataFrame:
    text = pd.Series(np.nan, index=of.index, dtype="str") if values is None else values.astype("str")
    return pd.DataFrame(
        {
            "village": of.village,
            "household": of.household,
            "position": position,
            "concept": concept,
            "feature": feature,
            "value": text,
            "yuan": yuan,
        }
    )
