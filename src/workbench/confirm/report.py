"""Says which limits are in force, which sign-offs did not count and why, and what still awaits a decision."""

from __future__ import annotations

import pandas as pd

from workbench.confirm.signoffs import RULES
from workbench.units import wan
from workbench.words import ACTIONS

LOOK_AT = {
    "barred": "两名以上评议员提出不予授信情形，须查明",
    "objects": "有人反对自动决策，须人工审批",
    "sampled": "随机抽查",
    "new": "模型没见过这类农户，须看证据",
    "record": "账面记录可能有误，须核实",
    "members": "个别评议员意见偏离，须听取说明",
    "unexplained": "差额原因尚未查明",
    "unsure": "差额超出容许范围的可能较大，须看差额原因",
}
"""Words of ``gaps.review_why`` to what the decider looks at; a word that is not here is shown as it stands."""
OUTSIDE = "差额超出容许范围，须看差额原因"
"""What the decider looks at where the proposal may be confirmed and the two limits are still far apart."""


def look_at(gaps: pd.DataFrame) -> pd.Series:
    """What to look at before each proposal is signed, in words; empty where nothing asks for it."""
    why = gaps["review_why"].fillna("").str.split().map(lambda words: "；".join(LOOK_AT.get(w, w) for w in words))
    return why.mask((why == "") & gaps["primary_cause"].ne("within_tolerance"), OUTSIDE)


def in_force_by_village(confirmed: pd.DataFrame) -> pd.DataFrame:
    """Limits in force by village: number, sum, median, and by which way."""
    columns = ["村", "户数", "额度合计（元）", "额度中位数（元）"]
    if confirmed.empty:
        return pd.DataFrame(columns=columns)
    by = confirmed.groupby("village")["limit"]
    out = pd.DataFrame({"户数": by.size(), "额度合计（元）": by.sum(), "额度中位数（元）": by.median()})
    ways = confirmed.groupby(["village", "way"]).size().unstack(fill_value=0)
    return out.join(ways).rename_axis("村").reset_index()


def headline(confirmed: pd.DataFrame, decisions: pd.DataFrame, households: pd.DataFrame) -> str:
    """How many limits are in force, for how much, and what became of the households that had one."""
    total = float(confirmed["limit"].sum())
    last = decisions.sort_values("date", kind="stable").drop_duplicates("household", keep="last")
    gone = last[~last["household"].isin(confirmed["household"])]
    withdrawn, unheld = int((gone["limit"] <= 0).sum()), int(((gone["limit"] > 0) & gone["holder"].isna()).sum())
    return (
        f"在册 {len(households):,} 户，有效授信 **{len(confirmed):,}** 户，合计 **{wan(total)}**。"
        f"以每户日期最近的一次确认为准；已到期 {len(gone) - withdrawn - unheld:,} 户、"
        f"额度为零（撤销）{withdrawn:,} 户、没有符合条件的授信对象 {unheld:,} 户，都不算有效。"
    )


def findings_table(findings: pd.DataFrame) -> pd.DataFrame:
    """Sign-offs that were told, by rule."""
    counts = findings.groupby("rule").size()
    return pd.DataFrame(
        {
            "情况": [RULES[str(rule)][1] for rule in counts.index],
            "计入": ["是" if RULES[str(rule)][0] else "否" for rule in counts.index],
            "份数": counts.to_numpy(),
        }
    )


def findings_lines(findings: pd.DataFrame) -> pd.DataFrame:
    """Each sign-off that was told, by file and row as a spreadsheet shows it; those that do not count first."""
    counts = findings["rule"].map(lambda rule: RULES[str(rule)][0]).astype("bool")
    some = findings.assign(counts=counts).sort_values(["counts", "source", "row"], kind="stable")
    return pd.DataFrame(
        {
            "文件": some["source"],
            "行": some["row"].astype("str"),
            "计入": some["counts"].map({True: "是", False: "否"}),
            "说明": some["message"],
        }
    )


def findings_said(findings: pd.DataFrame, signoffs: pd.DataFrame | None) -> str:
    """What became of the sign-offs."""
    if signoffs is None:
        return "本次没有签批文件；有效授信只来自历史确认。"
    put_aside = findings[~findings["rule"].map(lambda rule: RULES[str(rule)][0]).astype("bool")]
    n = put_aside.drop_duplicates(["source", "row"]).shape[0]
    said = f"共收到 {len(signoffs):,} 份签批，其中 {n:,} 份不计入"
    return said + ("，文件和行号见下表，请更正后重新报送。" if n else "。")


def awaiting(gaps: pd.DataFrame | None, confirmed: pd.DataFrame) -> pd.DataFrame:
    """Proposals without a limit in force: how many may be confirmed and how many need review, and why."""
    columns = ["建议", "需要看什么", "户数"]
    if gaps is None:
        return pd.DataFrame(columns=columns)
    open_ = gaps[~gaps["household"].isin(confirmed["household"])]
    out = pd.DataFrame({"建议": open_["action"].map(ACTIONS), "需要看什么": look_at(open_)})
    return out.groupby(["建议", "需要看什么"]).size().rename("户数").reset_index()
