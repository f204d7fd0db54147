"""What names a person where no person belongs: a grid cell called after its manager, a telephone in a file's name.

Forms have columns for identities, and the admitting modules put pseudonyms there.  People write them elsewhere too: as
the name of a group, a grid cell, a file, a column, a category of the books.  At the door such texts are looked through
for everybody in the rosters, for staff who go by a name, and for whatever has the shape of an ID or a mobile number.
Each one found is replaced by its code; the rest of the text stays, and equal texts stay equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
_NUMBERS = ("身份证", "户主身份证", "户号", "联系方式")
_LONGEST = 30
"""Characters of a name or an address that is looked for."""
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
        sheets: Iterable[RosterSheet],
        staff: Iterable[str],
        villages: Iterable[str],
        names: Pseudonyms,
    ) -> None:
        self._names = names
        places = [v for v in villages if v]
        asked = {t for t in texts if isinstance(t, str)}
        long = {w for t in asked for w in _windows(t, 3)}
        alone = {w for t in asked for w in _alone(t, places)}
        numbers = {w for t in asked for w in _NUMBER.findall(t)}
        found = set[str]()
        for sheet in sheets:
            for column, among in (("姓名", long | alone), ("现居住地址", long), *((c, numbers) for c in _NUMBERS)):
                if column in sheet.body.columns and among:
                    cells = sheet.body.columns[column].text
                    found |= set(cells.filter(pc.is_in(cells, value_set=pa.array(sorted(among)))).to_pylist())
        of_staff = {s for s in staff if _NAME.fullmatch(s) and names.staff(s) != s}
        found |= of_staff & {w for t in asked for w in _windows(t, 2)}
        kept = {w for w in found if _NAME.fullmatch(w) or _ADDRESS.fullmatch(w) or w in numbers}
        self._found = sorted((w for w in kept if not any(w in p for p in places)), key=len, reverse=True)
        self._alone = {w for w in self._found if len(w) == 2 and w not in of_staff}
        self._places = places

    def text(self, given: str) -> str:
        """The text with a code in the place of each identity."""
        own = set(_alone(given, self._places))
        numbers = set(_NUMBER.findall(given))
        out = _SHAPED.sub(lambda match: self._names.stand_in(match[0]), given)
        for word in self._found:
            whole = word in numbers if _NUMBER.fullmatch(word) else len(word) > 2 or word not in self._alone
            if word in out and (whole or word in own):
                out = out.replace(word, self._names.stand_in(word))
        return out

    def frame(self, frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
        """The frame with the named columns looked through."""
        said = {c: {t: self.text(t) for t in frame[c].dropna().unique()} for c in columns}
        changed = {c: known for c, known in said.items() if any(t != u for t, u in known.items())}
        return frame.assign(
            **{c: frame[c].map(known, na_action="ignore").astype("str") for c, known in changed.items()}
        )


def free_columns(frame: pd.DataFrame, spec: FeatureSpec | None) -> list[str]:
    """The columns of an admitted table that hold text as somebody wrote it: ``FREE``, and categories of the books."""
    of_books = spec.categories if spec is not None else []
    return [c for c in (*FREE, *of_books) if c in frame.columns]


def _windows(text: str, shortest: int) -> Iterator[str]:
    """Every piece of a text that may be a name or an address."""
    for start in range(len(text)):
        for end in range(start + shortest, min(len(text), start + _LONGEST) + 1):
            yield text[start:end]


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
        if len(part) == 2:
            yield part
