"""Says who moved since the run before and why: by figure and main cause, and household by household inside the bank.

In: one line a household and figure that changed, with its change in yuan and the five parts that add up to it.  Out:
tables as they are printed.  In what leaves the bank a cause with fewer than ten households is emptied, with the one
that would give it back, and no household stands in it.
"""

from __future__ import annotations

import pandas as pd

from workbench.milestones.suppress import LEAST_PEOPLE, hidden

PARTS = {"data": "数据", "model": "模型", "parameters": "参数", "panel": "评议", "decisions": "决定"}
"""What can move a figure; the parts of a change add up to it."""
FIGURES = {"model_limit": "模型额度", "proposed_limit": "建议额度", "confirmed": "有效额度"}
HIDDEN = "*"
MEANING = (
    "数据：账面、名册、走访、名单变了；模型：重新训练；参数：政策与参数变了；评议：公议额度变了；决定：签批、到期、撤销。"
    "各部分相加等于变动，不偏向任何先后次序。"
)
"""The sentence beside the tables."""


def by_cause(who: pd.DataFrame, *, outward: bool = False) -> pd.DataFrame:
    """A line a figure and main cause: households, and the sum of their changes in yuan; the whole of a figure last."""
    lines: list[dict[str, object]] = []
    for figure, some in each(who):
        counts = some["cause"].value_counts().reindex(list(PARTS), fill_value=0)
        sums = some.groupby("cause")["change"].sum()
        hide = hidden(counts) if outward else counts < 0
        for cause in counts.index[counts > 0]:
            shown = not hide[cause]
            lines.append(_line(figure, PARTS[cause], int(counts[cause]) if shown else None, float(sums[cause])))
        whole = len(some) if not outward or len(some) >= LEAST_PEOPLE else None
        lines.append(_line(figure, "合计", whole, float(some["change"].sum())))
    return pd.DataFrame(lines, columns=["额度", "主要原因", "户数", "变动合计（元）"])


def _line(figure: str, cause: str, homes: int | None, yuan: float) -> dict[str, object]:
    known = homes is not None
    return {
        "额度": FIGURES[figure],
        "主要原因": cause,
        "户数": homes if known else HIDDEN,
        "变动合计（元）": round(yuan) if known else HIDDEN,
    }


def by_part(who: pd.DataFrame) -> pd.DataFrame:
    """A line a figure: households that moved, the sum of their changes and of each part, in yuan (inside the bank)."""
    amounts = {"change": "变动合计（元）"} | {part: f"{word}（元）" for part, word in PARTS.items()}
    lines = [
        {"额度": FIGURES[figure], "户数": len(some)} | {w: round(float(some[c].sum())) for c, w in amounts.items()}
        for figure, some in each(who)
    ]
    return pd.DataFrame(lines, columns=["额度", "户数", *amounts.values()])


def each(who: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The lines of each figure that moved, in the order of the business."""
    return [(name, some) for name in FIGURES if len(some := who[who["figure"] == name])]


def movers(who: pd.DataFrame) -> pd.DataFrame:
    """Households that moved, by pseudonym, the largest change first, amounts in yuan (inside the bank)."""
    order = who["change"].abs().sort_values(ascending=False, kind="stable").index
    some = who.loc[order]
    names = {"village": "村", "household": "户（代号）", "figure": "额度", "before": "之前", "after": "之后"}
    names |= {"change": "变动", **PARTS, "cause": "主要原因"}
    some = some.assign(figure=some["figure"].map(FIGURES), cause=some["cause"].map(PARTS))
    amounts = ["before", "after", "change", *PARTS]
    return some[list(names)].assign(**{c: some[c].astype(float).round() for c in amounts}).rename(columns=names)


def largest(who: pd.DataFrame, most: int) -> pd.DataFrame:
    """Of each figure the ``most`` households that moved furthest; parts that moved none of them are left out."""
    some = pd.concat([movers(part).head(most) for _, part in each(who)] or [movers(who)])
    return some.drop(columns=[word for word in PARTS.values() if not some[word].any()])


def chief(who: pd.DataFrame, *, outward: bool = False) -> list[str]:
    """One sentence a figure: how many moved, and the main cause of most of them."""
    out = []
    for figure, some in each(who):
        n = len(some)
        if outward and n < LEAST_PEOPLE:
            out.append(f"{FIGURES[figure]}：不足 {LEAST_PEOPLE} 户变动。")
            continue
        counts = some["cause"].value_counts()
        first, most = str(counts.index[0]), int(counts.iloc[0])
        told = most if not outward or not hidden(counts.reindex(list(PARTS), fill_value=0))[first] else None
        main = f"，主要因{PARTS[first]}" + (f"的 {most:,} 户" if told is not None else "")
        out.append(f"{FIGURES[figure]}：{n:,} 户变动，合计 {some['change'].sum():+,.0f} 元{main}。")
    return out or ["没有一户的额度变动。"]


def homes_said(came: int, left: int, *, outward: bool) -> list[str]:
    """Households that are new on the rosters, and that are on them no more.

    >>> homes_said(12, 3, outward=True), homes_said(0, 0, outward=True)
    (['名册：新增 12 户，不再出现 不足 10 户。'], [])
    """
    small = f"不足 {LEAST_PEOPLE} 户"
    said = [small if outward and 0 < n < LEAST_PEOPLE else f"{n:,} 户" for n in (came, left)]
    return [f"名册：新增 {said[0]}，不再出现 {said[1]}。"] if came or left else []
