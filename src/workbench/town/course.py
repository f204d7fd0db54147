"""What the bank has confirmed and how it went: history, sign-offs, drawings.

Every dated table has rows after the day from which the run looks.  ``confirmed`` (limits in force on that day) and
``labels`` are kept beside, as truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.town.homes import AS_OF, DRAWN_ON
from workbench.town.identities import stream
from workbench.town.kinds import TownKind
from workbench.town.worth import CAP, FLOOR

_FIRST_DAY = date(2019, 12, 20)
_REASONS = ("按模型", "按公议", "折中", "核实后调整", "复议后调整")
_TAKEN_UP = 0.92
"""Share of pilot households with somebody eligible that were given a limit."""
_WAYS = {"公议": 0.53, "复议": 0.41, "模型": 0.06}
"""How an earlier limit came about, by share.  People came near what is fair; 模型 is what an older rule said."""
_TO_THE_PANEL = 0.4
"""How far a signed limit goes from what is fair towards what the panel says (in log)."""


@dataclass(frozen=True)
class Course:
    """Frames as they are written, and the truth beside them."""

    history: pd.DataFrame
    signoffs: pd.DataFrame
    drawdowns: pd.DataFrame
    confirmed: pd.DataFrame
    labels: pd.DataFrame
    drawn: set[str]


def years_on(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28.

    >>> years_on(date(2020, 2, 29), 1)
    datetime.date(2021, 2, 28)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def lend(
    homes: pd.DataFrame,
    worth: pd.DataFrame,
    judged: pd.DataFrame,
    holder: dict[int, str],
    barred: set[int],
    days: dict[int, date],
    kind: TownKind,
    seed: int,
) -> Course:
    """Confirms limits for households with a holder (but for ``barred``), lets them draw, and sees how it goes."""
    able = [h for h in homes.index if h in holder and h not in barred]
    members = judged[judged["eligible"]].groupby("home")["id"].agg(list).to_dict()
    history = _history(homes, worth, members, able, days, kind, stream(seed, "history"))
    signoffs = _signoffs(homes, worth, members, able, days, kind, stream(seed, "signoffs"))
    faulty = _faulty(homes, signoffs, able, barred, holder) if kind.faulty_signoffs else []
    confirmed = _in_force(history, signoffs, homes, holder)
    drawdowns, drawn = _drawings(confirmed, history, judged, homes, holder, stream(seed, "drawings"))
    labels = history[(history["first"].notna()) | (history["label"] != "")]
    known = [bool(f is not None and years_on(f, 1) <= AS_OF) for f in labels["first"]]
    return Course(
        history,
        pd.concat([signoffs, pd.DataFrame(faulty, columns=signoffs.columns)], ignore_index=True),
        drawdowns,
        confirmed,
        labels.assign(known=known),
        drawn,
    )


def _limit(about: float, noise: float, rng: np.random.Generator) -> int:
    """A limit in yuan that people confirmed about a figure."""
    return _on_step(about * float(np.exp(rng.normal(0, noise))))


def _on_step(yuan: float) -> int:
    return int(np.clip(round(yuan / 1000) * 1000, FLOOR, CAP))


Members = dict[Any, list[str]]
"""The eligible people of each household, by ID."""


def _member(members: Members, home: int, rng: np.random.Generator) -> str:
    """Somebody eligible of the household."""
    return members[home][int(rng.integers(len(members[home])))]


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows dated up to the day from which the run looks."""
    return frame[np.array([d <= AS_OF for d in frame["day"]], dtype=bool)]


