"""Remarks through a word list: +1, 0 or -1; the text itself goes no further than the door.

The list is ``data/reference/remarks.csv`` (word, sign, topic, note); a village's own words can be added there.  A
remark is the sum of the signs of the words that it holds, cut to ±1; a word inside a longer word of the list does not
count again, and a word after 不, 没, 无, 未 is turned round.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import pandas as pd

from workbench.store.place import product

NEGATIONS = ("不", "没有", "没", "无", "未", "并非", "从不")


@cache
def word_list() -> tuple[tuple[str, int, str], ...]:
    """(word, sign, topic), longest word first."""
    frame = pd.read_csv(product() / "data" / "reference" / "remarks.csv", dtype={"word": "str", "topic": "str"})
    rows = frame.itertuples(index=False)
    return tuple(
        sorted(((str(r.word), int(str(r.sign)), str(r.topic)) for r in rows), key=lambda r: (-len(r[0]), r[0]))
    )


def sign_of(text: str) -> int:
    """Sign of a remark.

    >>> sign_of("新签了收购合同"), sign_of("户主患病住院"), sign_of("情况一般"), sign_of("从不赌博")
    (1, -1, 0, 0)
    """
    total, left = 0, text
    for word, sign, _ in word_list():
        at = left.find(word)
        while at >= 0:
            before = left[max(0, at - 2) : at]
            # a fault denied is no praise, a merit denied is a fault
            denied = before.endswith(NEGATIONS)
            total += (-sign if sign > 0 else 0) if denied else sign
            left = left[:at] + "\0" * len(word) + left[at + len(word) :]
            at = left.find(word)
    return (total > 0) - (total < 0)


def signs_of(remarks: Iterable[object]) -> list[int]:
    """Signs of many remarks, each distinct text read once; 0 for none."""
    known: dict[str, int] = {}
    out = []
    for text in remarks:
        if not isinstance(text, str):
            out.append(0)
            continue
        if text not in known:
            known[text] = sign_of(text)
        out.append(known[text])
    return out
