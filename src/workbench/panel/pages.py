"""Two pages a village: one for the bank alone, one that each member may see.

In: the tables of the step; for the bank's page also household numbers (memory only).  Out: whole HTML pages as text,
every text escaped, nothing loaded from outside.  A member's page says how that member's own ratings compared, names
nobody else, and shows nothing where the others are too few to hide in.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from workbench.panel.reading import middle_limits, mistaken, severity_yuan
from workbench.panel.report import leaning_said, signed_percent, signed_yuan

LEAST_OTHERS = 4
"""Other members below whom a comparison would tell a single one's figures."""
LEAST_HOUSEHOLDS = 10
"""Households below which nothing is counted out on a member's page."""
BANDS = (
    ("低一半以上", -np.inf, -0.5),
    ("低两成到一半", -0.5, -0.2),
    ("差不多（两成以内）", -0.2, 0.2),
    ("高两成到一半", 0.2, 0.5),
    ("高一半以上", 0.5, np.inf),
)
LEFT_OUT = {
    "own": "{} 户是您自己家，不算",
    "unknown": "{} 户您写了“不了解”，这样写是对的",
    "no_amount": "{} 户没有写额度",
    "manner": "{} 户不是背靠背评的，不算",
    "interest": "{} 户您说明了利害关系，这也是对的，这些户请别人评",
}
"""What a member reads of the ratings that do not count, by ``why_not``: with those that do they add up."""


@cache
def environment() -> Environment:
    """The templates of the step, every text escaped."""
    folder = Path(__file__).parent / "template"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def village_page(
    village: str,
    ratings: pd.DataFrame,
    consensus: pd.DataFrame,
    raters: pd.DataFrame,
    pulls: pd.DataFrame,
    *,
    numbers: dict[str, str],
    as_of: date,
    bars_for_review: int = 2,
    listed: Iterable[str] = (),
) -> str:
    """The page for the bank alone; ``numbers``: household number by pseudonym, ``listed``: the codes of the panel."""
    here = {
        name: f[f["village"] == village]
        for name, f in {"ratings": ratings, "consensus": consensus, "raters": raters, "pulls": pulls}.items()
    }
    home, pulled = here["consensus"], here["pulls"].sort_values("chance", ascending=False)
    crew = here["raters"][here["raters"]["ratings"] > 0]
    split = home[home["split"]].sort_values("agreement")
    return (
        environment()
        .get_template("village.html.j2")
        .render(
            title=f"{village}授信评议　银行内部页",
            village=village,
            as_of=as_of.isoformat(),
            ratings=int(here["ratings"]["counts"].sum()),
            homes=int(home["panel_limit"].notna().sum()),
            members=_members(crew, here["ratings"], home),
            silent=_silent(crew, here["ratings"], listed),
            leaning=leaning_said(crew),
            same=_same(crew),
            pulls=[
                {
                    "number": numbers.get(p["household"], p["household"]),
                    "rater": p["rater"],
                    "yuan": f"{p['yuan']:+,.0f}",
                    "direction": "偏高" if p["direction"] == "up" else "偏低",
                    "chance": f"{p['chance']:.0%}",
                }
                for p in pulled.to_dict("records")
            ],
            mistaken=f"{mistaken(pulled['chance'], int(here['ratings']['counts'].sum())):.1f}",
            splits=[
                {
                    "number": numbers.get(s["household"], s["household"]),
                    "raters": s["raters"],
                    "limit": f"{s['panel_limit']:,.0f}",
                    "low": f"{s['low']:,.0f}",
                    "high": f"{s['high']:,.0f}",
                }
                for s in split.to_dict("records")
            ],
            bars=sorted(numbers.get(h, h) for h in home.loc[home["bars"] >= bars_for_review, "household"]),
            bars_for_review=bars_for_review,
        )
    )


