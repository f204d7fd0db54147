"""Invented townships of several kinds, as admitted tables with their truth: for measuring the gap blocks.

No file, no identity, no key: households are numbered digests.  A ``Kind`` says how a town differs (how its panels lean,
which facts they weigh otherwise, which trade no pilot has, which records are wrong, who colludes); ``KINDS`` holds
those that are reported and ``PRACTICE`` those that were looked at while building.  The truth has the columns that
the scoring of causes needs: what each cause owes to the gap in yuan.
"""

from __future__ import annotations

import hashlib

import lightgbm as lgb
import numpy as np
import pandas as pd
from gap_facts import facts_of, fair_of, spoilt, weighing_of
from gap_kinds import CALM, DOWN, KINDS, NUMBERS, PRACTICE, TRADES, UP, WORDS, Kind

from workbench.town.worth import CAP, FLOOR

__all__ = ["CALM", "DOWN", "KINDS", "NUMBERS", "PRACTICE", "UP", "Kind", "make_town", "policy"]


def make_town(kind: Kind, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Tables households, people, records, facts, corrections, history, ratings, limits, truth, and the score
    callable."""
    rng = np.random.default_rng(seed)
    t = _households(kind, rng)
    clean = facts_of(t, rng, kind)
    fair_log = fair_of(t, clean, kind) + rng.normal(0, kind.hidden, len(t))
    t["fair_limit"] = np.clip(np.exp(fair_log), FLOOR, CAP)
    weighing = weighing_of(clean, kind, rng, t)
    body = fair_log + weighing + rng.normal(0, 0.035, len(t))
    known = np.column_stack([np.ones(len(t)), clean.bills_late, np.log1p(clean.overdue_days)])
    surprise = t.conduct - known @ np.linalg.lstsq(known, t.conduct, rcond=None)[0]
    t["clean_panel"] = np.clip(np.exp(body), FLOOR, CAP)
    t["weighting_effect"] = t.clean_panel - np.clip(np.exp(body - weighing), FLOOR, CAP)
    t["soft_effect"] = t.clean_panel - np.clip(np.exp(body - np.log(t.soft) - kind.conduct * surprise), FLOOR, CAP)
    t["newness_effect"] = t.fair_limit - np.clip(np.exp(fair_log - np.log(t.newness)), FLOOR, CAP)
    ratings = _ratings(t, kind, rng)
    records, what = spoilt(clean, t, rng, kind.wrong_share)
    fate = np.where(what.ne("") & (rng.random(len(t)) < 0.2), "corrected", "")
    pilots = np.array(t.pilot)
    ideal = fit(clean, t.fair_limit / t.newness / t.soft, 400)
    t["ideal_limit"] = ideal(clean)
    t["record_effect"] = ideal(records) - t.ideal_limit
    facts = records.where(pd.Series(fate == "", index=records.index), clean)
    confirmed = np.round(t.fair_limit * np.exp(rng.normal(0, 0.05, len(t))), -3).clip(FLOOR, CAP)
    known = pilots & (rng.random(len(t)) < 0.92)
    t["what"], t["fate"] = what, fate
    t.loc[what.ne(""), "cause"] = "record_error"
    model = fit(facts[known], confirmed[known], 300)
    return _tables(t, records, facts, clean, ratings, confirmed, known, model, rng)


def _households(kind: Kind, rng: np.random.Generator) -> pd.DataFrame:
    sizes = rng.integers(int(kind.households * 0.6), int(kind.households * 1.4), kind.villages)
    village = np.repeat([f"村{i:02d}" for i in range(kind.villages)], sizes)
    n = len(village)
    t = pd.DataFrame(
        {
            "village": village,
            "household": [hashlib.sha256(f"{kind.name}{i}".encode()).hexdigest()[:16] for i in range(n)],
        }
    )
    t["pilot"] = t.village < f"村{kind.pilots:02d}"
    t["type"] = rng.choice(TRADES, n, p=kind.mix)
    last = t.village.unique()[kind.pilots + 1 :: 4]
    t.loc[t.village.isin(last) & (rng.random(n) < kind.new_share * 4), "type"] = "new"
    t["conduct"] = rng.normal(size=n)
    t["members"] = np.clip(rng.poisson(2.3, n) + 1, 1, 8)
    t.loc[t.type == "elderly", "members"] = rng.integers(1, 3, int((t.type == "elderly").sum()))
    base = t.type.map(
        {"farm": 10.9, "migrant": 11.6, "business": 11.8, "elderly": 10.0, "scale_farm": 12.0, "new": 12.0}
    )
    t["true_income"] = np.exp(
        base + np.log(kind.income_scale) + 0.28 * np.log(t.members / 3) + 0.45 * rng.normal(size=n)
    )
    t["soft"], t["cause"] = 1.0, "none"
    hit = rng.random(n) < kind.soft_share
    t.loc[hit, "soft"] = np.where(
        rng.random(hit.sum()) < 0.6, rng.uniform(0.3, 0.65, hit.sum()), rng.uniform(1.4, 2.1, hit.sum())
    )
    t.loc[hit, "cause"] = "soft_information"
    t["newness"] = np.where(t.type == "new", np.exp(-kind.new_effect), 1.0)
    t.loc[t.type == "new", "cause"] = "model_uncertainty"
    free = t.cause == "none"
    t.loc[free & (rng.random(n) < kind.bias_share) & ~t.pilot, "cause"] = "rater_bias"
    t["listed"] = (rng.random(n) < 0.012) & free
    t.loc[t.listed, "cause"] = "policy_limit"
    return t


def _ratings(t: pd.DataFrame, kind: Kind, rng: np.random.Generator) -> pd.DataFrame:
    parts = []
    for village, home in t.groupby("village", sort=False):
        k, n = kind.raters, len(home)
        s = rng.normal(0, 0.15, k)
        noise = kind.noise * np.exp(rng.normal(0, 0.3, k))
        own = 0.17 * rng.normal(size=(n, k)) - 0.15
        mark_error = 0.7 * rng.normal(size=(n, k))
        body = np.log(home.clean_panel.to_numpy())[:, None]
        y = body + s + 0.7 * (own + 0.15) + 0.06 * mark_error + noise * rng.normal(size=(n, k))
        knows = np.log(home.soft.to_numpy())
        of_conduct = rng.random(n) < 0.5
        mark = 3 + 0.9 * home.conduct.to_numpy()[:, None] + 1.1 * (np.sign(knows) * of_conduct)[:, None] + mark_error
        pulled = np.zeros((n, k), bool)
        for i in np.flatnonzero(home.cause == "rater_bias"):
            who = rng.choice(k, rng.integers(1, (k - 1) // 2 + 1), replace=False)
            push = rng.choice([-1, 1]) * rng.uniform(0.5, 1.0)
            y[i, who] += push
            pulled[i, who] = True
            if kind.bend_marks:
                own[i, who] += 0.4 * push
                mark[i, who] += 1.0 * np.sign(push)
        remark = np.where(rng.random((n, k)) < 0.3, np.sign(knows)[:, None], 0) * (knows != 0)[:, None]
        remark = np.where((remark == 0) & (rng.random((n, k)) < 0.01), rng.choice([-1, 1], (n, k)), remark)
        rated = rng.random((n, k)) < 0.85
        rated[np.arange(n), rng.integers(0, k, n)] = True
        i, j = np.nonzero(rated)
        part = pd.DataFrame(
            {
                "village": village,
                "household": home.household.to_numpy()[i],
                "rater": [f"{village[-2:]}{c + 1}" for c in j],
            }
        )
        part["business"] = np.clip(
            np.round(
                1
                + 4 * (np.log(home.true_income.to_numpy()[i]) - 9.5) / 3.2
                + rng.normal(0, 0.5, len(i))
                + (np.sign(knows) * ~of_conduct)[i]
            ),
            1,
            5,
        )
        part["income"] = np.maximum(np.round(home.true_income.to_numpy()[i] * np.exp(own[i, j]) / 5_000) * 5_000, 5_000)
        part["integrity"] = np.clip(np.round(mark[i, j]), 1, 5)
        part["limit"] = np.clip(np.maximum(np.round(np.exp(y[i, j]) / 5_000) * 5_000, 5_000), FLOOR, CAP)
        part["remark"] = remark[i, j].astype(int)
        part["pulled"] = pulled[i, j]
        part["bar"] = rng.random(len(i)) < 0.004
        parts.append(part)
    out = pd.concat(parts, ignore_index=True)
    fixed = {
        "role": "村民代表",
        "interest": False,
        "knows": True,
        "manner": "背靠背",
        "own": False,
        "counts": True,
        "why_not": None,
        "source": "panels",
        "row": np.arange(len(out)) + 2,
        "date": pd.Timestamp("2021-09-01"),
    }
    return out.assign(**fixed)


def _matrix(f: pd.DataFrame) -> np.ndarray:
    codes = {w: float(i) for i, w in enumerate(WORDS.values())}
    return np.column_stack([f[list(NUMBERS)].to_numpy(float), f.main_occupation.map(codes).to_numpy(float)])


def fit(f: pd.DataFrame, y: pd.Series, rounds: int):  # type: ignore[no-untyped-def]
    """A gamma model, monotone where a fact has a direction: facts -> yuan."""
    params = {
        "objective": "gamma",
        "num_leaves": 7,
        "learning_rate": 0.04,
        "min_data_in_leaf": 20,
        "verbosity": -1,
        "num_threads": 1,
        "seed": 1,
        "deterministic": True,
        "force_row_wise": True,
        "monotone_constraints": [1 if c in UP else -1 if c in DOWN else 0 for c in NUMBERS] + [0],
        "monotone_constraints_method": "basic",
    }
    booster = lgb.train(params, lgb.Dataset(_matrix(f), np.asarray(y, float)), rounds)
    return lambda g: pd.Series(booster.predict(_matrix(g), num_threads=1), index=g.index)


def policy(raw: pd.Series, listed: pd.Series) -> pd.Series:
    """Cap, step of 1,000, floor and list."""
    out = np.floor(raw.clip(upper=CAP) / 1_000 + 1e-9) * 1_000
    return out.where(out >= FLOOR, 0.0).where(~listed, 0.0)


def _tables(t, records, facts, clean, ratings, confirmed, known, model, rng):  # type: ignore[no-untyped-def]
    """The admitted tables, the truth and the score callable (chance is drawn in this order: households, people,
    history)."""
    keys = t[["village", "household"]]
    households = _household_table(t, clean, rng)
    people = _people_table(t, rng)
    history = _history(keys, confirmed, rng)[known]
    truth = t.assign(
        bars=ratings.groupby("household").bar.sum().reindex(t.household).to_numpy(),
        nobody=False,
        auto_optout=households.auto_optout,
    )
    book = keys.assign(record_date=pd.Timestamp("2021-11-30"))
    return {
        "households": households,
        "people": people,
        "records": pd.concat([book, records], axis=1),
        "facts": pd.concat([book, facts], axis=1),
        "corrections": _corrections(t, records, clean),
        "history": history,
        "ratings": ratings,
        "limits": _limits(t, model(facts)),
        "truth": truth,
        "score": lambda g: model(g),
        "model": model,
    }


def _limits(t: pd.DataFrame, raw: pd.Series) -> pd.DataFrame:
    fixed = {"eligible": 2, "why_not": None, "rating": "B", "pd": 0.02, "rate": 0.05, "new": False, "source": "model"}
    limits = t[["village", "household"]].assign(
        **fixed, raw_limit=raw, model_limit=policy(raw, t.listed), low=raw * 0.7, high=raw * 1.3
    )
    limits.loc[t.listed.to_numpy(), "why_not"] = "listed"
    return limits


def _household_table(t: pd.DataFrame, clean: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    fixed = {"eligible": 2, "base": 2, "group": "1组", "cell": "网格", "manager": "M01"}
    fixed |= {"listed_member": False, "flagged": 0, "quarantined": 0, "away": False}
    return t[["village", "household"]].assign(
        **fixed,
        people=t.members,
        land_mu=clean.land_mu,
        forest_mu=clean.forest_mu,
        holder=t.household,
        listed_holder=t.listed,
        auto_optout=rng.random(len(t)) < 0.01,
    )


def _people_table(t: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    fixed = {"age": 45, "relation": "head", "birth_rank": 1, "eligible": True, "why_not": None, "phone": "x"}
    fixed |= {"phone_state": "mobile", "sms_optout": False, "auto_optout": False, "opted_phone": False}
    return t[["village", "household"]].assign(
        **fixed,
        person=t.household,
        sex=np.where(rng.random(len(t)) < 0.8, "男", "女"),
        ethnic=np.where(rng.random(len(t)) < 0.95, "汉族", "回族"),
        listed=t.listed,
    )


def _corrections(t: pd.DataFrame, records: pd.DataFrame, clean: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {"row": i, "fact": fact, "old": records.loc[i, fact], "new": clean.loc[i, fact]}
        for i in np.flatnonzero(t.fate == "corrected")
        for fact in t.what[i].split("+")
    ]
    found = pd.DataFrame(rows, columns=["row", "fact", "old", "new"])
    keys = t.loc[found["row"].astype(int), ["village", "household"]].reset_index(drop=True)
    fixed = {"old_text": None, "new_text": None, "changed": True, "date": pd.Timestamp("2021-10-01"), "manager": "M01"}
    return pd.concat([keys, found.drop(columns="row")], axis=1).assign(**fixed)


def _history(keys: pd.DataFrame, confirmed: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    n, day = len(keys), pd.Timestamp("2020-03-20")
    fixed = {"date": day, "label_in_file": True, "until": day + pd.Timedelta(days=1095), "first_drawn": day}
    fixed |= {"way": "公议", "holder": None, "source": "history.csv"}
    overdue = np.where(rng.random(n) < 0.5, np.nan, (rng.random(n) < 0.04) * 1.0)
    return keys.assign(**fixed, limit=confirmed, overdue=overdue, row=np.arange(n) + 2)
