"""Writes the dataset of a township: the contract's tables, as villages and the bank would send them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workbench.town.books import EARLY, LATE, STALE
from workbench.town.defects import NO_NUMBER_CELL
from workbench.town.files import Style, suffix, write_table
from workbench.town.identities import stream
from workbench.town.town import Town
from workbench.town.visits import number_text
from workbench.words import FORM_COLUMNS

PLACE = "行政村名称"
_WAN = 10_000
_TWO_YEARS_BEFORE = 0.9
"""What incomes and deposits were then, against now; so that a run of an earlier quarter has books to look into."""


def write_dataset(town: Town, out: Path) -> None:
    """All tables of the contract's first section."""
    number = pd.Series(town.homes["number"])
    village = pd.Series(town.homes["village"])
    for name, style in town.styles.items():
        sheet = town.rosters[name]
        write_table(
            out / "rosters" / f"{name}{suffix(style)}",
            sheet[list(FORM_COLUMNS)],
            style,
            title=f"{name}整村授信人员信息采集表",
            as_float="3.41599E+17" if (sheet["kind"] == NO_NUMBER_CELL).any() else "",
        )
    _write_panels(town, out)
    _write_records(town, out)
    visits = town.filing.visits
    frame = pd.DataFrame(
        {
            PLACE: visits["home"].map(village),
            "户号": visits["home"].map(number),
            "建档日期": visits["day"].astype(str),
            "客户经理": visits["manager"],
            "项目": visits["item"],
            "原值": visits["old"],
            "核实值": visits["new"],
        }
    )
    if town.kind.persons_in_visits:
        frame["身份证"] = visits["id"]
    write_table(out / "visits.csv", frame, "gb18030")
    for path, content in town.filing.photos.items():
        (out / path).parent.mkdir(exist_ok=True)
        (out / path).write_bytes(content)
    _write_course(town, out, village, number)
    grid = town.grid.set_axis([PLACE, "组名", "网格", "客户经理"], axis=1)
    write_table(out / "grid.csv", grid, "utf-8-sig")
    write_table(out / "agreements.csv", _agreements(town), "utf-8-sig")


def _agreements(town: Town) -> pd.DataFrame:
    """One in force on its very last day, one that ran out half a year before, the others plain."""
    rows = []
    for n, (village, agreed) in enumerate(
        town.homes.drop_duplicates("place")[["village", "agreed"]].itertuples(index=False)
    ):
        until = "2021-06-30" if not agreed else "2021-12-31" if n == 1 else "2022-12-31"
        rows.append((village, f"BM-2019-{n + 1:02d}", "2019-07-01", until))
    return pd.DataFrame(rows, columns=["提供单位", "协议编号", "签订日期", "到期日期"])


def _write_panels(town: Town, out: Path) -> None:
    by = town.members.set_index("rater")
    sent = town.ratings[~town.ratings["skipped"]]
    half = (sent["limit"] / _WAN).map(lambda x: f"{x:g}").where(~sent["blank"], "")
    frame = pd.DataFrame(
        {
            PLACE: sent["rater"].map(by["village"]),
            "评议员": sent["rater"],
            "身份": sent["rater"].map(by["role"]),
            "户号": sent["home"].map(town.homes["number"]),
            "经营情况": sent["business"].astype(int).astype(str).where(~sent["blank"], ""),
            "年收入(万元)": (sent["income"] / _WAN).map(lambda x: f"{x:g}").where(~sent["blank"], ""),
            "诚信品行": sent["integrity"].astype(int).astype(str).where(~sent["blank"], ""),
            "建议授信额度(万元)": half,
            "利害关系": np.where(sent["stake"], "是", "否"),
            "了解程度": np.where(sent["knows"], "了解", "不了解"),
            "评议方式": sent["rater"].map(by["manner"]).replace("late", "背靠背"),
            "评议日期": sent["day"].astype(str),
            "不予授信情形": sent["bar"],
            "备注": sent["remark"],
        }
    )
    cycle: tuple[Style, ...] = ("utf-8-sig", "xlsx title", "gb18030")
    for n, (name, part) in enumerate(frame.groupby(PLACE, sort=False)):
        style = cycle[n % len(cycle)]
        numbers = ("经营情况", "年收入(万元)", "诚信品行", "建议授信额度(万元)")
        write_table(out / "panels" / f"{name}{suffix(style)}", part, style, title=f"{name}授信评议表", numbers=numbers)
    own = by["home"].map(lambda h: None if pd.isna(h) else int(h))
    members = pd.DataFrame(
        {
            PLACE: by["village"],
            "评议员": by.index,
            "身份": by["role"],
            "组名": [town.homes.at[h, "group"] if h is not None and not pd.isna(h) else "" for h in own],
            "户号": [town.homes.at[h, "number"] if h is not None and not pd.isna(h) else "" for h in own],
        }
    )
    write_table(out / "panel_members.csv", members, "utf-8")


