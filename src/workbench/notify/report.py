"""Says who can be told by SMS and who cannot, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.plots import BLUE, GREY, canvas
from workbench.units import percent
from workbench.words import MESSAGE_STATES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REMEDIES = {
    "ready": "运行 workbench notify 生成短信批次",
    "opted_out": "不发短信；由客户经理当面告知",
    "no_mobile": "由客户经理当面告知，并补登手机号",
    "two_numbers": "走访核实哪一个是本人号码",
    "sent": "无",
    "failed": "核对号码后重发",
}


def states(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages by state, with what to do."""
    counts = messages["state"].value_counts()
    known = [state for state in MESSAGE_STATES if state in counts.index]
    return pd.DataFrame(
        {
            "状态": [MESSAGE_STATES[s] for s in known],
            "户数": [int(counts[s]) for s in known],
            "怎么办": [REMEDIES[s] for s in known],
        }
    )


def by_village(messages: pd.DataFrame) -> pd.DataFrame:
    """Messages by village and state."""
    out = messages.groupby(["village", "state"]).size().unstack(fill_value=0)
    out = out[[state for state in MESSAGE_STATES if state in out.columns]].rename(columns=MESSAGE_STATES)
    return out.rename_axis(index="村", columns=None).reset_index()


def headline(messages: pd.DataFrame) -> str:
    """How many of the limits in force can be told by SMS."""
    able = int(messages["state"].isin(["ready", "sent"]).sum())
    return (
        f"有效授信 **{len(messages):,}** 户，可用短信通知 **{able:,}** 户（{percent(able, len(messages))}），"
        f"其余 {len(messages) - able:,} 户须由客户经理告知。"
        "号码只取授信对象本人一行的手机号；同号码的任何人拒收，即不发。"
    )


def state_figure(messages: pd.DataFrame) -> tuple[Figure, str]:
    """Bars of the states, town as a whole."""
    counts = messages["state"].value_counts()
    known = [state for state in MESSAGE_STATES if state in counts.index]
    figure, (axes,) = canvas("短信通知状态", height=1.4 + 0.42 * max(2, len(known)))
    sizes = [int(counts[s]) for s in known]
    bars = axes.barh(
        [MESSAGE_STATES[s] for s in known], sizes, color=[BLUE if s in ("ready", "sent") else GREY for s in known]
    )
    axes.bar_label(bars, labels=[f"{n:,}" for n in sizes], padding=3)
    axes.set_xlabel("户数（户）")
    axes.set_xlim(0, max([1, *sizes]) * 1.12)
    axes.grid(axis="y", visible=False)
    axes.invert_yaxis()
    unable = sum(n for s, n in zip(known, sizes, strict=True) if s not in ("ready", "sent"))
    return figure, f"蓝色可用短信通知；灰色 {unable:,} 户不能用短信通知，须由客户经理当面告知。"
