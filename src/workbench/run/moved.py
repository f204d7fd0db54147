"""Who moved between two runs, and what moved them: data, model, parameters, panel, decisions, adding up to the change.

The model's limit of a household is made of three things: its facts, the model, the rules.  Each is taken from the
earlier or from the later run, all eight ways, through the saved models and the one scoring path; the part of each is
its mean effect over all orders in which they can change (Shapley), so that the parts add up exactly and no order is
preferred.  Who is of age by another ``eligibility`` is the rules' matter, who grew into it the data's.

Of a changed proposal the model's part enters with its weight in the logarithm, and the parameters have what another
policy does to the figure.  The rest is the panel's where its figure of the household changed; else it goes the way of
the model's limit where that changed; else it is the data's where the household's own facts did, the parameters' where
one changed that a proposal rests on, the model's where that is another, and the data's again: the gap step learnt from
others of them.  A changed limit in force is a decision.
"""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import InputError
from workbench.milestones.moves import PARTS
from workbench.run.earlier import Opened
from workbench.units import log_mean

if TYPE_CHECKING:
    from workbench.limit.model import LimitModel
    from workbench.limit.policy import Policy

KEY = ["village", "household"]
_PLAYERS = ("data", "model", "parameters")
COLUMNS = [*KEY, "figure", "before", "after", "change", *PARTS, "cause"]


RULES_OF_A_PROPOSAL = ("tolerance", "gap", "panel")
"""Keys of the parameters that a proposal rests on, beside the policy; others change no figure of it."""


def moved(before: Opened, after: Opened) -> pd.DataFrame:
    """One line a household and figure that changed: before, after, change, its five parts in yuan, the largest part."""
    limits = _pair(before, after, "limits", "model_limit").dropna().reset_index(drop=True)
    parts = _model_parts(before, after, limits) if len(limits) else {}
    frames = [
        _changed(limits, "model_limit", parts),
        _of_proposals(before, after, limits, parts),
        _of_confirmed(before, after),
    ]
    out = pd.concat([f for f in frames if len(f)] or [pd.DataFrame(columns=COLUMNS)], ignore_index=True)
    if len(out):
        amounts = out[list(PARTS)].abs().to_numpy(dtype=float)
        out["cause"] = [list(PARTS)[i] for i in amounts.argmax(axis=1)]
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


def _model_parts(before: Opened, after: Opened, pair: pd.DataFrame) -> dict[str, np.ndarray]:
    """Data, model and parameters of each changed model limit; what the rules' own files did counts as parameters.

    A model that another version of the workbench wrote, or that asks for facts which the other run has not, cannot be
    scored on both: the change is all the model's.
    """
    told = pair["after"].to_numpy(float) - pair["before"].to_numpy(float)
    try:
        old, new = _Maker(before, pair), _Maker(after, pair)
        values = {}
        for number in range(2 ** len(_PLAYERS)):
            late = frozenset(p for i, p in enumerate(_PLAYERS) if number >> i & 1)
            values[late] = _limit(*(new if p in late else old for p in _PLAYERS))
    except InputError:
        return {"data": np.zeros(len(pair)), "model": told, "parameters": np.zeros(len(pair))}
    parts = shapley(values)
    parts["parameters"] = parts["parameters"] + told - (values[frozenset(_PLAYERS)] - values[frozenset()])
    return parts


class _Maker:
    """What one run's model limits are made of, for the households of ``pair`` in their order."""

    def __init__(self, run: Opened, pair: pd.DataFrame) -> None:
        from workbench.limit.model import load_model

        table = run.tables["facts"] if "facts" in run.tables else run.tables["records"]
        self.model: LimitModel = load_model(run.folder / "model")
        self.policy = policy_of(run)
        self.ages = run.params.eligibility
        self.people = run.tables.get("people")
        self.homes = pair[KEY].merge(run.tables["households"], on=KEY, how="left")
        self.facts = pair[KEY].merge(table, on=KEY, how="left", indicator="known")


