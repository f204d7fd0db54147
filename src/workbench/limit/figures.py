"""Pictures of the limit model, each with the sentence that says what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import plots
from workbench.limit.propose import Proposed
from workbench.spec import FeatureSpec
from workbench.units import wan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 9
FIFTHS = 5


def waterfall(explanations: pd.DataFrame, household: str, spec: FeatureSpec) -> tuple[Figure, str]:
    """One household's limit from the typical household to the model limit, in yuan, by fact.

    Facts beyond the largest are drawn together as 其余各项, so that the bars add up.
    """
    rows = explanations[explanations.household == household].sort_values("position")
    bars = _bars(rows, spec)
    figure, (axes,) = plots.canvas("这一户的额度是怎么来的", height=0.42 * len(bars) + 1.7)
    at, widest = 0.0, 1.0
    for k, (_, yuan, kind) in enumerate(bars):
        start = 0.0 if kind in ("base", "total") else at
        colour = plots.GREY if kind in ("base", "policy") else plots.INK if kind == "total" else None
        axes.barh(k, yuan, left=start, color=colour or (plots.BLUE if yuan >= 0 else plots.RED), height=0.62)
        at = yuan if kind in ("base", "total") else at + yuan
        edge = max(start, start + yuan)
        widest = max(widest, edge)
        text = f"{yuan / 10_000:.1f}" if kind in ("base", "total") else f"{yuan / 10_000:+.1f}"
        text = "不足0.1" if text in ("+0.0", "-0.0") else text
        axes.annotate(text, (edge, k), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)
        if kind != "total":
            axes.plot([at, at], [k - 0.31, k + 1.31], color=plots.GREY, linewidth=0.7)
    axes.set_yticks(range(len(bars)), [b[0] for b in bars])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, 1.12 * widest)
    plots.in_wan(axes, "x")
    axes.set_xlabel("额度（万元）")
    return figure, _waterfall_sentence(rows, bars)


def _bars(rows: pd.DataFrame, spec: FeatureSpec) -> list[tuple[str, float, str]]:
    facts = rows[~rows.feature.isin(["base", "policy"])]
    order = facts.reindex(facts.yuan.abs().sort_values(ascending=False, kind="stable").index)
    shown, rest = order.head(MOST_BARS), order.iloc[MOST_BARS:]
    label = {f.name: f.label_zh for f in spec.features}
    base = float(rows.loc[rows.feature == "base", "yuan"].sum())
    bars = [("典型户", base, "base")]
    bars += [(label.get(f, f), float(y), "fact") for f, y in zip(shown.feature, shown.yuan, strict=True)]
    if len(rest):
        bars.append(("其余各项", float(rest.yuan.sum()), "fact"))
    bars.append(("政策（上限、取整等）", float(rows.loc[rows.feature == "policy", "yuan"].sum()), "policy"))
    return [*bars, ("模型额度", float(rows.yuan.sum()), "total")]


def _waterfall_sentence(rows: pd.DataFrame, bars: list[tuple[str, float, str]]) -> str:
    facts = [b for b in bars if b[2] == "fact" and b[0] != "其余各项"][:2]
    said = "、".join(f"{name}{'加' if y >= 0 else '减'}{wan(abs(y))}" for name, y, _ in facts)
    return f"从典型户的{wan(bars[0][1])}算起，{said}，其余见图，合计{wan(float(rows.yuan.sum()))}。"


def by_fifth(made: Proposed) -> tuple[Figure, str]:
    """Calibration and coverage in every fifth of the predictions, on villages held out."""
    table = fifths(made.out_of_fold)
    figure, (left, right) = plots.canvas("在没见过的村里，模型准不准？", width=9.5, height=3.9, columns=2)
    if table.empty:
        for axes in (left, right):
            axes.text(0.5, 0.5, "没有足够的历史，无法检验", ha="center", va="center", transform=axes.transAxes)
        return figure, "已确认的额度太少，无法在留出的村里检验。"
    k = np.arange(len(table))
    left.bar(k - 0.2, table.prediction, 0.4, color=plots.MODEL_COLOUR, label="模型")
    left.bar(k + 0.2, table.target, 0.4, color=plots.SETTLED_COLOUR, label="已确认")
    plots.in_wan(left)
    left.set_ylabel("平均额度（万元）")
    left.legend(frameon=False, loc="upper left")
    right.bar(k, table.covered, 0.6, color=plots.SKY)
    right.axhline(0.9, color=plots.INK, linewidth=1, label="目标 90%")
    right.legend(frameon=False, loc="upper right")
    right.set_ylim(0, 1.2)
    plots.in_percent(right)
    right.set_ylabel("落在九成区间内的户")
    for axes in (left, right):
        axes.set_xticks(k, [f"第{n}组" for n in range(1, len(table) + 1)])
        axes.set_xlabel("按模型额度从低到高分五组")
        axes.grid(axis="x", visible=False)
    off = float((table.prediction / table.target - 1).abs().max())
    worst = float(table.covered.min())
    return figure, (
        f"按模型额度分五组，组平均与已确认额度最多相差{off:.0%}；九成区间在最差的一组覆盖{worst:.0%}（每组约{int(table.n.min())}户）。"
    )


def fifths(out_of_fold: pd.DataFrame) -> pd.DataFrame:
    """Per fifth of the predictions: rows, mean prediction, mean target, share inside the interval."""
    if len(out_of_fold) < FIFTHS:
        return pd.DataFrame(columns=["n", "prediction", "target", "covered"])
    order = out_of_fold.sort_values("prediction", kind="stable")
    part = np.concatenate([np.full(len(p), k) for k, p in enumerate(np.array_split(np.arange(len(order)), FIFTHS))])
    inside = (order.target >= order.low) & (order.target <= order.high)
    told = order.assign(covered=inside.astype(float)).groupby(part)
    return told.agg(
        n=("target", "size"), prediction=("prediction", "mean"), target=("target", "mean"), covered=("covered", "mean")
    )


def beside(metrics: pd.DataFrame) -> tuple[Figure, str]:
    """Mean error of the model and of each baseline on villages held out."""
    from workbench.limit.report import models_beside

    table = models_beside(metrics).iloc[::-1]
    figure, (axes,) = plots.canvas("与现行办法和简单办法相比", height=0.5 * max(len(table), 2) + 1.4)
    colours = [plots.MODEL_COLOUR if m == "本模型" else plots.GREY for m in table.model]
    axes.barh(range(len(table)), table.mae.astype(float), color=colours, height=0.6)
    for k, error in enumerate(table.mae.astype(float)):
        axes.annotate(f"{error / 10_000:.1f}", (error, k), xytext=(4, 0), textcoords="offset points", va="center")
    axes.set_yticks(range(len(table)), table.model)
    axes.grid(axis="y", visible=False)
    plots.in_wan(axes, "x")
    axes.set_xlabel("留出村里平均每户的误差（万元，越短越好）")
    if table.empty:
        return figure, "没有训练模型，没有可比的误差。"
    ours, others = float(table.mae.iloc[-1]), table.iloc[:-1]
    if others.empty:
        return figure, f"模型平均每户差{wan(ours)}。"
    best = others.iloc[int(others.mae.astype(float).to_numpy().argmin())]
    verdict = "最小" if ours < float(best.mae) else f"大于{best.model}"
    return (
        figure,
        f"模型平均每户差{wan(ours)}，在各办法中{verdict}；其他办法中最好的是{best.model}，{wan(float(best.mae))}。",
    )


def importance(explanations: pd.DataFrame, spec: FeatureSpec) -> tuple[Figure, str]:
    """Which concepts move limits most: mean absolute yuan over households."""
    facts = explanations[~explanations.feature.isin(["base", "policy"])]
    summed = facts.groupby(["village", "household", "concept"], as_index=False).yuan.sum()
    mean = (
        summed.assign(yuan=summed.yuan.abs()).groupby("concept").yuan.mean().sort_values(kind="stable").tail(MOST_BARS)
    )
    figure, (axes,) = plots.canvas("哪些方面最影响额度？", height=0.42 * max(len(mean), 2) + 1.4)
    axes.barh(range(len(mean)), mean, color=plots.BLUE, height=0.6)
    axes.set_yticks(range(len(mean)), list(mean.index))
    axes.grid(axis="y", visible=False)
    plots.in_wan(axes, "x")
    axes.set_xlabel("平均每户加减（万元，不计方向）")
    if mean.empty:
        return figure, "没有可以解释的额度。"
    return figure, f"影响最大的是{mean.index[-1]}，平均每户加减{wan(float(mean.iloc[-1]))}。"
