"""Pictures of the gap: model against panel, blocks by village, how both sides weigh each fact.

Every function gives a figure and the sentence that says what it shows.  Money is drawn in 万元, weighing in log: SHAP
contributions of two surrogates of one form (see ``compare``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.params import Tolerance
from workbench.plots import BLOCK_COLOURS, GREY, INK, MODEL_COLOUR, PANEL_COLOUR, canvas, in_wan, nothing
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN
from workbench.spec import Feature
from workbench.units import about, percent
from workbench.words import BLOCKS as WORDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

Told = tuple["Figure", str]
MOST_VILLAGES, MOST_FACTS = 24, 10
UNITS = {"person": "人", "mu": "亩", "day": "天", "month": "月", "year": "年", "count": "次", "code": ""}
EFFECT = "对额度的作用（对数，0.1 约为一成）"


def against(gaps: pd.DataFrame, tolerance: Tolerance) -> Told:
    """Model limit against panel limit, a point a household, with the band of the tolerance."""
    if gaps.empty:
        return nothing("模型额度与评议额度")
    figure, (axes,) = canvas("模型额度与评议额度", 6.6, 5.6)
    top = float(max(gaps["model_limit"].max(), gaps["panel_limit"].max(), 50_000.0)) * 1.04
    line = np.linspace(0, top, 200)
    upper = np.maximum(line + tolerance.yuan, line / max(1.0 - tolerance.share, 1e-9))
    lower = np.maximum(np.minimum(line - tolerance.yuan, line * (1.0 - tolerance.share)), 0)
    axes.fill_between(line, lower, upper, color=GREY, alpha=0.18, lw=0, label="容许范围")
    outside = gaps["primary_cause"].ne(WITHIN)
    for mask, colour, size, label in ((~outside, GREY, 9, "范围内"), (outside, PANEL_COLOUR, 14, "范围外")):
        axes.scatter(
            gaps.loc[mask, "panel_limit"],
            gaps.loc[mask, "model_limit"],
            s=size,
            color=colour,
            alpha=0.7,
            lw=0,
            label=label,
        )
    axes.plot(line, line, color=INK, lw=0.8)
    axes.set(xlim=(0, top), ylim=(0, top), xlabel="评议额度（万元）", ylabel="模型额度（万元）")
    in_wan(axes, "x")
    in_wan(axes)
    axes.legend(loc="upper left", frameon=False)
    higher = int((outside & gaps["gap"].gt(0)).sum())
    n = int(outside.sum())
    return figure, (
        f"{len(gaps)}户有两个额度，{n}户（{percent(n, len(gaps))}）的差额超出容许范围，"
        f"其中{higher}户模型高于评议，{n - higher}户模型低于评议。"
    )


def by_village(gaps: pd.DataFrame) -> Told:
    """Blocks by village, yuan a household, stacked away from 0 on both sides."""
    if gaps.empty:
        return nothing("各村差额的原因")
    mean = gaps.groupby("village")[list(BLOCKS)].mean()
    mean = mean.reindex(gaps.groupby("village")["gap"].mean().sort_values(kind="stable").index)
    if len(mean) > MOST_VILLAGES:
        mean = pd.concat([mean.head(MOST_VILLAGES // 2), mean.tail(MOST_VILLAGES // 2)])
    figure, (axes,) = canvas("各村差额的原因", 8.6, 1.6 + 0.32 * len(mean))
    up, down = np.zeros(len(mean)), np.zeros(len(mean))
    for block in BLOCKS:
        part = mean[block].to_numpy()
        start = np.where(part >= 0, up, down)
        axes.barh(mean.index, part, left=start, color=BLOCK_COLOURS[block], label=WORDS[block], height=0.7)
        up, down = up + np.maximum(part, 0), down + np.minimum(part, 0)
    axes.plot(mean.sum(axis=1), mean.index, "o", color=INK, ms=4, label="差额合计")
    axes.axvline(0, color=INK, lw=0.8)
    axes.set_xlabel("每户平均，模型额度减评议额度（万元）")
    in_wan(axes, "x")
    axes.grid(axis="y", visible=False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
    lead = str(mean.abs().mean().idxmax())
    return figure, f"各村每户平均差额按原因叠放，右边使模型偏高，左边使模型偏低；平均最大的一项是“{WORDS[lead]}”。"


def causes(gaps: pd.DataFrame) -> Told:
    """Households outside the tolerance by primary cause, and the yuan of the gap that they carry."""
    if gaps.empty:
        return nothing("超出容许范围的户，主要原因")
    outside = gaps[gaps["primary_cause"].ne(WITHIN)]
    count = outside["primary_cause"].value_counts().reindex(list(BLOCKS)[::-1], fill_value=0)
    figure, (axes,) = canvas("超出容许范围的户，主要原因", 7.4, 3.4)
    axes.barh([WORDS[b] for b in count.index], count, color=[BLOCK_COLOURS[b] for b in count.index], height=0.7)
    for i, n in enumerate(count):
        axes.text(n, i, f" {n}", va="center", color=INK)
    axes.set_xlabel("户数")
    axes.grid(axis="y", visible=False)
    if outside.empty:
        return figure, "没有超出容许范围的户。"
    lead = str(count.idxmax())
    return figure, f"超出容许范围的{len(outside)}户中，最多的主要原因是“{WORDS[lead]}”，{int(count.max())}户。"


def beeswarm(sides: pd.DataFrame, features: Sequence[Feature]) -> Told:
    """SHAP contributions of the facts that matter most, the model's side beside the panel's, on one baseline."""
    if not _learnt(sides):
        return nothing("两边各看重什么")
    order = _order(sides)[:MOST_FACTS][::-1]
    label = {f.name: f.label_zh for f in features}
    figure, axes = canvas("两边各看重什么", 10.0, 1.6 + 0.42 * len(order), columns=2)
    reach = (
        1.05 * float(np.nanpercentile(sides[["model_log", "panel_log"]].abs().to_numpy(), 99.5)) if len(sides) else 1.0
    )
    for side, column, title in ((axes[0], "model_log", "模型"), (axes[1], "panel_log", "评议")):
        for i, name in enumerate(order):
            drawn = _swarm(side, sides[sides["feature"] == name], column, i, reach)
        side.set_title(title)
        side.axvline(0, color=INK, lw=0.8)
        side.set(xlim=(-reach, reach), ylim=(-0.6, len(order) - 0.4), xlabel=EFFECT)
        side.set_yticks(range(len(order)), [label.get(n, n) for n in order] if side is axes[0] else [""] * len(order))
        side.grid(axis="y", visible=False)
    bar = figure.colorbar(drawn, ax=axes, ticks=[0, 1], aspect=40, pad=0.01)
    bar.ax.set_yticklabels(["小", "大"])
    bar.set_label("该项事实的数值（在全部农户中的位次）", labelpad=-4)
    first = label.get(order[-1], order[-1]) if order else ""
    return (
        figure,
        f"每点一户，在右抬高额度，在左压低额度；左边是模型、右边是评议对每项事实的看重，起点相同；两边合起来作用最大的是“{first}”。",
    )


def dependence(sides: pd.DataFrame, features: Sequence[Feature]) -> Told:
    """Contribution against value for the two facts on which both sides differ most."""
    if not _learnt(sides):
        return nothing("同一事实，两边怎样看")
    apart = (sides["model_log"] - sides["panel_log"]).abs().groupby(sides["feature"]).mean()
    chosen = [
        n
        for n in apart.sort_values(ascending=False, kind="stable").index
        if sides.loc[sides["feature"] == n, "value"].notna().any()
    ][:2]
    if not chosen:
        return nothing("同一事实，两边怎样看", "没有数值型的事实，画不出数值与看重的关系。")
    label = {f.name: f.label_zh for f in features}
    unit = {f.name: f.unit for f in features}
    figure, axes = canvas("同一事实，两边怎样看", 9.6, 4.4, columns=max(len(chosen), 1))
    for side, name in zip(axes, chosen, strict=False):
        here = sides[(sides["feature"] == name) & sides["value"].notna()]
        top = float(np.percentile(here["value"], 99))
        here = here[here["value"] <= top]
        for column, colour, word in (("model_log", MODEL_COLOUR, "模型"), ("panel_log", PANEL_COLOUR, "评议")):
            side.scatter(here["value"], here[column], s=14, alpha=0.55, lw=0, color=colour, label=word)
        money = unit.get(name) in ("yuan", "元")
        shown = "万元" if money else UNITS.get(unit.get(name, ""), unit.get(name, ""))
        side.set(xlabel=label.get(name, name) + (f"（{shown}）" if shown else ""), ylabel=EFFECT)
        if money:
            in_wan(side, "x")
        side.axhline(0, color=INK, lw=0.8)
        side.legend(frameon=False, markerscale=1.6)
    words = "”和“".join(label.get(n, n) for n in chosen)
    return figure, f"两边看法相差最大的是“{words}”：同一数值，蓝点（模型）与橙点（评议）离得越开，看重得越不同。"


def weighing_map(weighing: pd.DataFrame) -> Told:
    """Mean difference of both sides' contributions, in yuan, by concept and village."""
    if not _learnt(weighing[weighing["concept"].ne("base")]):
        return nothing("各村对每类事实的看重")
    table = weighing[weighing["concept"] != "base"].pivot_table(
        index="concept", columns="village", values="yuan", aggfunc="sum", fill_value=0.0
    )
    table = table.loc[table.abs().mean(axis=1).sort_values(ascending=False, kind="stable").index]
    table = table.iloc[:, :MOST_VILLAGES]
    figure, (axes,) = canvas("各村对每类事实看得与模型有何不同", 2.6 + 0.55 * table.shape[1], 1.8 + 0.38 * len(table))
    reach = max(float(np.abs(table.to_numpy()).max()), 1.0) if table.size else 1.0
    picture = axes.imshow(
        table.to_numpy() / 10_000, cmap="PuOr_r", vmin=-reach / 10_000, vmax=reach / 10_000, aspect="auto"
    )
    axes.set_xticks(range(table.shape[1]), list(table.columns), rotation=45, ha="right")
    axes.set_yticks(range(len(table)), list(table.index))
    axes.grid(visible=False)
    figure.colorbar(picture, ax=axes, label="模型减评议，每户平均（万元）")
    if not table.size:
        return figure, "没有可比较的户。"
    i, j = divmod(int(np.abs(table.to_numpy()).argmax()), table.shape[1])
    concept, village, most = table.index[i], table.columns[j], abs(float(table.to_numpy()[i, j]))
    return figure, (
        f"橙色处模型看得比评议重，紫色处评议看得比模型重；相差最大的是{village}对“{concept}”，每户平均{about(most)}。"
    )