def scored_still(run: Opened) -> bool:
    """Whether the model of a run can be loaded and scored by this version."""
    from workbench.limit.model import load_model

    try:
        load_model(run.folder / "model")
    except InputError:
        return False
    return True


def policy_of(run: Opened) -> Policy:
    """The policy of a run on its day, as its manifest holds it: the book may have changed since."""
    from workbench.limit.books import load_books
    from workbench.limit.policy import Policy, policy_at

    told = run.facts.get("policy")
    if not told:
        return policy_at(load_books().policy, run.params.as_of, run.params.limit)
    return Policy(**{**told, "off": frozenset(told["off"])})


def _limit(data: _Maker, model: _Maker, rules: _Maker) -> np.ndarray:
    """Model limits with facts, model and rules each out of one of the two runs."""
    from workbench.limit.policy import facing, limit_after

    known = (data.facts["known"] == "both").to_numpy()
    raw = np.where(known, model.model.score(data.facts).to_numpy(dtype=float), np.nan)
    see = facing(_of_age(data, rules), data.facts, rules.policy)
    return np.nan_to_num(limit_after(raw, see, rules.policy), nan=0.0)


def _of_age(data: _Maker, rules: _Maker) -> pd.DataFrame:
    """The households of ``data`` with their eligible people (before the negative list) by the ages of ``rules``."""
    if data.ages == rules.ages or data.people is None:
        return data.homes
    here = data.people[data.people["why_not"].fillna("") != "away"]
    able = here[here["age"].between(rules.ages.min_age, rules.ages.max_age)].groupby("household").size()
    return data.homes.assign(base=data.homes["household"].map(able).fillna(0).astype("int64"))


def _of_proposals(before: Opened, after: Opened, limits: pd.DataFrame, parts: dict[str, np.ndarray]) -> pd.DataFrame:
    """Changed proposals; ``limits`` are the model's limits before and after, ``parts`` what moved each of them."""
    pair = _pair(before, after, "gaps", "proposed_limit")
    if pair.empty or limits.empty:
        return pd.DataFrame(columns=COLUMNS)
    both = pair.merge(limits.assign(place=np.arange(len(limits))), on=KEY, suffixes=("", "_model"))
    place = both["place"].to_numpy(int)
    weight = log_mean(both["after"].to_numpy(float), both["before"].to_numpy(float))
    own = log_mean(both["after_model"].to_numpy(float), both["before_model"].to_numpy(float))
    scale = np.divide(weight, own, out=np.zeros(len(both)), where=own > 0) * _model_weight(after, both)
    out = {p: parts[p][place] * scale for p in _PLAYERS} | {"panel": np.zeros(len(both))}
    rest = both["after"].to_numpy(float) - both["before"].to_numpy(float) - sum(out.values())
    bounded = np.clip(_by_policy(before, after, both), np.minimum(rest, 0.0), np.maximum(rest, 0.0))
    out["parameters"] = out["parameters"] + bounded
    rest = rest - bounded
    own_way = np.column_stack([np.abs(parts[p][place]) for p in _PLAYERS])
    for name, share in _shares_of_rest(before, after, both, own_way).items():
        out[name] = out[name] + share * rest
    return _changed(both[[*KEY, "before", "after"]], "proposed_limit", out)


def _by_policy(before: Opened, after: Opened, pair: pd.DataFrame) -> np.ndarray:
    """What another policy alone does to a proposal, in yuan: the new one to the old figure, or the old one undone."""
    from workbench.limit.policy import Facing, limit_after

    one, two = policy_of(before), policy_of(after)
    was, now, none = pair["before"].to_numpy(float), pair["after"].to_numpy(float), np.zeros(len(pair))
    if one == two:
        return none
    see = Facing(np.ones(len(pair)), none, none)
    forward, back = limit_after(was, see, two) - was, now - limit_after(now, see, one)
    return np.where(np.abs(forward) >= np.abs(back), forward, back)


