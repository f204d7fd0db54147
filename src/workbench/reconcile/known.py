"""Decides how the page says how sure the causes are: what they were worth where the truth is known.

In: ``data/reference/known-causes.json``, which ``benchmarks/gap_known.py`` makes from whole runs of invented towns, and
the run's own ``gaps``.  Out: sentences and two small tables.  The demonstration town is small, so its causes are told
in households; a share stands only where enough households carry it.
"""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
from scipy.stats import binomtest

from workbench.errors import InputError
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN
from workbench.store.place import product
from workbench.units import percent
from workbench.words import CAUSES

FILE = "data/reference/known-causes.json"
BANDS = {"thin": "不到六成", "middle": "六成至八成", "sure": "八成以上"}
"""Bands of the confidence and their words: below 0.6, below 0.8, and from there."""
UNKNOWN = (
    "没有随产品保存的核对结果，这些原因有多可靠，本页无从说起；请用 `python benchmarks/gap_known.py --write` 核对。"
)
FEW = "两个额度都有的户太少，学不出村里看重什么、评分里多出什么：这两项一概不说，差额列为尚未查明。"
ENOUGH = 30
"""Households below which right and wrong are counted, and no share is told."""

KNOWN_LABELS = {
    "cause": "主要原因",
    "said": "演示镇：说是（户）",
    "right": "其中说对",
    "true": "真正是（户）",
    "larger_said": "较大的虚构镇：说是（户）",
    "larger_right": "其中说对",
    "larger_share": "说对的比例",
}
BAND_LABELS = {
    "band": "把握",
    "said": "演示镇（户）",
    "right": "其中说对",
    "larger_said": "较大的虚构镇（户）",
    "larger_right": "其中说对",
    "larger_share": "说对的比例",
    "here": "本次范围外（户）",
}


def load_known() -> dict[str, Any] | None:
    """The figures that are kept: ``demo`` and ``larger``, households by cause and by band; None without a file.

    ``InputError`` where the file cannot be read: it would say something that nobody measured.
    """
    path = product() / FILE
    if not path.is_file():
        return None
    try:
        found = json.loads(path.read_text("utf-8"))
        return {"demo": dict(found["demo"]), "larger": dict(found["larger"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(FILE, "cannot be read", "put the product's own file back") from None


def band_of(confidence: float) -> str:
    """The band of a confidence.

    >>> [band_of(c) for c in (0.59, 0.6, 0.8)]
    ['thin', 'middle', 'sure']
    """
    return "thin" if confidence < 0.6 else "middle" if confidence < 0.8 else "sure"


def interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a share, 0-1; all of it where nobody was asked.

    >>> [round(x, 3) for x in interval(8, 10)]
    [0.49, 0.943]
    """
    if not of:
        return 0.0, 1.0
    found = binomtest(hits, of).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)


def sure_text(known: dict[str, Any] | None) -> str:
    """How often the causes are right where the truth is known: the demonstration town, and larger ones beside it."""
    if known is None:
        return UNKNOWN
    d, m = known["demo"], known["larger"]
    low, high = interval(d["right"], d["outside"])
    mean_f1 = "" if d["macro_f1"] is None else f"，有5户以上的各类原因平均F1是{d['macro_f1']:.2f}"
    return (
        f"**这些原因有多可靠，拿真实原因已知的虚构乡镇来核对。**演示镇没有历史的村里有{d['households']}户，"
        f"{d['outside']}户的差额超出容许范围；主要原因说对{d['right']}户（{percent(d['right'], d['outside'])}，"
        f"95%区间{low:.1%}至{high:.1%}）{mean_f1}；不作查找、一律说成村里看重的不同，只对{d['naive_right']}户"
        f"（{percent(d['naive_right'], d['outside'])}）。"
        f"建议额度的平均误差是模型与评议中较好一方的{d['over_better']:.0%}。"
        f"另在{m['towns']}个较大的虚构镇上（范围外{m['outside']:,}户），说对{percent(m['right'], m['outside'])}，"
        f"不作查找对{percent(m['naive_right'], m['outside'])}，F1平均{m['macro_f1']:.2f}，"
        f"建议额度的误差是较好一方的{m['over_better']:.0%}。"
    )


def here_text(gaps: pd.DataFrame) -> str:
    """How it stands in this run: households with a thin confidence, and what is left unexplained."""
    outside = gaps[gaps["primary_cause"].ne(WITHIN)]
    if outside.empty:
        return "本次没有差额超出容许范围的户，不需要说原因。"
    thin = int(outside["confidence"].lt(0.6).sum())
    doubt = f"{thin}户把握不到六成，请连同第二原因一起看" if thin else "没有把握不到六成的户"
    left = float(outside["unexplained"].abs().sum() / max(float(outside["gap"].abs().sum()), 1.0))
    few = "" if gaps[["factor_weighting", "soft_information"]].abs().gt(0).to_numpy().any() else FEW
    return few + (f"本次范围外的{len(outside)}户里，{doubt}；没有查明的部分约为差额的{left:.0%}，照实列出。")


def known_table(known: dict[str, Any] | None) -> pd.DataFrame | None:
    """For every named cause: how often it was said and how many of those were right; None where nothing is kept."""
    if known is None:
        return None
    d, m = known["demo"]["by_cause"], known["larger"]["by_cause"]
    rows = [
        {
            "cause": CAUSES[c],
            "said": d[c]["said"],
            "right": d[c]["right"],
            "true": d[c]["true"],
            "larger_said": m[c]["said"],
            "larger_right": m[c]["right"],
            "larger_share": _share(m[c]),
        }
        for c in BLOCKS
    ]
    return pd.DataFrame(rows, columns=list(KNOWN_LABELS))


def band_table(known: dict[str, Any] | None, gaps: pd.DataFrame) -> pd.DataFrame | None:
    """By band of confidence: how many were right where the truth is known, and how many households stand there now.

    None where nothing is kept.
    """
    if known is None:
        return None
    d, m = known["demo"]["by_band"], known["larger"]["by_band"]
    here = gaps.loc[gaps["primary_cause"].ne(WITHIN), "confidence"].map(band_of).value_counts()
    rows = [
        {
            "band": word,
            "said": d[b]["said"],
            "right": d[b]["right"],
            "larger_said": m[b]["said"],
            "larger_right": m[b]["right"],
            "larger_share": _share(m[b]),
            "here": int(here.get(b, 0)),
        }
        for b, word in BANDS.items()
    ]
    return pd.DataFrame(rows, columns=list(BAND_LABELS))


def _share(of: dict[str, int]) -> str:
    return percent(of["right"], of["said"]) if of["said"] >= ENOUGH else "—"
