"""Says how far the programme is from its targets: what is met, how many more, where, by when, and at what pace."""

from __future__ import annotations

import pandas as pd

from workbench.milestones.homes import drawings_since
from workbench.milestones.programme import Programme
from workbench.params import RunParams
from workbench.units import percent, percent_given
from workbench.words import FUNNEL, MEASURES, SCOPES

SHOWN = ("villages_filed", "coverage", "usage")


def headline(milestones: pd.DataFrame, programme: Programme) -> str:
    """Each target of the town: reached or missed, and by how many."""
    town = milestones[milestones["scope_kind"] == "town"].set_index("measure")
    due = f"{town['due'].iloc[0]:%Y年%m月%d日}"
    said = [f"目标日期 **{due}**（{programme.source}）。比较用含退回行的分母，退回的行不会让目标更容易达到。\n"]
    said += [f"- {_said(measure, line)}" for measure in SHOWN for _, line in town[town.index == measure].iterrows()]
    return "\n".join(said)


def _said(measure: str, line: pd.Series) -> str:
    name, unit = MEASURES[measure], "个村" if measure == "villages_filed" else "人"
    if pd.isna(line["numerator"]):  # emptied because it is about fewer than ten people
        verdict = "**已达到**" if line["met"] else "**未达到**"
        return f"{name} 涉及的人少于 10 人，不列；目标 {percent_given(line['target'])}：{verdict}。"
    if pd.isna(line["actual"]):
        return f"{name}：没有数据（{int(line['numerator']):,} / {int(line['denominator']):,}），不算达到。"
    if measure == "villages_filed":
        reached, target = f"{int(line['numerator'])} 个村", f"{int(line['target'])} 个村"
    else:
        done, of = int(line["numerator"]), int(line["denominator"])
        reached = f"{percent(done, of)}（{done:,} / {of:,}）"
        target = percent_given(line["target"])
    verdict = "**已达到**" if line["met"] else f"**未达到**，还差 {int(line['missing']):,} {unit}"
    return f"{name} {reached}，目标 {target}：{verdict}。"


HIDDEN = "*"
"""Printed for a figure that was emptied because it is about fewer than ten people (``milestones.suppress``)."""


