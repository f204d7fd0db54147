"""Turns any table that a feature spec describes into the model's matrix: columns by name, categories by fixed codes.

LightGBM itself goes by column position, reads an unseen category as whatever code it is given, and accepts infinity:
so the matrix is built here, one way, for training and for scoring.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.errors import Fault, InputError
from workbench.spec import Feature, FeatureSpec

Matrix = npt.NDArray[np.float64]
Codes = Mapping[str, list[str]]
"""For each category its values; a value's place in the list is its code."""

UNSEEN = -1.0
LARGEST = 1e15
"""No amount, count or share is as large: an ID number or a slip in a number column is, and sums of squares overflow."""


def code_tables(frame: pd.DataFrame, spec: FeatureSpec) -> dict[str, list[str]]:
    """The values of each category in the training rows, in code-point order: its code table for good."""
    return {name: sorted({str(v) for v in category_text(frame[name]).dropna().unique()}) for name in spec.categories}


def category_text(cells: pd.Series) -> pd.Series:
    """Category cells as text, so that 2, 2.0, "2" and "2.0" are one value (a gap turns 2 into 2.0 in many programs);
    blank is missing, and "007" stays as it is.

    >>> category_text(pd.Series([2.0, None])).tolist(), category_text(pd.Series(["2.0", "007", "v2.0"])).tolist()
    (['2', nan], ['2', '007', 'v2.0'])
    """
    if pd.api.types.is_bool_dtype(cells):
        cells = cells.astype("object")
    if pd.api.types.is_numeric_dtype(cells):
        whole = cells.map(lambda v: np.nan if pd.isna(v) else (str(int(v)) if float(v).is_integer() else str(v)))
        return whole.astype("str")
    text = cells.astype("object").map(lambda v: np.nan if pd.isna(v) else _word(str(v)) or np.nan)
    return text.astype("str")


def _word(text: str) -> str:
    return re.sub(r"^(-?[1-9]\d*|0)\.0+$", r"\1", text.strip())


def numbers(cells: pd.Series, name: str, file: str, faults: list[Fault]) -> Matrix:
    """Number cells as floats (missing: NaN); text that is no number, and what no amount can be (infinity, anything
    beyond ``LARGEST``), become faults naming rows, no cell."""
    if cells.dtype == "object" and pd.api.types.infer_dtype(cells, skipna=True) == "boolean":
        cells = cells.astype("boolean")  # yes and no with gaps
    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells):
        values = cells.to_numpy(dtype=float, na_value=np.nan)
    else:
        stripped = cells.astype("object").map(lambda v: np.nan if pd.isna(v) else str(v).strip() or np.nan)
        parsed = pd.to_numeric(stripped, errors="coerce")
        values = parsed.to_numpy(dtype=float, na_value=np.nan)
        wrong = np.flatnonzero(np.isnan(values) & stripped.notna().to_numpy())
        if len(wrong):
            faults.append(Fault(_place(file, name, wrong), "holds text where the spec says number", _MEND))
    beyond = np.flatnonzero(np.abs(values) > LARGEST)
    if len(beyond):
        faults.append(Fault(_place(file, name, beyond), "holds an infinite number or one beyond any amount", _MEND))
    return values


_MEND = "mend these cells, or leave them empty"


def _place(file: str, name: str, rows: npt.NDArray[np.int64]) -> str:
    first = 2 if file.lower().endswith(".csv") else 1  # a spreadsheet counts the header
    shown = ", ".join(str(r + first) for r in rows[:5])
    return f"{file}: column {name}: {len(rows)} row{'s' * (len(rows) > 1)} (row {shown}{', …' * (len(rows) > 5)})"


def require_columns(present: list[str], wanted: list[str], file: str) -> None:
    """``InputError`` naming every column that the spec needs and the table lacks."""
    lacking = [n for n in wanted if n not in present]
    if lacking:
        raise InputError(
            [Fault(f"{file}: column {n}", "is missing", "the feature spec names it; add the column") for n in lacking]
        )


def encode(cells: pd.Series, feature: Feature, codes: Codes) -> tuple[Matrix, int]:
    """A category as codes; a value that training never saw is -1, which the library reads as missing; how many are."""
    table = {value: code for code, value in enumerate(codes[feature.name])}
    text = category_text(cells)
    coded = text.map(table).to_numpy(dtype=float, na_value=np.nan)
    strange = np.isnan(coded) & text.notna().to_numpy()
    return np.where(strange, UNSEEN, coded), int(strange.sum())


def matrix(frame: pd.DataFrame, spec: FeatureSpec, codes: Codes, file: str = "table") -> tuple[Matrix, dict[str, int]]:
    """The rows of ``frame`` in the order of the spec's features, and the unseen categories counted by feature."""
    require_columns([str(c) for c in frame.columns], spec.names, file)
    faults: list[Fault] = []
    unseen: dict[str, int] = {}
    out = np.empty((len(frame), len(spec.features)))
    for j, feature in enumerate(spec.features):
        if feature.kind == "number":
            out[:, j] = numbers(frame[feature.name], feature.name, file, faults)
        else:
            out[:, j], strange = encode(frame[feature.name], feature, codes)
            if strange:
                unseen[feature.name] = strange
    if faults:
        raise InputError(faults)
    return out, unseen


def shown(value: Any, feature: Feature) -> str | None:
    """A fact as text with its unit, None where it is missing.

    >>> shown(67500.0, Feature("x", "x", "x", "x", unit="yuan"))
    '67,500 yuan'
    """
    if pd.isna(value):
        return None
    if feature.kind == "category":
        return str(value)
    text = f"{float(value):,.2f}".rstrip("0").rstrip(".")
    return f"{text} {feature.unit}".strip()
