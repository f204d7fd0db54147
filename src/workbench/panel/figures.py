"""The pictures of the panel page: how far members agree, who is severe, what the consensus did to the plain mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.plots import GREY, INK, ORANGE, PANEL_COLOUR, RED, canvas, in_percent, in_wan

MOST_MEMBERS = 60
"""Members that one picture can name; beyond, the farthest from the panel."""


def agreement(consensus: pd.DataFrame) -> tuple[Any, str]:
    """Agreement by village, and its sentence."""
    rated = consensus.dropna(subset=["agreement"])
    names = sorted(
        rated["village"].unique(), key=lambda v: float(rated.loc[rated["village"] == v, "agreement"].median())
    )
    figure, (axes,) = canvas("评议小组意见一致吗？", height=1.6 + 0.38 * max(len(names), 1))
    groups = [rated.loc[rated["village"] == v, "agreement"].to_numpy() for v in names]
    if groups:
        drawn = axes.boxplot(
            groups,
            orientation="horizontal",
            widths=0.6,
            whis=(5, 95),
            showfliers=False,
            patch_artist=True,
            medianprops={"color": INK},
        )
        for box in drawn["boxes"]:
            box.set(facecolor=PANEL_COLOUR, alpha=0.55, edgecolor=PANEL_COLOUR)
    axes.set_yticks(range(1, len(names) + 1), names)
    axes.axvline(0.5, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlim(0, 1)
    axes.set_xlabel("一致程度（0 = 完全分裂，½ = 通常，1 = 人人相同）；盒子是中间一半的户，须线是 5% 到 95%")
    axes.grid(axis="y", visible=False)
    if not names:
        return figure, "没有两个人以上评过的户。"
    least, most, split = names[0], names[-1], int(rated["split"].sum())
    return figure, (
        (f"{most}的评议员最一致，{least}的最不一致；" if least != most else "")
        + "虚线（½）是按各人平常的随意程度应有的样子，"
        + (f"有 {split} 户明显低于它，意见分裂。" if split else "没有哪一户明显低于它。")
    )


def severity(raters: pd.DataFrame) -> tuple[Any, str]:
    """Each member's severity with its interval, by village, and its sentence."""
    table = raters[(raters["ratings"] > 0) & raters["severity"].notna()]
    shown = table.reindex(table["severity"].abs().sort_values(ascending=False).index[:MOST_MEMBERS])
    shown = shown.sort_values(["village", "severity"], ascending=[False, True], ignore_index=True)
    figure, (axes,) = canvas("哪些评议员松，哪些紧？", height=1.6 + 0.2 * max(len(shown), 4))
    at = np.arange(len(shown))
    low, middle, high = (np.expm1(shown[c].to_numpy()) for c in ("severity_low", "severity", "severity_high"))
    sure = (low > 0) | (high < 0)
    for mask, colour in ((sure, RED), (~sure, GREY)):
        axes.hlines(at[mask], low[mask], high[mask], color=colour, linewidth=2)
        axes.plot(middle[mask], at[mask], "o", color=colour, markersize=5)
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(at, [f"{v} {r}" for v, r in zip(shown["village"], shown["rater"], strict=True)], fontsize=8)
    axes.set_ylim(-0.8, max(len(shown), 1) - 0.2)
    axes.set_xlabel("比本村评议小组高（＋，松）或低（－，紧）多少；横线是九成把握的范围")
    in_percent(axes, "x")
    axes.grid(axis="y", visible=False)
    left = len(table) - len(shown)
    return figure, (
        f"{len(table)} 名评议员中，{int(((table['severity_low'] > 0) | (table['severity_high'] < 0)).sum())} 名（红色）"
        "的松紧有九成把握，其余（灰色）与众人分不出来；公议额度已把各人的松紧扣掉。"
        + (f"图上略去离众人最近的 {left} 名。" if left else "")
    )


def against_mean(consensus: pd.DataFrame) -> tuple[Any, str]:
    """Consensus against the plain mean, households with an outlier marked, and the sentence."""
    rated = consensus.dropna(subset=["panel_limit"])
    rated = rated[(rated["panel_limit"] > 0) & (rated["mean"] > 0)]
    figure, (axes,) = canvas("公议额度与简单平均差多少？", height=5.0)
    off = rated["outliers"].notna()
    for mask, colour, size, label in (
        (~off, GREY, 10, "一般的户"),
        (off, ORANGE, 26, "有评议多半偏离的户"),
    ):
        axes.scatter(
            rated.loc[mask, "mean"], rated.loc[mask, "panel_limit"], s=size, color=colour, alpha=0.7, label=label
        )
    if len(rated):
        ends = [float(rated[["mean", "panel_limit"]].min().min()), float(rated[["mean", "panel_limit"]].max().max())]
        axes.plot(ends, ends, color=INK, linewidth=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    ticks = [5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000]
    axes.set_xticks(ticks, minor=False)
    axes.set_yticks(ticks, minor=False)
    axes.minorticks_off()
    in_wan(axes, "x")
    in_wan(axes, "y")
    axes.set_xlabel("计入的评议的简单平均（万元）")
    axes.set_ylabel("公议额度（万元）")
    axes.legend(loc="upper left", frameon=False)
    if not len(rated):
        return figure, "没有公议额度。"
    change = (rated["panel_limit"] / rated["mean"] - 1).abs()
    return figure, (
        f"一半的户与简单平均相差不到 {float(change.median()):.0%}，{int((change > 0.25).sum())} 户相差四分之一以上；"
        "落在线下的是被个别高数抬起来的平均，公议额度没有跟着走。"
    )
