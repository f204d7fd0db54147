"""Figures of the import page, each with the sentence that says what it shows."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from workbench import plots
from workbench.roster.report import UNKNOWN
from workbench.roster.rules import RULES
from workbench.units import percent

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHORT = {
    "village_without_agreement": "无保密协议",
    "row_shape": "列数不符",
    "id_missing": "身份证为空",
    "id_float": "身份证存成数值",
    "id_length": "身份证位数不对",
    "id_check": "身份证校验不过",
    "id_birth": "身份证生日不对",
    "id_duplicate": "身份证重复",
    "id_maybe_truncated": "身份证疑被截断",
    "name_missing": "姓名为空",
    "household_missing": "户号为空",
    "household_is_date": "户号成了日期",
    "household_no_head": "无户主",
    "household_two_heads": "两个户主",
    "head_not_member": "户主不在本户",
    "sex_contradicts": "性别不符",
    "birth_contradicts": "出生年月不符",
    "phone_bad": "电话不对",
    "relation_unknown": "关系不明",
    "ethnic_unknown": "民族不明",
    "land_unreadable": "亩数不明",
}
_MOST_FILES = 30


def where_rows_went(row_counts: pd.DataFrame) -> tuple[Figure, str]:
    """Rows of every file that were not simply kept: to check, sent back, skipped."""
    frame = row_counts.sort_values(["rows", "source"], ascending=[False, True]).head(_MOST_FILES).iloc[::-1]
    names = [PurePosixPath(source).name for source in frame["source"]]
    figure, (axes,) = plots.canvas("没有直接保留的行", 8.0, max(2.4, 0.36 * len(frame) + 1.6))
    left = pd.Series(0.0, index=frame.index)
    for column, label, colour in (
        ("flagged", "保留待核实", plots.ORANGE),
        ("quarantined", "退回", plots.RED),
        ("skipped", "跳过", plots.GREY),
    ):
        axes.barh(names, frame[column], left=left, label=label, color=colour)
        left = left + frame[column]
    for place, (total, rows) in enumerate(zip(left, frame["rows"], strict=True)):
        axes.annotate(f" 文件共 {rows:,} 行", (total, place), va="center", fontsize=8, color="#666666")
    axes.set_xlim(0, max(1.0, float(left.max()) * 1.25))
    axes.set_xlabel("行")
    axes.grid(False, axis="y")
    if len(frame):
        figure.legend(loc="outside upper right", ncols=3, frameon=False)
    refused, rows = int(row_counts["quarantined"].sum()), int(row_counts["rows"].sum())
    sentence = f"每个文件里待核实、退回、跳过的行数；全部文件合计退回 {refused:,} 行，占 {percent(refused, rows)}。"
    return figure, sentence


def faults_by_village(quarantine: pd.DataFrame) -> tuple[Figure, str]:
    """Faults of every village by rule, as a table of counts in colour."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap, LogNorm

    faults = quarantine[quarantine["severity"].isin(["reject", "flag"])]
    counts = (
        faults.assign(village=faults["village"].fillna(UNKNOWN))
        .groupby(["rule", "village"])
        .size()
        .unstack(fill_value=0)
    )
    order = [word for word, rule in RULES.items() if word in counts.index]
    counts = counts.loc[order]
    figure, (axes,) = plots.canvas(
        "各村各种问题的行数", max(6.0, 0.62 * counts.shape[1] + 3.0), max(2.6, 0.3 * len(counts) + 1.8)
    )
    axes.grid(False)
    if counts.empty:
        axes.text(0.5, 0.5, "没有要改或要核实的行", ha="center", va="center", transform=axes.transAxes)
        axes.set_axis_off()
        return figure, "没有一行要改或要核实。"
    values = counts.to_numpy(float)
    shades = LinearSegmentedColormap.from_list("faults", ["#FFF4E5", plots.ORANGE, plots.RED]).with_extremes(
        bad="#FFFFFF"
    )
    axes.imshow(
        np.where(values > 0, values, np.nan), aspect="auto", cmap=shades, norm=LogNorm(1, max(2.0, float(values.max())))
    )
    for (row, column), count in np.ndenumerate(values):
        if count:
            axes.text(column, row, f"{int(count)}", ha="center", va="center", fontsize=8)
    axes.set_xticks(range(counts.shape[1]), list(counts.columns), rotation=45, ha="right")
    labels = [f"{_SHORT[word]}{'（退回）' if RULES[word].severity == 'reject' else ''}" for word in counts.index]
    axes.set_yticks(range(len(counts)), labels)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    worst = counts.sum(axis=1).sort_values(ascending=False, kind="stable")
    name, rows = _SHORT[str(worst.index[0])], int(worst.iloc[0])
    return figure, f"每格是一个村一种问题的行数（颜色越深越多，空白为零）；最多的是“{name}”，共 {rows:,} 行。"
