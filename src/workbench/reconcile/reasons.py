"""Decides the words: at most three reasons, each a fact with its unit and its yuan, as a villager would say it.

Only reasons in the gap's direction that carry a tenth of it; yuan rounded to thousands and said as 约.  Never a member,
an illness or a remark.  What is unexplained is said to be so, and first where it is the primary cause.  Where the
reasons said come to clearly more than the gap, a last sentence says what the others take away again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.reconcile.align import KEY
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN
from workbench.spec import Feature
from workbench.units import about

MOST, SMALLEST = 3, 0.10
UNITS_ZH = {"yuan": "元", "mu": "亩", "day": "天", "count": "次", "person": "人", "year": "年", "month": "个月"}


Piece = tuple[float, str, str]
"""Yuan in the gap's direction, block, sentence."""


def write_reasons(
    gaps: pd.DataFrame, evidence: pd.DataFrame, features: Sequence[Feature], facts: pd.DataFrame
) -> pd.Series:
    """``reason_zh`` for each row of ``gaps`` (``facts`` in the same order)."""
    by_name = {f.name: f for f in features}
    behind = dict(list(evidence.groupby(KEY, sort=False)))
    out = []
    for i, (village, household, gap, cause) in enumerate(
        zip(gaps["village"], gaps["household"], gaps["gap"], gaps["primary_cause"], strict=True)
    ):
        out.append(_one(float(gap), str(cause), behind.get((village, household)), by_name, facts.iloc[i]))
    return pd.Series(out, index=gaps.index, dtype="str")


def _one(gap: float, cause: str, own: pd.DataFrame | None, features: dict[str, Feature], facts: pd.Series) -> str:
    if cause == WITHIN:
        return f"两个额度相差{about(abs(gap))}，在容许范围内。" if abs(gap) >= 500 else "两个额度基本一致。"
    pieces = _pieces(own, features, facts, 1.0 if gap > 0 else -1.0) if own is not None else []
    said = [p for p in pieces if p[0] >= SMALLEST * abs(gap)]
    said.sort(key=lambda p: (p[1] != cause, -p[0], p[2]))
    chosen = said[:MOST] or [(abs(gap), "unexplained", _unexplained(abs(gap)))]
    side = "高于" if gap > 0 else "低于"
    told = "；".join(p[2] for p in chosen).removeprefix("还有")
    return f"模型额度{side}评议额度{about(abs(gap))}。{told}。{_taken_away(sum(p[0] for p in chosen), abs(gap))}"


def _taken_away(said: float, gap: float) -> str:
    """The sentence for what is left between the reasons said and the gap, where they come to a tenth more than it.

    >>> _taken_away(70_000, 48_000)
    '其余原因作用相反，抵去约22,000元。'
    >>> _taken_away(49_000, 48_000)
    ''
    """
    over = said - gap
    return f"其余原因作用相反，抵去{about(over)}。" if over >= max(SMALLEST * gap, 1_000) else ""


def _pieces(own: pd.DataFrame, features: dict[str, Feature], facts: pd.Series, sign: float) -> list[Piece]:
    """Everything that could be said, each with its yuan in the gap's direction."""
    out: list[Piece] = []
    for name, rows in own.groupby("block", sort=False):
        block, toward = str(name), sign * float(rows["yuan"].sum())
        if toward <= 0 or block not in BLOCKS:
            continue
        if block == "factor_weighting":
            out += _weights(rows, features, facts, sign, toward)
        elif block == "record_error":
            out.append((toward, block, _record(rows.iloc[0], features, toward, sign)))
        elif block == "unexplained":
            out.append((toward, block, _unexplained(toward)))
        else:
            out.append((toward, block, _other(block, rows.iloc[0], features, toward, sign)))
    return out


def _weights(
    rows: pd.DataFrame, features: dict[str, Feature], facts: pd.Series, sign: float, toward: float
) -> list[Piece]:
    """By concept, two at most; what no concept carries is the panels' general lean.  Never more than the block."""
    rows = rows.assign(concept=[features[f].concept if f in features else "" for f in rows["fact"].astype("str")])
    word = "少" if sign > 0 else "多"
    by = (sign * rows.groupby("concept")["yuan"].sum()).sort_values(ascending=False, kind="stable")
    by = by[by > 0]
    kept = [c for c in by.index if c != ""][:2] + [c for c in by.index if c == ""]
    shrink = min(1.0, toward / float(by[kept].sum())) if len(kept) else 1.0
    out: list[Piece] = []
    for concept in kept:
        yuan = float(by[concept]) * shrink
        if concept == "":
            text = f"村里对这样的农户总体上给得比模型{word}{about(yuan)}"
        else:
            here = rows[rows["concept"] == concept]
            lead = features[str(here["fact"].iloc[int(np.argmax(sign * here["yuan"].to_numpy()))])]
            text = f"因{concept}（{fact_text(lead, facts[lead.name])}），村里给得比模型{word}{about(yuan)}"
        out.append((yuan, "factor_weighting", text))
    return out or [(toward, "factor_weighting", f"村里对这样的农户给得比模型{word}{about(toward)}")]


def fact_text(feature: Feature, value: object, *, bare: bool = False) -> str:
    """A fact with its label (unless ``bare``) and unit, as a villager reads it.

    >>> fact_text(Feature("land_mu", "承包土地", "Land", "土地", unit="mu"), 3.5)
    '承包土地3.5亩'
    """
    label = "" if bare else feature.label_zh
    unit = UNITS_ZH.get(feature.unit, feature.unit if feature.unit not in ("code", "") else "")
    if feature.kind != "number":
        return f"{label}{'' if bare else '：'}{value}" if isinstance(value, str) else f"{label}不详"
    number = float(value) if isinstance(value, int | float | np.number) else float("nan")
    if not np.isfinite(number):
        return f"{label}没有记录"
    if unit == "元" and abs(number) >= 1_000:
        return f"{label}{about(number)}"
    shown = f"{number:,.0f}" if unit == "元" else f"{number:,.1f}".removesuffix(".0")
    return f"{label}{shown}{unit}"


def _record(first: pd.Series, features: dict[str, Feature], toward: float, sign: float) -> str:
    feature = features[str(first["fact"])]
    book, implied = fact_text(feature, first["book"]), fact_text(feature, first["implied"], bare=True)
    side = "偏高" if sign > 0 else "偏低"
    return (
        f"账面记{book.removeprefix('账面')}，按其他情况推算应为{implied}，请核对凭证，模型额度因此{side}{about(toward)}"
    )


def _other(block: str, first: pd.Series, features: dict[str, Feature], toward: float, sign: float) -> str:
    if block == "policy_limit":
        if "不予授信" in str(first["note"]):
            return f"按规定暂不授信，模型额度因此减少{about(toward)}"
        side = "增加" if sign > 0 else "减少"
        return f"按额度起点、上限和取整的规定，模型额度{side}{about(toward)}"
    if block == "soft_information":
        side, way = ("差", "低") if sign > 0 else ("好", "高")
        return f"评议小组了解到的诚信经营情况比账上看到的{side}，评议额度因此{way}{about(toward)}"
    if block == "rater_bias":
        side = "偏低" if sign > 0 else "偏高"
        return f"评议意见不一致，少数意见使评议额度{side}{about(toward)}"
    facts = [features[f].label_zh for f in str(first["fact"]).split("/") if f in features]
    what = f"（{'与'.join(facts)}）" if facts else ""
    return f"这样的农户{what}在试点村很少见，模型把握不大，相差{about(toward)}"


def _unexplained(yuan: float) -> str:
    return f"还有{about(yuan)}没有查明原因，请上门核实"
