"""Who lives in the township: households with their true circumstances, and the people in them.

Makes ``homes`` (a row a household: village, number, group, trade, true yearly income in yuan, conduct, what only the
village knows) and ``people`` (a row a person with the 14 columns of the collection form as they ought to be).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from workbench.town.identities import People, stream, village_names
from workbench.town.kinds import TRADES, TownKind
from workbench.words import TOWN

AS_OF = date(2021, 12, 31)
"""The day from which every invented town is looked at."""
DRAWN_ON = date(2022, 3, 31)
"""The day on which its files were drawn: later than ``AS_OF``, so that a run has something not to see."""

_INCOME = {"farm": 46_000.0, "migrant": 96_000.0, "elderly": 24_000.0, "business": 118_000.0, "scale_farm": 125_000.0}
_HEAD_AGE = {"farm": (46, 9), "migrant": (38, 8), "elderly": (69, 6), "business": (42, 8), "scale_farm": (46, 8)}
_HOMES_A_GROUP = 9
_PILOT_SIZE = 1.3
"""The first pilots are larger villages than most."""
_WORTH_A_LOOK = 32_000.0
"""Yuan of income below which a planted cause would show in nothing: every figure is at the floor."""
_GOOD_NEWS = (0.35, 0.65)
_BAD_NEWS = (-1.0, -0.4)


def make_homes(kind: TownKind, villages: int, households: int, seed: int) -> pd.DataFrame:
    """Households with their true circumstances; about ``households`` a village, pilots a third more."""
    rng = stream(seed, "homes")
    names = village_names(villages)
    pilots = max(1, round(kind.pilots * villages))
    rows: list[dict[str, Any]] = []
    for place, village in enumerate(names):
        size = max(
            kind.raters[1] + 1, round(households * rng.uniform(0.8, 1.2) * (_PILOT_SIZE if place < pilots else 1))
        )
        mix = np.array(kind.mix) * rng.gamma(12.0, 1 / 12.0, len(kind.mix))
        for n in range(1, size + 1):
            number = f"{n:04d}" if kind.numbers_restart else f"{place + 1:02d}{n:04d}"
            rows.append(
                {
                    "village": village,
                    "number": number,
                    "group": f"{1 + (n - 1) // _HOMES_A_GROUP}组",
                    "place": place,
                    "pilot": place < pilots,
                    "agreed": villages < 3 or place != villages - 1,
                    "trade": TRADES[int(rng.choice(len(TRADES), p=mix / mix.sum()))],
                }
            )
    homes = pd.DataFrame(rows)
    return _circumstances(homes, kind, pilots, villages, seed)


def _circumstances(homes: pd.DataFrame, kind: TownKind, pilots: int, villages: int, seed: int) -> pd.DataFrame:
    """True income (yuan), conduct (standard deviations), and the causes that are planted."""
    rng = stream(seed, "circumstances")
    n = len(homes)
    conduct, ability = rng.normal(size=n), rng.normal(0, 0.42, n)
    village_level = rng.normal(0, 0.08, villages)[homes["place"].to_numpy()]
    income = homes["trade"].map(_INCOME).to_numpy() * np.exp(ability + village_level)
    homes = homes.assign(conduct=conduct, ability=ability, income=income.clip(6_000, 650_000))
    unseen = (~homes["pilot"] & homes["agreed"]).to_numpy()
    new = np.zeros(n, dtype=bool)
    if kind.new_trade:
        hosts = list(dict.fromkeys(homes["place"][unseen]))[-2:]
        new = unseen & homes["place"].isin(hosts).to_numpy() & (rng.random(n) < kind.new_trade_share)
    cause = np.full(n, "none", dtype=object)
    cause[new] = "model_uncertainty"
    free = unseen & ~new
    shares = (
        ("record_error", kind.wrong_records),
        ("soft_information", kind.soft),
        ("rater_bias", kind.biased),
        ("policy_limit", kind.listed),
    )
    for name, share in shares:
        wanted = round(share * int(unseen.sum()))
        seats = np.flatnonzero(free & (cause == "none") & (homes["income"] > _WORTH_A_LOOK).to_numpy())
        cause[rng.choice(seats, min(wanted, len(seats)), replace=False)] = name
    soft = np.where(rng.random(n) < 0.65, rng.uniform(*_BAD_NEWS, n), rng.uniform(*_GOOD_NEWS, n))
    soft = np.where(cause == "soft_information", soft, 0.0)
    trade = np.where(new, "scale_farm" if kind.new_trade == "large_land" else "business", homes["trade"])
    income = np.where(new, 90_000 * np.exp(rng.normal(0.5, 0.4, n)), homes["income"])
    newness = np.where(new, -rng.uniform(0.5, 1.1, n), 0.0)
    return homes.assign(cause=cause, soft=soft, trade=trade, income=income, newness=newness, new=new)


def make_people(homes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The people of every household, the head first, with the columns of the form and ``birth``, ``male``, ``home``."""
    rng, hand = stream(seed, "people"), People(seed)
    rows: list[dict[str, Any]] = []
    for home, trade in enumerate(homes["trade"]):
        family = _family(rng, str(trade))
        family_name, telephone = hand.surname(), hand.mobile()
        ethnic = "回族" if rng.random() < 0.03 else ("汉" if rng.random() < 0.12 else "汉族")
        head_id = ""
        for relation, male, years in family:
            birth = _birthday(rng, years)
            number = hand.id_number(birth, male)
            head_id = head_id or number
            own_line = relation in ("户主", "子", "女", "长子", "次子", "长女", "孙子", "孙女")
            rows.append(
                {
                    "home": home,
                    "id": number,
                    "name": (family_name if own_line else hand.surname()) + hand.given_name(),
                    "head_id": head_id,
                    "phone": _telephone(rng, hand, telephone, relation, years),
                    "male": male,
                    "relation": relation,
                    "ethnic": ethnic,
                    "birth": birth,
                }
            )
    people = pd.DataFrame(rows)
    return people.join(homes[["village", "number", "group"]], on="home")