def table(milestones: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The figures of one kind of scope, as they are printed: shares rounded toward zero, never onto a target."""
    some = milestones[(milestones["scope_kind"] == kind) & milestones["measure"].isin(MEASURES)]
    some = some.assign(order=some["measure"].map(list(MEASURES).index)).sort_values(["scope", "order"])
    lines = [_printed(line) for _, line in some.iterrows()]
    return pd.DataFrame(lines, columns=["scope", *COLUMNS]).rename(columns={"scope": SCOPES[kind]})


COLUMNS = ("指标", "分子", "分母", "分母（含退回行）", "实际", "目标", "达到", "还差")


def _printed(line: pd.Series) -> dict[str, object]:
    """One figure as it is printed."""
    hidden, whole, open_ = pd.isna(line["numerator"]), line["measure"] == "villages_filed", pd.isna(line["target"])
    counts = [HIDDEN if hidden else int(line[c]) for c in ("numerator", "denominator", "denominator_high")]
    if hidden or pd.isna(line["actual"]):
        actual = HIDDEN if hidden else "—"
    else:
        actual = str(int(line["numerator"])) if whole else percent(int(line["numerator"]), int(line["denominator"]))
    return {
        "scope": line["scope"],
        "指标": MEASURES[line["measure"]],
        "分子": counts[0],
        "分母": counts[1],
        "分母（含退回行）": counts[2],
        "实际": actual,
        "目标": "" if open_ else (f"{int(line['target'])}" if whole else percent_given(line["target"])),
        "达到": "" if open_ else ("是" if line["met"] else "否"),
        "还差": "" if open_ else (HIDDEN if hidden else int(line["missing"])),
    }


PARTS = {"coverage": "已授信/可授信", "usage": "已用信/已授信", "households_filed": "已建档/应建档"}
"""What the two counts behind a share are, as the head of their column."""


def side_by_side(milestones: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The scopes of one kind, a line each: coverage, usage, filing; those that want most more people first."""
    some = milestones[
        (milestones["scope_kind"] == kind) & milestones["measure"].isin(("coverage", "usage", "households_filed"))
    ]
    lines: dict[str, dict[str, object]] = {}
    for _, line in some.iterrows():
        printed, shown = _printed(line), lines.setdefault(str(line["scope"]), {SCOPES[kind]: line["scope"]})
        name = MEASURES[line["measure"]]
        shown[name] = printed["实际"]
        shown[PARTS[str(line["measure"])]] = f"{printed['分子']} / {printed['分母']}"
        if printed["目标"]:
            shown[f"{name}还差"] = printed["还差"]
    wanted = some[some["measure"] == "coverage"].set_index("scope")["missing"]
    order = sorted(lines, key=lambda scope: (-int(wanted.fillna(0)[scope]), scope))
    return pd.DataFrame([lines[scope] for scope in order])


def where(milestones: pd.DataFrame, measure: str = "coverage", most: int = 5) -> str:
    """Beside a target missed: the villages where most more people are wanted."""
    lines = milestones[(milestones["scope_kind"] == "village") & (milestones["measure"] == measure)]
    short = lines[lines["missing"] > 0].sort_values(["missing", "scope"], ascending=[False, True])
    if short.empty:
        return f"各村{MEASURES[measure]}都已达到目标。"
    named = "、".join(f"{v} {int(n):,} 人" for v, n in short[["scope", "missing"]].head(most).itertuples(index=False))
    more = f"等 {len(short)} 个村" if len(short) > most else ""
    return f"要在 {short['due'].iloc[0]:%Y年%m月%d日} 前达到{MEASURES[measure]}目标，还差：{named}{more}。"


def drawings_apart(drawdowns: pd.DataFrame | None, confirmed: pd.DataFrame, people: pd.DataFrame) -> dict[str, int]:
    """Drawings that do not count for usage, by why.

    ``not_credited``: of nobody who is credited (``members`` of them: eligible members of a credited household);
    ``before``: of a credited person before the confirmation in force; ``nothing``: drawings of 0.
    """
    if drawdowns is None:
        return {"not_credited": 0, "members": 0, "before": 0, "nothing": 0}
    above = drawdowns[drawdowns["amount"] > 0]
    credited = above["person"].isin(confirmed["holder"])
    members = people.loc[people["eligible"] & people["household"].isin(confirmed["household"]), "person"]
    # reindex, not map: pandas 3 cannot map text through an empty series of days
    since = confirmed.drop_duplicates("holder").set_index("holder")["date"].reindex(above["person"]).to_numpy()
    return {
        "not_credited": int((~credited).sum()),
        "members": int((~credited & above["person"].isin(members)).sum()),
        "before": int((credited & (above["date"] < since)).sum()),
        "nothing": int((drawdowns["amount"] <= 0).sum()),
    }


def drawings_said(drawdowns: pd.DataFrame | None, confirmed: pd.DataFrame, people: pd.DataFrame) -> str:
    """The drawings that do not count, in words."""
    if drawdowns is None:
        return "本次没有用信文件（drawdowns）：用信面没有数据。"
    apart = drawings_apart(drawdowns, confirmed, people)
    drew = int(drawings_since(confirmed, people, drawdowns)["holder"].sum())
    return (
        f"用信按人计，每人只算一次：{drew:,} 名已授信人员用过信。"
        f"有 {apart['not_credited']:,} 笔用信不属于任何已授信人员"
        f"（其中 {apart['members']:,} 笔属于已授信户的其他可授信成员，计入“不限每户人数”的用信面）；"
        f"有 {apart['before']:,} 笔早于现行额度的确认日期，{apart['nothing']:,} 笔金额为零，均不计入。"
    )


def forecast_said(course: pd.DataFrame) -> str:
    """The forecast of the next milestone date, said to be one."""
    lines = course[course["forecast"] & course["measure"].isin(["coverage", "usage"])]
    if lines.empty:
        return "以后没有目标日期，或至今的月份太少，不作预测。"
    said = []
    for measure, actual, target, low, high in lines[["measure", "actual", "target", "low", "high"]].to_numpy():
        chance = "区间全部低于目标" if high < target else ("区间全部高于目标" if low >= target else "区间跨过目标")
        said.append(
            f"- {MEASURES[measure]} 约 {_down(actual)}（90% 区间 {_down(low)}–{_down(high)}），"
            f"目标 {percent_given(target)}：{chance}。"
        )
    day = lines["date"].iloc[0]
    return f"**预测，不是实绩**：如果保持最近十二个月的进度，到 {day:%Y年%m月%d日}：\n\n" + "\n".join(said)


def _down(share: float) -> str:
    """A share as per cent, rounded toward zero: a forecast does not round onto a target either."""
    return percent(int(share * 1000), 1000)


def standing_table(standing: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The yearly ranking of one kind of scope; those too small to rank stand last, without a rank."""
    some = standing[standing["scope_kind"] == kind].sort_values(["rank", "scope"], na_position="last")
    return pd.DataFrame(
        {
            "名次": [None if pd.isna(r) else int(r) for r in some["rank"]],
            SCOPES[kind]: some["scope"],
            "可授信人数": some["n"],
            "得分": [f"{s:.3f}" if s == s else "" for s in some["score"]],
        }
    )


def standing_said(programme: Programme) -> str:
    """How the ranking is made."""
    names = "、".join(MEASURES[m] for m in programme.standing.measures)
    return (
        f"得分是{names} {len(programme.standing.measures)} 项比例的平均；人数少的向全镇平均收缩，"
        f"可授信人数不足 {programme.standing.least_people} 人的不排名，以免偶然。"
        "办法是本行参数，文件只要求按年度组织评优。"
    )


def funnel_table(funnel: pd.DataFrame) -> pd.DataFrame:
    """People at each stage, a column a stage, a row a village and the town last."""
    wide = funnel.set_index(["scope_kind", "scope", "stage"])["people"].unstack("stage")
    wide = wide[[s for s in FUNNEL if s in wide.columns]].rename(columns=FUNNEL)
    order = [*sorted(i for i in wide.index if i[0] == "village"), *(i for i in wide.index if i[0] == "town")]
    return (
        wide.loc[order]
        .astype("object")
        .fillna(HIDDEN)
        .reset_index("scope_kind", drop=True)
        .rename_axis(index="范围", columns=None)
        .reset_index()
    )


def definitions(params: RunParams, programme: Programme) -> str:
    """The definitions that the figures depend on, with the values of this run's parameters."""
    age, cap = params.eligibility, params.credited_per_household
    return "\n".join(
        [
            f"- **可授信人数**：名册上保留的人员，{age.min_age}–{age.max_age} 周岁（{params.as_of}），不在负面清单上，"
            "走访未发现迁出或死亡。年龄等条件是本行参数。",
            "- **授信面** = 已授信人数 / 可授信人数；**用信面** = 已用信人数 / 已授信人数"
            "（现行额度确认之日起有过用信）。" + (f"每户最多计 {cap} 人，分子分母相同。" if cap else "每户不限人数。"),
            f"- **建档村**：有可授信人员的农户至少 {percent_given(params.filed_share)} 已入户的村（含街道）；"
            "分母是有保密协议的村。",
            "- **达到**：以含退回行的分母比较，按整数精确比较；印出的百分数向下取，不会四舍五入到没有达到的目标上。",
            f"- 目标来源：{programme.source}。",
        ]
    )
