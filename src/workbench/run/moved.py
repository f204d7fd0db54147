"""Who moved between two runs, and what moved them: data, model, parameters, panel, decisions, adding up to the change.

The model's limit of a household is made of three things: its facts, the model, the rules.  Each is taken from the
earlier or from the later run, all eight ways, through the saved models and the one scoring path; the part of each is
its mean effect over all orders in which they can change (Shapley), so that the parts add up exactly and no order is
preferred.  Of a changed proposal the model's part enters with its weight in the logarithm, and the panel has the rest.
A changed limit in force is a decision.
"""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.params import RunParams
from workbench.units import log_mean

if TYPE_CHECKING:
    from workbench.limit.model import LimitModel
    from workbench.limit.policy import Policy

KEY = ["village", "household"]
PARTS = ("data", "model", "parameters", "panel", "decisions")
_PLAYERS = ("data", "model", "parameters")
COLUMNS = [*KEY, "figure", "before", "after", "change", *PARTS, "cause"]


class Opened(NamedTuple):
    """A finished run as ``diff`` needs it."""

    folder: Path
    params: RunParams
    facts: dict[str, Any]
    tables: dict[str, pd.DataFrame]


def moved(before: Opened, after: Opened) -> pd.DataFrame:
    """One line a household and figure that changed: before, after, change, its five parts in yuan, the largest part."""
    frames = [_of_limits(before, after), _of_proposals(before, after), _of_confirmed(before, after)]
    out = pd.concat([f for f in frames if len(f)] or [pd.DataFrame(columns=COLUMNS)], ignore_index=True)
    if len(out):
        parts = out[list(PARTS)].abs().to_numpy(dtype=float)
        out["cause"] = [PARTS[i] for i in parts.argmax(axis=1)]
    return out[COLUMNS].sort_values([*KEY, "figure"], kind="stable", ignore_index=True)


def shapley(values: dict[frozenset[str], np.ndarray]) -> dict[str, np.ndarray]:
    """The mean effect of each player over all orders; the effects add up to whole less nothing.

    >>> one = {frozenset(): np.array([100.0]), frozenset(["data"]): np.array([130.0])}
    >>> both = {frozenset(["model"]): np.array([100.0]), frozenset(["data", "model"]): np.array([140.0])}
    >>> {name: float(part[0]) for name, part in shapley(one | both).items()}
    {'data': 35.0, 'model': 5.0}
    """
    players = sorted(frozenset().union(*values))
    orders = list(permutations(players))
    out = {p: np.zeros_like(values[frozenset()], dtype=float) for p in players}
    for order in orders:
        for place, player in enumerate(order):
            early = frozenset(order[:place])
            out[player] += (values[early | {player}] - values[early]) / len(orders)
    return out


def _pair(before: Opened, after: Opened, table: str, column: str) -> pd.DataFrame:
    """Households of both runs with the figure before and after; households of one run alone are no move of a figure."""
    if table not in before.tables or table not in after.tables:
        return pd.DataFrame(columns=[*KEY, "before", "after"])
    one = before.tables[table][[*KEY, column]].rename(columns={column: "before"})
    two = after.tables[table][[*KEY, column]].rename(columns={column: "after"})
    return one.merge(two, on=KEY).sort_values(KEY, kind="stable", ignore_index=True)


def _changed(pair: pd.DataFrame, figure: str, parts: dict[str, np.ndarray]) -> pd.DataFrame:
    zero = np.zeros(len(pair))
    out = pair.assign(
        figure=figure,
        change=pair["after"].astype(float) - pair["before"].astype(float),
        **{name: parts.get(name, zero) for name in PARTS},
    )
    return out[out["change"].abs() > 0.005].assign(cause="")[COLUMNS]


def _of_limits(before: Opened, after: Opened) -> pd.DataFrame:
    pair = _pair(before, after, "limits", "model_limit").dropna()
    return _changed(pair, "model_limit", _model_parts(before, after, pair)) if len(pair) else pair


