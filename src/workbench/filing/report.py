"""Says what the visits found: how far filing has come, what was corrected, what the visits could not settle."""

from __future__ import annotations

import pandas as pd

from workbench.spec import FeatureSpec
from workbench.units import percent

ITEMS = {
    "record": "银行记录",
    "roster": "登记表",
    "residence": "居住状态",
    "photo": "照片",
    "other": "未知项目",
    "open": "没有写核实值",
}


def progress(filed: pd.DataFrame, households: pd.DataFrame) -> str:
    """How many households with an eligible person have a visit."""
    wanted = households[households["eligible"] > 0]
    done = int(wanted["household"].isin(filed["household"]).sum())
    return (
        f"有可授信人员的农户共 **{len(wanted):,}** 户，已入户建档 **{done:,}** 户（{percent(done, len(wanted))}）；"
        f"另有 {len(filed) - done:,} 户已走访但没有可授信人员。"
    )


def by_village(filed: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """Households with an eligible person, visited and not yet visited, by village."""
    wanted = households[households["eligible"] > 0]
    seen = wanted["household"].isin(filed["household"])
    out = pd.DataFrame({"应建档": wanted.groupby("village").size(), "已建档": seen.groupby(wanted["village"]).sum()})
    out = out.astype("int64")
    out["未建档"] = out["应建档"] - out["已建档"]
    out["建档率"] = [percent(n, d) for n, d in zip(out["已建档"], out["应建档"], strict=True)]
    return out.rename_axis("村").reset_index()


def by_item(visits: pd.DataFrame) -> pd.DataFrame:
    """What was checked: lines and changes by kind of item."""
    # a line about land stands thrice: as it was written, and as the two facts that it corrects
    as_written = visits.assign(derived=visits["kind"] == "record").sort_values("derived", kind="stable")
    lines = as_written.drop_duplicates(["source", "row"])
    out = lines.groupby("kind").agg(核实=("item", "size"), 更正=("changed", "sum"), 户数=("household", "nunique"))
    out.index = pd.Index([ITEMS.get(str(kind), str(kind)) for kind in out.index], name="项目")
    return out.astype("int64").reset_index()


def by_fact(corrections: pd.DataFrame, spec: FeatureSpec | None = None) -> pd.DataFrame:
    """Facts of the books: how often a visit confirmed or changed each, and by how much at the middle."""
    labels = {} if spec is None else {feature.name: feature.label_zh for feature in spec.features}
    columns = ["事实", "核实", "更正", "更正中位幅度"]
    if corrections.empty:
        return pd.DataFrame(columns=columns)
    changed = corrections[corrections["changed"] & (corrections["old"] > 0) & (corrections["new"] > 0)]
    ratio = (changed["new"] / changed["old"]).groupby(changed["fact"]).median()
    out = corrections.groupby("fact").agg(核实=("fact", "size"), 更正=("changed", "sum")).astype("int64")
    out["更正中位幅度"] = [f"{ratio[f]:.2f} 倍" if f in ratio.index else "" for f in out.index]
    out.index = pd.Index([labels.get(str(fact)) or str(fact) for fact in out.index], name="事实")
    return out.reset_index()[columns]


def findings(visits: pd.DataFrame, corrections: pd.DataFrame) -> str:
    """What the visits say as a whole, with what to do next."""
    changed = corrections[corrections["changed"]]
    left = visits.loc[visits["new_text"].isin(["已迁出", "已死亡"]), "household"].nunique()
    other = visits[visits["kind"] == "other"].drop_duplicates(["source", "row"])
    said = [
        f"- 走访更正了 {changed['household'].nunique():,} 户的 {len(changed):,} 项银行记录，"
        "后面的模型按更正后的事实计算，这些记录不再算作差额原因。",
        f"- 走访发现 {left:,} 户有人或全户已迁出、已死亡，这些人不计入可授信人数。",
    ]
    if len(other):
        said.append(
            f"- 有 {len(other):,} 行核实的项目不是登记表的栏目，也不是特征说明里的记录项目，"
            "只算作走访，不更正任何事实；请核对项目名称。"
        )
    return "\n".join(said)