def _write_records(town: Town, out: Path) -> None:
    """The bank's books: a row of two years before and one of now; a few have one dated after the day of the run."""
    shown = town.books.shown
    frame = pd.DataFrame({PLACE: town.homes["village"], "户号": town.homes["number"]})
    for fact in shown.columns:
        frame[fact] = [number_text(fact, v) for v in shown[fact]]
    frame["数据日期"] = town.books.dated
    rng = stream(town.seed, "later rows")
    plain = frame.index[town.homes["cause"] == "none"].to_numpy()
    later = frame.loc[np.sort(rng.choice(plain, max(1, len(plain) // 100), replace=False))]
    grown = shown.loc[later.index, "recorded_income"].astype(float) * 1.3
    later["recorded_income"] = [number_text("recorded_income", round(v, -2)) for v in grown]
    later["数据日期"] = LATE
    earlier = frame[frame["数据日期"] != STALE].copy()
    # what a visit put right by the day was as wrong two years before: its old value must stand in the books of its day
    put_right = [home for home, fate in town.filing.fate.items() if fate == "corrected"]
    growing = earlier.index.difference(put_right)
    for fact in ("recorded_income", "avg_deposit", "wage_inflow"):
        was = shown.loc[growing, fact].astype(float) * _TWO_YEARS_BEFORE
        earlier.loc[growing, fact] = [number_text(fact, v) for v in was]
    earlier["数据日期"] = EARLY
    write_table(out / "records.csv", pd.concat([earlier, frame, later]).sort_index(kind="stable"), "utf-8-sig")


def _write_course(town: Town, out: Path, village: pd.Series, number: pd.Series) -> None:
    h, s, d = town.course.history, town.course.signoffs, town.course.drawdowns
    history = pd.DataFrame(
        {
            PLACE: h["home"].map(village),
            "户号": h["home"].map(number),
            "确认额度(元)": h["limit"].astype(int).astype(str),
            "确认日期": h["day"].astype(str),
            "十二个月内逾期": h["label"],
            "到期日期": h["until"].astype(str),
            "首次用信日期": [str(f) if f is not None else "" for f in h["first"]],
            "确认方式": h["way"],
            "授信对象身份证": h["named"],
        }
    )
    write_table(out / "history.xlsx", history, "xlsx", numbers=("确认额度(元)", "十二个月内逾期"))
    signed = pd.DataFrame(
        {
            PLACE: [village[x] if x >= 0 else next(iter(town.styles)) for x in s["home"]],
            "户号": [number[x] if x >= 0 else "999999" for x in s["home"]],
            "确认额度(元)": s["limit"].astype(str),
            "审批人": s["approver"],
            "复核人": s["checker"],
            "理由": s["reason"],
            "日期": s["day"].astype(str),
            "授信对象身份证": s["named"],
        }
    )
    for n, (month, part) in enumerate(signed.groupby(signed["日期"].str[:7])):
        style: Style = ("xlsx", "utf-8-sig", "gb18030")[n % 3]
        write_table(out / "signoffs" / f"{month}签批{suffix(style)}", part, style, numbers=("确认额度(元)",))
    drawn = pd.DataFrame({"身份证": d["id"], "用信日期": d["day"].astype(str), "金额(元)": d["yuan"].astype(str)})
    write_table(out / "drawdowns.csv", drawn, "utf-8-sig")
    listed = town.negative.assign(day=town.negative["day"].astype(str))
    write_table(
        out / "negative.csv", listed.set_axis(["身份证", "原因", "来源", "列入日期", "移出日期"], axis=1), "gb18030"
    )
    write_table(out / "optouts.csv", town.objections.set_axis(["身份证", "联系方式", "范围"], axis=1), "utf-8-sig")
