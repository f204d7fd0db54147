"""Makes the page that is taken to a village meeting (identifying): one file, no network, printable on A4.

In: the run's tables and the roster's identities (memory only).  Out: ``<village>评议说明.html`` in a folder of its own.
On it: the village at a glance, a table that sorts and filters, a sheet a household with both limits, the bridge in
yuan, the reasons, and room to sign.  Every number stands in a table of the run.  No member's figure, name or code is
on it.  A count of fewer than ten is printed as 不足10户, and what would give it back to the next ten below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from workbench.errors import InputError
from workbench.params import RunParams
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.bridge import bridge_svg
from workbench.reconcile.cause import WITHIN
from workbench.reconcile.reasons import fact_text
from workbench.reconcile.review import WORDS as WHY
from workbench.spec import Feature, FeatureSpec
from workbench.store.atomic import write_text
from workbench.units import percent_given
from workbench.words import ACTIONS, CAUSES, NOTICE, TOWN
from workbench.words import BLOCKS as BLOCK_WORDS

SMALL = 10
"""A count below it does not leave the bank (figures, People and milestones)."""
TEMPLATE = "page.html.j2"


def write_page(
    tables: Mapping[str, pd.DataFrame],
    identities: pd.DataFrame,
    village: str,
    out: Path,
    *,
    params: RunParams,
    spec: FeatureSpec | None,
) -> list[Path]:
    """Writes the page of one village, readable by its owner alone; ``InputError`` where the run has no gaps for it."""
    if "gaps" not in tables:
        raise InputError("gaps", "the run holds no gaps", "run the steps panel, limit and gap first")
    gaps = tables["gaps"][tables["gaps"]["village"] == village]
    if gaps.empty:
        raise InputError(village, "has no household with both limits in this run", "give a village of the run")
    features = spec.features if spec is not None else ()
    homes = _homes(gaps, tables, identities, features)
    text = (
        _environment()
        .get_template(TEMPLATE)
        .render(
            town=TOWN,
            notice=NOTICE,
            village=village,
            as_of=str(params.as_of),
            tolerance=params.tolerance,
            weight=params.gap.model_weight,
            homes=homes,
            glance=glance(gaps),
            causes=cause_counts(gaps),
            weighed=weighed_otherwise(tables.get("weighing"), village, features),
            small=SMALL,
        )
    )
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = out / f"{_plain(village)}评议说明.html"
    write_text(path, text, 0o600)
    return [path]


def _environment() -> Environment:
    """Escapes everything that is not marked otherwise."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["yuan"] = lambda value: f"{float(value):,.0f}"
    made.filters["percent"] = percent_given
    made.filters["signed"] = lambda value: f"{float(value):+,.0f}" if abs(float(value)) >= 0.5 else "0"
    return made


def _plain(village: str) -> str:
    """A village's name as a file name."""
    return "".join("_" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in village).strip(". ") or "_"


def _homes(
    gaps: pd.DataFrame, tables: Mapping[str, pd.DataFrame], identities: pd.DataFrame, features: Sequence[Feature]
) -> list[dict[str, Any]]:
    """One entry a household, in the order of its number: who it is, both limits, blocks, reasons, what to check."""
    heads = identities.sort_values("head", ascending=False, kind="stable").drop_duplicates("household")
    heads = heads.set_index("household")
    of = {f.name: f for f in features}
    behind = dict(list(tables["evidence"].groupby("household"))) if "evidence" in tables else {}
    intervals = _intervals(tables)
    homes = []
    for row in gaps.to_dict("records"):
        home = row["household"]
        if home not in heads.index:
            continue
        head = heads.loc[home]
        words = str(row["review_why"]).split() if isinstance(row["review_why"], str) else []
        blocks = {b: float(row[b]) for b in BLOCKS}
        homes.append(
            {
                "id": home,
                "number": str(head["number"]),
                "name": str(head["name"]),
                "group": head["group"] if isinstance(head["group"], str) else "",
                "model": row["model_limit"],
                "panel": row["panel_limit"],
                "gap": row["gap"],
                "proposed": row["proposed_limit"],
                "within": row["primary_cause"] == WITHIN,
                "outside": _outside(row["proposed_limit"], row["model_limit"], row["panel_limit"]),
                "cause": CAUSES[row["primary_cause"]],
                "action": ACTIONS[row["action"]],
                "review": row["action"] == "review",
                "why": [WHY[w] for w in words if w in WHY],
                "reason": row["reason_zh"],
                "blocks": [(BLOCK_WORDS[b], yuan) for b, yuan in blocks.items()],
                "svg": Markup(bridge_svg(row["panel_limit"], row["model_limit"], blocks)),
                "details": _details(behind.get(home), of),
                "checks": _checks(behind.get(home), of),
                "advice": _advice(behind.get(home), of),
                **intervals.get(home, {"model_range": None, "panel_range": None}),
            }
        )
    return sorted(homes, key=lambda h: (len(h["number"]), h["number"]))


OUT_BY = 1_000.0
"""Yuan: rounding down alone puts no proposal outside the two limits."""


def _outside(proposal: float, model: float, panel: float) -> bool:
    """Whether a proposal stands outside the two limits, so that the villager is told why."""
    return proposal > 0 and not min(model, panel) - OUT_BY <= proposal <= max(model, panel) + OUT_BY


