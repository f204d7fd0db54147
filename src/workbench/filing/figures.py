"""Draws how filing went: households visited for the first time, month by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.plots import BLUE, ORANGE, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def filing_course(filed: pd.DataFrame, households: pd.DataFrame) -> tuple[Figure, str]:
    """Households (with an eligible person) filed so far, by the end of each month, and the number wanted."""
    wanted = households[households["eligible"] > 0]
    first = filed.loc[filed["household"].isin(wanted["household"]), "filed_on"]
    figure, (axes,) = canvas("入户建档进度")
    axes.set_ylabel("累计建档户数（户）")
    axes.axhline(len(wanted), color=ORANGE, linewidth=1.2, linestyle="--", label="应建档")
    if len(first):
        months = pd.period_range(first.min(), first.max(), freq="M")
        counts = first.dt.to_period("M").value_counts().reindex(months, fill_value=0).cumsum()
        axes.step(
            months.to_timestamp(how="end"), counts.to_numpy(), where="post", color=BLUE, linewidth=2, label="已建档"
        )
        axes.fill_between(months.to_timestamp(how="end"), counts.to_numpy(), step="post", color=BLUE, alpha=0.12)
    axes.set_ylim(0, max(1, len(wanted)) * 1.08)
    axes.legend(loc="lower right", frameon=False)
    left = len(wanted) - len(first)
    sentence = f"到本次日期，应建档 {len(wanted):,} 户中已建档 {len(first):,} 户，还差 {left:,} 户；虚线是应建档户数。"
    return figure, sentence