def _model_parts(before: Opened, after: Opened, pair: pd.DataFrame) -> dict[str, np.ndarray]:
    """Data, model and parameters of each changed model limit; what the rules' own files did counts as parameters."""
    old, new = _Maker(before, pair), _Maker(after, pair)
    values = {}
    for number in range(2 ** len(_PLAYERS)):
        late = frozenset(p for i, p in enumerate(_PLAYERS) if number >> i & 1)
        values[late] = _limit(*(new if p in late else old for p in _PLAYERS))
    parts = shapley(values)
    told = pair["after"].to_numpy(float) - pair["before"].to_numpy(float)
    parts["parameters"] = parts["parameters"] + told - (values[frozenset(_PLAYERS)] - values[frozenset()])
    return parts


class _Maker:
    """What one run's model limits are made of, for the households of ``pair`` in their order."""

    def __init__(self, run: Opened, pair: pd.DataFrame) -> None:
        from workbench.limit.books import load_books
        from workbench.limit.model import load_model
        from workbench.limit.policy import policy_at

        table = run.tables["facts"] if "facts" in run.tables else run.tables["records"]
        self.model: LimitModel = load_model(run.folder / "model")
        self.policy: Policy = policy_at(load_books().policy, run.params.as_of, run.params.limit)
        self.homes = pair[KEY].merge(run.tables["households"], on=KEY, how="left")
        self.facts = pair[KEY].merge(table, on=KEY, how="left", indicator="known")


def _limit(data: _Maker, model: _Maker, rules: _Maker) -> np.ndarray:
    """Model limits with facts, model and rules each out of one of the two runs."""
    from workbench.limit.policy import facing, limit_after

    known = (data.facts["known"] == "both").to_numpy()
    raw = np.where(known, model.model.score(data.facts).to_numpy(dtype=float), np.nan)
    see = facing(data.homes, data.facts, rules.policy)
    return np.nan_to_num(limit_after(raw, see, rules.policy), nan=0.0)


def _of_proposals(before: Opened, after: Opened) -> pd.DataFrame:
    pair = _pair(before, after, "gaps", "proposed_limit")
    limits = _pair(before, after, "limits", "model_limit").dropna()
    if pair.empty or limits.empty:
        return pair
    both = pair.merge(limits.assign(place=np.arange(len(limits))), on=KEY, suffixes=("", "_model"))
    parts = _model_parts(before, after, limits)
    place = both["place"].to_numpy(int)
    weight = log_mean(both["after"].to_numpy(float), both["before"].to_numpy(float))
    own = log_mean(both["after_model"].to_numpy(float), both["before_model"].to_numpy(float))
    scale = np.divide(weight, own, out=np.zeros(len(both)), where=own > 0) * after.params.gap.model_weight
    out = {p: parts[p][place] * scale for p in _PLAYERS}
    rest = both["after"].to_numpy(float) - both["before"].to_numpy(float) - sum(out.values())
    rated = _panel_changed(before, after, both)
    reparametrised = before.facts["params"] != after.facts["params"]
    out["panel"] = np.where(rated, rest, 0.0)
    out["parameters" if reparametrised else "data"] += np.where(rated, 0.0, rest)
    return _changed(both[[*KEY, "before", "after"]], "proposed_limit", out)


def _panel_changed(before: Opened, after: Opened, homes: pd.DataFrame) -> np.ndarray:
    pair = _pair(before, after, "consensus", "panel_limit")
    changed = pair[(pair["before"] - pair["after"]).abs() > 0.005]
    return homes[KEY].merge(changed[KEY].assign(hit=True), on=KEY, how="left")["hit"].notna().to_numpy()


def _of_confirmed(before: Opened, after: Opened) -> pd.DataFrame:
    if "confirmed" not in before.tables or "confirmed" not in after.tables:
        return pd.DataFrame(columns=COLUMNS)
    one = before.tables["confirmed"][[*KEY, "limit"]].rename(columns={"limit": "before"})
    two = after.tables["confirmed"][[*KEY, "limit"]].rename(columns={"limit": "after"})
    pair = one.merge(two, on=KEY, how="outer").fillna({"before": 0.0, "after": 0.0})
    return _changed(pair, "confirmed", {"decisions": (pair["after"] - pair["before"]).to_numpy(float)})