def _intervals(tables: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    """The 90 % intervals of both limits, where the run has them."""
    out: dict[str, dict[str, Any]] = {}
    for name, key in (("limits", "model_range"), ("consensus", "panel_range")):
        for row in tables[name].to_dict("records") if name in tables else []:
            known = pd.notna(row["low"]) and pd.notna(row["high"])
            here = out.setdefault(row["household"], {"model_range": None, "panel_range": None})
            here[key] = (row["low"], row["high"]) if known else None
    return out


def _checks(own: pd.DataFrame | None, features: dict[str, Feature]) -> list[str]:
    """What to check on site: facts whose book value the other facts contradict."""
    if own is None:
        return []
    return [
        f"{features[fact].label_zh}{_as_in_table(features[fact], book)}，"
        f"按其他情况推算应为{_as_in_table(features[fact], implied)}"
        for fact, book, implied, _ in _rows(own, "record_error", features)
    ]


def _as_in_table(feature: Feature, value: float) -> str:
    """A fact of ``evidence`` with its unit, to the yuan: whoever asks finds the figure in the table."""
    if feature.unit == "yuan" and pd.notna(value):
        return f"约{value:,.0f}元"
    return fact_text(feature, value, bare=True)


def _rows(own: pd.DataFrame, block: str, features: dict[str, Feature]) -> list[tuple[str, float, float, float]]:
    """Rows of one block that speak of a fact: name, book value, implied value, yuan."""
    rows = own[(own["block"] == block) & own["fact"].isin(list(features))].sort_values("position")
    columns = (rows[c].tolist() for c in ("fact", "book", "implied", "yuan"))
    return list(zip(*columns, strict=True))


DETAILED = ("record_error", "factor_weighting")
"""Blocks whose parts are facts; what single members moved stands on no panel page."""


class Detail(NamedTuple):
    """One block that several facts made: its yuan, and what each of them carries; they add up to it."""

    word: str
    yuan: float
    parts: list[tuple[str, float]]


def _details(own: pd.DataFrame | None, features: dict[str, Feature]) -> list[Detail]:
    """The blocks of a household that are made of several facts (or leans of the panels), in the order of the bridge."""
    if own is None:
        return []
    out = []
    for block in DETAILED:
        rows = own[own["block"] == block].sort_values("position")
        lines = rows[["fact", "note", "yuan"]].itertuples(index=False)
        parts = [(features[fact].label_zh if fact in features else note, float(yuan)) for fact, note, yuan in lines]
        if len(parts) > 1:
            out.append(Detail(BLOCK_WORDS[block], sum(yuan for _, yuan in parts), parts))
    return out


def _advice(own: pd.DataFrame | None, features: dict[str, Feature]) -> list[str]:
    """What a person can change, and what the model would then give: never a promise."""
    if own is None:
        return []
    return [
        f"若{features[fact].label_zh}由{_as_in_table(features[fact], book)}"
        f"变为{_as_in_table(features[fact], implied)}，模型会多给约{yuan:,.0f}元"
        for fact, book, implied, yuan in _rows(own, "advice", features)
    ]


def glance(gaps: pd.DataFrame) -> list[tuple[str, str]]:
    """The village in a few figures; of a pair of counts of which one is small neither is told to the household."""
    n = len(gaps)
    outside, review = int(gaps["primary_cause"].ne(WITHIN).sum()), int(gaps["action"].eq("review").sum())
    return [
        ("有两个额度的户", _count(n)),
        ("差额在容许范围内", _pair(n - outside, outside)),
        ("差额超出容许范围", _pair(outside, n - outside)),
        ("建议直接确认", _pair(n - review, review)),
        ("由人复核", _pair(review, n - review)),
    ]


def cause_counts(gaps: pd.DataFrame) -> list[tuple[str, str]]:
    """Households by primary cause, most first; beside a small group the others are told to the ten below."""
    counts = gaps.loc[gaps["primary_cause"].ne(WITHIN), "primary_cause"].value_counts()
    counts = counts.reindex([b for b in BLOCKS if b in counts.index]).sort_values(ascending=False, kind="stable")
    exact = bool((counts >= SMALL).all())
    return [(CAUSES[str(c)], f"{int(k)}户" if exact else _tens(int(k))) for c, k in counts.items()]


MOST_WEIGHED, LEAST_YUAN = 4, 500.0
"""Facts that the page names at most, and yuan in the mean of the households below which none is named."""


def weighed_otherwise(weighing: pd.DataFrame | None, village: str, features: Sequence[Feature]) -> list[str]:
    """Where the village's panel and the model differ most, in the mean of its households (the table ``weighing``)."""
    if weighing is None:
        return []
    here = weighing[(weighing["village"] == village) & (weighing["n"] >= SMALL)]
    here = here[here["yuan"].abs() >= LEAST_YUAN]
    here = here.loc[here["yuan"].abs().sort_values(ascending=False, kind="stable").index]
    words = {f.name: f"看{f.label_zh}" for f in features} | {"base": "总的来说"}
    return [
        f"{words[feature]}，评议比模型每户平均{'少' if yuan > 0 else '多'}给{abs(yuan):,.0f}元"
        for feature, yuan in here[["feature", "yuan"]].itertuples(index=False)
        if feature in words
    ][:MOST_WEIGHED]


def _count(n: int) -> str:
    return f"{n}户" if n >= SMALL else f"不足{SMALL}户"


def _tens(n: int) -> str:
    """A count to the ten below, so that it gives no small one back.

    >>> _tens(26), _tens(8), _tens(40)
    ('20户以上', '不足10户', '40户以上')
    """
    return f"{n // 10 * 10}户以上" if n >= SMALL else _count(n)


def _pair(n: int, other: int) -> str:
    """A count whose complement can be worked out from the total: exact only if both are large enough, or one is 0."""
    if n == 0 or other == 0:
        return _count(n) if n else "0户"
    return f"{n}户" if min(n, other) >= SMALL else _tens(n)