def _model_weight(run: Opened, homes: pd.DataFrame) -> np.ndarray:
    """The model's weight in each proposal of a run, by the rule that made it."""
    from workbench.reconcile.settle import model_weights

    said = homes[KEY].merge(run.tables["consensus"], on=KEY, how="left") if "consensus" in run.tables else None
    if said is None or not {"low", "high"} <= set(said.columns):
        return np.full(len(homes), run.params.gap.model_weight)
    new = homes[KEY].merge(run.tables["gaps"], on=KEY, how="left")["model_uncertainty"].fillna(0.0).to_numpy() != 0
    interval = np.log(said["high"].clip(lower=1.0).to_numpy(float) / said["low"].clip(lower=1.0).to_numpy(float))
    return model_weights(run.params.gap.model_weight, interval, new)


def _shares_of_rest(before: Opened, after: Opened, homes: pd.DataFrame, own_way: np.ndarray) -> dict[str, np.ndarray]:
    """To which part the rest of each proposal's change belongs: shares that add up to 1 for a household.

    ``own_way`` has what data, model and parameters moved of its model limit, as amounts in yuan.
    """
    panel = _touched(_changed_panels(before, after), homes)
    whole = own_way.sum(axis=1)
    alone = ~panel & ~(whole > 0)
    data = _touched(_changed_facts(before, after), homes)
    ruled = np.full(len(homes), _rules(before) != _rules(after))
    digests = [run.facts.get("files", {}).get("model/model.txt") for run in (before, after)]
    first = np.select([data, ruled, np.full(len(homes), digests[0] != digests[1])], [0, 2, 1], default=0)
    out = {"panel": panel.astype(float)}
    for number, name in enumerate(_PLAYERS):
        follows = np.divide(own_way[:, number], whole, out=np.zeros(len(homes)), where=~panel & (whole > 0))
        out[name] = np.where(alone, (first == number).astype(float), follows)
    return out


def _rules(run: Opened) -> list[object]:
    params = run.params.model_dump(mode="json")
    return [params[key] for key in RULES_OF_A_PROPOSAL]


def _changed_panels(before: Opened, after: Opened) -> pd.DataFrame:
    pair = _pair(before, after, "consensus", "panel_limit")
    return pair[(pair["before"] - pair["after"]).abs() > 0.005]


def _changed_facts(before: Opened, after: Opened) -> pd.DataFrame:
    """Households of both runs one of whose facts is another now."""
    one, two = (run.tables.get("facts", run.tables.get("records")) for run in (before, after))
    if one is None or two is None:
        return pd.DataFrame(columns=KEY)
    names = sorted(set(one.columns) & set(two.columns) - {*KEY, "record_date"})
    both = one[[*KEY, *names]].merge(two[[*KEY, *names]], on=KEY, suffixes=(" 0", " 1"))
    was, now = (both[[f"{n} {i}" for n in names]].set_axis(names, axis=1) for i in (0, 1))
    return both.loc[((was != now) & ~(was.isna() & now.isna())).any(axis=1), KEY]


def _touched(found: pd.DataFrame, homes: pd.DataFrame) -> np.ndarray:
    return homes[KEY].merge(found[KEY].assign(hit=True), on=KEY, how="left")["hit"].notna().to_numpy()


def _of_confirmed(before: Opened, after: Opened) -> pd.DataFrame:
    if "confirmed" not in before.tables or "confirmed" not in after.tables:
        return pd.DataFrame(columns=COLUMNS)
    one = before.tables["confirmed"][[*KEY, "limit"]].rename(columns={"limit": "before"})
    two = after.tables["confirmed"][[*KEY, "limit"]].rename(columns={"limit": "after"})
    pair = one.merge(two, on=KEY, how="outer").fillna({"before": 0.0, "after": 0.0})
    return _changed(pair, "confirmed", {"decisions": (pair["after"] - pair["before"]).to_numpy(float)})
