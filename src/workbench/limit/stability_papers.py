"""What the papers say of stability: over seeds, over facts, and against the model before.

The model before is scored on the same rows by its own scoring path, so that what is compared is the two models and not
two populations.  A run knows its villages and grades; a table has what its spec declares: a group, and grades where it
has an overdue flag.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.errors import InputError
from workbench.limit import overdue, pricing, stability
from workbench.limit import paper_words as words
from workbench.limit.books import load_books
from workbench.limit.document import Document
from workbench.limit.model import LimitModel, load_model
from workbench.limit.propose import TARGET
from workbench.limit.table_papers import SMALL_GROUP
from workbench.params import RunParams

CALM, BREAK = 0.1, 0.25
"""Edges of the population stability index that validators use."""
MOST_TOLD = 60
"""Groups shown; of more, those that moved most."""


def model_before(base: Path, params: RunParams) -> LimitModel | None:
    """The model of the run that ``compare_with`` names (relative to the parameter file); None where there is none that
    this version can score: a quarter made by an earlier version stops no new one."""
    folder = None if params.compare_with is None else base / params.compare_with / "model"
    try:
        return None if folder is None or not folder.is_dir() else load_model(folder)
    except InputError:
        return None


def same_top(page: Document, share: float) -> None:
    """How many rows keep the concept that moves them most under another seed."""
    page.say(f"换一个随机种子重训，{share:.0%}的户影响最大的方面不变。")


def drift(page: Document, model: LimitModel, facts: pd.DataFrame) -> None:
    """Facts that have left what training showed; nothing where none has."""
    told = stability.fact_drift(model, facts)
    if len(told):
        page.table(
            told.assign(outside=[words.percent(float(v)) for v in told.outside]),
            "超出训练范围的户在百分之一以上的事实",
            {"fact": "事实", "outside": "超出的户"},
        )


def figures_beside(before: LimitModel, now: LimitModel, facts: pd.DataFrame) -> pd.DataFrame:
    """``was`` and ``now``: the figures of both models for each row of ``facts``, with its index."""
    return pd.DataFrame({"was": before.score(facts), "now": now.score(facts)}, index=facts.index)


def told_before(before: LimitModel, figures: pd.DataFrame) -> dict[str, Any]:
    """The comparison in figures (``was``, ``now``): digest, rows, PSI, share of rows that moved by over a quarter."""
    was, now = (figures[c].to_numpy(dtype=float) for c in ("was", "now"))
    return {
        "digest": before.digest,
        "rows": len(figures),
        "psi": stability.psi(was, now),
        "moved": float(stability.moved(was, now).mean()),
    }


def against(page: Document, before: LimitModel, figures: pd.DataFrame) -> None:
    """The sentence on the distribution of both models' figures."""
    told = told_before(before, figures)
    index = told["psi"]
    page.say(
        f"与上一个模型（{before.digest[:12]}）比，同一批户的额度分布稳定性指数 PSI 为{index:.3f}"
        f"（{'平稳' if index < CALM else '有变化' if index < BREAK else '明显变化，先查明原因'}；"
        f"{CALM}以下为平稳，{BREAK}以上为明显变化）；变动超过四分之一的户占{words.percent(told['moved'])}。"
    )


def shifts(page: Document, figures: pd.DataFrame, by: str, word: str, order: list[str] | None = None) -> None:
    """The table of the shift by ``by``, a column of ``figures`` beside ``was`` and ``now``; ``order`` of its values."""
    told = stability.shift(figures, by)
    if order is not None:
        told = told.sort_values(by, key=lambda names: names.map(order.index))
    elif len(told) > MOST_TOLD:
        page.say(f"共{len(told):,}个{word}，列出变动最多的{MOST_TOLD}个。")
        told = told.sort_values(["moved", by], ascending=[False, True]).head(MOST_TOLD)
    labels = {
        by: word,
        "households": "户数",
        "before": "原来中位数",
        "now": "现在中位数",
        "moved": "变动超过四分之一的户",
    }
    page.table(
        told.assign(moved=[words.percent(float(v)) for v in told.moved]), f"按{word}的变动（元，政策之前）", labels
    )


def table_against(
    page: Document, before: LimitModel, now: LimitModel, frame: pd.DataFrame, figures: pd.DataFrame
) -> None:
    """The stability section of a table's papers: PSI, then the shift by the spec's group and by grade."""
    page.heading("与上一个模型相比")
    against(page, before, figures)
    if before.spec.target not in (now.spec.target, TARGET) or before.log != now.log:
        page.say("两个模型的目标列或尺度不同：只有同一种数额才可以这样比较，请先核对。")
    changed = sorted(set(before.spec.names) ^ set(now.spec.names))
    if changed:
        labels = [(s.spec.feature(n).label_zh) for n in changed for s in (before, now) if n in s.spec.names]
        page.say(f"两个模型的特征不同：{'、'.join(labels)}只在其中一个里。")
    if now.spec.group is not None:
        group = frame[now.spec.group].astype("object").map(lambda v: "—" if pd.isna(v) else str(v))
        large = group.map(group.value_counts()) >= SMALL_GROUP
        if large.any():
            shifts(page, figures.assign(group=group)[large], "group", "组")
        if small := int(group[~large].nunique()):
            page.say(f"{small:,}组不足{SMALL_GROUP}户，不列。")
    book = load_books().price
    fitted = now.about.get("overdue")
    if fitted is None:
        page.say("特征说明没有逾期列，模型没有违约概率，所以不按等级比较。")
        return
    chance = overdue.probability(fitted, now.matrix(frame)[0])
    grade = pricing.grades(np.asarray(chance), book).to_numpy()
    shifts(page, figures.assign(rating=grade), "rating", "等级", [g.grade for g in book.grades])
