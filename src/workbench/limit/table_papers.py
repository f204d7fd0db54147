"""What a model's papers say of defaults and of fairness: of a run's holders, and of any table that holds the columns.

Sex and ethnic group are never features; where a table has them beside the features, the residuals of rows that the
model did not see are compared between groups.  Groups of fewer than ``SMALL_GROUP`` rows are counted, not shown.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.limit import paper_words as words
from workbench.limit.document import Document
from workbench.limit.model import LimitModel
from workbench.spec import plain_name

SMALL_GROUP = 20
ATTRIBUTES = {
    "性别": ("sex", "gender", "性别"),
    "民族": ("ethnic", "ethnic_group", "ethnicity", "民族"),
}
"""Columns of a table that say who somebody is, by the word of the page."""


def defaults(page: Document, told: dict[str, Any], model: LimitModel) -> None:
    """The section on the PD: what it rests on, how well it ranks, whether it is calibrated on groups not seen."""
    page.heading("违约概率")
    facts = "、".join(model.spec.feature(f).label_zh for f in model.about["overdue"].get("facts", []))
    ground = f"，按{facts}估计" if facts else ""
    page.say(f"只用已知的逾期标记：{told['n']:,}行中{told['bad']:,}行逾期{ground}；未知的一律不用，不当作没有逾期。")
    if "auc" not in told:
        page.say("标记只有一种，无法检验好坏；违约概率取一个既不为零也不为一的数，各户相同。")
        return
    page.say(
        f"在没见过的组里：排序能力（AUC）{told['auc']:.3f}；布里尔分数{told['brier']:.3f}，"
        f"是一律取平均数的{told['brier_over_constant']:.2f}倍（不到1才有用）。"
    )
    rows = [
        {"part": f"第{k + 1}组", "n": int(r["n"]), "pd": words.percent(r["pd"]), "bad": words.percent(r["bad"])}
        for k, r in enumerate(told["by_fifth"])
    ]
    if rows:
        labels = {"part": "组", "n": "户数", "pd": "平均违约概率", "bad": "实际逾期"}
        page.table(pd.DataFrame(rows), "校准：按违约概率从低到高分五组", labels)


def fairness_of_a_table(page: Document, frame: pd.DataFrame, out_of_fold: pd.DataFrame, log: bool) -> None:
    """The section on fairness: residuals by sex and ethnic group where ``frame`` has such a column.

    ``out_of_fold`` holds ``target`` and ``prediction``, its index the rows of ``frame``.
    """
    page.heading("公平性：性别与民族从不作为特征")
    found = [
        (word, c) for word, names in ATTRIBUTES.items() for c in frame if plain_name(str(c)) in map(plain_name, names)
    ]
    if not found:
        page.say("表中没有性别、民族两列，无法比较。")
        return
    off = residual(out_of_fold, log)
    for word, column in found:
        group = frame[column].iloc[out_of_fold.index].astype("object").map(lambda v: v if pd.isna(v) else str(v))
        by_attribute(page, pd.DataFrame({"group": group.to_numpy(), "residual": off}), f"按{word}", word, log)


def residual(out_of_fold: pd.DataFrame, log: bool) -> np.ndarray:
    """Prediction less target of rows not seen, as a difference of logs where ``log``."""
    p, y = (out_of_fold[c].to_numpy(dtype=float) for c in ("prediction", "target"))
    return np.asarray(np.log(p) - np.log(y) if log else p - y)


def by_attribute(page: Document, rows: pd.DataFrame, caption: str, word: str, log: bool = True) -> None:
    """The table of ``residual`` by ``group``, small groups counted and not shown."""
    told = rows.groupby("group", as_index=False).agg(n=("residual", "size"), residual=("residual", "mean"))
    shown = told[told.n >= SMALL_GROUP]
    said = [words.leaning(float(v)) if log else words.figure(float(v)) for v in shown.residual]
    labels = {"group": word, "n": "户数", "residual": "模型比确认额度（几何平均）" if log else "模型比实际（平均）"}
    page.table(shown.assign(residual=said), caption, labels)
    if hidden := len(told) - len(shown):
        page.say(f"{hidden}组不足{SMALL_GROUP}户，不列。")
