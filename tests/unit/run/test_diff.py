"""Who moved and why: parts that add up, and the right part for one change alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.milestones.moves import PARTS
from workbench.params import RunParams
from workbench.run import changes, moved
from workbench.run.earlier import Opened
from workbench.run.moved import shapley


class Line:
    """A model that gives a multiple of the income."""

    def __init__(self, times: float) -> None:
        self.times = times

    def score(self, facts: pd.DataFrame) -> pd.Series:
        return facts["income"] * self.times


def opened(
    monkeypatch: pytest.MonkeyPatch,
    incomes: list[float],
    times: float = 2.0,
    policy: dict[str, Any] | None = None,
    ages: dict[str, int] | None = None,
    old: list[int] | None = None,
    **rules: Any,
) -> Opened:
    """A run of one person a household; ``policy`` as its manifest holds it, ``old`` the ages."""
    homes = pd.DataFrame({"village": "村", "household": [f"h{i}" for i in range(len(incomes))]})
    asked = {"name": "q", "dataset": ".", "as_of": "2021-12-31", "limit": rules} | (
        {"eligibility": ages} if ages else {}
    )
    params = RunParams.model_validate(asked)
    model = Line(times)
    folder = Path(f"run-{id(model)}")
    known[folder / "model"] = model
    able = [params.eligibility.min_age <= age <= params.eligibility.max_age for age in old or [40] * len(incomes)]
    full = homes.assign(base=able, eligible=able, listed_holder=False, listed_member=False)
    full = full.astype({"base": "int64", "eligible": "int64"})
    people = homes.assign(age=old or 40, why_not=[None if a else "age" for a in able])
    facts = homes.assign(income=incomes)
    run = Opened(
        folder,
        params,
        {
            "params": params.model_dump(mode="json"),
            "key": "k",
            "policy": policy,
            "files": {"model/model.txt": str(times)},
        },
        {"households": full, "records": facts, "people": people},
    )
    pair = homes.assign(before=0.0, after=0.0)
    maker = moved._Maker(run, pair)
    limits = homes.assign(model_limit=moved._limit(maker, maker, maker))
    return run._replace(tables={**run.tables, "limits": limits})


known: dict[Path, Line] = {}


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.limit import model

    def load(folder: Path) -> Line:
        if folder not in known:
            raise InputError("model.json", "was written by another version", "train the model again")
        return known[folder]

    monkeypatch.setattr(model, "load_model", load)


def test_one_income_corrected_is_data_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    who = moved.moved(opened(monkeypatch, [30_000, 40_000]), opened(monkeypatch, [35_000, 40_000]))
    assert who["household"].tolist() == ["h0"]
    assert who[["before", "after", "data", "model", "parameters"]].iloc[0].tolist() == [60_000, 70_000, 10_000, 0, 0]
    assert who["cause"].tolist() == ["data"]


def test_one_rule_turned_off_is_parameters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened(monkeypatch, [30_250, 40_000])
    after = opened(monkeypatch, [30_250, 40_000], policy_off=["step"])
    who = moved.moved(before, after)
    assert who[["household", "change", "parameters"]].values.tolist() == [["h0", 500.0, 500.0]]


def proposed(run: Opened, *yuan: float) -> Opened:
    """The run with proposals, and panels that all said 50,000."""
    homes = run.tables["households"][["village", "household"]]
    gaps = homes.assign(proposed_limit=yuan, model_uncertainty=0.0, primary_cause="unexplained")
    said = homes.assign(panel_limit=50_000.0, low=45_000.0, high=55_000.0)
    return run._replace(tables={**run.tables, "gaps": gaps, "consensus": said})


def test_one_income_and_one_policy_are_exactly_these_two_causes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first household's income was corrected; the cap bites at the third alone; the book of then is gone."""
    policy = {"cap": 500_000.0, "purpose_cap": None, "step": 1_000.0, "floor": 5_000.0, "exposure": None}
    policy |= {"reach": "holder", "off": []}
    before = opened(monkeypatch, [30_000, 40_000, 150_000], policy=policy)
    after = opened(monkeypatch, [35_000, 40_000, 150_000], policy=policy | {"cap": 200_000.0})
    # the gap step learnt from the corrected fact too: the second household's proposal moved by a step
    who = moved.moved(proposed(before, 58_000, 66_000, 260_000), proposed(after, 61_000, 67_000, 200_000))
    told = who.set_index(["figure", "household"])
    assert told.loc["model_limit", ["change", "data", "model", "parameters"]].to_dict("index") == {
        "h0": {"change": 10_000.0, "data": 10_000.0, "model": 0.0, "parameters": 0.0},
        "h2": {"change": -100_000.0, "data": 0.0, "model": 0.0, "parameters": -100_000.0},
    }
    assert told.loc["proposed_limit", "cause"].to_dict() == {"h0": "data", "h1": "data", "h2": "parameters"}
    assert told.loc[("proposed_limit", "h2"), "parameters"] == pytest.approx(-60_000)
    assert np.allclose(who[list(PARTS)].sum(axis=1), who["change"], atol=0.01)


