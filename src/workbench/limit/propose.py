"""Proposes a limit for every household: model (or points table), interval, grade, price, policy, explanation.

In: ``facts`` (or ``records``), ``history``, ``households``, ``people``.
Out: ``limits``, ``policy_ledger``, ``explanations``, ``metrics``, and the saved model that scored everybody.
Order: labels, training on villages apart, scoring, PD, policy, explanation.  With fewer confirmed limits than
``min_history`` the points table proposes, and the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.limit import boost, conformal, overdue, policy, pricing
from workbench.limit.books import Books, load_books
from workbench.limit.explain import explain
from workbench.limit.metric_table import metric_rows
from workbench.limit.model import LimitModel
from workbench.limit.points_model import points_model
from workbench.limit.stability import same_top
from workbench.limit.train import Trained, another_seed, train
from workbench.params import RunParams
from workbench.spec import FeatureSpec
from workbench.store.tables import checked

KEY = ["village", "household"]
TARGET = "__confirmed__"
FOLDS = 10
"""Up to ten villages each is a fold of its own."""


@dataclass(frozen=True)
class Proposed:
    """What the step makes.  ``told`` holds figures for the report's sentences, ``trained`` the metrics in full."""

    limits: pd.DataFrame
    policy_ledger: pd.DataFrame
    explanations: pd.DataFrame
    metrics: pd.DataFrame
    model: LimitModel
    told: dict[str, Any]
    trained: dict[str, Any]
    out_of_fold: pd.DataFrame
    facts: pd.DataFrame


def propose_limits(
    facts: pd.DataFrame,
    history: pd.DataFrame | None,
    households: pd.DataFrame,
    people: pd.DataFrame,
    *,
    spec: FeatureSpec,
    params: RunParams,
    model_folder: Path,
    books: Books | None = None,
) -> Proposed:
    """Trains or takes the points table, scores every household, and saves the model into ``model_folder``."""
    books = books or load_books()
    labels = training_labels(history, facts, households, params)
    model, trained = _model(labels, facts, spec, params, books)
    known = _known_labels(history, facts, households)
    model = model.with_about(overdue=_overdue(known, spec, model, params, books))
    limits, ledger = _limits(facts, households, model, spec, params, books)
    explanations = explain(limits, facts, model)
    model.save(model_folder)
    told = _told(labels, known, limits, model, params, books)
    if trained is not None:
        told["same_top"] = same_top(model, another_seed(labels, trained, inner_spec(spec), params.seed + 1), facts)
    metrics = metric_rows(trained, model, known, limits, spec, params.seed)
    return Proposed(
        limits,
        ledger,
        explanations,
        metrics,
        model,
        told,
        {} if trained is None else {**trained.metrics, "model_digest": model.digest},
        _out_of_fold(labels, trained),
        facts,
    )


def training_labels(
    history: pd.DataFrame | None, facts: pd.DataFrame, households: pd.DataFrame, params: RunParams
) -> pd.DataFrame:
    """Facts and the newest confirmed limit above 0 of each household that a roster knows; may be empty."""
    if history is None or not len(history):
        return facts.head(0).assign(**{TARGET: np.array([], dtype=float)})
    rows = history[history.limit > 0]
    if not params.limit.train_on_model_confirmed:
        rows = rows[rows.way.fillna("") != "模型"]
    newest = rows.sort_values([*KEY, "date", "row"], kind="stable").drop_duplicates(KEY, keep="last")
    newest = newest[[*KEY, "limit"]].rename(columns={"limit": TARGET})
    some = facts.merge(households[KEY], on=KEY).merge(newest, on=KEY)
    return some.sort_values(KEY, kind="stable", ignore_index=True)


def _model(
    labels: pd.DataFrame, facts: pd.DataFrame, spec: FeatureSpec, params: RunParams, books: Books
) -> tuple[LimitModel, Trained | None]:
    norm = conformal.unit_of(float(params.tolerance.yuan), float(params.tolerance.share))
    inner = inner_spec(spec)
    if len(labels) < max(params.limit.min_history, 20):
        return points_model(books.points, facts, labels, inner, norm, params.seed), None
    made = train(labels, inner, seed=params.seed, folds=FOLDS, file="history", norm=norm, points=books.points.figures)
    return made.model, made


def inner_spec(spec: FeatureSpec) -> FeatureSpec:
    """The spec with the run's own names for target, key and group; the scale stays as declared."""
    return FeatureSpec(
        target=TARGET,
        features=spec.features,
        scale=spec.scale or "log",
        key=tuple(KEY),
        group="village",
        forbidden=spec.forbidden,
        folder=spec.folder,
    )


