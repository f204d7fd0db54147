"""What each member of a panel writes: severity, noise, favour, knowledge, copying, and rounding to half a 万元.

Makes ``members`` (a row a member) and ``ratings`` (a row a rating, in yuan and as written in 万元), and what the
members' panel would have said before pulling.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.town.homes import AS_OF
from workbench.town.identities import stream
from workbench.town.kinds import TownKind
from workbench.town.worth import CAP, FLOOR

_STEP = 5_000.0
_ROLES = ("村负责人", "村民组长", "村民组长")
_REMARKS_BAD = ("家人住院多月", "常年赌钱", "外面欠账不少", "作坊已停工", "两口子闹离婚")
_REMARKS_GOOD = ("新接了加工合同", "征迁补偿已到账", "儿子考上公务员", "新买了收割机")
_REMARKS_PLAIN = ("情况一般", "不太清楚", "老屋刚修过", "人实在", "常年在外")
_BARS = ("赌博", "恶意逃废债务", "长期外出失联", "对外高额担保", "涉诉被执行")
LATE_DAY = date(2022, 1, 12)


def appoint(homes: pd.DataFrame, kind: TownKind, seed: int) -> pd.DataFrame:
    """The panels: members with role, own household, relatives, and how they rate."""
    rng, rows = stream(seed, "members"), []
    places = int(homes["place"].max()) + 1
    copiers = set(rng.choice(places, min(kind.copies, places), replace=False).tolist()) if kind.copies else set()
    for place, village in enumerate(dict.fromkeys(homes["village"])):
        here = homes.index[homes["place"] == place].to_numpy()
        size = int(rng.integers(kind.raters[0], kind.raters[1] + 1))
        own = rng.choice(here, size, replace=False)
        for n in range(size):
            banker = n == size - 1
            relatives = [] if banker else rng.choice(here, int(rng.integers(0, 3)), replace=False).tolist()
            rows.append(
                {
                    "village": village,
                    "place": place,
                    "rater": f"{place + 1:02d}-{n + 1}",
                    "role": "客户经理" if banker else _ROLES[n] if n < len(_ROLES) else "村民代表",
                    "home": None if banker else int(own[n]),
                    "kin": [h for h in relatives if h != own[n]],
                    "severity": float(rng.normal(0, 0.14)),
                    "noise": float(kind.rater_noise * rng.lognormal(0, 0.45)),
                    "spread": float(rng.normal(1, 0.06)),
                    "knows": float(rng.uniform(0.93, 0.98)),
                    "copies": f"{place + 1:02d}-{size - 1}" if banker and place in copiers else "",
                    "manner": "背靠背",
                }
            )
    members = pd.DataFrame(rows)
    members["severity"] -= members.groupby("village")["severity"].transform("median")
    return _manners(members, homes, places)


def _manners(members: pd.DataFrame, homes: pd.DataFrame, places: int) -> pd.DataFrame:
    """In three villages one sheet was filled in at a meeting, on the telephone, or after the day looked from."""
    agreed = homes.drop_duplicates("place").set_index("place")["agreed"]
    unseen = [p for p in range(places) if agreed[p] and not homes["pilot"][homes["place"] == p].iloc[0]]
    for place, manner in zip(unseen, ("late", "会议", "电话"), strict=False):
        seat = members.index[(members["place"] == place) & (members["copies"] == "") & (members["role"] == "村民代表")]
        if len(seat):
            members.loc[seat[0], "manner"] = manner
    return members


def panel_days(homes: pd.DataFrame, seed: int) -> dict[int, date]:
    """The first day of each village's panel: pilots in 2019-20, the others in 2021."""
    rng = stream(seed, "panel days")
    out: dict[int, date] = {}
    for place, pilot in homes.drop_duplicates("place").set_index("place")["pilot"].items():
        start = date(2019, 10, 8) if pilot else date(2021, 3, 20)
        out[int(str(place))] = start + timedelta(days=int(rng.integers(0, 40 if pilot else 190)))
    return out


def rate(homes: pd.DataFrame, worth: pd.DataFrame, members: pd.DataFrame, kind: TownKind, seed: int) -> pd.DataFrame:
    """Every rating: ``home``, ``rater``, limit before and after rounding (yuan), income, marks, stake, knowledge."""
    days = panel_days(homes, seed)
    pulls = _pulls(homes, members, kind, seed)
    sheets: dict[str, pd.DataFrame] = {}
    for member in members.to_dict("records"):
        here = homes[homes["place"] == member["place"]]
        sheet = _sheet(here, worth.loc[here.index], member, pulls, kind, seed)
        if member["copies"]:
            sheet = _copied(sheet, sheets[member["copies"]], stream(seed, f"copy {member['rater']}"))
        rng = stream(seed, f"days {member['rater']}")
        begun = days[int(member["place"])]
        late = member["manner"] == "late"
        sheet["day"] = [LATE_DAY if late else begun + timedelta(days=int(d)) for d in rng.integers(0, 12, len(sheet))]
        sheets[str(member["rater"])] = sheet
    return pd.concat(sheets.values(), ignore_index=True)