def test_another_age_is_the_parameters_and_a_birthday_the_datas(monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened(monkeypatch, [30_000, 40_000], ages={"min_age": 18, "max_age": 60}, old=[61, 60])
    looser = opened(monkeypatch, [30_000, 40_000], ages={"min_age": 18, "max_age": 65}, old=[61, 60])
    older = opened(monkeypatch, [30_000, 40_000], ages={"min_age": 18, "max_age": 60}, old=[61, 61])
    columns = ["household", "change", "data", "parameters"]
    assert moved.moved(before, looser)[columns].values.tolist() == [["h0", 60_000, 0, 60_000]]
    assert moved.moved(before, older)[columns].values.tolist() == [["h1", -80_000, -80_000, 0]]


def test_a_model_of_another_version_takes_the_whole_change(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = opened(monkeypatch, [30_000]), opened(monkeypatch, [30_000], times=3.0)
    known.pop(before.folder / "model")
    who = moved.moved(before, after)
    assert who[["data", "model", "parameters", "cause"]].values.tolist() == [[0, 30_000, 0, "model"]]
    assert "由另一版本写成" in " ".join(d.written() for d in changes.model_differences(before, after))


def test_a_model_that_asks_for_a_fact_which_the_run_before_has_not_takes_the_whole_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Spec(Line):
        def score(self, facts: pd.DataFrame) -> pd.Series:
            if "land" not in facts:
                raise InputError("facts: land", "the column is missing", "add it")
            return facts["income"] * 2 + facts["land"]

    before, after = opened(monkeypatch, [30_000]), opened(monkeypatch, [30_000])
    known[after.folder / "model"] = Spec(2.0)
    limits = after.tables["limits"].assign(model_limit=70_000.0)
    records = after.tables["records"].assign(land=10_000.0)
    who = moved.moved(before, after._replace(tables={**after.tables, "limits": limits, "records": records}))
    assert who[["data", "model", "parameters"]].values.tolist() == [[0, 10_000, 0]]


def test_another_model_is_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    who = moved.moved(opened(monkeypatch, [30_000]), opened(monkeypatch, [30_000], times=3.0))
    assert who[["data", "model", "parameters"]].iloc[0].tolist() == [0, 30_000, 0]


def test_parts_add_up_when_everything_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    before = opened(monkeypatch, list(rng.uniform(1_000, 400_000, 50)))
    after = opened(monkeypatch, list(rng.uniform(1_000, 400_000, 50)), times=2.4, policy_off=["cap"])
    who = moved.moved(before, after)
    assert len(who) > 40
    assert np.allclose(who[list(PARTS)].sum(axis=1), who["change"], atol=0.01)


def test_nothing_changed_nobody_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(monkeypatch, [30_000, 40_000])
    assert moved.moved(run, run).empty


def test_a_limit_in_force_moves_by_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    run = opened(monkeypatch, [30_000])
    one = pd.DataFrame({"village": ["村"], "household": ["h0"], "limit": [50_000.0]})
    before = run._replace(tables={**run.tables, "confirmed": one.iloc[:0]})
    after = run._replace(tables={**run.tables, "confirmed": one})
    who = moved.moved(before, after)
    assert who[["figure", "change", "decisions", "cause"]].values.tolist() == [
        ["confirmed", 50_000.0, 50_000.0, "decisions"]
    ]


def test_shapley_adds_up_for_three() -> None:
    rng = np.random.default_rng(1)
    names = ("data", "model", "parameters")
    sets = [frozenset(n for i, n in enumerate(names) if k >> i & 1) for k in range(8)]
    values = {s: rng.normal(size=4) for s in sets}
    parts = shapley(values)
    assert np.allclose(sum(parts.values()), values[frozenset(names)] - values[frozenset()])


def test_surroundings_name_what_changed() -> None:
    one: dict[str, Any] = {
        "params": {"as_of": "2021-09-30", "limit": {"min_history": 200}},
        "inputs": {"a.csv": "1", "b.csv": "2"},
        "settings": {},
        "code": "x",
        "libraries": {"pandas": "3"},
    }
    two = {**one, "params": {**one["params"], "as_of": "2021-12-31"}, "inputs": {"a.csv": "9", "c.csv": "3"}}
    text = "\n".join(difference.told() for difference in changes.surroundings(one, two))
    assert "as_of: 2021-09-30 → 2021-12-31" in text
    assert "a.csv: 有变动" in text
    assert "b.csv: 没有了" in text
    assert "c.csv: 新增" in text
