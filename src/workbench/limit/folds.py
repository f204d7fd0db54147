"""Folds that keep a group whole: a village that is scored was never seen by the model that scores it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

Index = npt.NDArray[np.int64]


def group_folds(groups: pd.Series, folds: int, seed: int, least: int = 1) -> Index:
    """The fold of each row, 0 to folds - 1; rows of a group share one, a row without a group is its own group.

    Groups are dealt largest first to the fold with the fewest rows, ties in an order drawn from ``seed``; so the folds
    do not depend on the order of the rows.  With fewer groups than folds, each group is a fold.  With a single group,
    or where fewer than ``least`` rows would be left beside the fullest fold, rows are dealt (``rows_dealt`` tells:
    nothing can then be said about unseen groups).

    >>> group_folds(pd.Series(["a", "a", "b", "b"]), 5, 1).tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    codes = group_codes(groups)
    sizes = np.bincount(codes)
    if rows_dealt(codes, least):
        codes = np.arange(len(codes))
        sizes = np.ones(len(codes), dtype=int)
    drawn = np.random.default_rng(seed).permutation(len(sizes))
    order = drawn[np.argsort(-sizes[drawn], kind="stable")]
    load = np.zeros(min(folds, len(sizes)), dtype=int)
    of_group = np.empty(len(sizes), dtype=int)
    for g in order:
        of_group[g] = int(np.argmin(load))
        load[of_group[g]] += sizes[g]
    return of_group[codes]


def group_codes(groups: pd.Series) -> Index:
    """Whole numbers for groups in the order of their names; rows without a group are numbered one by one after them."""
    text = groups.astype("object").map(lambda v: np.nan if pd.isna(v) else str(v))
    known = text.notna().to_numpy()
    codes = np.empty(len(text), dtype=int)
    values, inverse = np.unique(text[known].astype(str).to_numpy(dtype=str), return_inverse=True)
    codes[known] = inverse
    codes[~known] = len(values) + np.arange(int((~known).sum()))
    return codes


def rows_dealt(codes: Index, least: int = 1) -> bool:
    """Whether groups cannot be kept whole: there is one, or all but fewer than ``least`` rows stand in one.

    >>> rows_dealt(np.array([0, 0, 0, 1]), least=2), rows_dealt(np.array([0, 0, 1, 1]), least=2)
    (True, False)
    """
    sizes = np.bincount(codes)
    return bool(len(codes) - sizes.max() < least)
