"""Names: only a blank one is rejected; dots and old code points are brought to their standard form.

Systems before GB18030-2022 kept rare characters on private-use code points (䶮 on U+E863); the standard character
takes their place.  The dot within a name is U+00B7.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.roster.lists import Lists
from workbench.roster.rows import Findings, Rows
from workbench.store.grid import may_hold

DOT, DOTS = "·", "•・．‧"


def standard_name(text: str, private_use: dict[int, str]) -> str:
    """The name in its standard form.

    >>> standard_name("买买提•艾力", {}), standard_name("吴\\ue863", {0xE863: "䶮"})
    ('买买提·艾力', '吴䶮')
    """
    return text.translate({**private_use, **{ord(d): DOT for d in DOTS}})


def check_names(rows: Rows, found: Findings, lists: Lists) -> pa.StringArray:
    """Reads 姓名 of all rows."""
    text = rows.cells["姓名"]
    found.add("name_missing", ~rows.filled("姓名"))
    if not may_hold(text, DOTS + "\ue000\uf000"):
        return text
    odd = np.asarray(pc.match_substring_regex(text, f"[{DOTS}\ue000-\uf8ff]").fill_null(False))
    if not odd.any():
        return text
    given = text.filter(pa.array(odd)).to_pylist()
    mended = [standard_name(t, lists.private_use) for t in given]
    changed = odd.copy()
    changed[odd] = [m != t for m, t in zip(mended, given, strict=True)]
    found.add("name_form", changed)
    return pc.replace_with_mask(text, pa.array(odd), pa.array(mended, pa.string()))
