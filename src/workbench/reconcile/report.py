"""The sentences and small tables of the gap page, made from its tables (Chinese first)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.params import RunParams
from workbench.reconcile.align import KEY
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN
from workbench.reconcile.known import interval
from workbench.reconcile.review import WORDS as WHY
from workbench.spec import Feature
from workbench.units import about, percent, wan
from workbench.words import CAUSES

CAUSE_LABELS = {
    "cause": "主要原因",
    "households": "户数",
    "share": "占范围外",
    "yuan": "差额合计（万元）",
    "sure": "平均把握",
}
VILLAGE_LABELS = {
    "village": "村",
    "households": "户数",
    "outside": "超出容许范围",
    "gap": "每户平均差额（元）",
    "lead": "占差额最多的原因",
    "new": "模型没见过的户",
    "review": "送复核",
}
CHECK_LABELS = {
    "village": "村",
    "household": "户（代号）",
    "fact": "事实",
    "book": "账面",
    "implied": "按其他情况推算",
    "yuan": "牵动额度（元）",
}
SIDE_LABELS = {
    "fact": "事实",
    "concept": "类别",
    "model": "模型：平均作用",
    "panel": "评议：平均作用",
    "apart": "同一户两边相差",
}
RULE_LABELS = {
    "rule": "办法",
    "exposure": "授信总额（万元）",
    "covered": "有额度的户",
    "drawn": "其中已用信",
    "overdue": "其中逾期",
    "labelled": "逾期与否已知",
}
FAIR_LABELS = {
    "attribute": "属性",
    "group": "组",
    "n": "户数",
    "share_review": "送复核",
    "share_zero": "模型额度为零",
    "model_residual": "模型比确认额度",
    "panel_residual": "评议比确认额度",
}
FAIR_CAPTION = "不进模型的属性，两边的结果（* 少于20户，或由它可以推出少于20户的组，不列）"
RULES = {
    "proposed": "建议额度",
    "larger": "取大",
    "smaller": "取小",
    "mean": "取平均",
    "panel": "按评议",
    "model": "按模型",
}


def summary_text(gaps: pd.DataFrame, params: RunParams) -> str:
    """How many households, how many outside the tolerance, how many to review."""
    t = params.tolerance
    outside = int(gaps["primary_cause"].ne(WITHIN).sum())
    review = int(gaps["action"].eq("review").sum())
    return (
        f"有两个额度的共{len(gaps)}户。容许范围是{t.yuan:,}元与较大额度的{t.share:.0%}中较大者；"
        f"{outside}户（{percent(outside, len(gaps))}）在范围之外。建议{len(gaps) - review}户直接确认，"
        f"{review}户（{percent(review, len(gaps))}）由人复核。七项原因的元数逐户相加等于差额。"
    )


def sampled_text(gaps: pd.DataFrame) -> str:
    """How often the two limits agree among the households that were drawn at random, with a 95 % interval."""
    drawn = gaps[gaps["sampled"].astype(bool)]
    if drawn.empty:
        return "本次没有随机抽查的户，两边的一致率无从估计。"
    agree = int(drawn["primary_cause"].eq(WITHIN).sum())
    low, high = interval(agree, len(drawn))
    return (
        f"随机抽查{len(drawn)}户，不论差额大小都送复核；"
        f"其中{agree}户（{percent(agree, len(drawn))}）两个额度在容许范围之内，"
        f"一致率的95%区间是{low:.1%}至{high:.1%}。"
    )


def weight_text(params: RunParams) -> str:
    """The declared rule of settlement."""
    w = params.gap.model_weight
    return (
        f"建议额度在对数上取两边之间：改正记录、补上村里了解的情况之后的模型占{w:.0%}，"
        f"去掉村里整体偏向和个别偏离意见之后的评议占{1 - w:.0%}；评议区间宽时模型比重加大，模型没见过的户只看评议。"
        "除非有记录更正或意见偏离，不超出两个额度之间加减容许范围。"
        "然后按上限、取整、起点和名单处理。"
    )


def cause_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """Households, yuan and mean confidence by primary cause, outside the tolerance."""
    outside = gaps[gaps["primary_cause"].ne(WITHIN)]
    by = outside.groupby("primary_cause").agg(
        households=("gap", "size"),
        yuan=("gap", lambda g: round(float(g.abs().sum()) / 10_000, 1)),
        sure=("confidence", "mean"),
    )
    by = by.reindex([b for b in BLOCKS if b in by.index])
    total = max(len(outside), 1)
    return pd.DataFrame(
        {
            "cause": [CAUSES[str(c)] for c in by.index],
            "households": by["households"].to_numpy(int),
            "share": [percent(int(n), total) for n in by["households"]],
            "yuan": by["yuan"].to_numpy(),
            "sure": [f"{float(s):.0%}" for s in by["sure"]],
        }
    )


def village_table(gaps: pd.DataFrame) -> pd.DataFrame:
    """By village: households, outside, mean gap, leading block, new households, reviews."""
    rows = []
    for village, here in gaps.groupby("village", sort=True):
        lead = here[list(BLOCKS)].abs().mean().idxmax()
        new = int(here["review_why"].fillna("").str.split().map(lambda w: "new" in w).sum())
        rows.append(
            {
                "village": village,
                "households": len(here),
                "outside": int(here["primary_cause"].ne(WITHIN).sum()),
                "gap": round(float(here["gap"].mean())),
                "lead": CAUSES[str(lead)],
                "new": new,
                "review": int(here["action"].eq("review").sum()),
            }
        )
    return pd.DataFrame(rows, columns=list(VILLAGE_LABELS))


def new_text(gaps: pd.DataFrame) -> str:
    """Villages of which more than 3 % are new to the model: said before any limit goes out."""
    table = village_table(gaps)
    far = table[table["new"] > 0.03 * table["households"]]
    if far.empty:
        return "没有哪个村有超过3%的户是模型没见过的。"
    names = "、".join(f"{v}（{n}户）" for v, n in zip(far["village"], far["new"], strict=True))
    return f"**这些村超过3%的户在试点村里没有先例，模型在那里不可靠：**{names}。这些户都送复核。"


def sides_table(sides: pd.DataFrame, features: Sequence[Feature], most: int = 10) -> pd.DataFrame:
    """The table behind the swarms: by fact the mean size of its effect on either side and their mean difference, as
    shares of a limit; the facts that matter most first, none where nothing was learnt."""
    by = sides.assign(m=sides["model_log"].abs(), p=sides["panel_log"].abs(), d=sides["model_log"] - sides["panel_log"])
    mean = by.groupby("feature")[["m", "p"]].mean().assign(d=by["d"].abs().groupby(by["feature"]).mean())
    mean = mean[mean["m"].add(mean["p"]).gt(0)]
    mean = mean.loc[mean["m"].add(mean["p"]).sort_values(ascending=False, kind="stable").index[:most]]
    of = {f.name: f for f in features}
    cells = {c: [f"{float(np.expm1(x)):.1%}" for x in mean[c]] for c in ("m", "p", "d")}
    names = [str(n) for n in mean.index]
    return pd.DataFrame(
        {
            "fact": [of[n].label_zh for n in names],
            "concept": [of[n].concept for n in names],
            "model": cells["m"],
            "panel": cells["p"],
            "apart": cells["d"],
        }
    )


def check_first(evidence: pd.DataFrame, features: Sequence[Feature], most: int = 20) -> pd.DataFrame:
    """Records to check first, ranked by the yuan of the limit that they move."""
    label = {f.name: f.label_zh for f in features}
    found = evidence[evidence["block"] == "record_error"].assign(size=lambda e: e["yuan"].abs())
    found = found.sort_values(["size", *KEY], ascending=[False, True, True], kind="stable").head(most)
    return pd.DataFrame(
        {
            "village": found["village"],
            "household": found["household"],
            "fact": found["fact"].map(label).fillna(found["fact"]),
            "book": found["book"].round(1),
            "implied": found["implied"].round(-2).where(found["implied"] > 1_000, found["implied"].round(1)),
            "yuan": found["yuan"].round(-3) + 0.0,
        }
    ).reset_index(drop=True)


def check_text(evidence: pd.DataFrame) -> str:
    """How many records to check and what they move together."""
    found = evidence[evidence["block"] == "record_error"]
    homes = int(found.drop_duplicates(KEY).shape[0])
    if not homes:
        return "没有发现与其他情况对不上的账面记录。"
    moved = wan(float(found["yuan"].abs().sum()))
    return f"{homes}户的账面记录与其他情况对不上，合计牵动模型额度{moved}。请从牵动最多的查起："


def rules_table(rules: pd.DataFrame) -> pd.DataFrame:
    """The six rules in words, exposure in 万元."""
    ordered = rules.set_index("rule").reindex([r for r in RULES if r in set(rules["rule"])]).reset_index()
    out = ordered.assign(exposure=(ordered["exposure"] / 10_000).round(1), rule=ordered["rule"].map(RULES))
    return out[list(RULE_LABELS)]


def rules_text(rules: pd.DataFrame) -> str:
    """What the rule of settlement does against simply taking the larger."""
    by = rules.set_index("rule")["exposure"]
    homes = int(rules["households"].iloc[0]) if len(rules) else 0
    if not homes:
        return "没有可以比较的户。"
    return (
        f"按不同办法，试点{homes}户的授信总额：建议额度{wan(float(by['proposed']))}，取大{wan(float(by['larger']))}，"
        f"取小{wan(float(by['smaller']))}。逾期已知的户不多，逾期数只作参考。"
    )


def fairness_table(fairness: pd.DataFrame) -> pd.DataFrame:
    """Groups in words, the mean log residuals as shares; suppressed ones stay empty (``FAIR_CAPTION`` says why)."""
    words = {"sex": "授信对象性别", "ethnic": "授信对象民族"}
    out = fairness.assign(attribute=fairness["attribute"].map(words))
    for column in ("share_review", "share_zero"):
        out[column] = [f"{float(s):.1%}" if pd.notna(s) else "" for s in fairness[column]]
    for column in ("model_residual", "panel_residual"):
        out[column] = [f"{float(np.expm1(s)):+.0%}" if pd.notna(s) else "" for s in fairness[column]]
    out["n"] = [str(int(n)) if pd.notna(n) else "*" for n in fairness["n"]]
    return out[list(FAIR_LABELS)]


def next_text(gaps: pd.DataFrame) -> str:
    """What to do next, by reason of review."""
    words = gaps.loc[gaps["action"].eq("review"), "review_why"].fillna("").str.split().explode()
    counts = words[words != ""].value_counts()
    lines = [f"- {WHY.get(str(w), str(w))}：{int(n)}户" for w, n in counts.items()]
    largest = float(np.abs(gaps["gap"]).max()) if len(gaps) else 0.0
    return "\n".join(["需要人看的户，按原因（一户可有几个）：", "", *lines, "", f"最大的差额{about(largest)}。"])
