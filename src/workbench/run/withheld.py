"""What names a person where no person belongs: a grid cell called after its manager, a telephone in a file's name.

Forms have columns for identities, and the admitting modules put pseudonyms there.  People write them elsewhere too: as
the name of a group, a grid cell, a file, a column, a category of the books.  At the door such texts are looked through
for everybody in the rosters, for staff who go by a name, and for whatever has the shape of an ID or a mobile number.
Each one found is replaced by its code; the rest of the text stays, and equal texts stay equal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench.identity import Pseudonyms
from workbench.spec import FeatureSpec
from workbench.store.dataset import RosterSheet

STAFF = ("客户经理", "评议员", "审批人", "复核人")
"""Columns of any input that may hold the name of somebody of the bank or of a panel."""
FREE = ("source", "group", "cell", "old_text", "new_text")
"""Columns of admitted tables that hold text as somebody wrote it; the others hold codes, or words of closed lists."""
_NAMES, _ADDRESSES = "姓名", "现居住地址"
_LOOKED = (_NAMES, _ADDRESSES, "身份证", "户主身份证", "户号", "联系方式")
SHORT = 2
"""Characters: so short a name may be a place's; it counts where it stands alone."""
_LONGEST = 30
"""Characters of a name or an address that is looked for."""
LONGEST_TEXT = 120
"""Characters: what is longer is no name of anything, and is replaced as a whole."""
_SHAPED = re.compile(r"(?<!\d)(?:[1-9]\d{16}[\dXx]|1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)")
_NAME = re.compile(r"[\u3400-\u9fff·\U00020000-\U0003ffff]{2,12}(?<![村组队片屯社镇乡])")
_ADDRESS = re.compile(r"(?=.*[号室栋幢路街巷弄]).{6,}")
_PART = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"(?=[A-Za-z-]*\d)[0-9A-Za-z-]{5,}")


class Withheld:
    """Gives texts without identities: ``text`` is made ready once for all the texts that it will be asked for."""

    def __init__(
        self,
        texts: Iterable[str],
        sheets: Sequence[RosterSheet],
        staff: Iterable[str],
        villages: Iterable[str],
        names: Pseudonyms,
    ) -> None:
        self._names = names
        self._places = [v for v in villages if v]
        asked = {t for t in texts if isinstance(t, str)}
        of_staff = {s for s in staff if _NAME.fullmatch(s) and names.staff(s) != s}
        found = {w for t in asked for w in _windows(t, {len(s) for s in of_staff}) if w in of_staff}
        people = {c: _every(sheets, c) for c in _LOOKED}
        for some in _batches(sorted(asked)):
            found |= _known(some, people, self._places)
        kept = {w for w in found if _NAME.fullmatch(w) or _ADDRESS.fullmatch(w) or _NUMBER.fullmatch(w)}
        self._found = {w for w in kept if not any(w in place for place in self._places)}
        self._sizes = {len(w) for w in self._found}
        self._alone = {w for w in self._found if len(w) == SHORT and w not in of_staff}

    def text(self, given: str) -> str:
        """The text with a code in the place of each identity."""
        out = _SHAPED.sub(lambda match: self._names.stand_in(match[0]), given)
        here = {w for w in _windows(given, self._sizes) if w in self._found}
        free = {w for w in here if w not in self._alone and not _NUMBER.fullmatch(w)}
        for word in sorted(
            free | here & {*_alone(given, self._places), *_NUMBER.findall(given)}, key=len, reverse=True
        ):
            out = out.replace(word, self._names.stand_in(word))
        return out

    def _short(self, given: str) -> str:
        return self.text(given) if len(given) <= LONGEST_TEXT else self._names.stand_in(given)

    def frame(self, frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
        """The frame with the named columns looked through; a text too long for a name is replaced as a whole."""
        said = {c: {t: self._short(t) for t in frame[c].dropna().unique()} for c in columns}
        changed = {c: known for c, known in said.items() if any(t != u for t, u in known.items())}
        return frame.assign(
            **{c: frame[c].map(known, na_action="ignore").astype("str") for c, known in changed.items()}
        )


def free_texts(frame: pd.DataFrame, columns: Iterable[str]) -> Iterator[str]:
    """The texts that ``Withheld`` must be made ready for."""
    for column in columns:
        yield from (t for t in frame[column].dropna().unique() if len(t) <= LONGEST_TEXT)


def free_columns(frame: pd.DataFrame, spec: FeatureSpec | None) -> list[str]:
    """The columns of an admitted table that hold text as somebody wrote it: ``FREE``, and categories of the books."""
    of_books = spec.categories if spec is not None else []
    return [c for c in (*FREE, *of_books) if c in frame.columns]


def _batches(texts: list[str]) -> Iterator[list[str]]:
    """The texts in lots of some 20,000 characters, so that their pieces fit into memory whatever the texts."""
    lot: list[str] = []
    size = 0
    for text in texts:
        lot.append(text)
        size += len(text)
        if size > 20_000:
            yield lot
            lot, size = [], 0
    yield lot


def _every(sheets: Sequence[RosterSheet], column: str) -> pa.Array:
    """What stands in a column of the rosters, each text once."""
    cells = [sheet.body.columns[column].text for sheet in sheets if column in sheet.body.columns]
    return pc.unique(pa.chunked_array(cells, pa.string()))


def _known(texts: list[str], people: dict[str, pa.Array], places: list[str]) -> set[str]:
    """The pieces of some texts that are somebody's name, address or number in the rosters."""
    alone = {w for t in texts for w in _alone(t, places)}
    numbers = {w for t in texts for w in _NUMBER.findall(t)}
    found = set[str]()
    for column, cells in people.items():
        among = numbers
        if column in (_NAMES, _ADDRESSES):
            sizes = set(pc.unique(pc.utf8_length(cells)).to_pylist()) & set(range(SHORT + 1, _LONGEST + 1))
            among = {w for t in texts for w in _windows(t, sizes)} | (alone if column == _NAMES else set())
        if among:
            found |= set(cells.filter(pc.is_in(cells, value_set=pa.array(sorted(among)))).to_pylist())
    return found


def _windows(text: str, sizes: Collection[int]) -> Iterator[str]:
    """Every piece of a text that has one of the sizes."""
    for size in sizes:
        for start in range(len(text) - size + 1):
            yield text[start : start + size]


def _alone(text: str, places: list[str]) -> Iterator[str]:
    """Pieces of two characters that stand alone, or beside nothing but a village and digits.

    Two characters inside a longer word are more often a place's than a person's.

    >>> list(_alone("rosters/大院村王芳2.xlsx", ["大院村"])), list(_alone("李庄组", []))
    (['王芳'], [])
    """
    for part in _PART.findall(text):
        for place in places:
            part = part.replace(place, "")
        part = part.strip("0123456789")
        if len(part) == SHORT:
            yield part
