"""Identities that belong to nobody: names, ID numbers, telephones, places.

ID numbers begin with 341599, which is no county's code, and carry the right check character.  Given names are put
together from syllables by chance.  Telephones begin with 1650 (mobile) or 0564-6 (landline) and are drawn likewise.
"""

from __future__ import annotations

from datetime import date

import numpy as np

AREA = "341599"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"

PILOT_NAMES = ("大院村", "春塘村")
"""The notice names these two as the first pilots; the others are invented."""
_VILLAGE_NAMES = (
    *PILOT_NAMES,
    "荷风村",
    "柳岸村",
    "河滨街道",
    "青石桥村",
    "麦浪村",
    "云坡村",
    "枣林村",
    "燕塘村",
    "鹿鸣村",
    "松涛村",
    "竹影村",
    "梨花村",
    "望舒村",
    "听泉村",
    "芦花村",
    "晚晴村",
    "朝霞村",
    "半山村",
    "南溪村",
)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严"
_SYLLABLES = "安柏晨德方耕禾锦开岚茂宁朴清融山棠文祥耘泽芷舟竹"
_MOBILE = "1650"
_LANDLINE = "0564-6"


def stream(seed: int, what: str) -> np.random.Generator:
    """A source of chance for one purpose, so that turning one dial does not move what has nothing to do with it."""
    return np.random.default_rng([seed, *what.encode()])


def village_names(count: int) -> list[str]:
    """Names of ``count`` villages, the pilots first.

    >>> village_names(2)
    ['大院村', '春塘村']
    """
    return list(_VILLAGE_NAMES[:count]) + [f"新垦{n}村" for n in range(1, count - len(_VILLAGE_NAMES) + 1)]


def check_character(first17: str) -> str:
    """The last character of an ID number (GB 11643-1999).

    >>> check_character("11010519491231002")
    'X'
    """
    return _CHECK[sum(w * int(d) for w, d in zip(_WEIGHTS, first17, strict=True)) % 11]


def id_number(birth: date, male: bool, serial: int) -> str:
    """An ID number of nobody; ``serial`` 0-499 tells people of one birthday and sex apart.

    >>> id_number(date(1980, 5, 6), True, 0)
    '341599198005060016'
    """
    first17 = f"{AREA}{birth:%Y%m%d}{2 * serial + (1 if male else 2):03d}"
    return first17 + check_character(first17)


class People:
    """Hands out identities, none of them twice."""

    def __init__(self, seed: int) -> None:
        self._rng = stream(seed, "identities")
        self._serials: dict[tuple[date, bool], int] = {}
        self._telephones: set[str] = set()

    def id_number(self, birth: date, male: bool) -> str:
        """A new ID number; the serial begins somewhere between 0 and 399 and counts up.

        None ends in 000: such a number looks like one that a spreadsheet has cut off, and is to be checked.
        """
        taken = self._serials.get((birth, male))
        serial = int(self._rng.integers(0, 400)) if taken is None else taken + 1
        while id_number(birth, male, serial).endswith("000"):
            serial += 1
        self._serials[birth, male] = serial
        return id_number(birth, male, serial)

    def surname(self) -> str:
        """A surname."""
        return _SURNAMES[int(self._rng.integers(len(_SURNAMES)))]

    def given_name(self) -> str:
        """One or two syllables."""
        size = 1 if self._rng.random() < 0.25 else 2
        return "".join(_SYLLABLES[i] for i in self._rng.integers(0, len(_SYLLABLES), size))

    def mobile(self) -> str:
        """A new mobile number."""
        return self._new(_MOBILE, 7)

    def landline(self) -> str:
        """A new landline number with its area code."""
        return self._new(_LANDLINE, 6)

    def _new(self, prefix: str, digits: int) -> str:
        while True:
            number = prefix + "".join(map(str, self._rng.integers(0, 10, digits)))
            if number not in self._telephones:
                self._telephones.add(number)
                return number
