"""Who moved and why, as it is printed: whole inside the bank, without small groups and households outside it."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.milestones import moves
from workbench.milestones.suppress import LEAST_PEOPLE


def who(**causes: int) -> pd.DataFrame:
    """So many households moved by each cause, by 1,000 yuan each, and one proposal by the panel."""
    lines = [("model_limit", cause, f"{cause}{i}", 1000.0) for cause, n in causes.items() for i in range(n)]
    lines.append(("proposed_limit", "panel", "p", -2500.0))
    frame = pd.DataFrame(lines, columns=["figure", "cause", "household", "change"])
    parts = {part: frame["change"].where(frame["cause"] == part, 0.0) for part in moves.PARTS}
    return frame.assign(village="竹溪村", before=30_000.0, after=30_000.0 + frame["change"], **parts)


def test_inside_the_bank_all_is_told() -> None:
    moved = who(data=3, model=40)
    assert moves.by_cause(moved).values.tolist() == [
        ["模型额度", "数据", 3, 3000],
        ["模型额度", "模型", 40, 40000],
        ["模型额度", "合计", 43, 43000],
        ["建议额度", "评议", 1, -2500],
        ["建议额度", "合计", 1, -2500],
    ]
    parts = moves.by_part(moved).iloc[0]
    assert parts["变动合计（元）"] == parts[[f"{w}（元）" for w in moves.PARTS.values()]].sum() == 43_000
    listed = moves.movers(moved)
    assert listed.iloc[0][["户（代号）", "变动", "评议", "主要原因"]].tolist() == ["p", -2500.0, -2500.0, "评议"]
    assert len(listed) == 44
    assert moves.chief(moved)[0] == "模型额度：43 户变动，合计 +43,000 元，主要因模型的 40 户。"


def test_outside_it_small_groups_go_with_what_would_give_them_back() -> None:
    moved = who(data=3, model=40, parameters=12)
    lines = moves.by_cause(moved, outward=True).values.tolist()
    assert lines[:4] == [
        ["模型额度", "数据", "*", "*"],
        ["模型额度", "模型", 40, 40000],
        ["模型额度", "参数", "*", "*"],
        ["模型额度", "合计", 55, 55000],
    ]
    assert moves.chief(moved, outward=True)[1] == "建议额度：不足 10 户变动。"
    assert lines[4:] == [["建议额度", "评议", "*", "*"], ["建议额度", "合计", "*", "*"]]


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(list(moves.PARTS)), st.integers(1, 30), min_size=1))
def test_no_small_number_and_no_lone_gap_leaves_the_bank(causes: dict[str, int]) -> None:
    lines = moves.by_cause(who(**causes), outward=True)
    counts = lines.loc[lines["额度"] == "模型额度"]
    shown = [n for n in counts["户数"] if n != moves.HIDDEN]
    assert all(n >= LEAST_PEOPLE for n in shown)
    parts = counts[counts["主要原因"] != "合计"]
    hidden = (parts["户数"] == moves.HIDDEN).sum()
    total = counts.loc[counts["主要原因"] == "合计", "户数"].iloc[0]
    assert hidden != 1 or len(parts) == 1 or total == moves.HIDDEN
    said = " ".join(moves.chief(who(**causes), outward=True))
    assert not any(f" {n} 户" in said for n in range(1, LEAST_PEOPLE))


def test_nobody_moved() -> None:
    nobody = who(data=1).iloc[:0]
    assert moves.by_cause(nobody).empty
    assert moves.by_part(nobody).empty
    assert moves.chief(nobody) == ["没有一户的额度变动。"]
