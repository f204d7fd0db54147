"""The consensus of any long table of ratings, from file to file; no key, no village, no roster needed.

In: a Parquet or CSV table.  Out: FILE with the columns of ``consensus`` (``item`` for the household) and, beside it,
FILE with the suffix ``.raters``.  Codes stay text (007); an empty value is no rating; what is no number, or below 0, or
said twice by one rater, is refused naming the rows as a spreadsheet shows them, never the cell.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.errors import Fault, InputError
from workbench.panel.consensus import Settled, consensus_of
from workbench.store.longtable import read_columns, write_frame

ROWS_TOLD = 50
MOST = 1e15
"""No rating is larger, or smaller than one over it: squares of such figures are no numbers any more."""
NO_STAKE = ("", "0", "0.0", "false", "否", "无", "no", "n")
NOT_WRITTEN = (".xlsx", ".xls", ".xlsm", ".ods")
"""Suffixes of what this command does not write: a Parquet file under such a name opens nowhere."""


def consensus_file(
    table: Path,
    *,
    item: str,
    rater: str,
    value: str,
    unit: str | None = None,
    role: str | None = None,
    conflict: str | None = None,
    out: Path,
    note: Callable[[str], None] | None = None,
) -> tuple[Path, Path]:
    """The consensus of ``table`` into ``out`` (Parquet, or CSV by its suffix) and its raters into ``out`` ``.raters``.

    ``note`` is told how much was settled, and on which scale the raters' figures stand.

    ``unit``: what shares one panel: the same code in two units is two raters, two items.  Figures are on the scale of
    ``value``.  ``InputError`` names file, column and rows.
    """
    wanted = {"item": item, "rater": rater, "value": value, "unit": unit, "role": role, "conflict": conflict}
    given = {name: column for name, column in wanted.items() if column}
    _refuse_one_for_two(given)
    beside = out.with_suffix(".raters")
    _refuse_places(table, out, beside)
    raw = read_columns(table, list(given.values()))
    frame = _admitted(raw, given, table.name)
    found = consensus_of(frame)
    consensus, raters = _named(found, frame, unit is not None)
    write_frame(out, consensus)
    write_frame(beside, raters, like=out)
    if note is not None:
        note(_told(found, len(frame), len(raw) - len(frame)))
    return out, beside


def _told(found: Settled, ratings: int, empty: int) -> str:
    """How much was settled, and what a severity of 0.1 is.

    >>> blank = pd.DataFrame(index=range(2))
    >>> print(_told(Settled(blank, blank, blank, False), 4, 1))
    4 条评议，2 人评 2 项；空着的 1 行不算；按原数求，松紧与随意程度的单位与所评的数相同
        4 ratings of 2 items by 2 raters; 1 row without a value; plain: severity and noise are in the units of the value
    """
    items, crew = len(found.consensus), len(found.raters)
    plain = ("按原数求，松紧与随意程度的单位与所评的数相同", "plain: severity and noise are in the units of the value")
    in_log = ("按比例求，松紧 0.1 即比众人高一成", "log: a severity of 0.1 is a tenth above the others")
    chinese, english = in_log if found.log else plain
    rows = "row" if empty == 1 else "rows"
    without = (f"空着的 {empty} 行不算；", f"{empty} {rows} without a value; ") if empty else ("", "")
    return (
        f"{ratings} 条评议，{crew} 人评 {items} 项；{without[0]}{chinese}\n"
        f"    {ratings} ratings of {items} items by {crew} raters; {without[1]}{english}"
    )


def _refuse_one_for_two(given: dict[str, str]) -> None:
    """``InputError`` where one column is named for two things, which it can hardly hold."""
    for column in sorted({c for c in given.values() if list(given.values()).count(c) > 1}):
        names = ", ".join(f"--{name}" for name, c in given.items() if c == column)
        raise InputError(names, "name the same column", "give each its own column")


def _refuse_places(table: Path, out: Path, beside: Path) -> None:
    """``InputError`` where a file of ratings holds nothing or would be written over, or ``out`` cannot be a table."""
    if out.suffix.lower() in NOT_WRITTEN:
        raise InputError(
            out.name,
            "is the name of a workbook, and this command writes Parquet or CSV",
            "end it with .parquet or .csv",
        )
    for place in (out, beside):
        try:
            folder = place.is_dir()
            held = next(p for p in place.absolute().parents if p.exists())
        except OSError:
            raise InputError("--out", "is no name that a file can have", "give another name for --out") from None
        if folder:
            raise InputError(place.name, "is a folder", "give the name of a file for --out")
        if not held.is_dir():
            raise InputError(held.name, "is a file, not a folder", "give another name for --out")
    if beside == out:
        raise InputError(out.name, "may not end with .raters, which is the second file", "give another name for --out")
    if any(place.resolve() == table.resolve() for place in (out, beside)):
        raise InputError(out.name, "is the table that is read", "give another name for --out")
    if table.is_file() and not table.stat().st_size:
        raise InputError(table.name, "holds nothing", "give a table with a header and its ratings")


def _admitted(raw: pd.DataFrame, given: dict[str, str], file: str) -> pd.DataFrame:
    """Columns village, household, rater, role, limit, interest; one row a rating, in a fixed order."""
    row = np.arange(2, len(raw) + 2)
    faults: list[Fault] = []
    blank = pd.concat([raw[c].isna() for c in given.values()], axis=1).all(axis=1).to_numpy()

    def refuse(rows: np.ndarray, column: str, problem: str, remedy: str) -> None:
        if rows.any():
            told = row[rows]
            more = f" and {len(told) - ROWS_TOLD} more" if len(told) > ROWS_TOLD else ""
            said = ", ".join(map(str, told[:ROWS_TOLD]))
            faults.append(Fault(f"{file}: {column}", f"{problem}: row {said}{more}", remedy))

    number = _numbers(raw[given["value"]])
    text = raw[given["value"]].notna().to_numpy()
    refuse(
        text & ~np.isfinite(number), given["value"], "is no finite number", "write one number, or leave the cell empty"
    )
    refuse(number < 0, given["value"], "is below 0", "a rating is 0 or more")
    with np.errstate(invalid="ignore"):
        strange = np.isfinite(number) & ((number > MOST) | ((number > 0) & (number < 1 / MOST)))
    refuse(strange, given["value"], "is no amount: beyond 10^15, or nearly nothing", "write the figure that was meant")
    for name in ("item", "rater", "unit"):
        if name in given:
            refuse(
                raw[given[name]].isna().to_numpy() & ~blank,
                given[name],
                "is empty",
                "fill the cell, or take the row out",
            )
    nothing = pd.Series("", index=raw.index, dtype="str")
    frame = pd.DataFrame(
        {
            "village": raw[given["unit"]] if "unit" in given else nothing,
            "household": raw[given["item"]],
            "rater": raw[given["rater"]],
            "role": raw[given["role"]] if "role" in given else nothing.replace("", None),
            "limit": number,
            "interest": ~raw[given["conflict"]].fillna("").astype("str").str.lower().isin(NO_STAKE)
            if "conflict" in given
            else False,
        }
    )
    kept = text & np.isfinite(number)
    again = np.zeros(len(raw), bool)
    again[kept] = frame[kept].duplicated(["village", "household", "rater"]).to_numpy()
    refuse(again, given["rater"], "rates an item that the same rater has rated above", "keep one of the rows")
    if faults:
        raise InputError(faults)
    out: pd.DataFrame = frame[kept].sort_values(["village", "household", "rater"], ignore_index=True)
    return out


def _numbers(cells: pd.Series) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan)
    return pd.to_numeric(cells.str.strip(), errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _named(found: Settled, frame: pd.DataFrame, has_unit: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables under the names of the command: ``item`` for the household, the unit as ``village``."""
    consensus = found.consensus.rename(columns={"household": "item"}).drop(columns=["bars", "split"], errors="ignore")
    raters = found.raters
    if not has_unit:
        consensus, raters = consensus.drop(columns="village"), raters.drop(columns="village")
    for column in ("panel_limit", "low", "high", "mean", "median"):
        consensus[column] = _ten_digits(consensus[column].to_numpy())
    front = [c for c in ("village", "rater", "role") if c in raters.columns]
    return consensus, raters[front + [c for c in raters.columns if c not in front]]


def _ten_digits(figures: np.ndarray) -> np.ndarray:
    """Ten significant digits: what a figure owes to the order of a sum is gone."""
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.where(figures > 0, 9 - np.floor(np.log10(figures)), 0)
    scale = 10.0 ** np.clip(places, -300, 300)
    return np.asarray(np.round(figures * scale) / scale)
