"""What the gates found, in Chinese, for the run's own pages: sentences and two small tables out of the table ``gates``.

Reads the declared table ``gates`` alone (counts, no values), so a notebook needs neither the library nor the suites.
"""

from __future__ import annotations

import pandas as pd

SEVERITY_ZH = {"critical": "必须", "warning": "应当", "info": "参考"}
RESULT_ZH = {True: "达到", False: "未达到"}
SUITES_ZH = {
    "rosters": "花名册",
    "panels": "授信评议",
    "consensus": "公议额度",
    "filing": "入户建档",
    "records": "账面记录",
    "history": "历史确认",
    "limits": "模型额度",
    "gaps": "差额原因",
    "decisions": "额度确认与通知",
    "milestones": "目标进度",
    "drift": "与上次运行相比",
}
_RANK = {"critical": 0, "warning": 1, "info": 2}


def verdict(gates: pd.DataFrame) -> str:
    """One paragraph: how many expectations were looked at, how many failed, and what that means for the run.

    >>> verdict(pd.DataFrame([{"severity": "critical", "success": True}]))
    '核对了 1 项要求，全部达到。'
    """
    if gates.empty:
        return "没有核对任何要求：还没有可以核对的表。"
    failed = gates[~gates["success"]]
    if failed.empty:
        return f"核对了 {len(gates)} 项要求，全部达到。"
    critical = int((failed["severity"] == "critical").sum())
    said = f"核对了 {len(gates)} 项要求，{len(gates) - len(failed)} 项达到，{len(failed)} 项未达到。"
    if critical:
        return said + f"其中 **{critical} 项是必须达到的，运行因此停止**：请先更正来源文件。"
    return said + "未达到的都是应当留意的，不妨碍运行；采用结果之前请逐项看过。"


def findings(gates: pd.DataFrame) -> list[str]:
    """A sentence for every expectation that was not met, the gravest first."""
    failed = _table(_failed(gates))
    return [f"{line[0]}：{line[1]}——{line[2]}。" for line in failed[["主题", "要求", "发现"]].to_numpy().tolist()]


def found(line: object) -> str:
    """What was found, in counts: ``3 行中有 1 行不符（33.3%）``, or the figure of an aggregate."""
    rows, unexpected, observed = (getattr(line, name) for name in ("rows", "unexpected", "observed"))
    if isinstance(observed, str):
        return f"实际为 {observed}"
    if not rows:
        return "没有一行可以核对"
    return f"{rows:,} 行中有 {unexpected:,} 行不符（{100 * unexpected / rows:.1f}%）"


def failed_table(gates: pd.DataFrame) -> pd.DataFrame:
    """Expectations that were not met, in Chinese columns: 主题, 表, 要求, 轻重, 结果, 发现."""
    return _table(_failed(gates))


def full_table(gates: pd.DataFrame) -> pd.DataFrame:
    """Every expectation that was looked at, in Chinese columns, in the order of suite and number."""
    return _table(gates.sort_values(["suite", "check"], kind="stable"))


def by_suite(gates: pd.DataFrame) -> pd.DataFrame:
    """One line a suite: 主题, 核对, 达到, 未达到, 其中必须."""
    lines = [
        {
            "主题": SUITES_ZH.get(str(suite), str(suite)),
            "核对": len(part),
            "达到": int(part["success"].sum()),
            "未达到": int((~part["success"]).sum()),
            "其中必须": int((~part["success"] & (part["severity"] == "critical")).sum()),
        }
        for suite, part in gates.groupby("suite", sort=True)
    ]
    return pd.DataFrame(lines, columns=["主题", "核对", "达到", "未达到", "其中必须"])


def _failed(gates: pd.DataFrame) -> pd.DataFrame:
    failed = gates[~gates["success"]]
    rank = failed["severity"].map(_RANK)
    return failed.assign(rank=rank).sort_values(["rank", "suite", "check"], kind="stable").drop(columns="rank")


def _table(gates: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "主题": gates["suite"].map(lambda name: SUITES_ZH.get(name, name)),
            "表": gates["table"],
            "要求": gates["expectation"],
            "轻重": gates["severity"].map(SEVERITY_ZH),
            "结果": gates["success"].map(RESULT_ZH),
            "发现": [found(line) for line in gates.itertuples()],
        }
    ).reset_index(drop=True)
