"""The sentences of the report on the limit model, made from its figures (Chinese first)."""

from __future__ import annotations

import pandas as pd

from workbench.limit.paper_words import SEGMENTS
from workbench.limit.propose import Proposed
from workbench.units import wan
from workbench.words import WHY_NOT

BASELINE_WORDS = {
    "limit": "本模型",
    "points": "评分表（现行办法）",
    "linear": "线性回归",
    "lightgbm_plain": "普通LightGBM",
    "median": "一律取中位数",
}
RULE_WORDS = {
    "eligibility": "没有符合条件的人",
    "negative_list": "负面清单",
    "cap": "最高额度",
    "purpose_cap": "用途限额",
    "exposure": "扣减已有余额",
    "step": "取整",
    "floor": "起点额度",
}


def source_text(made: Proposed) -> str:
    """Who proposes, the model or the points table, and why."""
    told = made.told
    if told["source"] == "points":
        return (
            f"**本次由评分表提出额度，不是模型**：能用于训练的已确认额度只有{told['confirmed']}户，"
            f"少于{told['min_history']}户。评分表不从数据中学习，区间较宽，请以评议和核实为主。"
            f"（The points table proposes: {told['confirmed']} confirmed limits, fewer than {told['min_history']}.）"
        )
    m = made.trained
    best = min(("median", "linear", "points"), key=lambda b: float(m[b]["mae"]))
    better = 1 - m["mae"] / m[best]["mae"]
    words = (
        f"比{BASELINE_WORDS[best]}少{better:.0%}"
        if better > 0
        else f"**并不比{BASELINE_WORDS[best]}好**（后者{wan(m[best]['mae'])}），使用时请注意"
    )
    return (
        f"模型用{told['confirmed']}户已确认的额度训练，每次都把整村留出来检验。"
        f"在没见过的村里，平均每户差{wan(m['mae'])}，{words}。"
        f"九成区间实际包含了{m['coverage_90']:.0%}的已确认额度。"
        f"事实变好而额度反降一类不合常理的方向有{m['monotone_violations']}处。"
    )


def overdue_text(made: Proposed) -> str:
    """What the PD rests on."""
    n, bad = made.told["known"], made.told["bad"]
    if n == 0:
        return "没有一户的逾期标签已经到期，违约概率取本行的计划数，各户相同。（No label is known yet.）"
    if bad == 0:
        return (
            f"历史中{n}户的标签已到期，没有一户逾期；一个好年景不等于没有风险，违约概率取一个小而不为零的数，各户相同。"
            "（the history holds no overdue household）"
        )
    model = made.model.about["overdue"]
    facts = "、".join(made.model.spec.feature(f).label_zh for f in model.get("facts", []))
    ground = f"按{facts}估计" if facts else "逾期太少，不足以按事实区分，各户相同"
    return f"违约概率只用已到期的标签：{n}户中{bad}户逾期（{ground}）。未到期的标签一律视为未知，不当作没有逾期。"


def price_text(made: Proposed) -> str:
    """The formula of the price, the scale and the cut-off, with their values."""
    p = made.told["price"]
    steps = "，".join(f"{g}低于{edge:.0%}加{spread:.2%}" for g, edge, spread in p["grades"])
    cut = f"{p['cut_off']}及以上为信用户。" if p["cut_off"] else ""
    return (
        f"年利率＝基准{p['base_rate']:.2%}＋等级加点−优惠{p['preference']:.2%}。"
        f"等级按违约概率：{steps}（均为本行参数，见 price.yaml）。{cut}"
    )


def policy_text(made: Proposed) -> str:
    """The policy in force, rule by rule, with what is off or left open."""
    p, told = made.told["policy"], made.told
    open_points = []
    if told["exposure"] is None:
        open_points.append("已有授信或贷款余额不扣减（通知未作规定，本行可在 policy.yaml 指定）")
    if told["consumption_cap"] is None:
        open_points.append("消费用途20万元限额未启用（待本行申明用途）")
    if told["off"]:
        open_points.append("本次关闭的规则：" + "、".join(RULE_WORDS[r] for r in told["off"]))
    reach = "额度持有人" if p["reach"] == "holder" else "户内任何人"
    rules = f"最高{wan(p['cap'])}（含），向下取整到{p['step']:,.0f}元，低于{p['floor']:,.0f}元为0，负面清单看{reach}。"
    return rules + "".join(f"{point}。" for point in open_points)


def base_text(made: Proposed) -> str:
    """What the base of the explanations is."""
    base = made.told["base"]
    if base is None:
        return "评分表的解释按各项得分分摊，没有基准户。"
    return (
        f"解释从“典型户”的{wan(base)}算起（几何平均，不是平均数），每项事实加减若干元，再加一行政策，合计就是模型额度。"
    )


