"""What the panel page of a run says: sentences and tables out of the declared tables of the step.

In: ``ratings``, ``consensus``, ``raters``, ``pulls``.  Out: Chinese text and frames for the desk; members are codes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.panel.reading import LEVEL_WORDS, middle_limits, mistaken, severity_yuan
from workbench.units import about, percent, wan

MOST_NAMED = 6
"""Members named in one sentence."""
MOST_MEMBERS = 400
"""Rows of the table of members: those of a whole township stand on the page."""
WHY_NOT = {
    "own": "本人家的户",
    "unknown": "写了不了解",
    "no_amount": "没有写额度",
    "manner": "不是背靠背（会议、电话、微信等）",
    "interest": "声明了利害关系",
}
AGREEMENT = {
    "village": "村",
    "households": "户数",
    "raters": "每户评议人数（中位）",
    "agreement": "一致程度（中位）",
    "split": "意见分裂的户",
    "limit": "公议额度中位（元）",
    "moved": "与简单平均相差（中位，元）",
}
MEMBERS = {
    "village": "村",
    "rater": "评议员",
    "role": "身份",
    "ratings": "计入（条）",
    "severity": "松紧",
    "yuan": "相当于每户（元）",
    "sure": "九成把握的范围",
    "noise": "随意程度",
    "conflicts": "可疑或利害（户）",
    "same": "同表",
}
MOVED = {
    "reason": "原因",
    "households": "户数",
    "up": "比平均高的户",
    "down": "比平均低的户",
    "yuan": "相差（中位，元）",
}
SPLIT = {
    "village": "村",
    "household": "户（代号）",
    "raters": "人数",
    "panel_limit": "公议额度（元）",
    "median": "中位数（元）",
    "low": "下限（元）",
    "high": "上限（元）",
}


def asked(ratings: pd.DataFrame) -> str:
    """What was asked, of how many, and what of it counts."""
    homes = ratings[["village", "household"]].drop_duplicates()
    crew = ratings[["village", "rater"]].drop_duplicates()
    return (
        f"{ratings['village'].nunique()} 个村的 {len(crew)} 名评议员评了 {len(homes):,} 户，"
        f"共 {len(ratings):,} 条评议；"
        f"其中 **{int(ratings['counts'].sum()):,} 条计入**（{percent(int(ratings['counts'].sum()), len(ratings))}）。"
        "不计入的不丢，下面写明原因。"
    )


def left_out(ratings: pd.DataFrame) -> pd.DataFrame:
    """Why ratings do not count: ``why``, ``ratings``, ``households``."""
    out = (
        ratings[~ratings["counts"]]
        .groupby("why_not")
        .agg(ratings=("rater", "size"), households=("household", "nunique"))
    )
    out = out.reindex([w for w in WHY_NOT if w in out.index]).reset_index()
    return out.assign(why_not=out["why_not"].map(WHY_NOT)).rename(columns={"why_not": "why"})


def found(consensus: pd.DataFrame, raters: pd.DataFrame, pulls: pd.DataFrame) -> str:
    """The answer in four lines: the limits, how sure they are, who stands out, what it did to the plain mean."""
    rated = consensus.dropna(subset=["panel_limit"])
    if not len(rated):
        return "没有一条计入的评议，所以没有公议额度。"
    width = ((rated["high"] - rated["low"]) / 2 / rated["panel_limit"].where(rated["panel_limit"] > 0)).median()
    change = (rated["panel_limit"] - rated["mean"]).abs().median()
    split = int(rated["split"].sum())
    lines = [
        f"- {len(rated):,} 户有了公议额度，中位数 **{wan(float(rated['panel_limit'].median()))}**；"
        f"有九成把握的范围，一般是上下 {width:.0%}。",
        f"- {split} 户意见分裂，复核时先看。" if split else "- 没有意见分裂的户。",
        f"- {pairs_said(raters)}",
        f"- {pulls_said(pulls, rated)}",
        f"- {leaning_told(raters)}",
        f"- 与简单平均相比，一户一般差{about(float(change), 100)}：松的、紧的、重复的、偏离的都按各自的分量算过了。",
    ]
    return "\n".join(lines)


def pairs_said(raters: pd.DataFrame) -> str:
    """Sheets that are the same: who copied from whom cannot be known from whole copies."""
    same = raters.dropna(subset=["copied_from"])
    if not len(same):
        return "没有发现相同的表。"
    chance = float(same["copy_chance"].max())
    said = "不到万分之一" if chance < 1e-4 else f"约 {chance:.2%}"
    return (
        f"{len(same)} 名评议员的表与别人的相同（碰巧如此的可能{said}），相同的部分只算一票；"
        "谁抄谁从表上看不出来，请到村里问清楚。"
    )


def pulls_said(pulls: pd.DataFrame, rated: pd.DataFrame) -> str:
    """Ratings that are more likely off than not, and how many of these are expected to be false alarms."""
    if not len(pulls):
        return "没有一条评议被判断为多半偏离（偏袒、压低或写错）。"
    false = mistaken(pulls["chance"], int(rated["raters"].sum()))
    homes = pulls[["village", "household"]].drop_duplicates()
    return (
        f"{len(homes)} 户（{percent(len(homes), len(rated))}）有评议多半偏离，共 {len(pulls)} 条，"
        f"{int((pulls['direction'] == 'up').sum())} 条偏高、{int((pulls['direction'] == 'down').sum())} 条偏低；"
        f"其中预计 {false:.1f} 条（{false / len(pulls):.0%}）是冤枉的"
        "（没有人偏袒时，每千条评议也会误判一条左右），所以只当线索，不当结论。"
    )


def leaning_said(raters: pd.DataFrame) -> list[str]:
    """A sentence on each member who lifts, or presses, a part of the households by much the same factor.

    >>> leaning_said(pd.DataFrame({"rater": ["03-2"], "lifts": [0.05], "lift": [0.7]}))
    ['03-2：约 5% 的户，写的约是其他评议员会写的 2.0 倍（抬高）。']
    """
    told = raters.dropna(subset=["lifts"])
    return [
        f"{m['rater']}：约 {m['lifts']:.0%} 的户，写的约是其他评议员会写的 {np.exp(m['lift']):.1f} 倍"
        f"（{'抬高' if m['lift'] > 0 else '压低'}）。"
        for m in told.to_dict("records")
    ]


def leaning_told(raters: pd.DataFrame) -> str:
    """How many members lean, for the page of the run."""
    leaning = raters.dropna(subset=["lifts"])
    if not len(leaning):
        return "没有哪名评议员看得出成片地抬高或压低一部分户。"
    up = int((leaning["lift"] > 0).sum())
    names = "、".join(f"{m['village']} {m['rater']}" for m in leaning.to_dict("records")[:MOST_NAMED])
    names += "等" if len(leaning) > MOST_NAMED else ""
    return (
        f"{up} 名评议员成片地抬高、{len(leaning) - up} 名成片地压低一部分户（{names}），"
        "倍数见各村内部页；每一两百名公正的评议员里也会误指一名，先听本人怎么说。"
    )


def agreement_by_village(consensus: pd.DataFrame) -> pd.DataFrame:
    """How far the members of each village agree (labels: ``AGREEMENT``)."""
    rated = consensus.dropna(subset=["panel_limit"])
    moved = (rated["panel_limit"] - rated["mean"]).abs()
    return (
        rated.assign(moved=moved)
        .groupby("village")
        .agg(
            households=("household", "size"),
            raters=("raters", "median"),
            agreement=("agreement", "median"),
            split=("split", "sum"),
            limit=("panel_limit", "median"),
            moved=("moved", "median"),
        )
        .round({"agreement": 2, "limit": -2, "moved": -2})
        .reset_index()
    )


def members(raters: pd.DataFrame, consensus: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    """Who is severe and by how much in yuan (labels: ``MEMBERS``), the most severe first within a village."""
    rated = raters[raters["ratings"] > 0]
    usual = middle_limits(ratings, consensus)
    out = rated.merge(usual, how="left", on=["village", "rater"])
    out = out.sort_values(["village", "severity"], ignore_index=True)
    yuan = severity_yuan(out["severity"], out["usual"])
    low, high = (severity_yuan(out[c], out["usual"]) for c in ("severity_low", "severity_high"))
    return pd.DataFrame(
        {
            "village": out["village"],
            "rater": out["rater"],
            "role": out["role"],
            "ratings": out["ratings"],
            "severity": [signed_percent(s) for s in out["severity"]],
            "yuan": yuan.round(-2),
            "sure": [f"{signed_yuan(a)} 至 {signed_yuan(b)}" for a, b in zip(low, high, strict=True)],
            "noise": [f"上下 {np.expm1(n):.0%}" for n in out["noise"]],
            "conflicts": out["conflicts"],
            "same": out["copied_from"].fillna(""),
        }
    )


def signed_yuan(yuan: float) -> str:
    """Yuan to the nearest 100 with their sign, none at nought.

    >>> signed_yuan(1_234.0), signed_yuan(-49.0)
    ('+1,200', '0')
    """
    rounded = round(yuan, -2)
    return f"{rounded:+,.0f}" if rounded else "0"


def signed_percent(log: float) -> str:
    """A shift in log as a share.

    >>> signed_percent(0.1), signed_percent(-0.3), signed_percent(0.004)
    ('松 11%', '紧 26%', '与众人一样')
    """
    share = float(np.expm1(log))
    return "与众人一样" if abs(share) < 0.01 else f"{'松' if share > 0 else '紧'} {abs(share):.0%}"


def severe(raters: pd.DataFrame, consensus: pd.DataFrame, ratings: pd.DataFrame) -> str:
    """One sentence on the most severe and the most lenient member of the town."""
    table = raters[raters["ratings"] > 0].merge(middle_limits(ratings, consensus), on=["village", "rater"])
    if len(table) < 2:
        return "评议员太少，看不出谁松谁紧。"
    table = table.assign(yuan=severity_yuan(table["severity"], table["usual"]))
    order = table.sort_values("severity", ignore_index=True)
    said = [
        f"{v} {r}，一户一般比本村评议小组{'多' if yuan > 0 else '少'}写{about(abs(yuan), 100)}"
        for v, r, yuan in order.iloc[[0, -1]][["village", "rater", "yuan"]].itertuples(index=False)
    ]
    sure = int(((table["severity_low"] > 0) | (table["severity_high"] < 0)).sum())
    return (
        f"最紧的是{said[0]}；最松的是{said[1]}。"
        f"{len(table)} 人中有 {sure} 人的松紧是有九成把握的；公议额度里已经扣掉。{LEVEL_WORDS}"
    )


def moved_from_mean(consensus: pd.DataFrame, raters: pd.DataFrame) -> pd.DataFrame:
    """What the consensus did to the plain mean and why (labels: ``MOVED``); each household under its first reason."""
    rated = consensus.dropna(subset=["panel_limit"])
    copied = set(raters.loc[raters["copied_from"].notna(), "village"])
    reason = pd.Series("评议员松紧、轻重不一", index=rated.index, dtype="str")
    reason = reason.mask(rated["village"].isin(copied), "村里有相同的表，只算一票；其余同上")
    reason = reason.mask(rated["outliers"].notna(), "有评议多半偏离，分量很小")
    reason = reason.mask(rated["raters"] < 3, "只有一两个人评，基本照他们说的")
    reason = reason.mask(rated["panel_limit"] == 0, "过半的人写了零")
    change = rated["panel_limit"] - rated["mean"]
    out = rated.assign(reason=reason, change=change, size=change.abs(), above=change > 0, below=change < 0)
    table = out.groupby("reason").agg(
        households=("household", "size"), up=("above", "sum"), down=("below", "sum"), yuan=("size", "median")
    )
    return table.sort_values("households", ascending=False).round({"yuan": -2}).reset_index()


def split_households(consensus: pd.DataFrame) -> pd.DataFrame:
    """Households where the panel is of two minds, the worst first (labels: ``SPLIT``)."""
    rows = consensus[consensus["split"]].sort_values(["agreement", "village", "household"], ignore_index=True)
    return rows[list(SPLIT)].round(dict.fromkeys(("panel_limit", "median", "low", "high"), -2))


def next_steps(consensus: pd.DataFrame, raters: pd.DataFrame, *, bars_for_review: int) -> str:
    """What to do next."""
    barred = int((consensus["bars"] >= bars_for_review).sum())
    thin = int((consensus["raters"].between(1, 2)).sum())
    none = int((consensus["raters"] == 0).sum())
    same = int(raters["copied_from"].notna().sum())
    split = int(consensus["split"].sum())
    lines = [f"- {split} 户意见分裂的，上门时先核实。"] if split else []
    if barred:
        lines.append(f"- {barred} 户有 {bars_for_review} 名以上评议员写了不予授信情形：转人工复核，不直接定为零。")
    if same:
        lines.append(f"- {same} 名评议员的表与别人相同：下一季度请各自单独填。")
    if thin or none:
        lines.append(f"- {thin} 户只有一两个人评，{none} 户没有计入的评议：请补评，或按模型额度办。")
    lines.append("- 全村一致偏松或偏紧，从评议里看不出来；要和模型额度对着看（第五步）。")
    return "\n".join(lines)
