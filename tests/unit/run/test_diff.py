"""Who moved and why: parts that add up, and the right part for one change alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.params import RunParams
from workbench.run import diff, moved
from workbench.run.moved import PARTS, Opened, shapley


class Line:
    """A model that gives a multiple of the income."""

    def __init__(self, times: float) -> None:
        self.times = times

    def score(self, facts: pd.DataFrame) -> pd.Series:
        return facts["income"] * self.times


def opened(monkeypatch: pytest.MonkeyPatch, incomes: list[float], times: float = 2.0, **rules: Any) -> Opened:
    homes = pd.DataFrame({"village": "村", "household": [f"h{i}" for i in range(len(incomes))]})
    params = RunParams.model_validate({"name": "q", "dataset": ".", "as_of": "2021-12-31", "limit": rules})
    model = Line(times)
    folder = Path(f"run-{id(model)}")
    known[folder / "model"] = model
    full = homes.assign(base=1, eligible=1, listed_holder=False, listed_member=False)
    facts = homes.assign(income=incomes)
    run = Opened(
        folder, params, {"params": params.model_dump(mode="json"), "key": "k"}, {"households": full, "records": facts}
    )
    pair = homes.assign(before=0.0, after=0.0)
    maker = moved._Maker(run, pair)
    limits = homes.assign(model_limit=moved._limit(maker, maker, maker))
    return run._replace(tables={**run.tables, "limits": limits})


known: dict[Path, Line] = {}


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.limit import model

    monkeypatch.setattr(model, "load_model", lambda folder: known[folder])


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
    text = "\n".join(diff.surroundings(one, two))
    assert "as_of: 2021-09-30 → 2021-12-31" in text
    assert "a.csv: 有变动" in text
    assert "b.csv: 没有了" in text
    assert "c.csv: 新增" in text