def _family(rng: np.random.Generator, trade: str) -> list[tuple[str, bool, int]]:
    """(relation, male, age) of each member, the head first."""
    mean, spread = _HEAD_AGE[trade]
    age = int(np.clip(rng.normal(mean, spread), 61 if trade == "elderly" else 23, 86 if trade == "elderly" else 59))
    male = bool(rng.random() < 0.86)
    family = [("户主", male, age)]
    if rng.random() < (0.6 if trade == "elderly" else 0.82):
        family.append(("配偶", not male, int(np.clip(age + rng.integers(-4, 4), 22, 88))))
    children = 0 if trade == "elderly" else int(rng.poisson(0.95))
    for _ in range(min(children, 3)):
        years = age - int(rng.integers(22, 34))
        if 0 <= years <= 34:
            boy = bool(rng.random() < 0.5)
            family.append(("子" if boy else "女", boy, years))
    if trade == "elderly":
        if rng.random() < 0.18:
            family.append(("孙子" if rng.random() < 0.5 else "孙女", False, int(rng.integers(4, 17))))
            family[-1] = (family[-1][0], family[-1][0] == "孙子", family[-1][2])
        return family
    for relation, man in (("父亲", True), ("母亲", False)):
        if rng.random() < 0.24:
            family.append((relation, man, min(age + int(rng.integers(22, 31)), 93)))
    return family


def _birthday(rng: np.random.Generator, years: int) -> date:
    """A birthday of somebody of that age, never within ten days of the day the run looks from."""
    return AS_OF - timedelta(days=round(365.2425 * years) + int(rng.integers(12, 350)))


def _telephone(rng: np.random.Generator, hand: People, shared: str, relation: str, years: int) -> str:
    if relation == "户主":
        chance = rng.random()
        return "" if chance < 0.02 else hand.landline() if chance < 0.04 else shared
    if years < 14:
        return ""
    chance = rng.random()
    return shared if chance < 0.2 else "" if chance < 0.26 else hand.mobile()


def form_columns(people: pd.DataFrame, homes: pd.DataFrame, land_text: pd.Series) -> pd.DataFrame:
    """The 14 columns of the form, as they ought to be; land stands on the head's row (``land_text`` by household)."""
    heads = people["relation"] == "户主"
    place = people.groupby("village", sort=False)["home"].transform(lambda h: h - h.min() + 1).astype(str)
    return pd.DataFrame(
        {
            "乡镇": TOWN,
            "行政村名称": people["village"],
            "组名": people["group"],
            "身份证": people["id"],
            "姓名": people["name"],
            "户主身份证": people["head_id"],
            "户号": people["number"],
            "现居住地址": people["village"] + people["group"] + place + "号",
            "联系方式": people["phone"],
            "性别": np.where(people["male"], "男", "女"),
            "与户主关系": people["relation"],
            "民族": people["ethnic"],
            "出生年月": [f"{b:%Y-%m}" for b in people["birth"]],
            "承包土地及山林信息": people["home"].map(land_text).where(heads, ""),
        }
    )
