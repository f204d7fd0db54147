"""Policy, price, points and PD: each line by hand."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.errors import InputError
from workbench.limit import overdue, policy, pricing
from workbench.limit.books import Dated, load_books
from workbench.limit.features import code_tables, matrix
from workbench.limit.points import load_points
from workbench.limit.policy import Facing, Policy
from workbench.params import LimitRules, RunParams
from workbench.spec import FeatureSpec

BOOKS = load_books()
BANK = Policy(cap=500_000, step=1_000, floor=5_000)


def facing(n: int = 1, **more: float) -> Facing:
    told = {"eligible": 1.0, "listed": 0.0, "exposure": 0.0, **more}
    return Facing(**{k: np.full(n, v) for k, v in told.items()})


@pytest.mark.parametrize(
    ("raw", "see", "rules", "limit"),
    [
        (612_345.6, {}, BANK, 500_000),
        (500_000.0, {}, BANK, 500_000),
        (84_999.9999999, {}, BANK, 85_000),
        (84_999.9, {}, BANK, 84_000),
        (5_999.0, {}, BANK, 5_000),
        (4_999.0, {}, BANK, 0),
        (90_000.0, {"listed": 1.0}, BANK, 0),
        (90_000.0, {"eligible": 0.0}, BANK, 0),
        (90_500.0, {"exposure": 30_000.0}, BANK, 90_000),
        (90_500.0, {"exposure": 30_000.0}, Policy(500_000, None, 1_000, 5_000, "loan"), 60_000),
        (90_500.0, {"exposure": 95_000.0}, Policy(500_000, None, 1_000, 5_000, "loan"), 0),
        (260_000.0, {}, Policy(500_000, 200_000, 1_000, 5_000), 200_000),
    ],
)
def test_the_limit_after_policy(raw: float, see: dict[str, float], rules: Policy, limit: float) -> None:
    assert policy.limit_after(np.array([raw]), facing(**see), rules)[0] == limit


def test_the_ledger_replays_exactly() -> None:
    raw = np.array([3_000.0, 88_888.8, 700_000.0])
    lines = policy.lines(raw, facing(3), BANK)
    assert [rule for rule, _, _ in lines] == list(policy.RULES)
    for (_, _, after), (_, before, _) in pairwise(lines):
        np.testing.assert_array_equal(after, before)
    np.testing.assert_array_equal(lines[-1][2], [0.0, 88_000.0, 500_000.0])


@pytest.mark.parametrize("rule", ["negative_list", "cap", "purpose_cap", "exposure", "step", "floor"])
def test_turning_a_rule_off_changes_its_line_and_what_follows_only(rule: str) -> None:
    raw = np.array([3_456.0, 88_888.8, 700_000.0, 60_000.0])
    see = Facing(np.ones(4), np.array([0.0, 0, 0, 1]), np.full(4, 1_234.0))
    full = Policy(500_000, 200_000, 1_000, 5_000, "loan")
    off = Policy(500_000, 200_000, 1_000, 5_000, "loan", off=frozenset([rule]))
    k = policy.RULES.index(rule)
    for (_, before, after), (_, before_off, after_off) in list(
        zip(policy.lines(raw, see, full), policy.lines(raw, see, off), strict=True)
    )[:k]:
        np.testing.assert_array_equal(before, before_off)
        np.testing.assert_array_equal(after, after_off)
    own = policy.lines(raw, see, off)[k]
    np.testing.assert_array_equal(own[1], own[2])


def test_reach_of_the_negative_list(households: pd.DataFrame, facts: pd.DataFrame) -> None:
    holder = policy.facing(households, facts, Policy(reach="holder"))
    household = policy.facing(households, facts, Policy(reach="household"))
    assert (holder.listed.sum(), household.listed.sum()) == (1, 2)


def test_purpose_cap_only_where_the_bank_states_it_and_from_its_day() -> None:
    on = LimitRules(consumption_cap=True)
    assert policy.policy_at(BOOKS.policy, date(2021, 1, 1), LimitRules()).purpose_cap is None
    assert policy.policy_at(BOOKS.policy, date(2020, 7, 16), on).purpose_cap is None
    assert policy.policy_at(BOOKS.policy, date(2020, 7, 17), on).purpose_cap == 200_000


def test_why_not_names_the_first_rule() -> None:
    see = Facing(np.array([0.0, 1, 1, 1, 1]), np.array([1.0, 1, 0, 0, 0]), np.zeros(5))
    raw = np.array([9e4, 9e4, 1e3, np.nan, 9e4])
    limit = np.nan_to_num(policy.limit_after(raw, see, BANK))
    told = policy.why_not(see, raw, limit, BANK)
    assert told.fillna("").tolist() == ["nobody_eligible", "listed", "below_floor", "no_record", ""]


def test_rates_by_hand_and_never_higher_for_a_lower_pd() -> None:
    p = np.array([0.005, 0.01, 0.05, 0.5])
    # 3.85 % on 2021-06-30, less 0.50, plus 1.00 / 1.50 / 3.00 / 5.50
    assert pricing.rates(p, BOOKS.price, date(2021, 6, 30)).tolist() == [0.0435, 0.0485, 0.0635, 0.0885]
    many = np.linspace(0, 1, 999)
    rates = pricing.rates(many, BOOKS.price, date(2021, 6, 30))
    assert (np.diff(rates) >= 0).all()
    assert np.allclose(rates * 10_000, np.round(rates * 10_000))


def test_the_base_rate_is_that_of_the_day() -> None:
    low, high = (pricing.rates(np.array([0.005]), BOOKS.price, d)[0] for d in (date(2021, 12, 31), date(2019, 8, 1)))
    assert (low, high) == (0.043, 0.0485)
    with pytest.raises(InputError, match="base_rate"):
        pricing.rates(np.array([0.1]), BOOKS.price, date(2000, 1, 1))


def test_grades_on_their_edges_and_the_cut_off() -> None:
    found = pricing.grades(np.array([0.0099, 0.01, 0.1599, 0.16, np.nan]), BOOKS.price)
    assert found.fillna("").tolist() == ["AAA", "AA", "BB", "B", ""]
    assert pricing.credit_household(found, BOOKS.price, date(2021, 1, 1)).tolist() == [True, True, True, False, False]


def dated(**value: object) -> dict[str, object]:
    return {"label_zh": "x", "unit": "y", "values": [{"from": "2021-01-01", "value": 1.0, "source": "s", **value}]}


def scale(edge: float, spread: float) -> list[dict[str, object]]:
    return [{"grade": "A", "pd_below": 0.5, "spread": 0.02}, {"grade": "B", "pd_below": edge, "spread": spread}]


EARLIER = {"from": "2021-01-01", "value": "Z", "source": "s"}
LATER = {"from": "2022-01-01", "value": "BB", "source": "s"}


@pytest.mark.parametrize(
    ("key", "change", "word"),
    [
        ("grades", scale(1.0, 0.01), "spread may not fall"),
        ("grades", scale(0.9, 0.03), "end at 1.0"),
        ("base_rate", {"label_zh": "x", "unit": "y", "values": []}, "base_rate"),
        ("base_rate", dated(**{"from": "2021-13-01"}), "values"),
        ("base_rate", dated(source=""), "source"),
        ("cut_off", dated(value="Z"), "no grade"),
        ("cut_off", {"label_zh": "x", "unit": "y", "values": [EARLIER, LATER]}, "no grade"),
        ("base_rate", dated(value="viel"), "must be a number"),
        ("planning_pd", dated(value=-0.1), "must be a number"),
        ("planning_pd", dated(value=0), "above 0"),
        ("planning_pd", dated(value=3), "share below 1"),
        ("base_rate", dated(value=3.85), "share below 1"),
        ("preference", dated(value=50), "share below 1"),
        ("grades", scale(1.0, 3.0), "spread"),
    ],
)
def test_a_wrong_book_is_refused(tmp_path: Path, key: str, change: object, word: str) -> None:
    data = yaml.safe_load((Path(__file__).parents[3] / "params" / "price.yaml").read_text("utf-8"))
    (tmp_path / "price.yaml").write_text(yaml.safe_dump({**data, key: change}, allow_unicode=True), "utf-8")
    params = RunParams(name="t", dataset=".", as_of=date(2021, 1, 1), price="price.yaml")
    with pytest.raises(InputError, match=word):
        load_books(params, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("step", 0, "above 0"),
        ("cap", "50万", "must be a number"),
        ("exposure", "no_such", "no number among the features"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_refused(
    tmp_path: Path, spec: FeatureSpec, params: RunParams, key: str, value: object, word: str
) -> None:
    data = yaml.safe_load((Path(__file__).parents[3] / "params" / "policy.yaml").read_text("utf-8"))
    data[key]["values"][-1]["value"] = value
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    with pytest.raises(InputError, match=word):
        load_books(params.model_copy(update={"policy": "policy.yaml"}), tmp_path, spec)


def test_a_policy_may_take_off_a_balance_that_the_spec_declares(
    tmp_path: Path, spec: FeatureSpec, params: RunParams
) -> None:
    data = yaml.safe_load((Path(__file__).parents[3] / "params" / "policy.yaml").read_text("utf-8"))
    data["exposure"]["values"][-1]["value"] = "debt"
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    books = load_books(params.model_copy(update={"policy": "policy.yaml"}), tmp_path, spec)
    assert policy.policy_at(books.policy, date(2021, 12, 31), params.limit).exposure == "debt"


def test_a_dated_value() -> None:
    told = Dated.model_validate(dated(**{"from": "2020-01-01"}))
    later = Dated.model_validate(dated(value=2.0))
    told = told.model_copy(update={"values": [*told.values, *later.values]})
    days = (date(2019, 12, 31), date(2020, 12, 31), date(2021, 1, 1))
    assert [told.number(d) for d in days] == [None, 1.0, 2.0]


def points_file(folder: Path, **more: object) -> Path:
    data = {
        "name": "t", "from_date": "2019-07-01", "source": "s",
        "facts": [
            {"fact": "income", "missing": 1, "bands": [{"below": 50_000, "points": 2}, {"points": 8}]},
            {"fact": "trade", "values": {"经商": 3}, "other": 1},
        ],
        "limits": [{"points": 3, "limit": 30_000}, {"points": 9, "limit": 100_000}],
    }  # fmt: skip
    path = folder / "points.yaml"
    path.write_text(yaml.safe_dump({**data, **more}, allow_unicode=True), "utf-8")
    return path


def test_points_by_hand(tmp_path: Path) -> None:
    made = load_points(points_file(tmp_path))
    frame = pd.DataFrame({"income": [49_999, 50_000, 50_000, np.nan], "trade": ["种植", "种植", "经商", None]})
    assert made.parts(frame).sum(axis=1).tolist() == [3.0, 9.0, 11.0, 1.0]
    assert made.figures(frame).tolist() == [30_000.0, 100_000.0, 100_000.0, 0.0]
    np.testing.assert_allclose(made.contributions(frame).sum(axis=1), made.figures(frame))


def test_a_points_table_must_rise_and_know_its_facts(tmp_path: Path, spec: FeatureSpec) -> None:
    wrong = [{"fact": "income", "bands": [{"below": 9, "points": 1}, {"below": 3, "points": 2}, {"points": 3}]}]
    with pytest.raises(InputError, match="rise"):
        load_points(points_file(tmp_path, facts=wrong))
    other = load_points(points_file(tmp_path, facts=[{"fact": "cows", "bands": [{"points": 3}]}]))
    with pytest.raises(InputError, match="cows"):
        other.require(spec)


@pytest.mark.parametrize("bad", [0, 3, 12, 160, 318, 320])
def test_a_pd_is_never_0_or_1_and_keeps_the_level(facts: pd.DataFrame, spec: FeatureSpec, bad: int) -> None:
    y = np.zeros(len(facts))
    y[np.argsort(-facts.late.to_numpy(), kind="stable")[:bad]] = 1
    codes = code_tables(facts, spec)
    model = overdue.fit_overdue(facts, y, spec, codes, planning=0.03, seed=1)
    p = overdue.probability(model, matrix(facts, spec, codes)[0])
    assert (p >= 0.001).all()
    assert (p <= 0.6).all()
    if bad == 0:
        assert np.ptp(p) == 0
        assert p.max() < 0.01
    if bad == 12:
        assert p.mean() == pytest.approx(12 / 320, abs=0.01)
        assert np.corrcoef(p, facts.late)[0, 1] > 0.3


def test_slopes_of_the_pd_keep_the_specs_directions(facts: pd.DataFrame, spec: FeatureSpec) -> None:
    y = (facts.income > facts.income.quantile(0.7)).to_numpy(dtype=float)  # the rich are bad: against the direction
    model = overdue.fit_overdue(facts, y, spec, code_tables(facts, spec), planning=0.03, seed=1)
    assert "income" not in model["facts"]


def test_a_forest_with_thousands_of_bad_cases(spec: FeatureSpec) -> None:
    rng = np.random.default_rng(1)
    n = 4_000
    many = pd.DataFrame(
        {"income": rng.gamma(2, 30_000, n), "debt": 0.0, "wage": 1.0, "late": rng.poisson(1, n), "trade": "种植"}
    )
    y = (rng.random(n) < 1 / (1 + np.exp(1.2 - 0.8 * many.late))).astype(float)
    codes = code_tables(many, spec)
    model = overdue.fit_overdue(many, y, spec, codes, planning=0.03, seed=1)
    assert model["kind"] == "forest"
    assert overdue.auc(y, overdue.probability(model, matrix(many, spec, codes)[0])) > 0.65