def _learnt(contributions: pd.DataFrame) -> bool:
    """Whether anything was learnt of either side: a picture of zeros would name a leader that there is none of."""
    return bool(contributions[["model_log", "panel_log"]].abs().gt(0).to_numpy().any())


def _order(sides: pd.DataFrame) -> list[str]:
    size = sides[["model_log", "panel_log"]].abs().groupby(sides["feature"]).mean().sum(axis=1)
    return [str(n) for n in size.sort_values(ascending=False, kind="stable").index]


def _swarm(axes: Axes, here: pd.DataFrame, column: str, place: int, reach: float) -> PathCollection:
    """Points of one fact; the spread across is by rank within a slice, so the picture is the same each time."""
    here = here.sort_values(["household", "village"], kind="stable")
    x = here[column].clip(-reach, reach).to_numpy(float)
    slices = pd.Series(np.round(x / reach * 40).astype(int))
    rank = slices.groupby(slices).cumcount().to_numpy()
    offset = np.where(rank % 2 == 0, 1, -1) * ((rank + 1) // 2)
    most = max(int(np.abs(offset).max()), 12) if len(offset) else 1
    colour = here["value"].rank(pct=True).fillna(0.0).to_numpy()
    return axes.scatter(
        x, place + 0.4 * offset / most, c=colour, cmap="viridis_r", vmin=0, vmax=1, s=8, lw=0, alpha=0.8
    )
