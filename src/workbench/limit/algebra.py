"""Products that give the same bits on any number of threads: BLAS splits sums over its threads, these do not."""

from __future__ import annotations

import numpy as np

from workbench.limit.features import Matrix


def times(rows: Matrix, beta: Matrix) -> Matrix:
    """``rows @ beta``, one number a row.

    >>> times(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([10.0, 1.0])).tolist()
    [12.0, 34.0]
    """
    return np.asarray(np.einsum("ij,j->i", rows, beta))


def summed(rows: Matrix, weight: Matrix) -> Matrix:
    """``rows.T @ weight``, one number a column."""
    return np.asarray(np.einsum("ij,i->j", rows, weight))


def gram(rows: Matrix) -> Matrix:
    """``rows.T @ rows``."""
    return np.asarray(np.einsum("ij,ik->jk", rows, rows))
