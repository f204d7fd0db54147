"""Admits the bank's records: the feature spec's columns as numbers and categories, households as pseudonyms.

Takes ``records`` as read (all text) and gives the table ``records``: one row a household, the newest dated on or before
``as_of``.  A cell that is no number, a household twice, a row without village or household number is the user's file
to mend (``InputError`` naming file, column and rows), because a limit would hang on the guess.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import numpy as np
import pandas as pd

from workbench.errors import Fault, InputError
from workbench.identity import Pseudonyms, pseudonym_columns
from workbench.limit.features import LARGEST, category_text, require_columns
from workbench.spec import FeatureSpec
from workbench.store.cells import day
from workbench.store.tables import checked
from workbench.store.text import heading

VILLAGE, NUMBER, DATED = "行政村名称", "户号", "数据日期"
ROWS_TOLD = 8


def admit_records(raw: pd.DataFrame, spec: FeatureSpec, *, names: Pseudonyms, as_of: date) -> pd.DataFrame:
    """The table ``records``.  Rows dated after ``as_of`` do not exist; of several dated rows the newest counts."""
    file = _file(raw)
    require_columns([str(c) for c in raw.columns], [VILLAGE, NUMBER, *spec.names], file)
    faults: list[Fault] = []
    out = pd.DataFrame(
        {
            "village": raw[VILLAGE].str.strip(),
            "household": pseudonym_columns(raw, names, VILLAGE, NUMBER),
            "record_date": _days(raw, faults),
        }
    )
    nameless = out.village.isna() | (out.village == "") | out.household.isna()
    if nameless.any():
        faults.append(Fault(_rows(raw, nameless), f"{VILLAGE} or {NUMBER} is empty", "fill it in, or remove the row"))
    for feature in spec.features:
        if feature.kind == "number":
            out[feature.name] = _numbers(raw, feature.name, faults)
        else:
            out[feature.name] = category_text(raw[feature.name])
    if faults:
        raise InputError(faults)
    kept = out[~(out.record_date > pd.Timestamp(as_of))]
    return checked("records", _newest(kept, raw))


def _newest(kept: pd.DataFrame, raw: pd.DataFrame) -> pd.DataFrame:
    key = ["village", "household"]
    twice = kept.duplicated([*key, "record_date"], keep=False)
    if twice.any():
        raise InputError(
            _rows(raw, twice.reindex(raw.index, fill_value=False)),
            "the same household stands there more than once",
            f"keep one row a household, or date the rows in {DATED}",
        )
    newest = kept.sort_values("record_date", kind="stable", na_position="first").drop_duplicates(key, keep="last")
    return newest.reset_index(drop=True)


def unused(columns: list[str], spec: FeatureSpec, file: str = "records") -> list[str]:
    """What the run says of columns of the books that the spec does not name: they are read by nobody.

    Digits in a header that could be somebody's are left out.
    """
    known = {"source", "row", VILLAGE, NUMBER, DATED, *spec.names}
    return [f"{file}：未用的列“{heading(c)}” / column not used" for c in columns if c not in known]


def plain_number(text: str) -> str:
    """A number cell with full-width forms, blanks around it and thousands separators taken away.

    >>> plain_number("１2,345.50 ")
    '12345.50'
    >>> plain_number("1,2")
    '1,2'
    """
    flat = unicodedata.normalize("NFKC", text).strip()
    head, _, _ = flat.lstrip("+-").partition(".")
    groups = head.split(",")
    grouped = len(groups) > 1 and 1 <= len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])
    return flat.replace(",", "") if grouped else flat


def _numbers(raw: pd.DataFrame, name: str, faults: list[Fault]) -> pd.Series:
    cells = raw[name]
    if pd.api.types.is_numeric_dtype(cells):
        values = cells.astype(float)
        wrong = values.abs() > LARGEST
    else:
        text = cells.map(plain_number, na_action="ignore")
        values = pd.to_numeric(text, errors="coerce").astype(float)
        wrong = (values.isna() & text.notna() & (text != "")) | (values.abs() > LARGEST)
    if wrong.any():
        faults.append(
            Fault(
                f"{_rows(raw, wrong)}, column {name}", "is no number", "write a plain number, or leave the cell empty"
            )
        )
    return values


def _days(raw: pd.DataFrame, faults: list[Fault]) -> pd.Series:
    if DATED not in raw.columns:
        return pd.Series(pd.NaT, index=raw.index, dtype="datetime64[s]")
    cells = raw[DATED].map(lambda v: "" if pd.isna(v) else str(v).strip()).astype("object")
    read = {cell: _day(cell) for cell in cells.unique()}
    days = pd.Series(pd.to_datetime(cells.map(read)), index=raw.index).astype("datetime64[s]")
    wrong = days.isna() & (cells != "")
    if wrong.any():
        faults.append(Fault(f"{_rows(raw, wrong)}, column {DATED}", "is no date", "write it as 2021-11-30"))
    return days


def _day(cell: str) -> np.datetime64:
    """The day as every other table's days are read (2021/11/30, a time with its zone); NaT where it is none."""
    try:
        return np.datetime64(day(cell), "s")
    except ValueError:
        return np.datetime64("NaT", "s")


def _file(raw: pd.DataFrame) -> str:
    return str(raw["source"].iloc[0]) if "source" in raw.columns and len(raw) else "records"


def _rows(raw: pd.DataFrame, wrong: pd.Series) -> str:
    hit = raw[wrong.to_numpy(dtype=bool)]
    rows = hit["row"] if "row" in hit.columns else pd.Series(np.flatnonzero(wrong.to_numpy()) + 1)
    file = str(hit["source"].iloc[0]) if "source" in hit.columns and len(hit) else "records"
    shown = ", ".join(str(int(r)) for r in rows.head(ROWS_TOLD))
    return f"{file}: row {shown}{', …' if len(rows) > ROWS_TOLD else ''}"
