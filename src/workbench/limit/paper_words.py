"""The words of the model's papers: what stands in code and spec in English, as a banker reads it."""

from __future__ import annotations

import math
from typing import Any

SEGMENTS = {"lowest fifth": "最低的五分之一", "highest fifth": "最高的五分之一", "missing": "缺失"}
DIRECTIONS = {1: "越大越高", -1: "越大越低", 0: "不限"}
KINDS = {"number": "数", "category": "类别"}
SCALES = {"log": "取对数（误差按比例看）", "identity": "原值（误差按数额看）"}
UNITS = {
    "yuan": "元",
    "mu": "亩",
    "day": "天",
    "month": "月",
    "year": "年",
    "person": "人",
    "count": "次",
    "code": "代码",
    "share": "比例",
    "0/1": "是否",
    "room": "间",
}
"""Units that specs of the trade use; another stands as the spec has it."""
SETTINGS = {
    "objective": "损失",
    "robust": "离得远的户减权",
    "taught": "由直线和树两位老师教",
    "leaves": "每棵树的叶",
    "rate": "学习率",
    "trees": "树",
    "rows_a_leaf": "每叶最少户数",
    "fair_c": "稳健损失的界（对数）",
    "by_size": "额度大的户加权",
    "facts_a_tree": "每棵树看到的特征",
    "shrink": "叶值收缩",
    "bins": "每个特征的分箱",
    "method": "守住方向的做法",
    "directions": "守住方向",
}
OBJECTIVES = {
    "gamma": "gamma（对准平均）",
    "fair": "fair（对数上的稳健损失，近于对准中间的户）",
    "l2": "平方误差（对准平均）",
}


def setting(name: str, value: Any) -> str:
    """The value of a setting in words.

    >>> setting("robust", True), setting("facts_a_tree", 0.5), setting("rate", 0.04)
    ('是', '50%', '0.04')
    """
    if name == "objective":
        return OBJECTIVES.get(str(value), str(value))
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:.0%}" if name == "facts_a_tree" else f"{value:,g}" if isinstance(value, float) else str(value)


def figure(value: float) -> str:
    """A figure of any scale, never as a power of ten.

    >>> figure(17_718.4), figure(63.94), figure(0.58949)
    ('17,718', '63.9', '0.589')
    """
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    return f"{value:.3f}" if size >= 0.001 or not size else f"{value:.{2 - math.floor(math.log10(size))}f}"


def percent(share: float) -> str:
    """A share of households.

    >>> percent(0.9213)
    '92.1%'
    """
    return f"{share:.1%}"


def leaning(logs: float) -> str:
    """A mean difference of logs as what it is in per cent, with its sign.

    >>> leaning(0.0794), leaning(-0.05), leaning(0.0001)
    ('高8.3%', '低4.9%', '持平')
    """
    share = math.expm1(logs)
    if abs(share) < 0.0005:
        return "持平"
    return f"{'高' if share > 0 else '低'}{abs(share):.1%}"
