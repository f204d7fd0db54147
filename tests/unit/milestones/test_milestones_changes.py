"""What changed since the quarter before, in words with both figures."""

from __future__ import annotations

import pandas as pd
from quarter_town import Town

from workbench.milestones.changes import changes_said


def tables(credited: int, limits: dict[str, float], cause: str) -> dict[str, pd.DataFrame]:
    town = Town()
    town.group("竹溪村", 10, credited=credited, visited=10, drew=1)
    return {
        "milestones": town.measure().milestones,
        "confirmed": pd.DataFrame({"household": list(limits), "limit": list(limits.values())}),
        "gaps": pd.DataFrame({"household": ["a", "b"], "primary_cause": ["within_tolerance", cause]}),
    }


def test_figures_limits_and_causes() -> None:
    before = tables(3, {"a": 10000.0, "b": 20000.0, "c": 5000.0}, "factor_weighting")
    now = tables(5, {"a": 12000.0, "b": 15000.0, "d": 30000.0}, "record_error")
    said = changes_said(before, now)
    assert "授信面：3 / 10（30.0%） → 5 / 10（50.0%），+2。" in said
    assert "新增 不足 10 户" in changes_said(before, now, outward=True)
    assert "新增 1 户，到期或撤销 1 户，调高 1 户，调低 1 户；合计 3.5万元 → 5.7万元" in said
    assert "1 户改变，最多的是“村里看重的不同”变为“账面记录有误”（1 户）" in said


def test_nothing_in_common_and_nothing_changed() -> None:
    one = tables(3, {"a": 10000.0}, "factor_weighting")
    assert changes_said({}, one) == ""
    assert "没有农户改变" in changes_said(one, one)
    assert "新增 0 户" in changes_said(one, one)