def _known_labels(history: pd.DataFrame | None, facts: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """Facts and ``overdue`` of every confirmed line whose label is known at ``as_of``."""
    if history is None or not len(history):
        return facts.head(0).assign(overdue=np.array([], dtype=float))
    known = history.loc[history.overdue.notna(), [*KEY, "overdue"]]
    some = facts.merge(households[KEY], on=KEY).merge(known, on=KEY)
    return some.sort_values([*KEY, "overdue"], kind="stable", ignore_index=True)


def _overdue(
    known: pd.DataFrame, spec: FeatureSpec, model: LimitModel, params: RunParams, books: Books
) -> dict[str, Any]:
    planning = books.price.planning_pd.number(params.as_of) or 0.03
    y = known.overdue.to_numpy(dtype=float)
    return overdue.fit_overdue(known, y, spec, model.codes, planning=planning, seed=params.seed)


def _limits(
    facts: pd.DataFrame,
    households: pd.DataFrame,
    model: LimitModel,
    spec: FeatureSpec,
    params: RunParams,
    books: Books,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    base = households.sort_values(KEY, kind="stable", ignore_index=True)
    own = base[KEY].merge(facts[[*KEY, *spec.names]], on=KEY, how="left", indicator=True)
    recorded = (own._merge == "both").to_numpy()
    x, _ = model.matrix(own)
    raw = np.where(recorded, model.figures(x), np.nan)
    new = model.range.new(x)
    low, high = model.interval(raw, new)
    chance = np.where(recorded, overdue.probability(model.about["overdue"], x), model.about["overdue"]["level"])
    rules = policy.policy_at(books.policy, params.as_of, params.limit)
    see = policy.facing(base, own, rules)
    after = np.nan_to_num(policy.limit_after(raw, see, rules), nan=0.0)
    out = base[[*KEY, "eligible"]].assign(
        why_not=policy.why_not(see, raw, after, rules),
        rating=pricing.grades(chance, books.price),
        pd=chance,
        rate=pricing.rates(chance, books.price, params.as_of),
        raw_limit=raw,
        model_limit=after,
        low=np.nan_to_num(policy.limit_after(low, see, rules), nan=0.0),
        high=np.nan_to_num(policy.limit_after(high, see, rules, outward=True), nan=0.0),
        new=new & recorded & (base.eligible.to_numpy() > 0),
        source=model.about["kind"],
    )
    return checked("limits", out), policy.ledger(base, raw, see, rules)


def _told(
    labels: pd.DataFrame,
    known: pd.DataFrame,
    limits: pd.DataFrame,
    model: LimitModel,
    params: RunParams,
    books: Books,
) -> dict[str, Any]:
    rules = policy.policy_at(books.policy, params.as_of, params.limit)
    return {
        "confirmed": len(labels),
        "min_history": params.limit.min_history,
        "known": len(known),
        "bad": int(known.overdue.sum()),
        "source": model.about["kind"],
        "digest": model.digest,
        "households": len(limits),
        "new": int(limits.new.sum()),
        "exposure": rules.exposure,
        "consumption_cap": rules.purpose_cap,
        "policy": {k: getattr(rules, k) for k in ("cap", "step", "floor", "reach")},
        "off": sorted(rules.off),
        "base": typical(model),
        "price": _price_told(books, params),
    }


def _price_told(books: Books, params: RunParams) -> dict[str, Any]:
    cut, day = books.price.cut_off.at(params.as_of), params.as_of
    return {
        "base_rate": books.price.base_rate.number(day),
        "preference": books.price.preference.number(day) or 0.0,
        "cut_off": None if cut is None else str(cut.value),
        "grades": [(g.grade, g.pd_below, g.spread) for g in books.price.grades],
    }


def typical(model: LimitModel) -> float | None:
    """The base of the explanations: the typical household's limit in yuan."""
    if model.about["kind"] == "points":
        return None
    x = np.array([model.range.typical])
    return float(boost.figure(model.shares(x)[:, -1], model.log)[0])


def _out_of_fold(labels: pd.DataFrame, trained: Trained | None) -> pd.DataFrame:
    if trained is None:
        return pd.DataFrame({c: pd.Series(dtype="float64") for c in ("target", "prediction", "low", "high")})
    table = trained.out_of_fold
    some = labels.iloc[table.index]
    return pd.DataFrame(
        {
            "village": some.village.to_numpy(),
            "household": some.household.to_numpy(),
            "target": some[TARGET].to_numpy(dtype=float),
            **{c: table[c].to_numpy() for c in ("prediction", "low", "high")},
        }
    )
