"""What the import page says: where every row went, the commonest faults with their remedy, what changed since before.

In: ``row_counts``, ``quarantine``, ``households``, ``people``, ``agreements``.  Out: Chinese text and frames for the
desk.  Rows are counted, never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.errors import InputError
from workbench.params import Eligibility, RunParams
from workbench.roster.rows import STATUS
from workbench.roster.rules import RULES
from workbench.store.tables import load_table
from workbench.units import percent
from workbench.words import SEVERITIES

COMMONEST = 10
COUNTS = {
    "source": "文件",
    "rows": "行数",
    "kept": "保留",
    "flagged": "保留待核实",
    "quarantined": "退回",
    "skipped": "跳过",
}
FAULTS = {"what": "问题", "severity": "处理", "field": "列", "rows": "行数", "villages": "涉及村数", "remedy": "怎么改"}
CHANGES = {
    "source": "文件",
    "rows_before": "上次行数",
    "rows": "本次行数",
    "quarantined_before": "上次退回",
    "quarantined": "本次退回",
    "flagged_before": "上次待核实",
    "flagged": "本次待核实",
}
FAULTS_CHANGED = {"village": "村", "what": "问题", "before": "上次", "now": "本次", "change": "增减"}
MOST_CHANGES = 30
_SUFFIX = r"\.(?:csv|xlsx|xls)(?=#|$)"
VILLAGES = {
    "village": "村",
    "households": "户数",
    "people": "人数",
    "eligible": "可授信人数",
    "listed": "在负面清单上",
    "return": "要改的行",
}
UNKNOWN = "村名不明"
_WHY = {"age": "年龄不符", "away": "已迁出或已死亡", "listed": "在负面清单上"}


@dataclass(frozen=True)
class Before:
    """Counts and findings of the run before."""

    row_counts: pd.DataFrame
    quarantine: pd.DataFrame


def run_before(params: RunParams, base: Path) -> Before | None:
    """The run that ``compare_with`` names, nothing where none is named or it has no such tables."""
    if params.compare_with is None:
        return None
    folder = base / params.compare_with / "tables"
    try:
        return Before(load_table(folder, "row_counts"), load_table(folder, "quarantine"))
    except InputError:
        return None


def asked(row_counts: pd.DataFrame, agreements: pd.DataFrame) -> str:
    """What came in."""
    force = agreements.groupby("village")["in_force"].any()
    text = (
        f"各村一共送来 {len(row_counts)} 个花名册（一个工作表算一个），{int(row_counts['rows'].sum()):,} 行。"
        f"统计日有生效保密协议的村 {int(force.sum())} 个。"
    )
    lacking = sorted(force[~force].index)
    if lacking:
        text += f"协议未生效或已到期的村：{'、'.join(lacking)}；这些村的数据一行也没有使用。"
    return text


def found(row_counts: pd.DataFrame) -> str:
    """Where the rows went, in one paragraph."""
    rows, kept, flagged, refused, skipped = (int(row_counts[c].sum()) for c in ("rows", *STATUS))
    return (
        f"{rows:,} 行里，保留 {kept:,} 行（{percent(kept, rows)}），保留但要入户核实 {flagged:,} 行"
        f"（{percent(flagged, rows)}），退回 {refused:,} 行（{percent(refused, rows)}），"
        f"不是人员而跳过 {skipped:,} 行。四项相加等于总行数，没有一行不知去向。"
    )


def by_file(row_counts: pd.DataFrame) -> pd.DataFrame:
    """The four counts of every file."""
    return row_counts[list(COUNTS)]


def by_village(households: pd.DataFrame, people: pd.DataFrame, quarantine: pd.DataFrame) -> pd.DataFrame:
    """Households, people, eligible people and rows to mend of every village."""
    homes = households.groupby("village").agg(
        households=("household", "size"), people=("people", "sum"), eligible=("eligible", "sum")
    )
    homes["listed"] = people[people["listed"]].groupby("village").size()
    rejects = quarantine[quarantine["severity"] == "reject"]
    homes["return"] = rejects.groupby("village").size()
    return homes.fillna(0).astype("int64").reset_index()


def eligible(people: pd.DataFrame, ages: Eligibility) -> str:
    """How many people count, and why others do not; persons under 14 stand in no table."""
    why = people["why_not"].value_counts()
    reasons = [f"{words} {int(why[word]):,} 人" for word, words in _WHY.items() if word in why]
    return (
        f"可授信人数按银行参数计算：统计日满 {ages.min_age} 至 {ages.max_age} 周岁、不在负面清单、没有迁出或死亡。"
        f"14 周岁以上的 {len(people):,} 人里，可授信 {int(people['eligible'].sum()):,} 人"
        + ("；不计入的：" + "，".join(reasons) if reasons else "")
        + "。"
    )


def commonest(quarantine: pd.DataFrame) -> pd.DataFrame:
    """The ten commonest faults that somebody must mend or check, with the remedy."""
    faults = quarantine[quarantine["severity"].isin(["reject", "flag"])]
    counts = faults.groupby("rule").agg(rows=("row", "size"), villages=("village", "nunique"))
    top = counts.sort_values(["rows", "villages"], ascending=False, kind="stable").head(COMMONEST)
    rules = [RULES[word] for word in top.index]
    return pd.DataFrame(
        {
            "what": [rule.zh for rule in rules],
            "severity": [SEVERITIES[rule.severity] for rule in rules],
            "field": [rule.field or "整行" for rule in rules],
            "rows": top["rows"].to_numpy(),
            "villages": top["villages"].to_numpy(),
            "remedy": [rule.remedy_zh for rule in rules],
        }
    )


def repaired(quarantine: pd.DataFrame) -> str:
    """What was put right without asking."""
    counts = quarantine[quarantine["severity"] == "repair"].groupby("rule").size().sort_values(ascending=False)
    if counts.empty:
        return "没有需要自动修正的写法。"
    parts = [f"{RULES[str(word)].zh}（{int(count):,} 处）" for word, count in counts.items()]
    return "自动修正并记录在案的：" + "；".join(parts) + "。"


def changes(row_counts: pd.DataFrame, before: Before | None) -> pd.DataFrame | None:
    """Counts of every file now and in the run before; a file that only one of them has is empty on the other side.

    A mended workbook stands beside the csv that it replaced.  None, and so no table on the page, where there is no run
    before.
    """
    if before is None:
        return None
    columns = ["source", "rows", "quarantined", "flagged"]
    now, then = (
        frame[columns].assign(name=frame["source"].str.replace(_SUFFIX, "", regex=True))
        for frame in (row_counts, before.row_counts)
    )
    both = now.merge(then, on="name", how="outer", suffixes=("", "_before"))
    both["source"] = both["source"].fillna(both["source_before"])
    numbers = [c for c in CHANGES if c != "source"]
    return both.astype(dict.fromkeys(numbers, "Int64"))[list(CHANGES)]


def faults_changed(quarantine: pd.DataFrame, before: Before | None) -> pd.DataFrame | None:
    """Faults of a village that are more or fewer than in the run before, the largest changes first.

    None, and so no table on the page, where there is no run before.
    """
    if before is None:
        return None
    both = pd.concat(
        {"before": _by_village_and_rule(before.quarantine), "now": _by_village_and_rule(quarantine)}, axis=1
    )
    both = both.fillna(0).astype("int64").reset_index()
    both["change"] = both["now"] - both["before"]
    both["size"] = both["change"].abs()
    both = both[both["change"] != 0].sort_values(["size", "village", "rule"], ascending=[False, True, True])
    both["what"] = [RULES[word].zh for word in both["rule"]]
    both["change"] = [f"{change:+,}" for change in both["change"]]
    return both.head(MOST_CHANGES)[list(FAULTS_CHANGED)].reset_index(drop=True)


def _by_village_and_rule(quarantine: pd.DataFrame) -> pd.Series:
    faults = quarantine[quarantine["severity"].isin(["reject", "flag"])]
    return faults.assign(village=faults["village"].fillna(UNKNOWN)).groupby(["village", "rule"]).size()


def changed(row_counts: pd.DataFrame, before: Before | None) -> str:
    """What changed since the run before, in words."""
    if before is None:
        return "没有指定上一次运行（参数 compare_with），所以没有前后对比。"
    now, then = (
        [int(frame[c].sum()) for c in ("rows", "quarantined", "flagged")] for frame in (row_counts, before.row_counts)
    )
    words = [f"{name} {old:,} → {new:,}" for name, old, new in zip(("行数", "退回", "待核实"), then, now, strict=True)]
    return "与上一次运行相比：" + "，".join(words) + "。"


def next_steps(quarantine: pd.DataFrame) -> str:
    """Which villages get their sheet back, and what is checked on site."""
    rejects = quarantine[quarantine["severity"] == "reject"].groupby("village").size().sort_values(ascending=False)
    flags = quarantine[quarantine["severity"] == "flag"].groupby(["source", "row"]).ngroups
    lines = []
    if len(rejects):
        worst = "、".join(f"{village}（{int(count)} 行）" for village, count in rejects.head(5).items())
        lines.append(f"- 请各村改正退回的行，最多的是{worst}。命令 workbench returns 给每个村做出标好错处的原表。")
        lines.append("- 改好的表用原来的文件名放回 rosters/，重新运行，就会代替原来的表。")
    if flags:
        lines.append(f"- {flags:,} 行保留但要核实，入户建档时一并核对。")
    return "\n".join(lines) if lines else "没有要改的行，可以进入授信评议。"
