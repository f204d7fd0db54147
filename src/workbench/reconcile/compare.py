"""Decides how model and panel weigh each fact, on one common baseline: the heart of the picture for the modeler.

Two surrogates of the same form, one of the model's figure and one of the panel's, both in log, on the same facts and
the same cross-fitting by village; their SHAP contributions are then comparable fact by fact.  (As an estimate of the
weighing block the direct fit of the ratio is better; this is for seeing.)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.reconcile import learn, matrix
from workbench.reconcile.align import Aligned
from workbench.units import log_mean


def both_sides(town: Aligned, facts: pd.DataFrame, folds: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    """SHAP contributions (log) of the model's and of the panel's figure: a row a household, a column a fact and
    ``base``."""
    levels = matrix.levels_of(facts, town.features)
    x = np.column_stack(
        [facts[matrix.numbers(town.features)].to_numpy(float), matrix.codes(facts, town.features, levels)]
    )
    behind = [*matrix.column_names(town.features, levels, None), "base"]
    behind = [*matrix.numbers(town.features), *behind[len(matrix.numbers(town.features)) :]]
    sides = []
    for figure in (town.raw, town.said):
        parts = learn.cross_contributions(
            x, np.log(np.maximum(figure, 1.0)), folds, np.ones(len(town)), len(town), rounds=150, rate=0.07
        )
        sides.append(pd.DataFrame(parts, columns=behind).T.groupby(level=0).sum().T)
    return sides[0], sides[1]


def weighing_table(town: Aligned, model: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """The table ``weighing``: mean contributions by village and fact, and their mean difference in yuan."""
    concept = {f.name: f.concept for f in town.features} | {"base": "base"}
    size = log_mean(np.maximum(town.raw, 1.0), town.said)
    village = pd.Series(town.villages, name="village")
    rows = []
    for fact in model.columns:
        frame = pd.DataFrame(
            {
                "village": village,
                "model_log": model[fact].to_numpy(),
                "panel_log": panel[fact].to_numpy(),
                "yuan": size * (model[fact].to_numpy() - panel[fact].to_numpy()),
            }
        )
        by = frame.groupby("village").agg(
            n=("yuan", "size"), model_log=("model_log", "mean"), panel_log=("panel_log", "mean"), yuan=("yuan", "mean")
        )
        rows.append(by.reset_index().assign(concept=concept[str(fact)], feature=str(fact)))
    return (
        pd.concat(rows, ignore_index=True)
        if rows
        else pd.DataFrame(columns=["village", "concept", "feature", "n", "model_log", "panel_log", "yuan"])
    )


def household_sides(town: Aligned, model: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """The table ``sides``, behind the swarms and the dependence pictures: the fact's value and both contributions."""
    parts = [
        town.keys.assign(
            concept=feature.concept,
            feature=feature.name,
            value=pd.to_numeric(town.facts[feature.name], errors="coerce").to_numpy(float),
            model_log=model[feature.name].to_numpy(),
            panel_log=panel[feature.name].to_numpy(),
        )
        for feature in town.features
        if feature.name in model.columns
    ]
    return pd.concat(parts, ignore_index=True)
