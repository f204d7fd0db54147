"""What the bank's people found on site: who is filed, what was corrected and when, who has moved away, photographs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.town.books import WHOLE, Books
from workbench.town.homes import AS_OF
from workbench.town.identities import stream
from workbench.town.kinds import TownKind

LAND, RESIDENCE = "承包土地及山林信息", "居住状态"
PHOTOS = ("客户近照", "房产照片")
_AFTER = date(2022, 1, 10)


@dataclass(frozen=True)
class Moves:
    """Households and single persons that a visit up to the day found moved away or dead, and the day of it."""

    away: dict[int, str]
    gone: dict[int, str]


def who_left(homes: pd.DataFrame, kept: pd.DataFrame, kind: TownKind, seed: int) -> Moves:
    """About one unseen household in forty, and a few single members who are neither head nor spouse."""
    rng = stream(seed, "moves")
    unseen = homes.index[~homes["pilot"] & homes["agreed"] & (homes["cause"] == "none")]
    away = {int(h): ("已迁出" if rng.random() < 0.7 else "已死亡") for h in unseen if rng.random() < 0.025}
    gone: dict[int, str] = {}
    if kind.persons_in_visits:
        others = kept[~kept["relation"].isin(["户主", "配偶"]) & ~kept["home"].isin(list(away)) & (kept["age"] >= 18)]
        for person in others["person"]:
            if rng.random() < 0.02:
                gone[int(person)] = "已迁出" if rng.random() < 0.6 else "已死亡"
    return Moves(away, gone)


@dataclass(frozen=True)
class Filing:
    """Visits as written (one row an item), households filed up to the day, fate of wrong records, photographs."""

    visits: pd.DataFrame
    filed: set[int]
    fate: dict[int, str]
    photos: dict[str, bytes]


def number_text(fact: str, value: Any) -> str:
    """A fact as the books write it: blank where it is not known, no trailing zeros.

    >>> number_text("recorded_income", 67500.0), number_text("land_mu", 3.1)
    ('67500', '3.1')
    """
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, str):
        return value
    if fact in WHOLE:
        return str(int(value))
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def visit(
    homes: pd.DataFrame,
    people: pd.DataFrame,
    books: Books,
    moves: Moves,
    land: tuple[pd.Series, pd.Series],
    managers: pd.Series,
    seed: int,
) -> Filing:
    """Visits of all villages.  ``land`` is the roster's text and the right text; ``managers`` the code by household."""
    rng = stream(seed, "visits")
    fate = _fates(books, rng)
    share = _shares(homes)
    person_home = people["home"]
    gone_by_home: dict[int, list[int]] = {}
    for person in moves.gone:
        gone_by_home.setdefault(int(person_home[person]), []).append(person)
    rows: list[dict[str, Any]] = []
    filed: set[int] = set()
    photos: dict[str, bytes] = {}
    place, pilot = homes["place"].to_dict(), homes["pilot"].to_dict()
    for home in homes.index:
        must = home in moves.away or home in gone_by_home or fate.get(home) == "corrected"
        early = must or rng.random() < share[place[home]]
        if early:
            day = _day(pilot[home], rng)
            head = {"home": home, "day": day, "manager": managers[home], "id": ""}
            filed.add(int(home))
            rows += [head | item for item in _items(home, books, land, moves, fate, rng)]
            for person in gone_by_home.get(home, []):
                rows.append(
                    head | {"item": RESIDENCE, "old": "常住", "new": moves.gone[person], "id": people.at[person, "id"]}
                )
            if rng.random() < 0.03:
                path = f"photos/{len(photos) + 1:04d}.png"
                photos[path] = tiny_png(len(photos))
                rows.append(head | {"item": PHOTOS[len(photos) % 2], "old": "", "new": path})
        late = fate.get(home) == "corrected_later"
        if late or (not early and rng.random() < 0.08):
            head = {
                "home": home,
                "day": _AFTER + timedelta(days=int(rng.integers(0, 45))),
                "manager": managers[home],
                "id": "",
            }
            rows.append(head | {"item": LAND, "old": land[0][home], "new": land[1][home]})
            if late:
                rows += [head | item for item in _corrections(home, books)]
            elif rng.random() < 0.1:
                rows.append(head | {"item": RESIDENCE, "old": "", "new": "已迁出"})
    return Filing(pd.DataFrame(rows), filed, fate, photos)


def _fates(books: Books, rng: np.random.Generator) -> dict[int, str]:
    """A third of wrong records was put right by the day, a fifth after it."""
    wrong = [int(h) for h in books.what.index if books.what[h]]
    chances = rng.random(len(wrong))
    return {
        h: "corrected" if c < 0.33 else "corrected_later" if c < 0.53 else ""
        for h, c in zip(wrong, chances, strict=True)
    }


def _shares(homes: pd.DataFrame) -> dict[int, float]:
    """How much of each village was visited: pilots and the first unseen village wholly, then less and less."""
    first = homes.drop_duplicates("place").set_index("place")
    unseen = [p for p in first.index if not first.at[p, "pilot"]]
    out = dict.fromkeys((int(p) for p in first.index), 1.0)
    for n, place in enumerate(unseen[1:], start=1):
        out[int(place)] = max(0.06, 0.8 - 0.17 * n)
    return out


def _day(pilot: bool, rng: np.random.Generator) -> date:
    start, span = (date(2019, 9, 2), 470) if pilot else (date(2021, 4, 6), 250)
    return start + timedelta(days=int(rng.integers(0, span)))


def _items(
    home: int,
    books: Books,
    land: tuple[pd.Series, pd.Series],
    moves: Moves,
    fate: dict[int, str],
    rng: np.random.Generator,
) -> list[dict[str, str]]:
    """What was checked of one household by the day; a wrong record that stays wrong is not looked at."""
    out = [{"item": LAND, "old": land[0][home], "new": land[1][home]}]
    if home in moves.away:
        return [*out, {"item": RESIDENCE, "old": "常住", "new": moves.away[home]}]
    if rng.random() < 0.28:
        out.append({"item": RESIDENCE, "old": "", "new": "常住"})
    if fate.get(home) == "corrected":
        return out + _corrections(home, books)
    if home not in fate and rng.random() < 0.3:
        text = number_text("recorded_income", books.shown.at[home, "recorded_income"])
        out.append({"item": "recorded_income", "old": text, "new": text})
    return out


def _corrections(home: int, books: Books) -> list[dict[str, str]]:
    return [
        {"item": f, "old": number_text(f, books.shown.at[home, f]), "new": number_text(f, books.clean.at[home, f])}
        for f in books.what[home].split("+")
    ]


def tiny_png(shade: int) -> bytes:
    """A picture of one grey point, the same bytes everywhere (stored, not deflated).

    >>> tiny_png(0)[:4]
    b'\\x89PNG'
    """
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    line = bytes([0, 40 + shade % 200])
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(line), 0xFFFF ^ len(line)) + line
    stored += struct.pack(">I", zlib.adler32(line))
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", stored) + chunk(b"IEND", b"")


def on_time(visits: pd.DataFrame) -> pd.Series:
    """Whether each row is dated up to the day the run looks from."""
    return pd.Series([d <= AS_OF for d in visits["day"]], index=visits.index)
