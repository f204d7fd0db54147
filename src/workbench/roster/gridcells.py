"""The grid: which cell and which client manager a group, and so a household, belongs to."""

from __future__ import annotations

import pandas as pd

from workbench.errors import InputError
from workbench.identity import Pseudonyms
from workbench.store.cells import Cells, rows_told
from workbench.store.tables import checked, empty

_GROUP = r"[^\s\d]{0,6}[0-9０-９一二三四五六七八九十]{0,3}(?:村民)?(?:小组|组|队|片|屯|社)|[0-9０-９]{1,3}"


def admit_grid(raw: pd.DataFrame | None, names: Pseudonyms) -> pd.DataFrame:
    """``grid`` out of the file, managers as codes; ``InputError`` naming rows where a group stands twice."""
    if raw is None:
        return empty("grid")
    cells = Cells(raw)
    frame = pd.DataFrame(
        {
            "village": cells.text("行政村名称", needed=True),
            "group": cells.text("组名", needed=True),
            "cell": cells.text("网格", needed=True),
            "manager": cells.text("客户经理", needed=True),
        }
    )
    cells.done()
    frame["manager"] = frame["manager"].map(names.staff)
    again = frame.drop_duplicates().duplicated(["village", "group"])
    if again.any():
        wrong = raw.iloc[again.index[again]]
        raise InputError(
            f"{wrong['source'].iloc[0]}: 组名: {rows_told(wrong['row'].tolist())}",
            "a group stands in two cells or under two managers",
            "keep one line a group",
        )
    return checked("grid", frame.drop_duplicates())


def looks_like_a_group(groups: pd.Series) -> pd.Series:
    """Whether a name that the grid does not know is a group's; anything else may be a person's, and goes no further.

    >>> looks_like_a_group(pd.Series(["1组", "王甲子", "老庄队", "第三村民小组", "12"], dtype="str")).tolist()
    [True, False, True, True, True]
    """
    return groups.str.fullmatch(_GROUP, na=False)


def place_groups(refused: pd.DataFrame, households: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """``quarantined_people``: rejected rows by household, in the cell of it, else of the group they name."""
    known = households.set_index("household")[["cell", "manager"]]
    out = refused.merge(grid, on=["village", "group"], how="left")
    on_roster = pd.Series(known.index.get_indexer(pd.Index(out["household"])) >= 0, index=out.index)
    for column in ("cell", "manager"):
        out[column] = out[column].where(~on_roster, out["household"].map(known[column])).astype("str")
    out["on_roster"] = on_roster
    keys = ["village", "household", "cell", "manager", "on_roster"]
    return out.groupby(keys, dropna=False).size().rename("rows").reset_index()
