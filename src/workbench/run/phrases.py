"""What a fault says, in Chinese beside the English: a line each, by the list in ``phrases.txt``.

Errors are written in English where they are raised, so that code and tests read them; whoever gives the command reads
both.  A line that the list does not know is left as it stands.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("phrases.txt")
LONGEST_GAP = 40
"""Characters; a longer list is not said twice."""
_GAP = re.compile(r"\\\{\\\}")
_ROWS = re.compile(r"(.+?)(?: in|:) rows? (\d[\d, ]*?)(?: and (\d+) more)?")
_NUMBERS = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?!\d)")
_AND = re.compile(r"[;,] (?=then )|; ")


def in_both(text: str) -> str:
    """Every line of a message with its Chinese, where the list has it.

    >>> print(in_both("records.csv: row 5: is no number\\n    write digits"))
    records.csv: row 5: is no number / 不是数字
        write digits / 写数字
    >>> print(in_both("visits.csv: 原值: is no number in rows 3, 7 and 5 more"))
    visits.csv: 原值: is no number in rows 3, 7 and 5 more / 不是数字（第 3, 7 等 7 行）
    """
    return "\n".join(_line(line) for line in text.split("\n"))


def without_numbers(text: str) -> str:
    """A message without what may be somebody's ID or mobile number: the name of a file or folder can hold one.

    >>> without_numbers("rosters/王34152319650312901X.csv: row 12: is no number")
    'rosters/王….csv: row 12: is no number'
    """
    return _NUMBERS.sub("…", text)


def _line(line: str) -> str:
    """The line with the Chinese of its longest phrase; what stands before it is the place."""
    parts = line.strip().split(": ")
    found = [_chinese(": ".join(parts[first:])) for first in range(len(parts))]
    known, chinese = max(found, key=lambda pair: pair[0], default=(0, ""))
    return f"{line} / {chinese}" if known else line


def _chinese(said: str) -> tuple[int, str]:
    """The Chinese of a text, and how many characters of it the list knows: 0 where it knows nothing."""
    for english, chinese, known in phrases():
        if (found := english.fullmatch(said)) is not None:
            gaps = [gap if len(gap) <= LONGEST_GAP else "…" for gap in found.groups()]
            return known, chinese.format(*gaps) if gaps else chinese
    if (where := _ROWS.fullmatch(said)) is not None and (problem := _chinese(where[1]))[0]:
        more = f" 等 {len(where[2].split(', ')) + int(where[3])} 行" if where[3] else " 行"
        return problem[0], f"{problem[1]}（第 {where[2]}{more}）"
    parts = _AND.split(said)
    each = [_chinese(part) for part in parts] if len(parts) > 1 else []
    told = "；".join(chinese or part for (_, chinese), part in zip(each, parts, strict=bool(each)))
    return sum(known for known, _ in each), told


@cache
def phrases() -> list[tuple[re.Pattern[str], str, int]]:
    """The list, longest phrases first, with their length; a gap ``{}`` stands for any text of one line."""
    lines = [line for line in LIST.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    pairs = [line.split(" | ") for line in lines]
    whole = [(re.compile(_GAP.sub("(.+?)", re.escape(e))), c, len(e.replace("{}", ""))) for e, c in pairs]
    return sorted(whole, key=lambda phrase: -phrase[2])
