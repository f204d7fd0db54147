"""Draws the programme's figures: its course against the targets, the funnel, and the villages side by side."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from workbench.milestones.programme import Programme
from workbench.plots import BLUE, GREEN, GREY, INK, ORANGE, RED, canvas, in_percent
from workbench.units import percent, percent_given
from workbench.words import FUNNEL, MEASURES, TOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
"""Keeps a label readable where it stands on a line."""
OF = {"coverage": "已授信人数占可授信人数", "usage": "已用信人数占已授信人数"}
COLOURS = {"coverage": BLUE, "usage": GREEN}


def course_figure(course: pd.DataFrame, programme: Programme) -> tuple[Figure, str]:
    """Coverage and usage at each quarter's end, the targets as steps, the forecast with its interval."""
    figure, axes = canvas("授信面和用信面：进度与目标", width=9.0, height=4.0, columns=2)
    for ax, measure in zip(axes, ("coverage", "usage"), strict=True):
        _course(ax, course[course["measure"] == measure], measure, programme)
    axes[0].set_ylabel("占比")
    known = course[~course["forecast"]]
    last = known[known["date"] == known["date"].max()].set_index("measure")
    said = [
        f"{MEASURES[m]} {percent(int(last.at[m, 'numerator']), int(last.at[m, 'denominator']))}"
        for m in ("coverage", "usage")
        if m in last.index
    ]
    ahead = "，虚线和阴影是预测及其 90% 区间" if course["forecast"].any() else ""
    return figure, (
        f"{'，'.join(said) or '还没有可列的实绩'}；折线是各季末实绩（分母按本次名册），"
        f"橙色台阶是各目标日期前应达到的目标{ahead}。"
    )


def _course(ax: Axes, lines: pd.DataFrame, measure: str, programme: Programme) -> None:
    known, ahead = lines[~lines["forecast"]].dropna(subset=["actual"]), lines[lines["forecast"]]
    colour = COLOURS[measure]
    starts = [programme.begins, *(m.date for m in programme.milestones)]
    shares = [float(m.target(measure, 0) or 0) for m in programme.milestones]
    edges = [pd.Timestamp(day) for day in starts]
    ax.stairs(shares, [e.to_pydatetime() for e in edges], baseline=None, color=ORANGE, linewidth=2, label="目标")  # type: ignore[arg-type]
    for edge, share in zip(edges[1:], shares, strict=True):
        ax.annotate(
            percent_given(share),
            (edge, share),
            xytext=(-4, 4),
            textcoords="offset points",
            ha="right",
            color="#9A6700",
            bbox=BEHIND,
        )
    if len(known):
        ax.plot(known["date"], known["actual"], color=colour, marker="o", markersize=4, linewidth=2, label="实绩")
    if len(ahead) and len(known):
        both = pd.concat([known.tail(1), ahead])
        ax.plot(both["date"], both["actual"], color=colour, linestyle="--", linewidth=1.5, label="预测")
        now = float(known["actual"].iloc[-1])
        ax.fill_between(both["date"], [now, *ahead["low"]], [now, *ahead["high"]], color=colour, alpha=0.15)
    ax.set_title(MEASURES[measure])
    ax.set_ylim(0, 1.0)
    in_percent(ax)
    _quarters(ax, programme.begins, programme.ends)
    ax.legend(loc="upper left" if measure == "coverage" else "upper right", frameon=False)


def _quarters(ax: Axes, begins: date, ends: date) -> None:
    """Ticks at the halves of the years of the programme."""
    ticks = pd.date_range(begins, ends + pd.Timedelta(days=1), freq="2QS").to_pydatetime()
    ax.set_xticks(list(ticks), [f"{t.year}.{t.month}" for t in ticks])
    ax.set_xlim(right=(pd.Timestamp(ends) - pd.Timestamp(0)).days + 20)


def funnel_figure(funnel: pd.DataFrame) -> tuple[Figure, str]:
    """People at each stage of the town, and the share that went on from the stage before."""
    town = funnel[funnel["scope_kind"] == "town"].sort_values("position")
    names, people = [FUNNEL[s] for s in town["stage"]], [int(n) for n in town["people"]]
    figure, (axes,) = canvas("从名册到用信", height=1.2 + 0.45 * max(2, len(names)))
    bars = axes.barh(names, people, color=[GREY if s == "roster" else BLUE for s in town["stage"]])
    # of the eligible: from them on people are counted under the cap, and a step does not always need the one before
    of = dict(zip(town["stage"], people, strict=True)).get("eligible", 0)
    on = [f"　可授信的 {percent(n, of, 0)}" if k > 1 and of else "" for k, n in enumerate(people)]
    axes.bar_label(bars, labels=[f"{n:,} 人{more}" for n, more in zip(people, on, strict=True)], padding=4, color=INK)
    axes.set_xlim(0, max([1, *people]) * 1.3)
    axes.set_xlabel("人数（“可授信”起，每户按上限计）")
    axes.grid(axis="y", visible=False)
    axes.invert_yaxis()
    if len(people) < 3:
        return figure, "可画的步骤太少。"
    steps = list(zip(names[1:], people[1:], names[2:], people[2:], strict=False))
    lost = max(steps, key=lambda s: s[1] - s[3])
    return figure, (
        f"{TOWN}在册 {people[0]:,} 人；从“可授信”起，少得最多的一步是“{lost[0]}”到“{lost[2]}”，"
        f"少 {lost[1] - lost[3]:,} 人。"
    )


def villages_figure(milestones: pd.DataFrame) -> tuple[Figure, str]:
    """Coverage and usage of every village against the target; a village without anybody to count has no bar."""
    lines = milestones[milestones["scope_kind"] == "village"]
    order = (
        lines[lines["measure"] == "coverage"].sort_values(["actual", "scope"], na_position="first")["scope"].tolist()
    )
    figure, axes = canvas("各村授信面和用信面", width=9.0, height=1.4 + 0.36 * max(3, len(order)), columns=2)
    missed = 0
    for ax, measure in zip(axes, ("coverage", "usage"), strict=True):
        some = lines[lines["measure"] == measure].set_index("scope").reindex(order)
        met, target = some["met"].eq(True), float(some["target"].iloc[0]) if len(some) else 0.0
        missed += int((~met).sum()) if measure == "coverage" else 0
        bars = ax.barh(order, some["actual"].fillna(0), color=[GREEN if m else RED for m in met])
        counts = zip(some["numerator"], some["denominator"], strict=True)
        ax.bar_label(
            bars,
            labels=[f"{percent(int(n), int(d))}（{int(n)}/{int(d)}）" for n, d in counts],
            padding=3,
            fontsize=8,
            bbox=BEHIND,
        )
        ax.axvline(target, color=ORANGE, linewidth=2)
        ax.set_xlabel(OF[measure])
        ax.set_ylim(-0.7, max(len(order), 1) - 0.3)
        ax.set_title(f"{MEASURES[measure]}（目标 {percent_given(target)}）")
        ax.set_xlim(0, 1.5)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
        in_percent(ax, "x")
        ax.grid(axis="y", visible=False)
    axes[1].set_yticklabels([])
    return figure, (
        f"{len(order)} 个村中有 {missed} 个授信面未达到目标（红）；橙线是目标，括号里是人数。"
        "达到与否按含退回行的分母比较。"
    )
