"""Who counts: age at ``as_of``, residence by visits, negative list, opt-outs; and who holds a household's limit.

Eligible is a kept person of the ages asked for who did not move away or die (visits up to ``as_of``) and is not on the
negative list at ``as_of``.  The holder is chosen before that list is looked at: head if eligible, else spouse, else the
oldest eligible member.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.roster.kinship import HEAD, SPOUSE
from workbench.roster.phones import read_phone
from workbench.store.cells import Cells
from workbench.store.tables import in_order

AWAY = ("已迁出", "已死亡")
RESIDENCE = "居住状态"
AUTOMATED, MESSAGES = "自动决策", "短信"
EVERYTHING = ("全部", "所有", "都反对", "均反对")
"""Words for both objections at once."""


def ages(born: npt.NDArray[np.int64], as_of: date) -> npt.NDArray[np.int64]:
    """Full years at ``as_of`` of birth days yyyymmdd.

    >>> ages(np.array([20031231, 20040101]), date(2021, 12, 31)).tolist()
    [18, 17]
    """
    day = as_of.year * 10_000 + as_of.month * 100 + as_of.day
    return (day - born) // 10_000


def listed(negative: pd.DataFrame | None, as_of: date) -> set[str]:
    """IDs on the negative list at ``as_of``; a line without a first day counts, the day of removal does not."""
    if negative is None:
        return set()
    cells = Cells(negative)
    since, until = cells.days("列入日期"), cells.days("移出日期")
    number = cells.persons("身份证")
    cells.done()
    day = pd.Timestamp(as_of)
    return set(number[~(since > day) & ~(until <= day)].dropna())


def away(
    visits: pd.DataFrame | None, people: pd.DataFrame, as_of: date
) -> tuple[npt.NDArray[np.bool_], set[tuple[str, str]]]:
    """Whether each person (village, number, id_number) is away by the last word of a visit; households wholly away.

    The last line up to ``as_of`` that speaks of the person, or of the whole household, counts; of one day the line
    that names the person goes first.
    """
    nobody = np.zeros(len(people), bool)
    if visits is None:
        return nobody, set()
    lines = visits[visits["项目"] == RESIDENCE].reset_index(drop=True)
    cells = Cells(lines)
    frame = pd.DataFrame(
        {
            "village": cells.text("行政村名称"),
            "number": cells.text("户号"),
            "id_number": cells.persons("身份证"),
            "day": cells.days("建档日期", needed=True),
            "state": cells.text("核实值"),
            "order": np.arange(len(lines)),
        }
    )
    cells.done()
    # a line without a state says nothing: who was found away stays away
    frame = frame[(frame["day"] <= pd.Timestamp(as_of)) & frame["state"].notna()]
    frame["away"] = frame["state"].isin(AWAY)
    own = frame[frame["id_number"].notna()].sort_values(["day", "order"]).drop_duplicates("id_number", keep="last")
    whole = frame[frame["id_number"].isna()].sort_values(["day", "order"])
    whole = whole.drop_duplicates(["village", "number"], keep="last")
    of_person = people[["id_number"]].merge(own[["id_number", "day", "away"]], on="id_number", how="left")
    of_home = people[["village", "number"]].merge(
        whole[["village", "number", "day", "away"]], on=["village", "number"], how="left"
    )
    by_person = of_person["day"].notna() & ~(of_home["day"] > of_person["day"])
    state = np.where(by_person, of_person["away"] == True, of_home["away"] == True)  # noqa: E712
    gone = whole[whole["away"]]
    return state.astype(bool), set(zip(gone["village"], gone["number"], strict=True))


def opted_out(optouts: pd.DataFrame | None) -> tuple[set[str], set[str], set[str], set[str]]:
    """(IDs, numbers) that object to SMS, then (IDs, numbers) that object to decisions by automation alone."""
    sms: tuple[set[str], set[str]] = (set(), set())
    automated: tuple[set[str], set[str]] = (set(), set())
    if optouts is None:
        return (*sms, *automated)
    cells = Cells(optouts)
    ids, phones, reach = cells.persons("身份证"), cells.text("联系方式"), cells.text("范围")
    for number, phone, of in zip(ids, phones, reach, strict=True):
        scope = of if isinstance(of, str) else ""
        every = scope in EVERYTHING
        to_messages = every or AUTOMATED not in scope or MESSAGES in scope
        for target, wanted in ((sms, to_messages), (automated, every or AUTOMATED in scope)):
            if wanted and isinstance(number, str):
                target[0].add(number)
            if wanted and isinstance(phone, str):
                target[1].update((read_phone(phone).number or "").split())
    return (*sms, *automated)


def holders(people: pd.DataFrame) -> pd.Series:
    """Person who holds, or would hold, a household's limit: index ``code``; households without an eligible one lack.

    ``people`` has code, person, relation, born, base (eligible before the negative list).
    """
    able = people.loc[people["base"], ["code", "relation", "born", "person"]]
    able["rank"] = 2 - 2 * (able["relation"] == HEAD) - (able["relation"] == SPOUSE)
    order = in_order(able, ["code", "rank", "born", "person"])
    return order.drop_duplicates("code").set_index("code")["person"]
