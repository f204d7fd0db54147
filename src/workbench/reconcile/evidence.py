"""Decides what stands behind each block: rows of fact, value, yuan, that add up to the block, largest first.

A record's row names the book value and the value that the other facts imply; a weighing's rows are facts; a members'
row is a member's code (the run is the bank's own; no page for a village shows it); what is left has no fact.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from workbench.reconcile.align import KEY, Aligned
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.novelty import Novel
from workbench.reconcile.records import Found
from workbench.reconcile.weighing import Weighing
from workbench.units import log_mean

LEAST = 1.0
"""Yuan; a row that carries less is left out, its yuan go to the block's general row."""
COLUMNS = [*KEY, "block", "position", "fact", "book", "implied", "yuan", "note"]


def gather(
    town: Aligned,
    blocks: pd.DataFrame,
    found: Found,
    weighing: Weighing,
    novel: Novel,
    beyond: pd.DataFrame,
    off: pd.DataFrame,
) -> pd.DataFrame:
    """The table ``evidence`` of the blocks that are not 0."""
    members = dict(list(off.groupby(KEY)))
    changes: dict[int, list[tuple[str, float, float]]] = {}
    for row, fact, book, implied in found.changes:
        changes.setdefault(row, []).append((fact, book, implied))
    size = log_mean(np.maximum(town.raw, 1.0), town.said)
    weights = -size[:, None] * weighing.by_fact.to_numpy()
    leans = -size * weighing.lean
    rows: list[tuple[object, ...]] = []
    for i in range(len(town)):
        key = (town.keys["village"].iloc[i], town.keys["household"].iloc[i])
        yuan = {b: float(blocks[b].iloc[i]) for b in BLOCKS}
        parts: list[Part] = [
            *_policy(yuan, bool(town.listed[i])),
            *_records(yuan, changes.get(i, [])),
            *_weights(yuan, list(weighing.by_fact.columns), weights[i], float(leans[i]), town.facts.iloc[i]),
            *_soft(yuan, beyond.iloc[i]),
            *_members(yuan, members.get(key)),
            *_rest(yuan, novel.what[i]),
        ]
        place: dict[str, int] = {}
        for part in parts:
            place[part[0]] = place.get(part[0], 0) + 1
            rows.append((*key, part[0], place[part[0]], *part[1:]))
    out = pd.DataFrame(rows, columns=COLUMNS)
    return out.astype({"fact": "str", "note": "str", "book": float, "implied": float})


Part = tuple[str, str | None, float, float, float, str]
NAN = float("nan")
TELLING_POINTS = 0.5
"""Points of a mark below which a remark is the better evidence."""


def _policy(yuan: dict[str, float], listed: bool) -> Iterator[Part]:
    part = yuan["policy_limit"]
    if abs(part) >= LEAST:
        yield "policy_limit", None, NAN, NAN, part, "按规定不予授信" if listed else "上限、取整或起点额度"


def _records(yuan: dict[str, float], changes: list[tuple[str, float, float]]) -> Iterator[Part]:
    part = yuan["record_error"]
    if abs(part) < LEAST or not changes:
        return
    apart = np.array([abs(np.log(max(b, 1.0)) - np.log(max(v, 1.0))) + 1e-9 for _, b, v in changes])
    for i in np.argsort(-apart, kind="stable"):
        fact, book, implied = changes[i]
        yield (
            "record_error",
            fact,
            book,
            implied,
            float(part * apart[i] / apart.sum()),
            "账面与其他情况对不上，请核对凭证",
        )


def _weights(
    yuan: dict[str, float], names: list[str], weights: np.ndarray, lean: float, facts: pd.Series
) -> Iterator[Part]:
    part = yuan["factor_weighting"]
    if abs(part) < LEAST:
        return
    shown = [
        (n, float(w))
        for n, w in zip(names, weights, strict=True)
        if n != "base" and abs(w) >= max(LEAST, 0.02 * abs(part))
    ]
    for name, w in sorted(shown, key=lambda s: (-abs(s[1]), s[0])):
        value = pd.to_numeric(facts[name], errors="coerce")
        yield "factor_weighting", name, float(value), NAN, w, "村里对此看得与模型不同"
    if abs(lean) >= LEAST:
        yield "factor_weighting", "village", NAN, NAN, lean, "本村评议整体松紧"
    rest = part - sum(w for _, w in shown) - (lean if abs(lean) >= LEAST else 0.0)
    yield "factor_weighting", "base", NAN, NAN, rest, "各村评议整体松紧及其他"


def _soft(yuan: dict[str, float], beyond: pd.Series) -> Iterator[Part]:
    part = yuan["soft_information"]
    if abs(part) >= LEAST:
        lead = "integrity" if abs(_number(beyond["integrity"])) >= abs(_number(beyond["business"])) else "business"
        remark = _number(beyond["remark"])
        # what raises a panel's figure makes the gap smaller: a remark and its yuan stand against each other
        if remark * part < 0 and abs(_number(beyond[lead])) < TELLING_POINTS:
            yield "soft_information", "remark", remark, NAN, part, "评议员的说明（好为正，差为负）"
            return
        yield "soft_information", lead, _number(beyond[lead]), NAN, part, "评分比条件相近的户高或低几分"


def _number(value: object) -> float:
    number = float(value)  # type: ignore[arg-type]
    return number if np.isfinite(number) else 0.0


def _members(yuan: dict[str, float], off: pd.DataFrame | None) -> Iterator[Part]:
    part = yuan["rater_bias"]
    if abs(part) < LEAST:
        return
    if off is None or off.empty:
        yield "rater_bias", None, NAN, NAN, part, "个别评议员意见偏离"
        return
    weight = off["chance"].to_numpy(float)
    for rater, share in zip(off["rater"], weight / weight.sum(), strict=True):
        yield "rater_bias", str(rater), NAN, NAN, float(part * share), "该评议员的意见偏离其他人"


def _rest(yuan: dict[str, float], what: str) -> Iterator[Part]:
    if abs(yuan["model_uncertainty"]) >= LEAST:
        yield "model_uncertainty", what or None, NAN, NAN, yuan["model_uncertainty"], "试点村少有这样的农户"
    if abs(yuan["unexplained"]) >= LEAST:
        yield "unexplained", None, NAN, NAN, yuan["unexplained"], "尚未查明"
