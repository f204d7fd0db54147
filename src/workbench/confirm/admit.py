"""Decides what a line of ``history.*`` and of ``signoffs/*`` says, cut at ``as_of``.

In: the raw files.  Out: ``history`` (with the overdue label only where it can be known at ``as_of``) and ``signoffs``
(with codes for approver and checker, and whether the two are one person).  A line that cannot be read, or two limits of
one household on one day in ``history``: exit 2, by file and row.

A label is known if twelve months from the first drawing have run out by ``as_of``; where the line names no first
drawing, twelve months from the confirmation (figures, Limit).  Else it is unknown, never 0.
"""

from __future__ import annotations

from datetime import date

import pandas as pd

from workbench.identity import Pseudonyms
from workbench.store.cells import Cells, same_person
from workbench.store.tables import checked, empty

LABEL_MONTHS = 12
REASONS = ("按模型", "按公议", "折中", "核实后调整", "复议后调整", "评议不支持")
"""Reasons that go further than the door; every other text becomes 其他."""
LABELS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "否": 0.0, "是": 1.0}
DECISION = ("确认额度(元)", "审批人", "复核人", "日期")
WAYS = ("模型", "公议", "复议")
WAY_UNKNOWN = "未注明"


def admit_history(raw: pd.DataFrame, *, names: Pseudonyms, as_of: date) -> pd.DataFrame:
    """HISTORY up to ``as_of``; ``InputError`` naming file, column and rows."""
    cells = Cells(raw)
    label = _labels(cells)
    out = pd.DataFrame(
        {
            "village": cells.text("行政村名称", needed=True),
            "number": cells.text("户号", needed=True),
            "limit": cells.amounts("确认额度(元)", needed=True),
            "date": cells.days("确认日期", needed=True),
            "until": _days(cells, "到期日期"),
            "drawn": _days(cells, "首次用信日期"),
            "label": label,
            "way": _text(cells, "确认方式"),
            "id": cells.persons("授信对象身份证") if "授信对象身份证" in cells.raw.columns else _blank(cells),
            "source": cells.raw["source"].astype("str"),
            "row": cells.raw["row"].astype("int64"),
        }
    )
    cells.done()
    out["household"] = pd.Series(names.households(out["village"], out["number"]), dtype="str")
    day = pd.Timestamp(as_of)
    seen = out["date"] <= day
    cells.refuse(out["limit"] < 0, "确认额度(元)", "is below zero", "write the confirmed limit in yuan")
    cells.refuse(
        seen & out.duplicated(["household", "date"], keep=False),
        "确认日期",
        "gives one household two limits on one day",
        "keep the line that counts",
    )
    cells.done()
    out["overdue"] = out["label"].where(label_known(out["date"], out["drawn"], as_of))
    # a label that cannot be known yet must leave no trace: that the file holds one is itself news from after as_of
    out["label_in_file"] = out["overdue"].notna()
    out["first_drawn"] = out["drawn"].where(out["drawn"] <= day)
    out["way"] = out["way"].where(out["way"].isin(WAYS))
    out["holder"] = pd.Series(names.persons(out["id"]), dtype="str")
    out = out[seen].drop(columns=["number", "drawn", "label", "id"])
    return checked("history", out) if len(out) else empty("history")


def label_known(confirmed: pd.Series, drawn: pd.Series, as_of: date) -> pd.Series:
    """Whether the overdue label of each line can be known at ``as_of``.

    >>> days = lambda *texts: pd.Series(pd.to_datetime(list(texts)))
    >>> confirmed, drawn = days("2020-01-01", "2020-01-01", "2020-01-01"), days("2020-12-31", "2021-01-01", None)
    >>> list(label_known(confirmed, drawn, date(2021, 12, 31)))
    [True, False, True]
    """
    begin = drawn.fillna(confirmed)
    return begin + pd.DateOffset(months=LABEL_MONTHS) <= pd.Timestamp(as_of)


def admit_signoffs(raw: pd.DataFrame, *, names: Pseudonyms, as_of: date, households: pd.DataFrame) -> pd.DataFrame:
    """SIGNOFFS up to ``as_of``; ``households`` says which households a roster knows."""
    cells = Cells(raw[_filled_in(raw)])
    out = pd.DataFrame(
        {
            "village": cells.text("行政村名称", needed=True),
            "number": cells.text("户号", needed=True),
            "limit": cells.amounts("确认额度(元)"),
            "approver": cells.text("审批人"),
            "checker": cells.text("复核人"),
            "reason": cells.text("理由"),
            "date": cells.days("日期", needed=True),
            "id": cells.persons("授信对象身份证") if "授信对象身份证" in cells.raw.columns else _blank(cells),
            "source": cells.raw["source"].astype("str"),
            "row": cells.raw["row"].astype("int64"),
        }
    )
    cells.done()
    out["household"] = pd.Series(names.households(out["village"], out["number"]), dtype="str")
    out["holder"] = pd.Series(names.persons(out["id"]), dtype="str")
    pairs = zip(out["approver"], out["checker"], strict=True)
    out["same_person"] = [isinstance(a, str) and isinstance(c, str) and same_person(a, c) for a, c in pairs]
    for column in ("approver", "checker"):
        out[column] = out[column].map(lambda code: names.staff(code), na_action="ignore").astype("str")
    out["reason"] = out["reason"].where(out["reason"].isna() | out["reason"].isin(REASONS), "其他")
    out["on_roster"] = out["household"].isin(households["household"])
    out = out[out["date"] <= pd.Timestamp(as_of)].drop(columns=["number", "id"])
    return checked("signoffs", out) if len(out) else empty("signoffs")


def _filled_in(raw: pd.DataFrame) -> pd.Series:
    """Rows that somebody filled in: a decision sheet comes back with the households that were left for later."""
    filled = pd.Series(False, index=raw.index)
    for column in DECISION:
        filled |= raw[column].fillna("").astype("str").str.strip() != ""
    return filled


def _labels(cells: Cells) -> pd.Series:
    said = cells.text("十二个月内逾期")
    cells.refuse(
        said.notna() & ~said.isin(LABELS), "十二个月内逾期", "is neither 0 nor 1", "write 0 or 1, or leave it empty"
    )
    return said.map(LABELS).astype("float64")


def _days(cells: Cells, column: str) -> pd.Series:
    if column in cells.raw.columns:
        return cells.days(column)
    return pd.Series(pd.NaT, index=cells.raw.index, dtype="datetime64[s]")


def _text(cells: Cells, column: str) -> pd.Series:
    return cells.text(column) if column in cells.raw.columns else _blank(cells)


def _blank(cells: Cells) -> pd.Series:
    return pd.Series(index=cells.raw.index, dtype="str")
