"""Draws the limits in force: how large they are, village by village."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.plots import SETTLED_COLOUR, canvas, in_wan
from workbench.units import wan

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def limits_by_village(confirmed: pd.DataFrame) -> tuple[Figure, str]:
    """Quartiles of the confirmed limits by village."""
    villages = sorted(
        confirmed["village"].unique(), key=lambda v: -confirmed.loc[confirmed["village"] == v, "limit"].median()
    )
    figure, (axes,) = canvas("各村有效授信额度", height=1.6 + 0.42 * max(3, len(villages)))
    axes.set_xlabel("额度（万元）")
    in_wan(axes, "x")
    axes.grid(axis="y", visible=False)
    if not villages:
        axes.set_yticks([])
        return figure, "目前没有有效授信。"
    sets = [confirmed.loc[confirmed["village"] == v, "limit"].to_numpy() for v in villages]
    names = [f"{v}（{len(s):,} 户）" for v, s in zip(villages, sets, strict=True)]
    drawn = axes.boxplot(
        sets, orientation="horizontal", tick_labels=names, whis=(5, 95), showfliers=False, patch_artist=True
    )
    for box in drawn["boxes"]:
        box.set(facecolor=SETTLED_COLOUR, alpha=0.45, edgecolor="#444444")
    for line in drawn["medians"]:
        line.set(color="#222222", linewidth=1.6)
    axes.invert_yaxis()
    axes.set_xlim(left=0)
    middle = float(confirmed["limit"].median())
    return figure, (
        f"全镇有效授信 {len(confirmed):,} 户，额度中位数 {wan(middle)}；箱体是中间一半农户，线的两端是 5% 和 95%。"
    )