def _members(crew: pd.DataFrame, ratings: pd.DataFrame, consensus: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of the table of members, the most severe first."""
    table = crew.merge(middle_limits(ratings, consensus), how="left", on=["village", "rater"]).sort_values("severity")
    table = table.assign(
        yuan=severity_yuan(table["severity"], table["usual"]),
        least=severity_yuan(table["severity_low"], table["usual"]),
        most=severity_yuan(table["severity_high"], table["usual"]),
    )
    return [
        {
            "rater": m["rater"],
            "role": m["role"] if isinstance(m["role"], str) else "",
            "ratings": m["ratings"],
            "severity": signed_percent(float(m["severity"])),
            "yuan": signed_yuan(m["yuan"]),
            "sure": f"{signed_yuan(m['least'])} 至 {signed_yuan(m['most'])}",
            "noise": f"上下 {np.expm1(m['noise']):.0%}",
            "declared": m["declared"],
            "favours": m["favours"],
            "grudges": m["grudges"],
        }
        for m in table.to_dict("records")
    ]


def _silent(crew: pd.DataFrame, ratings: pd.DataFrame, listed: Iterable[str]) -> list[str]:
    """Members of whom nothing counts, and whether they handed anything in."""
    handed = set(ratings["rater"])
    return [
        f"{rater}（{'交了表，没有一条计入' if rater in handed else '没有交表'}）"
        for rater in sorted({*listed, *handed} - set(crew["rater"]))
    ]


def _same(crew: pd.DataFrame) -> list[dict[str, str]]:
    """Pairs of same sheets, each once."""
    out, told = [], set()
    for m in crew.dropna(subset=["copied_from"]).to_dict("records"):
        pair = frozenset((m["rater"], m["copied_from"]))
        if pair not in told:
            told.add(pair)
            chance = "不到万分之一" if m["copy_chance"] < 1e-4 else f"约 {m['copy_chance']:.2%}"
            out.append(
                {"rater": m["rater"], "other": m["copied_from"], "share": f"{m['copy_share']:.0%}", "chance": chance}
            )
    return out


def member_page(village: str, rater: str, ratings: pd.DataFrame, consensus: pd.DataFrame, raters: pd.DataFrame) -> str:
    """The page that one member may see."""
    own = ratings[(ratings["village"] == village) & (ratings["rater"] == rater)]
    crew = raters[(raters["village"] == village) & (raters["ratings"] > 0)]
    me = crew[crew["rater"] == rater]
    counted = own[own["counts"]].merge(consensus[["village", "household", "panel_limit"]], on=["village", "household"])
    counted = counted[counted["panel_limit"] > 0]
    enough = len(me) == 1 and len(crew) - 1 >= LEAST_OTHERS and len(counted) >= LEAST_HOUSEHOLDS
    words = _compared(me, counted, raters) if enough else ("", "")
    return (
        environment()
        .get_template("member.html.j2")
        .render(
            title=f"您的评议回看　{village}",
            village=village,
            rater=rater,
            given=len(own),
            counted=int(own["counts"].sum()),
            left_out=[words.format(n) for why, words in LEFT_OUT.items() if (n := int(own["why_not"].eq(why).sum()))],
            enough=enough,
            level=words[0],
            steady=words[1],
            bands=_bands(counted) if enough else [],
        )
    )


def _compared(me: pd.DataFrame, counted: pd.DataFrame, raters: pd.DataFrame) -> tuple[str, str]:
    """How this member's level and steadiness compare, in words."""
    severity, low, high, noise = (float(me[c].iloc[0]) for c in ("severity", "severity_low", "severity_high", "noise"))
    usual = float(counted["panel_limit"].median())
    yuan = abs(float(np.expm1(severity))) * usual
    if low <= 0 <= high:
        level = "您的尺度与评议小组整体分不出高低。"
    else:
        level = (
            f"您的尺度比评议小组整体{'松' if severity > 0 else '紧'}一些，一户一般{'多' if severity > 0 else '少'}写"
            f"约 {round(yuan, -2):,.0f} 元。"
        )
    third, two_thirds = (float(raters["noise"].quantile(q)) for q in (1 / 3, 2 / 3))
    steady = (
        "比一般评议员稳"
        if noise <= third
        else ("与一般评议员差不多" if noise <= two_thirds else "起伏比一般评议员大一些")
    )
    return level, f"扣掉尺度以后，您各户之间的高低{steady}。"


def _bands(counted: pd.DataFrame) -> list[dict[str, str | int]]:
    """What share of the member's households lies how far from the consensus, in tenths: no small number stands."""
    share = counted["limit"] / counted["panel_limit"] - 1
    parts = [float(((share > low) & (share <= high)).mean()) for _, low, high in BANDS]
    return [
        {
            "words": words,
            "tenths": f"约{round(10 * part)}成" if part >= 0.05 else "很少",
            "width": 10 * round(10 * part),
        }
        for (words, _, _), part in zip(BANDS, parts, strict=True)
    ]
