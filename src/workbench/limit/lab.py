"""What a modeler does by hand: try a fact, compare two models, look at one household, tune a points table.

The notebooks in ``notebooks/lab/`` call these; the same code trains and scores a run.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench import plots
from workbench.limit import measure
from workbench.limit.model import LimitModel
from workbench.limit.points import PointsTable
from workbench.limit.propose import TARGET, inner_spec, training_labels
from workbench.params import RunParams
from workbench.spec import Feature, FeatureSpec
from workbench.units import wan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN = 12
STEPS = 60


def labelled(
    facts: pd.DataFrame, history: pd.DataFrame, households: pd.DataFrame, spec: FeatureSpec, params: RunParams
) -> tuple[pd.DataFrame, FeatureSpec]:
    """The training table of a run, and the spec under the run's own names for target, key and group."""
    return training_labels(history, facts, households, params), inner_spec(spec)


def without(spec: FeatureSpec, *names: str) -> FeatureSpec:
    """The spec without some facts."""
    return replace(spec, features=tuple(f for f in spec.features if f.name not in names))


def with_fact(spec: FeatureSpec, fact: Feature) -> FeatureSpec:
    """The spec with one more fact, or with a fact under another direction."""
    return replace(spec, features=(*(f for f in spec.features if f.name != fact.name), fact))


def _shap() -> Any:
    """The library, without its remark in the notebook that a progress bar has no widget."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module("shap")


def swarm(model: LimitModel, facts: pd.DataFrame) -> tuple[Figure, str]:
    """SHAP's beeswarm of the model's own contributions, in log; its jitter follows the seed that the desk has set."""
    shap = _shap()
    plots.use_look()
    x, _ = model.matrix(facts)
    phi = model.shares(x)
    labels = [f.label_zh for f in model.spec.features]
    told = shap.Explanation(phi[:, :-1], base_values=phi[:, -1], data=x, feature_names=labels)
    figure, (axes,) = plots.canvas("每项事实怎样推动额度（一点是一户）", width=8.5, height=6.0)
    shap.plots.beeswarm(told, max_display=SHOWN, show=False, ax=axes, plot_size=None)
    _in_chinese(figure, axes)
    axes.set_xlabel("对额度的推动（对数；0.1 约为一成）")
    first = labels[int(np.argmax(np.abs(phi[:, :-1]).mean(axis=0)))]
    return figure, f"推动最大的是{first}；红点是该项事实数值高的户，在右边的户因此额度较高。"


def _in_chinese(figure: Figure, axes: Axes) -> None:
    """Words that the plot writes in English."""
    words = [t.get_text() for t in axes.get_yticklabels()]
    axes.set_yticks(axes.get_yticks(), ["其余各项之和" if w.startswith("Sum of") else w for w in words])
    axes.tick_params(labelsize=10)
    for bar in figure.axes[1:]:
        bar.set_ylabel("该项事实的数值")
        bar.set_yticks([0, 1], ["低", "高"])


def checked_with_shap(model: LimitModel, facts: pd.DataFrame) -> str:
    """The sum of contributions checked by shap's own explainer, in words; the check is never switched off."""
    shap = _shap()
    x, _ = model.matrix(facts)
    phi = model.shares(x)
    other = shap.TreeExplainer(model.booster).shap_values(model.range.filled(x))
    apart = float(np.abs(other - phi[:, :-1]).max())
    figures, base, parts = model.in_yuan(x)
    off = float(np.abs(base + parts.sum(axis=1) - figures).max())
    return f"与 shap 逐户逐项相差最多 {apart:.1e}（对数）；各项相加与额度相差最多 {off:.4f} 元。"


def along(model: LimitModel, facts: pd.DataFrame, household: str, name: str) -> tuple[Figure, str]:
    """The model's figure of one household while one fact moves over the range that the households show."""
    feature = model.spec.feature(name)
    own = facts[facts.household == household].head(1)
    low, high = facts[name].quantile([0.01, 0.99])
    values = np.linspace(low, high, STEPS)
    rows = pd.concat([own] * STEPS, ignore_index=True).assign(**{name: values})
    limits = model.score(rows).to_numpy()
    figure, (axes,) = plots.canvas(f"{feature.label_zh}变动时，这一户的模型额度")
    axes.step(values, limits, where="post", color=plots.MODEL_COLOUR)
    now = float(own[name].iloc[0])
    if np.isfinite(now):
        axes.plot([now], model.score(own), "o", color=plots.RED)
        axes.annotate(
            "现在", (now, float(model.score(own).iloc[0])), xytext=(-8, 10), ha="right", textcoords="offset points"
        )
    plots.in_wan(axes)
    if feature.unit == "yuan":
        plots.in_wan(axes, "x")
    axes.set_xlabel(f"{feature.label_zh}（{'万元' if feature.unit == 'yuan' else feature.unit}）")
    axes.set_ylabel("模型额度（万元）")
    return figure, (
        f"其他事实不变，{feature.label_zh}从{low:,.0f}到{high:,.0f}，模型额度从{wan(limits[0])}到{wan(limits[-1])}。"
        "这不是承诺，只说明模型怎样看这一项。"
    )


def points_beside(tables: dict[str, PointsTable], table: pd.DataFrame) -> pd.DataFrame:
    """Error of points tables by name on confirmed limits, and the share of households given nothing."""
    y = table[TARGET].to_numpy(dtype=float)
    rows = []
    for name, points in tables.items():
        p = points.figures(table)
        told = measure.errors(y, p, np.ones(len(y)))
        rows.append(
            {
                "name": name,
                "n": len(y),
                "mae": told["mae"],
                "lean": float(np.mean(p - y)),
                "zero": f"{float((p == 0).mean()):.1%}",
            }
        )
    return pd.DataFrame(rows)


POINTS_LABELS = {"name": "评分表", "n": "户数", "mae": "平均误差（元）", "lean": "平均偏高（元）", "zero": "给 0 的户"}


def points_curve(points: PointsTable, table: pd.DataFrame) -> tuple[Figure, str]:
    """Confirmed limits against points, and the table's steps through them: where do the steps miss?"""
    total = points.parts(table).sum(axis=1).to_numpy()
    y = table[TARGET].to_numpy(dtype=float)
    figure, (axes,) = plots.canvas("评分与已确认额度")
    axes.plot(total, y, ".", color=plots.SETTLED_COLOUR, alpha=0.5, label="已确认额度")
    at = np.linspace(total.min(), total.max(), 200)
    steps = np.array([0.0, *(s.limit for s in points.file.limits)])
    edges = np.array([s.points for s in points.file.limits])
    axes.step(
        at, steps[np.searchsorted(edges, at, side="right")], where="post", color=plots.INK, label="评分表给的额度"
    )
    plots.in_wan(axes)
    axes.set_xlabel("得分")
    axes.set_ylabel("额度（万元）")
    axes.legend(frameon=False)
    rank = float(pd.Series(total).corr(pd.Series(y), method="spearman"))
    return figure, f"得分与已确认额度的等级相关为{rank:.2f}；线在点的上方，就是评分表给高了。"
