"""Decides what a line of ``visits.*`` says: a fact checked, a residence state, a photograph; cut at ``as_of``.

In: the raw file, the admitted ``records``, the roster's rows (memory only).  Out: ``visits`` and ``photos``.  The
order: days first (nothing dated after ``as_of`` is looked at further), then the kind of each item, then the old value
that a correction expects.  A correction whose old value no longer stands in the books (nor the new one: what was
carried over is no fault), a photograph outside ``photos/``, a number that cannot be read: exit 2, by file and row.
A line that only confirms is never a fault: where the books have moved on since, it confirms nothing any more.
核实值 left blank: a fact of the books was found not to exist (its correction empties it); about a roster column or
居住状态 nothing was found out, so the line only counts as a visit (kind ``open``), as one about an unknown item does.
Both are told by file and row.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from workbench.filing.facts import OF_BOOKS, alike, standing
from workbench.filing.photographs import PHOTOGRAPHS, admit_photos
from workbench.filing.register import LAND, ParseLand, roster_contradicted
from workbench.identity import Pseudonyms
from workbench.store.cells import Cells, amount, rows_told
from workbench.store.tables import checked, empty
from workbench.words import FORM_COLUMNS

RESIDENCE = "居住状态"
STATES = ("常住", "已迁出", "已死亡")
LAND_FACTS = ("land_mu", "forest_mu")


def admit_visits(
    raw: pd.DataFrame,
    *,
    names: Pseudonyms,
    as_of: date,
    photos: Path,
    roster_facts: pd.DataFrame | None = None,
    records: pd.DataFrame | None = None,
    parse_land: ParseLand | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """VISITS and PHOTOS up to ``as_of``; ``InputError`` naming file, column and rows.

    ``parse_land`` reads 承包土地及山林信息 into (land, forest) in mu, or None; it is the roster's own reader.
    """
    cells = Cells(raw)
    lines = pd.DataFrame(
        {
            "village": cells.text("行政村名称", needed=True),
            "number": cells.text("户号", needed=True),
            "date": cells.days("建档日期", needed=True),
            "manager": cells.text("客户经理"),
            "item": cells.text("项目", needed=True),
            "old": cells.text("原值"),
            "new": cells.text("核实值"),
            "id": cells.persons("身份证") if "身份证" in raw.columns else pd.Series(index=cells.raw.index, dtype="str"),
            "source": cells.raw["source"].astype("str"),
            "row": cells.raw["row"].astype("int64"),
        }
    )
    cells.done()
    seen = (lines["date"] <= pd.Timestamp(as_of)).to_numpy()
    lines = lines[seen].reset_index(drop=True)
    cells = Cells(cells.raw[seen])
    lines["household"] = pd.Series(names.households(lines["village"], lines["number"]), dtype="str")
    lines["person"] = pd.Series(names.persons(lines["id"]), dtype="str")
    lines["manager"] = lines["manager"].map(lambda code: names.staff(code), na_action="ignore").astype("str")
    lines["kind"] = _kinds(lines["item"], records)
    lines["kind"] = lines["kind"].mask(lines["kind"].isin(["roster", "residence"]) & lines["new"].isna(), "open")
    corrects = lines["kind"].isin(["record", "roster"])
    lines["changed"] = (lines["old"].fillna("") != lines["new"].fillna("")) & corrects
    pictures = admit_photos(lines[lines["kind"] == "photo"], cells, photos, names)
    table = _values(lines, cells, records, parse_land)
    cells.refuse(
        roster_contradicted(lines[lines["kind"] == "roster"], roster_facts, parse_land).reindex(
            lines.index, fill_value=False
        ),
        "原值",
        "is not what the roster holds, so the correction no longer fits",
        "check the household's roster row, and write its present value into 原值",
    )
    cells.done()
    return table, pictures


def told(visits: pd.DataFrame) -> list[str]:
    """What the run says of lines that count as a visit and settle nothing: an unknown item, no value found."""
    said = {"other": "不认识的项目 / an unknown item", "open": "没有写核实值 / nothing found is written"}
    out = []
    for kind, words in said.items():
        for source, lines in visits[visits["kind"] == kind].groupby("source", sort=True):
            rows = rows_told(lines["row"].drop_duplicates().tolist())
            out.append(f"{source}：{rows}：{words}；只算作走访，不更正任何事实 / counts as a visit, corrects nothing")
    return out


def _kinds(items: pd.Series, records: pd.DataFrame | None) -> pd.Series:
    """What kind of item each line checks: record / roster / residence / photo / other (a column nobody declares).

    Where the books are not read, what is nothing else is taken to be of the books; its name is not kept.
    """
    facts = set(records.columns) - set(OF_BOOKS) if records is not None else None
    known = {RESIDENCE: "residence", **dict.fromkeys(PHOTOGRAPHS, "photo"), **dict.fromkeys(FORM_COLUMNS, "roster")}
    kinds = {
        item: known.get(item) or ("record" if facts is None or item in facts else "other") for item in items.unique()
    }
    return items.map(kinds).astype("str")


def _values(
    lines: pd.DataFrame, cells: Cells, records: pd.DataFrame | None, parse_land: ParseLand | None
) -> pd.DataFrame:
    """VISITS: typed old and new values; texts of roster columns, which may identify, go no further than here."""
    out = lines[
        ["village", "household", "date", "manager", "item", "kind", "changed", "person", "source", "row"]
    ].assign(old=float("nan"), new=float("nan"), old_text=None, new_text=None)
    state = lines["kind"] == "residence"
    cells.refuse(
        state & ~lines["new"].isin(STATES),
        "核实值",
        "is no residence state",
        "write 常住, 已迁出 or 已死亡",
    )
    out.loc[state, "new_text"] = lines.loc[state, "new"]
    if records is not None:
        _record_values(out, lines, cells, records)
        out = pd.concat([out, _land_rows(out, lines, records, parse_land)], ignore_index=True)
        _refuse_moved(out, cells, records)
    # the name of an unknown column is whatever somebody typed
    unnamed = out["kind"].isin(["other"] if records is not None else ["other", "record"])
    out.loc[unnamed, "item"] = "其他"
    for column in ("old_text", "new_text", "person", "manager"):
        out[column] = out[column].astype("str")
    return checked("visits", out) if len(out) else empty("visits")


def _record_values(out: pd.DataFrame, lines: pd.DataFrame, cells: Cells, records: pd.DataFrame) -> None:
    """Fills old and new of record facts: numbers as numbers, categories as text."""
    of_books = lines["kind"] == "record"
    numeric = {c for c in records.columns if pd.api.types.is_numeric_dtype(records[c])}
    number = of_books & lines["item"].isin(numeric)
    for column, header in (("old", "原值"), ("new", "核实值")):
        read = lines.loc[number, column].map(_number, na_action="ignore").astype("float64")
        unread = read.isna() & lines.loc[number, column].notna()
        cells.refuse(
            unread.reindex(lines.index, fill_value=False),
            header,
            "holds no number, and the item is one",
            "write digits",
        )
        out.loc[number, column] = read
        text = of_books & ~number
        out.loc[text, f"{column}_text"] = lines.loc[text, column]
    out.loc[number, "changed"] = _differ(out[number])


def _number(text: str) -> float:
    try:
        return float(amount(text))
    except ValueError:
        return float("nan")


def _differ(lines: pd.DataFrame) -> pd.Series:
    """Whether old and new of each line are two facts."""
    pairs = zip(lines["old"], lines["new"], strict=True)
    return pd.Series([not alike(old, new) for old, new in pairs], index=lines.index, dtype="bool")


def _land_rows(
    out: pd.DataFrame, lines: pd.DataFrame, records: pd.DataFrame, parse_land: ParseLand | None
) -> pd.DataFrame:
    """A corrected 承包土地及山林信息 as corrections of the land facts, expected to be as the books have them."""
    facts = [f for f in LAND_FACTS if f in records.columns]
    changed = (lines["item"] == LAND) & lines["changed"] & lines["new"].notna()
    if not facts or parse_land is None or not changed.any():
        return out.iloc[0:0]
    read = {text: land_pair(parse_land(text)) for text in lines.loc[changed, "new"].unique()}
    books = records.set_index("household")
    parts = []
    for fact in facts:
        part = out[changed].copy()
        place = LAND_FACTS.index(fact)
        part["new"] = lines.loc[changed, "new"].map(lambda text, place=place: read[text][place]).astype("float64")
        part["old"] = part["household"].map(books[fact]).astype("float64")
        part = part[part["new"].notna() & part["household"].isin(books.index)]
        part = part.assign(item=fact, kind="record", changed=_differ(part))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def land_pair(read: object) -> tuple[float, float]:
    """(land, forest) in mu out of whatever the roster's land reader gives; NaN where it reads nothing."""
    land = getattr(read, "land_mu", None)
    forest = getattr(read, "forest_mu", None)
    if land is None and isinstance(read, tuple) and len(read) >= 2:
        land, forest = read[0], read[1]
    return tuple(float("nan") if x is None else float(x) for x in (land, forest))  # type: ignore[return-value]


def _refuse_moved(out: pd.DataFrame, cells: Cells, records: pd.DataFrame) -> None:
    """Marks corrections whose old value stands neither in the books nor as what an earlier visit found."""
    moved = out.loc[standing(out, records).eq("moved").reindex(out.index, fill_value=False), ["source", "row"]]
    faulty = set(moved.itertuples(index=False, name=None))
    cells.refuse(
        pd.Series(
            [pair in faulty for pair in cells.raw[["source", "row"]].itertuples(index=False, name=None)], dtype=bool
        ),
        "原值",
        "is not what records hold, so the correction no longer fits",
        "check the household's record, and write its present value into 原值",
    )