def _history(
    homes: pd.DataFrame,
    worth: pd.DataFrame,
    members: Members,
    able: list[int],
    days: dict[int, date],
    kind: TownKind,
    rng: np.random.Generator,
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    pilot, place, conduct = (homes[c].to_dict() for c in ("pilot", "place", "conduct"))
    fair, older = worth["fair_limit"].to_dict(), worth["older_rule"].to_dict()
    for home in able:
        if not pilot[home] or rng.random() > _TAKEN_UP:
            continue
        day = max(_FIRST_DAY, days[place[home]] + timedelta(days=int(rng.integers(45, 200))))
        if rng.random() < 0.03:
            day = date(2022, 1, 5) + timedelta(days=int(rng.integers(0, 40)))
        until = years_on(day, 1 if rng.random() < 0.05 else 3) - timedelta(days=1)
        first: date | None = None
        if rng.random() < 0.56:
            first = day + timedelta(days=1 + int(rng.exponential(75)))
            first = first if first <= DRAWN_ON else None
        bad = rng.random() < 1 / (1 + np.exp(2.25 + 0.9 * conduct[home]))
        ripe = first is not None and years_on(first, 1) <= DRAWN_ON
        by_people = _limit(fair[home], kind.bank_noise, rng)
        way = str(rng.choice(list(_WAYS), p=list(_WAYS.values())))
        rows.append(
            {
                "home": home,
                "limit": _on_step(older[home]) if way == "模型" else by_people,
                "day": day,
                "label": ("1" if bad else "0") if ripe else "",
                "until": until,
                "first": first,
                "way": way,
                "named": _member(members, home, rng) if rng.random() < 0.18 else "",
            }
        )
    frame = pd.DataFrame(rows, columns=["home", "limit", "day", "label", "until", "first", "way", "named"])
    return frame.astype({"first": object}).where(frame.notna(), None)


def _signoffs(
    homes: pd.DataFrame,
    worth: pd.DataFrame,
    members: Members,
    able: list[int],
    days: dict[int, date],
    kind: TownKind,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Decisions of unseen villages that came back signed: in about half of these villages, for half the households."""
    unseen = list(dict.fromkeys(homes["place"][~homes["pilot"] & homes["agreed"]]))
    places = homes["place"].to_dict()
    settled = (worth["fair_limit"] * (worth["clean_panel"] / worth["fair_limit"]) ** _TO_THE_PANEL).to_dict()
    signing = set(unseen[: max(1, (len(unseen) + 1) // 2)])
    rows: list[dict[str, Any]] = []
    for home in able:
        place = places[home]
        if place not in signing or rng.random() > 0.55:
            continue
        begun = days[place] + timedelta(days=20)
        day = begun + timedelta(days=int(rng.integers(0, max(1, (DRAWN_ON - begun).days))))
        limit = _limit(settled[home], kind.bank_noise, rng)
        row = {
            "home": home,
            "limit": limit,
            "approver": f"A{int(rng.integers(1, 3)):02d}",
            "checker": f"B{int(rng.integers(1, 4)):02d}",
            "reason": _REASONS[int(rng.integers(len(_REASONS)))],
            "day": day,
            "named": _member(members, home, rng) if rng.random() < 0.1 else "",
        }
        if rng.random() < 0.06 and (day - begun).days > 15:
            early = begun + timedelta(days=int(rng.integers(0, (day - begun).days - 10)))
            refused = rng.random() < 0.5
            rows.append(
                row
                | {
                    "limit": 0 if refused else limit + 7_000,
                    "day": early,
                    "reason": "评议不支持" if refused else "按模型",
                }
            )
        rows.append(row)
    return pd.DataFrame(rows, columns=["home", "limit", "approver", "checker", "reason", "day", "named"])


def _faulty(
    homes: pd.DataFrame, signoffs: pd.DataFrame, able: list[int], barred: set[int], holder: dict[int, str]
) -> list[dict[str, Any]]:
    """Sign-offs that must not count, each for a household of an unseen village that no other sign-off names."""
    named = set(signoffs["home"])
    free = [h for h in able if not homes.at[h, "pilot"] and h not in named]
    listed = [h for h in homes.index if h in barred and h in holder and homes.at[h, "cause"] == "policy_limit"]
    common = {"approver": "A01", "checker": "B02", "reason": "折中", "day": date(2021, 11, 16), "named": ""}
    out: list[dict[str, Any]] = []
    if len(free) >= 3:
        out += [
            {**common, "home": free[0], "limit": 52_000, "checker": "ａ01 "},
            {**common, "home": free[1], "limit": 620_000},
            {**common, "home": free[2], "limit": -8_000},
            {**common, "home": -1, "limit": 40_000},
        ]
    return out + [{**common, "home": h, "limit": 30_000} for h in listed[:1]]


def _in_force(
    history: pd.DataFrame, signoffs: pd.DataFrame, homes: pd.DataFrame, holder: dict[int, str]
) -> pd.DataFrame:
    """Limits above 0 in force: the latest of each household dated up to the day, not run out."""
    h = _dated(history)[["home", "limit", "day", "until", "way", "named"]]
    s = _dated(signoffs)[["home", "limit", "day", "named"]].assign(until=None, way="签批")
    both = pd.concat([h.astype(object), s.astype(object)], ignore_index=True)
    last = both.sort_values(["home", "day"], kind="stable").drop_duplicates("home", keep="last")
    runs = [until is None or pd.isna(until) or until >= AS_OF for until in last["until"]]
    last = last[np.array(runs, dtype=bool) & (last["limit"].astype(int) > 0)].reset_index(drop=True)
    who = [named or holder[int(home)] for home, named in zip(last["home"], last["named"], strict=True)]
    return pd.DataFrame(
        {
            "home": last["home"].astype(int),
            "village": [homes.at[int(h), "village"] for h in last["home"]],
            "number": [homes.at[int(h), "number"] for h in last["home"]],
            "limit": last["limit"].astype(int),
            "day": last["day"],
            "way": last["way"],
            "holder": who,
        }
    )


def _drawings(
    confirmed: pd.DataFrame,
    history: pd.DataFrame,
    judged: pd.DataFrame,
    homes: pd.DataFrame,
    holder: dict[int, str],
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, set[str]]:
    """All drawings, and who has drawn on the limit in force up to the day."""
    first = {
        int(h): (f, n)
        for h, f, n in zip(history["home"], history["first"], history["named"], strict=True)
        if f is not None
    }
    in_force = {int(r["home"]): r for r in confirmed.to_dict("records")}
    rows: list[tuple[str, date, int]] = []
    for home, (day, named) in first.items():
        rows.append((named or holder[home], day, int(rng.integers(3, 60)) * 1000))
        if rng.random() < 0.3:
            rows.append(
                (named or holder[home], min(DRAWN_ON, day + timedelta(days=int(rng.integers(20, 400)))), 20_000)
            )
    for home, line in in_force.items():
        if home in first:
            continue
        chance = rng.random()
        if line["way"] == "签批" and chance < 0.4:
            rows.append(
                (
                    line["holder"],
                    line["day"] + timedelta(days=int(rng.integers(0, 150))),
                    int(rng.integers(3, 40)) * 1000,
                )
            )
        elif chance > 0.94:
            rows.append((line["holder"], date(2022, 1, 3) + timedelta(days=int(rng.integers(0, 60))), 15_000))
        elif chance > 0.91:
            rows.append((line["holder"], line["day"] - timedelta(days=int(rng.integers(5, 90))), 9_000))
    adults = judged[judged["eligible"]]
    for row in adults.iloc[rng.choice(len(adults), max(3, len(adults) // 60), replace=False)].to_dict("records"):
        rows.append(
            (
                row["id"],
                date(2020, 6, 1) + timedelta(days=int(rng.integers(0, 560))),
                int(rng.choice([0, 5_000, 12_000])),
            )
        )
    rows = sorted((r for r in rows if r[1] <= DRAWN_ON), key=lambda r: (r[1], r[0], r[2]))
    start = {int(r["home"]): r["day"] for r in in_force.values()}
    home_of = dict(zip(judged["id"], judged["home"], strict=True))
    drawn = {i for i, day, yuan in rows if yuan > 0 and (h := home_of.get(i)) in start and start[h] <= day <= AS_OF}
    return pd.DataFrame(rows, columns=["id", "day", "yuan"]), drawn