def _pulls(homes: pd.DataFrame, members: pd.DataFrame, kind: TownKind, seed: int) -> dict[tuple[int, str], float]:
    """Who pulls which household how far (log): the largest minority, all one way."""
    rng, out = stream(seed, "pulls"), {}
    for home in homes.index[homes["cause"] == "rater_bias"]:
        panel = members[(members["place"] == homes.at[home, "place"]) & (members["copies"] == "")]
        size = (len(panel) - 1) // 2
        push = float(rng.uniform(0.6, 1.1)) * (1 if rng.random() < 0.75 else -1)
        for rater in rng.choice(panel["rater"], size, replace=False):
            out[int(home), str(rater)] = push
    return out


def _sheet(
    here: pd.DataFrame,
    worth: pd.DataFrame,
    member: dict[Any, Any],
    pulls: dict[tuple[int, str], float],
    kind: TownKind,
    seed: int,
) -> pd.DataFrame:
    rng, n = stream(seed, f"sheet {member['rater']}"), len(here)
    pull = np.array([pulls.get((int(h), str(member["rater"])), 0.0) for h in here.index])
    kin = here.index.isin(member["kin"]) | (here.index == member["home"])
    favour = np.where(kin & (rng.random(n) < 0.7), 0.35, 0.0)
    of_income, of_mark = rng.normal(0, 0.13, n), rng.normal(0, 0.55, n)
    centre = float(worth["clean_log"].mean())
    figure = (
        centre
        + member["spread"] * (worth["clean_log"].to_numpy() - centre)
        + member["severity"]
        + 0.6 * of_income
        + 0.07 * of_mark
        + rng.normal(0, member["noise"], n)
    )
    told = np.exp(figure).clip(FLOOR, CAP)
    pulled = np.exp(figure + favour + pull).clip(FLOOR, CAP)
    bend = (pull + 0.5 * favour) if kind.bent_marks else 0.0
    soft = here["soft"].to_numpy()
    income = here["income"].to_numpy() * np.exp(of_income + 0.25 * member["severity"] + 0.3 * bend)
    integrity = 3 + 0.7 * here["conduct"].to_numpy() + of_mark + 1.3 * bend + np.where(soft < 0, 1.8 * soft, 0.4 * soft)
    business = 1 + np.log(income / 15_000) * 1.1 + rng.normal(0, 0.4, n) + np.where(soft > 0, 1.2 * soft, 0.8 * soft)
    knows = rng.random(n) < member["knows"]
    stake = (kin & (rng.random(n) < 0.35)) | (rng.random(n) < 0.03)
    return pd.DataFrame(
        {
            "home": here.index,
            "rater": member["rater"],
            "exact": pulled,
            "unpulled": told,
            "limit": _rounded(pulled, CAP),
            "income": _rounded(income, 2_000_000.0),
            "integrity": integrity.round().clip(1, 5),
            "business": business.round().clip(1, 5),
            "knows": knows,
            "blank": ~knows & (rng.random(n) < 0.5),
            "skipped": rng.random(n) < 0.02,
            "stake": stake,
            "pulled": pull != 0,
            "remark": _remarks(soft, knows, rng),
            "bar": _bars(here["conduct"].to_numpy(), soft, rng),
        }
    )


def _rounded(yuan: np.ndarray, top: float) -> np.ndarray:
    """To the next half 万元, at least one step."""
    rounded: np.ndarray = (np.round(yuan / _STEP) * _STEP).clip(_STEP, top)
    return rounded


def _remarks(soft: np.ndarray, knows: np.ndarray, rng: np.random.Generator) -> list[str]:
    out = []
    for news, known in zip(soft, knows, strict=True):
        chance, pick = rng.random(), int(rng.integers(0, 60))
        if known and news and chance < 0.45:
            words = _REMARKS_BAD if news < 0 else _REMARKS_GOOD
            out.append(words[pick % len(words)])
        else:
            every = (*_REMARKS_PLAIN, *_REMARKS_PLAIN, *_REMARKS_BAD[:2])
            out.append(every[pick % len(every)] if chance > 0.95 else "")
    return out


def _bars(conduct: np.ndarray, soft: np.ndarray, rng: np.random.Generator) -> list[str]:
    chance = np.where((conduct < -1.8) | (soft < -0.85), 0.14, 0.0008)
    return [_BARS[int(rng.integers(len(_BARS)))] if rng.random() < c else "" for c in chance]


def _copied(sheet: pd.DataFrame, source: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The member's sheet with most of its lines taken over from another member's."""
    same = rng.random(len(sheet)) < 0.88
    out = sheet.copy()
    for column in ("exact", "unpulled", "limit", "income", "integrity", "business", "knows", "blank", "pulled"):
        out[column] = np.where(same, source[column], sheet[column])
        out[column] = out[column].astype(sheet[column].dtype)
    return out


def counting(ratings: pd.DataFrame, members: pd.DataFrame) -> pd.Series:
    """Ratings that count: blind, knowing, dated up to ``AS_OF``, not one's own household, with an amount."""
    by = members.set_index("rater")
    own = ratings["rater"].map(by["home"]) == ratings["home"]
    blind = ratings["rater"].map(by["manner"]) == "背靠背"
    on_time = pd.Series([d <= AS_OF for d in ratings["day"]], index=ratings.index)
    return ratings["knows"] & ~ratings["blank"] & ~own & blind & on_time & ~ratings["skipped"]
