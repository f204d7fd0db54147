"""Decides what is kept of a photograph: its kind, its size and a keyed digest, under a pseudonym; never the picture.

In: the lines of ``visits`` that name a photograph by its path under ``photos/``.  Out: ``photos``.  A path that leaves
``photos/`` (climbing, absolute, through a link), that is no plain file, holds nothing or is not there is refused by
row: exit 2.
"""

from __future__ import annotations

import stat
from pathlib import Path, PurePosixPath

import pandas as pd

from workbench.identity import Pseudonyms
from workbench.store.cells import Cells
from workbench.store.tables import checked, empty

PHOTOGRAPHS = ("客户近照", "房产照片")
FOLDER = "photos"
LARGEST = 200_000_000
"""Bytes; a tablet's photograph has some 5 million."""


def admit_photos(lines: pd.DataFrame, cells: Cells, folder: Path, names: Pseudonyms) -> pd.DataFrame:
    """PHOTOS; faults go to ``cells`` (columns of ``lines``: village, household, date, item, new, source, row)."""
    found: list[dict[str, object]] = []
    wrong: dict[str, list[object]] = {}
    known: dict[str, tuple[str, int] | str] = {}
    for line in lines.itertuples():
        said = line.new if isinstance(line.new, str) else ""
        if said not in known:
            known[said] = _look(said, folder, names)
        answer = known[said]
        if isinstance(answer, str):
            wrong.setdefault(answer, []).append(line.Index)
            continue
        digest, size = answer
        found.append(
            {
                "village": line.village,
                "household": line.household,
                "photo": names.photo(said),
                "kind": line.item,
                "digest": digest,
                "bytes": size,
                "date": line.date,
            }
        )
    for problem, rows in wrong.items():
        cells.refuse(
            cells.raw.index.to_series().isin(rows), "核实值", problem, "give the path of a picture under photos/"
        )
    return checked("photos", pd.DataFrame(found)) if found else empty("photos")


def _look(said: str, folder: Path, names: Pseudonyms) -> tuple[str, int] | str:
    """(keyed digest, bytes) of a photograph, or what is wrong with its path."""
    if not said:
        return "names no photograph"
    path = PurePosixPath(said.replace("\\", "/"))
    parts = path.parts[1:] if path.parts[:1] == (FOLDER,) else path.parts
    if "\0" in said or path.is_absolute() or not parts or ".." in parts or ":" in parts[0]:
        return "leaves photos/"
    try:
        place = folder.joinpath(*parts)
        if not place.resolve().is_relative_to(folder.resolve()):
            return "leaves photos/"
        about = place.stat()
        if not stat.S_ISREG(about.st_mode):
            return "names no plain file"
        if not about.st_size:
            return "names an empty file (zero bytes): the copy is broken"
        if about.st_size > LARGEST:
            return "names a file far too large for a photograph"
        return names.digest_file(place), about.st_size
    except (OSError, ValueError, RuntimeError):
        return "names a photograph that is not there"
