"""Land and forest out of what villages write: 水田3.5亩、旱地2亩; 三亩半; 承包土地3.2亩，山林15亩.

Grammar: figures with a unit (亩, 分, 厘, 平方米, 公顷), digits or Chinese numerals, 半 after a unit is half of it; 林
before a figure makes it forest; 其中… in brackets is not added; 无, 0, /, blank are none; a bare number is 亩.  A digit
without a unit beside other text, 若干, 几, 两三 cannot be read.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from workbench.roster.lists import load_lists
from workbench.store.text import half_width, without_blanks

_DIGITS = (
    {c: i for i, c in enumerate("零一二三四五六七八九")}
    | {c: i for i, c in enumerate("〇壹贰叁肆伍陆柒捌玖")}
    | {"两": 2}
)
_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMERAL = "零〇一二三四五六七八九十百千两壹贰叁肆伍陆柒捌玖拾佰仟廿卅点"
_INSIDE = re.compile(r"\(其中[^()]*\)")
_UNIT_IN_BRACKETS = re.compile(r"\((亩|市亩|分|厘|公顷|平方米|㎡)\)")
_EMPTY_BRACKETS = re.compile(rf"\([^()0-9{_NUMERAL}半]*\)")
_NUMBERED_WORDS = re.compile("第?[一二两三]轮|四荒|三权")
_NOTHING = re.compile(
    r"(?:(?:承包|土地|耕地|田地|水田|旱地|山林|林地|山场|及|和|地|、|,|;|:|。|\.)*+(?:无|没有|[0零]亩?|/|[-—–]))++(?:承包|土地|耕地|山林|林地|山场|及|和|地|、|,|;|。|\.)*+"
)
"""Possessive throughout: no cell, however it repeats itself, is read twice."""
_BARE = re.compile(r"\d+(?:\.\d+)?")
_VAGUE = re.compile("若干|几|不详|不清|数亩|好多")
_NO_ADDEND = re.compile("含|包括|实际|实测|实种|转出|流出|租出|出租|转包")
"""Before a further figure: it is part of the one before, or another word for it, and adding it would count it twice."""
_FOREST_BEHIND = re.compile(r"[亩分厘顷米]半?(?:/|(?:[山竹]?林[地木]?|\([山竹]?林[地木]?\))(?:[,;、.)]|$))")
"""A slash, or 林 as the last word behind a figure (15亩林地，水田2亩): whose it is cannot be told."""
_SIGNS = re.compile(r"[、,;。:.()\s共约计]+")


def parse_land(text: str) -> tuple[float, float] | None:
    """(land, forest) in mu; nothing where it cannot be read.

    >>> parse_land("承包土地3.2亩，山林15亩"), parse_land("5亩3分"), parse_land("三亩半"), parse_land("若干亩")
    ((3.2, 15.0), (5.3, 0.0), (3.5, 0.0), None)
    """
    clean = half_width(without_blanks(text)).lower().replace("一一", "")
    if not clean or _NOTHING.fullmatch(clean):
        return 0.0, 0.0
    if _BARE.fullmatch(clean):
        return float(clean), 0.0
    if _VAGUE.search(clean):
        return None
    clean = _NUMBERED_WORDS.sub("", _INSIDE.sub("", clean))
    if _FOREST_BEHIND.search(clean):
        return None
    clean = _EMPTY_BRACKETS.sub("", _UNIT_IN_BRACKETS.sub(r"\1", clean))
    if "其中" in clean or re.search(r"[亩分厘顷米]半?\([^()]*\d", clean):
        return None
    return _figures(clean)


@cache
def _figure() -> re.Pattern[str]:
    """A number, its unit, and a half of the unit."""
    unit = "|".join(sorted(map(re.escape, load_lists().units), key=len, reverse=True))
    return re.compile(
        rf"(?P<number>(?<!\d)\d++(?:\.\d++)?|(?<![{_NUMERAL}])[{_NUMERAL}]++|半)(?P<unit>{unit})(?P<half>半?)"
    )


def _figures(clean: str) -> tuple[float, float] | None:
    """Sums the figures of a text; nothing where one has no unit."""
    units = load_lists().units
    total = {False: Decimal(0), True: Decimal(0)}
    forest, place, any_figure = False, 0, False
    for match in _figure().finditer(clean):
        label = clean[place : match.start()]
        if re.search(rf"[0-9{_NUMERAL.replace('点', '')}半]|[-~至到]$", label) or (
            any_figure and _NO_ADDEND.search(label)
        ):
            return None
        if _SIGNS.sub("", label):
            forest = "林" in label
        amount = _number(match["number"])
        if amount is None:
            return None
        total[forest] += (amount + (Decimal("0.5") if match["half"] else 0)) * units[match["unit"]]
        place, any_figure = match.end(), True
    if not any_figure or re.search(rf"[0-9]|[{_NUMERAL.replace('点', '')}](?!等|级|类)", clean[place:]):
        return None
    return float(total[False]), float(total[True])


def _number(text: str) -> Decimal | None:
    """A number in digits or Chinese numerals.

    >>> _number("廿五"), _number("一百零二"), _number("三点五"), _number("两三")
    (Decimal('25'), Decimal('102'), Decimal('3.5'), None)
    """
    if text == "半":
        return Decimal("0.5")
    if text[0].isdigit() and text[0].isascii():
        return Decimal(text)
    whole, point, fraction = text.partition("点")
    value = _whole(whole.replace("廿", "二十").replace("卅", "三十"))
    if value is None:
        return None
    if not point:
        return Decimal(value)
    if not fraction or any(c not in _DIGITS for c in fraction):
        return None
    return Decimal(f"{value}." + "".join(str(_DIGITS[c]) for c in fraction))


def _whole(text: str) -> int | None:
    total, digit, smallest = 0, None, 10_000
    for place, char in enumerate(text):
        if char in _DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = _DIGITS[char]
        else:
            tens = _TENS.get(char, 0)
            if not tens or tens >= smallest or digit == 0 or (digit is None and place > 0 and tens != 10):
                return None
            total += (1 if digit is None else digit) * tens
            digit, smallest = None, tens
    return total + (digit or 0) if text else None
