"""The model's papers: one page that a validator can read (HTML) and write on (Markdown).

Made from figures that the training kept: data, features and directions, folds, errors beside the baselines, intervals,
calibration, fairness, stability, limits of use, versions and digest.  ``train`` writes them for any table, a run with
what only a run knows (households, people, the model before).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from workbench.limit import paper_words as words
from workbench.limit import report, stability_papers, table_papers
from workbench.limit.conformal import LEVEL
from workbench.limit.document import Document
from workbench.limit.figures import fifths
from workbench.limit.model import LimitModel
from workbench.limit.propose import Proposed
from workbench.limit.stability_papers import model_before
from workbench.params import RunParams
from workbench.store.atomic import write_text

NAMES = ("model-papers.html", "model-papers.md")
__all__ = ["model_before", "papers_of_a_table", "train_papers", "write_papers", "write_train_papers"]

BESIDE = {
    "name": "办法",
    "n": "户数",
    "mae": "平均误差",
    "rmse": "均方根误差",
    "r2": "R²",
    "coverage_90": "九成区间覆盖",
    "interval_width": "区间宽度",
    "monotone_violations": "方向不合常理（处）",
}
GAINS = {"name": "与之相比", "gain": "本模型少误差", "ends": "九成区间", "verdict": "可否当真"}
GROUPS = {
    "group": "组",
    "n": "户数",
    "mae": "平均误差",
    "ends": "平均误差的九成区间",
    "lean": "平均偏高",
    "coverage_90": "区间覆盖",
}
WEAK = {
    "feature": "特征",
    "segment": "一段",
    "n": "户数",
    "mae": "平均误差",
    "error_over_all": "误差倍数",
    "coverage_90": "区间覆盖",
}


def train_papers(metrics: dict[str, Any], model: LimitModel, out_of_fold: pd.DataFrame) -> Document:
    """The papers of a model trained on any table; ``out_of_fold`` holds target, prediction, low, high."""
    page = Document("模型说明书 · Model papers")
    _data(page, metrics, model)
    _features(page, model)
    _errors(page, metrics, model, out_of_fold)
    _use(page, model, metrics)
    if "same_top" in metrics:
        page.heading("解释的稳定性")
        stability_papers.same_top(page, float(metrics["same_top"]))
    return page


def papers_of_a_table(
    metrics: dict[str, Any],
    model: LimitModel,
    out_of_fold: pd.DataFrame,
    frame: pd.DataFrame,
    before: LimitModel | None = None,
    beside: pd.DataFrame | None = None,
) -> Document:
    """The papers that ``train`` writes.  With the model ``before``, ``beside`` holds both models' figures (``was``,
    ``now``) for every row of ``frame``."""
    page = train_papers(metrics, model, out_of_fold)
    if "pd" in metrics:
        table_papers.defaults(page, metrics["pd"], model)
    table_papers.fairness_of_a_table(page, frame, out_of_fold, model.log)
    if before is not None and beside is not None:
        stability_papers.table_against(page, before, model, frame, beside)
    _versions(page, model)
    return page


def write_papers(
    folder: Path,
    made: Proposed,
    history: pd.DataFrame | None,
    households: pd.DataFrame,
    people: pd.DataFrame,
    params: RunParams,
    before: LimitModel | None = None,
) -> None:
    """Writes the papers of a run into ``folder``; ``before`` is the model of an earlier run, to compare with."""
    if made.trained:
        page = train_papers(made.trained, made.model, made.out_of_fold)
    else:
        page = Document("模型说明书 · Model papers")
        page.say(report.source_text(made).replace("**", ""))
        _features(page, made.model)
    page.heading("等级与违约概率")
    page.say(report.overdue_text(made))
    page.say(report.price_text(made))
    page.table(report.rating_table(made.limits), "等级", report.RATING_LABELS)
    page.heading("政策")
    page.say(report.policy_text(made))
    page.heading("公平性：性别与民族从不作为特征")
    _fairness(page, made, households, people)
    page.heading("稳定性")
    _stable(page, made, before)
    page.say(f"观察日 {params.as_of.isoformat()}，随机种子 {params.seed}。")
    _versions(page, made.model)
    _write(folder, page)


def write_train_papers(folder: Path, page: Document) -> None:
    """Writes the papers beside a trained model."""
    _write(folder, page)


def _write(folder: Path, page: Document) -> None:
    write_text(folder / NAMES[0], page.html())
    write_text(folder / NAMES[1], page.markdown())


def _data(page: Document, m: dict[str, Any], model: LimitModel) -> None:
    page.heading("数据")
    left = f"另有{m['left_out']:,}行没有目标值，已略去，不当作零；" if m["left_out"] else ""
    page.say(
        f"训练用{m['n']:,}行；{left}分{m['folds']}折检验，同组不拆（共{m['groups']:,}组），"
        "挑选设定和提前停止都不看被检验的一折。"
    )
    page.say(f"目标{words.SCALES[m['scale']]}；随机种子{m['seed']}；模型摘要 {model.digest[:12]}（全文见末尾）。")
    labels = {"name": "设定", "value": "取值"}
    rows = [{"name": words.SETTINGS[k], "value": words.setting(k, v)} for k, v in m["settings"].items()]
    page.table(pd.DataFrame(rows), "选定的设定", labels)
    tried = [
        {
            "loss": words.setting("objective", r["objective"]),
            "taught": words.setting("taught", r["taught"]),
            "leaves": r["leaves"],
            "trees": r["trees"],
            "error": words.figure(float(r["error"])),
        }
        for r in m["search"]
    ]
    page.table(
        pd.DataFrame(tried),
        "试过的设定（在留出的组里比较，第一种为默认，别的好出百分之一以上才换）",
        {"loss": "损失", "taught": "两位老师", "leaves": "叶", "trees": "树", "error": "误差"},
    )


def _features(page: Document, model: LimitModel) -> None:
    page.heading("特征与方向")
    rows = [
        {
            "name": f.label_zh,
            "concept": f.concept,
            "kind": words.KINDS[f.kind],
            "monotone": words.DIRECTIONS[f.monotone],
            "unit": words.UNITS.get(f.unit, f.unit),
            "actionable": f.actionable,
        }
        for f in model.spec.features
    ]
    labels = {
        "name": "特征",
        "concept": "方面",
        "kind": "种类",
        "monotone": "方向",
        "unit": "单位",
        "actionable": "农户可改变",
    }
    page.table(pd.DataFrame(rows), "特征", labels)
    page.say("性别、民族、宗教、婚姻、健康与残疾、党派与公职，以及评议的任何一栏，都不得成为特征。")


def _errors(page: Document, m: dict[str, Any], model: LimitModel, out_of_fold: pd.DataFrame) -> None:
    page.heading("在没见过的组里的误差")
    told = [("本模型", m)]
    told += [(report.BASELINE_WORDS[b], m[b]) for b in ("points", "linear", "lightgbm_plain", "median") if b in m]
    rows = pd.DataFrame([{"name": name, **{k: of[k] for k in BESIDE if k in of}} for name, of in told])
    page.table(_in_words(rows, "mae", "rmse", "interval_width", "r2"), "本模型与各对照", BESIDE)
    page.table(pd.DataFrame([_gain(name, of) for name, of in told[1:]]), "同一批户逐户相减（整组重抽）", GAINS)
    low, high = m["mae_interval"]
    page.say(f"平均误差的九成区间（整组重抽）：{_between(low, high)}。")
    labels = {"part": "组", "n": "户数", "prediction": "平均预测", "target": "平均实际", "covered": "区间覆盖"}
    told_fifths = fifths(out_of_fold).reset_index(names="part")
    told_fifths["part"] = [f"第{int(k) + 1}组" for k in told_fifths["part"]]
    page.table(_in_words(told_fifths, "prediction", "target"), "校准：按预测从低到高分五组", labels)
    if model.log:  # on the identity scale the target may be a logarithm: sums of it say nothing
        page.say(_level(out_of_fold))
    if (level := float(m["interval_level"])) > LEVEL:
        page.say(f"九成是对每一组说的：一组的覆盖率凭偶然就会上下几个百分点，所以校准时要求{words.percent(level)}。")
    if m["by_group"]:
        groups = pd.DataFrame(m["by_group"])
        groups["ends"] = [_between(*ends) for ends in groups.mae_interval]
        page.table(_in_words(groups, "mae", "lean"), "各组", GROUPS)
    if m["weak_spots"]:
        weak = pd.DataFrame(m["weak_spots"])
        weak["feature"] = [model.spec.feature(str(f)).label_zh for f in weak.feature]
        weak["segment"] = [words.SEGMENTS.get(str(s), str(s)) for s in weak.segment]
        weak["error_over_all"] = [f"{v:.2f}倍" for v in weak.error_over_all]
        page.table(_in_words(weak, "mae"), "薄弱之处（误差倍数：相对误差与全体之比）", WEAK)


def _gain(name: str, of: dict[str, Any]) -> dict[str, str]:
    """By how much ours errs less than a baseline, with the interval, and whether it holds nought."""
    low, high = of["mae_gain_interval"]
    verdict = "是" if low > 0 else "是：不如它" if high < 0 else "否：分不出高下"
    return {"name": name, "gain": words.figure(of["mae_gain"]), "ends": _between(low, high), "verdict": verdict}


def _between(low: float, high: float) -> str:
    return f"{words.figure(low)}到{words.figure(high)}"


def _in_words(frame: pd.DataFrame, *figures: str) -> pd.DataFrame:
    """Figures with as many places as their size asks for, coverage as a percentage."""
    shares = [c for c in ("coverage_90", "covered") if c in frame]
    told = {c: [words.figure(float(v)) for v in frame[c]] for c in figures if c in frame}
    return frame.assign(**told, **{c: [words.percent(float(v)) for v in frame[c]] for c in shares})


def _level(out_of_fold: pd.DataFrame) -> str:
    """Whether the sum of the figures is the sum of the targets: a model of the middle client is below it."""
    target, prediction = float(out_of_fold.target.mean()), float(out_of_fold.prediction.mean())
    off = prediction - target
    if abs(off) < 0.02 * abs(target):
        return "平均预测与平均实际相差不到百分之二：各户的数可以相加成总额。"
    word = "低" if off < 0 else "高"
    return (
        f"平均预测比平均实际{word}{abs(off / target):.1%}：模型对准的是中间的户，少数很大的实际值拉高平均；"
        "不要把各户的数相加当作总额。"
        if off < 0
        else f"平均预测比平均实际{word}{abs(off / target):.1%}：相加成总额时请折算。"
    )


def _use(page: Document, model: LimitModel, m: dict[str, Any]) -> None:
    page.heading("使用的限度")
    page.item("模型只认训练组出现过的范围；范围之外的户标为“未见过”，区间放宽，额度以评议和核实为主。")
    page.item(f"训练中约{m['outside_share']:.1%}的户在其余各组的范围之外。")
    page.item("解释的基准是典型户（几何平均），不是平均户；各项合计与额度相差不超过 0.01。")
    page.item("事实有误时误差是平时的四到五倍：先核实事实，再谈模型。")
    best = min((m[b]["mae"], b) for b in ("median", "linear", "points") if b in m)
    if m["mae"] >= best[0]:
        page.item(f"本模型没有胜过{report.BASELINE_WORDS[best[1]]}。")
    if model.log:
        page.item("只适用于大于零的额度。")


def _fairness(page: Document, made: Proposed, households: pd.DataFrame, people: pd.DataFrame) -> None:
    if made.out_of_fold.empty:
        page.say("没有留出村的误差，无法比较。")
        return
    holder = households[["village", "household", "holder"]].merge(
        people[["person", "sex", "ethnic"]], left_on="holder", right_on="person", how="left"
    )
    some = made.out_of_fold.merge(holder, on=["village", "household"], how="left")
    off = table_papers.residual(some, log=True)
    for group, word in ((some.sex, "性别"), (_majority(some.ethnic), "民族")):
        rows = pd.DataFrame({"group": group.to_numpy(), "residual": off})
        table_papers.by_attribute(page, rows, f"按额度持有人的{word}", word)
    page.say("评议一侧的同样数字见差额原因一页。")


def _majority(ethnic: pd.Series) -> pd.Series:
    return ethnic.where(ethnic.isna() | ethnic.str.startswith("汉"), "少数民族")


def _stable(page: Document, made: Proposed, before: LimitModel | None) -> None:
    if (share := made.told.get("same_top")) is not None:
        stability_papers.same_top(page, share)
    stability_papers.drift(page, made.model, made.facts)
    if before is None:
        page.say("没有指定要比较的上一次运行，所以没有与上一个模型的对比。")
        return
    figures = stability_papers.figures_beside(before, made.model, made.facts)
    stability_papers.against(page, before, figures)
    rated = made.limits[["village", "household", "rating"]].merge(
        made.facts[["village", "household"]].join(figures), on=["village", "household"]
    )
    stability_papers.shifts(page, rated, "village", "村")
    stability_papers.shifts(page, rated, "rating", "等级", [grade for grade, *_ in made.told["price"]["grades"]])


def _versions(page: Document, model: LimitModel) -> None:
    page.heading("版本与摘要")
    page.item(f"模型摘要（SHA-256）：{model.digest}")
    if model.about["versions"]:
        page.item("软件：" + "、".join(f"{k} {v}" for k, v in model.about["versions"].items()))
