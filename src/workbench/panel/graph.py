"""Which members can be compared at all: the connected parts of the graph of members and households.

Members who never rated a household in common, not even through others, have no common measure: each part is centred on
itself, so that a rich village's members are not called lenient.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from workbench.panel.long import Ints, Long


def parts(table: Long) -> tuple[Ints, Ints, int]:
    """Part of each rater, part of each item, number of parts.

    Raters or items without a rating are parts of their own, after the others' meaning: they touch nothing.
    """
    nodes = table.raters + table.items
    edges = coo_array((np.ones(table.n, np.int8), (table.rater, table.raters + table.item)), shape=(nodes, nodes))
    count, label = connected_components(edges.tocsr(), directed=False)
    label = label.astype(np.int64)
    return label[: table.raters], label[table.raters :], int(count)
