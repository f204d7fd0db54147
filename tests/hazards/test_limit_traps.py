"""Traps of the libraries below the limit model that would go unnoticed: each must be refused, or must not matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lightgbm import Booster

from workbench.errors import InputError
from workbench.limit import boost, overdue
from workbench.limit.commands import score_table, train_table
from workbench.limit.experiments import list_experiments
from workbench.limit.model import LimitModel, load_model

SPEC = """
target: limit
key: [hh]
group: village
features:
  - {name: income, label_zh: 年收入, monotone: 1, unit: yuan}
  - {name: debt, label_zh: 负债, monotone: -1, unit: yuan}
  - {name: job, label_zh: 从业, kind: category}
"""
ROWS = 200


def sound() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    income = np.exp(rng.normal(11, 0.9, ROWS)).round()
    debt = np.where(rng.random(ROWS) < 0.5, 0.0, rng.gamma(2, 8_000, ROWS).round())
    limit = np.maximum(5_000, 0.7 * income - 0.5 * debt) * np.exp(rng.normal(0, 0.1, ROWS))
    jobs = rng.choice(["种植", "务工", "经商"], ROWS)
    villages = [f"v{k % 5}" for k in range(ROWS)]
    return pd.DataFrame(
        {"village": villages, "hh": range(ROWS), "income": income, "debt": debt, "job": jobs, "limit": limit.round()}
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LimitModel:
    folder = tmp_path_factory.mktemp("m")
    (folder / "spec.yaml").write_text(SPEC, "utf-8")
    sound().to_parquet(folder / "t.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boost, "candidates", lambda log, rows: [boost.Settings(trees=60, rows_a_leaf=10)])
        train_table(folder / "t.parquet", folder / "spec.yaml", folder / "model", folds=3)
    return load_model(folder / "model")


def scored(model: LimitModel, frame: pd.DataFrame, folder: Path) -> tuple[pd.DataFrame, list[str]]:
    model.save(folder / "model")
    frame.to_parquet(folder / "t.parquet")
    said = score_table(folder / "t.parquet", folder / "model", folder / "s.parquet")
    return pd.read_parquet(folder / "s.parquet"), said


def test_columns_go_by_name_though_the_library_goes_by_place(model: LimitModel, tmp_path: Path) -> None:
    table = sound()
    turned = table[table.columns[::-1]]
    pd.testing.assert_series_equal(model.score(turned), model.score(table))
    x, _ = model.matrix(table)
    by_place = np.asarray(Booster(model_str=model.text).predict(x[:, ::-1]))
    assert np.abs(by_place - model.score(table)).max() > 10_000, "else this test shows nothing"
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = scored(model, table, tmp_path / "a")[0], scored(model, turned, tmp_path / "b")[0]
    pd.testing.assert_frame_equal(one, other)


def test_a_gap_that_training_never_saw_is_flagged_and_not_priced_as_no_income(
    model: LimitModel, tmp_path: Path
) -> None:
    table = sound()
    rich = table.income > table.income.quantile(0.9)
    without, said = scored(model, table.assign(income=table.income.mask(rich)), tmp_path)
    assert any(line.startswith(f"{int(rich.sum())} rows lie outside") for line in said)
    poorest = model.score(table.assign(income=0.0))
    typical = model.score(table.assign(income=table.income.median()))
    np.testing.assert_allclose(without.score[rich], typical[rich])
    assert (without.score[rich] > poorest[rich]).all()
    width = (without.high - without.low) / without.score
    assert width[rich].median() > 1.8 * width[~rich].median()


def test_no_tree_is_linear_and_no_start_is_hidden(model: LimitModel) -> None:
    """A linear tree has no contributions, and an ``init_score`` stands in neither prediction nor contributions."""
    assert "is_linear=1" not in model.text
    x, _ = model.matrix(sound())
    np.testing.assert_allclose(model.shares(x).sum(axis=1), np.log(model.figures(x)), atol=1e-9)


def test_the_base_is_the_typical_household_and_not_the_mean_one(model: LimitModel) -> None:
    table = sound()
    base = model.contributions(table)["base"].iloc[0]
    typical, mean = float(np.exp(np.log(table.limit).mean())), float(table.limit.mean())
    assert mean > 1.25 * typical, "else this test shows nothing"
    assert abs(base - typical) < 0.3 * (mean - typical)


@pytest.mark.parametrize("flag", [0.0, 1.0], ids=["nobody", "everybody"])
@pytest.mark.parametrize("rows", [1, 3, ROWS])
def test_one_class_alone_is_no_certainty(model: LimitModel, flag: float, rows: int) -> None:
    known = sound().head(rows)
    fitted = overdue.fit_overdue(known, np.full(rows, flag), model.spec, model.codes, planning=0.03, seed=1)
    chance = overdue.probability(fitted, model.matrix(sound())[0])
    assert chance.min() >= overdue.LOWEST
    assert chance.max() <= overdue.HIGHEST
    assert np.unique(chance).size == 1
    again = overdue.out_of_fold(known, np.full(rows, flag), known.village, model.spec, model.codes, 1)
    assert again == {}


@pytest.mark.parametrize("bad", [1, 4, 5, ROWS - 5, ROWS - 1])
def test_few_of_a_class_give_a_chance_near_their_share(model: LimitModel, bad: int) -> None:
    flag = np.zeros(ROWS)
    flag[np.random.default_rng(1).permutation(ROWS)[:bad]] = 1
    fitted = overdue.fit_overdue(sound(), flag, model.spec, model.codes, planning=0.03, seed=1)
    chance = overdue.probability(fitted, model.matrix(sound())[0])
    assert chance.mean() == pytest.approx(min(bad / ROWS, overdue.HIGHEST), abs=0.02)


@pytest.mark.parametrize("gone", ["kind", "interval", "range", "spec", "codes"])
def test_a_model_that_lacks_a_part_is_told_as_of_another_version(model: LimitModel, tmp_path: Path, gone: str) -> None:
    about = {k: v for k, v in model.about.items() if k != gone}
    whole = LimitModel(model.text, model.about)
    whole.about = about
    whole.save(tmp_path / "m")
    with pytest.raises(InputError, match="another version"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize(
    ("file", "content"),
    [("about.json", "{"), ("metrics.json", "{"), ("metrics.json", None), ("spec.json", "{}"), ("spec.json", None)],
)
def test_a_damaged_experiment_is_named(tmp_path: Path, file: str, content: str | None) -> None:
    folder = tmp_path / "trial-1"
    folder.mkdir()
    whole = {"about.json": '{"name": "x"}', "metrics.json": '{"mae": 1}', "spec.json": '{"features": []}'}
    for name, text in whole.items():
        (folder / name).write_text(text, "utf-8")
    assert list_experiments(tmp_path)["id"].tolist() == ["trial-1"]
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content, "utf-8")
    with pytest.raises(InputError, match=r"experiment trial-1: is damaged"):
        list_experiments(tmp_path)