def new_text(made: Proposed) -> str:
    """Households and villages unlike the training villages; of those alone that can be given a limit.

    The training villages hold nobody else: a household of old people is unlike them and gets nothing all the same.
    """
    limits = made.limits[made.limits.eligible > 0]
    told = limits[limits.raw_limit.notna()].groupby("village").new.agg(["mean", "sum", "size"])
    uncovered = [str(v) for v in told.index[(told["mean"] > 0.03) & (told["sum"] >= 2)]]
    text = f"{int(limits.new.sum())}户与训练过的农户差别很大，区间放宽。"
    return text + (f"**{'、'.join(uncovered)}超过3%的户如此，训练村没有覆盖，发额度前请先说明。**" if uncovered else "")


def limits_by_village(limits: pd.DataFrame) -> pd.DataFrame:
    """Per village: households, with a limit, median limit, median width, outside the training range."""
    some = limits.assign(
        width=limits.high - limits.low, positive=limits.model_limit > 0, new=limits.new & (limits.eligible > 0)
    )
    return some.groupby("village", as_index=False).agg(
        households=("household", "size"),
        positive=("positive", "sum"),
        median=("model_limit", "median"),
        width=("width", "median"),
        new=("new", "sum"),
    )


VILLAGE_LABELS = {
    "village": "村",
    "households": "户数",
    "positive": "有额度的户",
    "median": "额度中位数（元）",
    "width": "区间宽度中位数（元）",
    "new": "与训练户差别大",
}


def models_beside(metrics: pd.DataFrame) -> pd.DataFrame:
    """Error, coverage and broken directions of the model and each baseline; empty without a trained model."""
    rows = metrics[(metrics.scope_kind == "all") & metrics.subject.isin(list(BASELINE_WORDS))]
    wide = rows.pivot_table(index="subject", columns="measure", values="value", aggfunc="first")
    if wide.empty:
        return pd.DataFrame(columns=list(MODEL_LABELS))
    order = [b for b in BASELINE_WORDS if b in wide.index]
    out = wide.loc[order, ["mae", "rmse", "r2", "coverage_90", "interval_width", "monotone_violations"]]
    out["coverage_90"] = [f"{share:.1%}" for share in out["coverage_90"]]
    return out.assign(model=[BASELINE_WORDS[b] for b in order]).reset_index(drop=True)[list(MODEL_LABELS)]


MODEL_LABELS = {
    "model": "办法",
    "mae": "平均误差（元）",
    "rmse": "均方根误差（元）",
    "r2": "R²",
    "coverage_90": "九成区间覆盖",
    "interval_width": "区间宽度（元）",
    "monotone_violations": "方向不合常理（处）",
}


def policy_table(ledger: pd.DataFrame) -> pd.DataFrame:
    """Per rule: households that it changed, and the yuan that it took."""
    off = ledger.assign(yuan=ledger.after - ledger.before, hit=(ledger.after - ledger.before).abs() > 0.5)
    out = off.groupby(["line", "rule"], as_index=False).agg(hit=("hit", "sum"), yuan=("yuan", "sum"))
    return out.assign(rule=out.rule.map(RULE_WORDS)).drop(columns="line")


POLICY_LABELS = {"rule": "规则", "hit": "改变的户", "yuan": "合计（元）"}


def why_not_table(limits: pd.DataFrame) -> pd.DataFrame:
    """Households without a limit, by the reason."""
    none = limits[limits.why_not.notna()].why_not.map(WHY_NOT).value_counts()
    return none.rename_axis("why").reset_index(name="households").sort_values("why", ignore_index=True)


WHY_LABELS = {"why": "没有额度的原因", "households": "户数"}


def rating_table(limits: pd.DataFrame) -> pd.DataFrame:
    """Households, mean PD and rate by grade, for households with somebody eligible."""
    some = limits[limits.eligible > 0]
    out = (
        some.groupby("rating", as_index=False)
        .agg(households=("household", "size"), pd=("pd", "mean"), rate=("rate", "mean"))
        .sort_values("pd", ignore_index=True)
    )
    return out.assign(pd=[f"{share:.1%}" for share in out["pd"]], rate=[f"{share:.2%}" for share in out["rate"]])


RATING_LABELS = {"rating": "等级", "households": "户数", "pd": "平均违约概率", "rate": "年利率"}


def next_text(made: Proposed) -> str:
    """What to do next."""
    weak = made.trained.get("weak_spots", [])
    where = ""
    if weak:
        w = weak[0]
        label = made.model.spec.feature(str(w["feature"])).label_zh
        segment = SEGMENTS.get(str(w["segment"]), str(w["segment"]))
        where = (
            f"误差最大的一类：{label}（{segment}），{w['n']}户，误差是平均的{w['error_over_all']:.1f}倍，核实时优先。"
        )
    return where + f"模型摘要 {made.told['digest'][:12]}。下一步：与公议额度比较，查明差额原因。"


def household_choice(made: Proposed) -> str:
    """A household for the picture: the one whose limit is the median of the positive ones."""
    return middle_household(made.limits)


def middle_household(limits: pd.DataFrame) -> str:
    """The household whose limit is the median of the positive ones."""
    some = limits[limits.model_limit > 0].sort_values(["model_limit", "village", "household"])
    rows = some if len(some) else limits.sort_values(["village", "household"])
    return str(rows.household.iloc[len(rows) // 2]) if len(rows) else ""
