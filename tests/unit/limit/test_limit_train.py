"""Training: honest on groups not seen, the same for any row order and thread count, and nothing taught as zero."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.limit import boost, measure
from workbench.limit.model import LimitModel, load_model
from workbench.limit.train import Trained, train
from workbench.spec import Feature, FeatureSpec


@pytest.fixture(scope="module")
def trained(table: pd.DataFrame, spec: FeatureSpec) -> Trained:
    return train(table, spec, seed=1, folds=4)


def test_it_beats_the_median_on_villages_not_seen_and_keeps_directions(trained: Trained) -> None:
    m = trained.metrics
    assert m["mae"] < 0.5 * m["median"]["mae"]
    assert m["monotone_violations"] == 0
    assert 0.82 <= m["coverage_90"] <= 0.97
    assert {"n", "mae", "rmse", "r2", "coverage_90", "interval_width"} <= set(m["linear"])
    assert m["folds"] == 4


def test_every_row_is_predicted_by_a_model_that_did_not_see_its_village(trained: Trained, table: pd.DataFrame) -> None:
    fold = trained.out_of_fold.fold
    assert fold.groupby(table.village.to_numpy()).nunique().max() == 1
    assert trained.out_of_fold.prediction.notna().all()


def test_figures_of_groups_and_gains_over_baselines_have_intervals(trained: Trained) -> None:
    m = trained.metrics
    for name in ("median", "linear", "lightgbm_plain"):
        gain, (low, high) = m[name]["mae_gain"], m[name]["mae_gain_interval"]
        assert gain == pytest.approx(m[name]["mae"] - m["mae"])
        assert low < gain < high
    assert m["median"]["mae_gain_interval"][0] > 0
    for group in m["by_group"]:
        assert group["mae_interval"][0] < group["mae"] < group["mae_interval"][1]


def test_an_interval_draws_groups_and_not_rows() -> None:
    value, ones = np.repeat([1.0, 3.0], 50), np.ones(100)
    alone = measure.mean_interval(value, ones, np.arange(100), 1)
    together = measure.mean_interval(value, ones, np.repeat([0, 1], 50), 1)
    assert alone[1] - alone[0] < 0.5
    assert together == (1.0, 3.0)


def test_metrics_are_plain_json(trained: Trained) -> None:
    assert json.loads(json.dumps(trained.metrics, allow_nan=False)) == trained.metrics


def test_row_order_and_column_order_change_nothing(table: pd.DataFrame, spec: FeatureSpec) -> None:
    taught = [boost.Settings(taught=True, robust=True, trees=40, rows_a_leaf=10)]
    straight = train(table, spec, seed=1, folds=2, tried=taught)
    turned = train(table.iloc[::-1, ::-1], spec, seed=1, folds=2, tried=taught)
    assert turned.model.text == straight.model.text
    assert turned.model.about["range"] == straight.model.about["range"]
    assert turned.metrics["mae"] == pytest.approx(straight.metrics["mae"])


def test_inputs_are_left_as_they_were(table: pd.DataFrame, spec: FeatureSpec) -> None:
    before = table.copy()
    boost_only = [boost.Settings(trees=20, rows_a_leaf=10)]
    train(table, spec, seed=1, folds=2, tried=boost_only)
    pd.testing.assert_frame_equal(table, before)


def test_rows_without_a_target_are_left_out_and_counted(table: pd.DataFrame, spec: FeatureSpec) -> None:
    few = [boost.Settings(trees=60, rows_a_leaf=10)]
    holes = table.assign(limit=table.limit.where(np.arange(len(table)) % 4 > 0))
    made = train(holes, spec, seed=1, folds=3, tried=few)
    assert made.metrics["left_out"] == 80
    assert made.metrics["n"] == 240
    assert any("80 rows" in note for note in made.notes)
    assert made.out_of_fold.index.isin(np.flatnonzero(holes.limit.notna())).all()
    assert made.model.score(table).min() > 3_000


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"limit": np.nan}, "only 0 of 320"),
        ({"limit": "many"}, "text where the spec says number"),
        ({"limit": np.inf}, "infinite"),
        ({"limit": 0.0}, "not above 0"),
        ({"income": np.inf}, "infinite"),
    ],
)
def test_what_cannot_be_learned_from_is_refused_by_name(
    table: pd.DataFrame, spec: FeatureSpec, change: dict[str, object], word: str
) -> None:
    with pytest.raises(InputError, match=word):
        train(table.assign(**change), spec, seed=1, folds=2)  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan])
def test_weights_that_would_make_a_model_of_nothing(table: pd.DataFrame, spec: FeatureSpec, weight: float) -> None:
    heavy = FeatureSpec(spec.target, spec.features, "log", spec.key, spec.group, weight="w")
    with pytest.raises(InputError, match="column w"):
        train(table.assign(w=weight), heavy, seed=1, folds=2)


def test_the_identity_scale_takes_zeros_and_negatives(table: pd.DataFrame, spec: FeatureSpec) -> None:
    plain = FeatureSpec(spec.target, spec.features, None, spec.key, spec.group)
    few = [boost.Settings("l2", trees=60, rows_a_leaf=10)]
    made = train(table.assign(limit=table.limit - 60_000), plain, seed=1, folds=2, tried=few)
    assert made.metrics["scale"] == "identity"
    x, _ = made.model.matrix(table)
    figures, base, parts = made.model.in_yuan(x)
    assert np.abs(base + parts.sum(axis=1) - figures).max() < 1e-6


def test_one_group_only_is_said(table: pd.DataFrame, spec: FeatureSpec) -> None:
    few = [boost.Settings(trees=20, rows_a_leaf=10)]
    made = train(table.assign(village="甲村"), spec, seed=1, folds=2, tried=few)
    assert any("one group only" in note for note in made.notes)


def test_contributions_add_up_and_agree_with_shap(trained: Trained, table: pd.DataFrame) -> None:
    import shap

    model = trained.model
    told = model.contributions(table)
    np.testing.assert_allclose(told.sum(axis=1), model.score(table), atol=0.01)
    x, _ = model.matrix(table)
    other = shap.TreeExplainer(model.booster).shap_values(x)
    np.testing.assert_allclose(other, model.shares(x)[:, :-1], atol=1e-9)
    assert list(told.columns) == ["base", *model.spec.names]


def test_saved_and_loaded_it_gives_the_same_figures_row_by_row(
    trained: Trained, table: pd.DataFrame, tmp_path: Path
) -> None:
    digest = trained.model.save(tmp_path)
    again = load_model(tmp_path)
    assert again.digest == digest == trained.model.digest
    batch = again.score(table)
    np.testing.assert_array_equal(batch, trained.model.score(table))
    assert again.score(table.iloc[[7]]).iloc[0] == batch.iloc[7]
    assert not list(tmp_path.glob("*.pkl"))


def test_anybodys_lightgbm_reads_yuan_from_the_text(trained: Trained, table: pd.DataFrame) -> None:
    import lightgbm

    x, _ = trained.model.matrix(table)
    plain = lightgbm.Booster(model_str=trained.model.text).predict(x)
    np.testing.assert_allclose(plain, trained.model.figures(x), rtol=1e-12)


@pytest.mark.parametrize("name", ["model.txt", "model.json", "digest.json"])
def test_a_changed_byte_is_refused_before_the_library_sees_it(trained: Trained, tmp_path: Path, name: str) -> None:
    trained.model.save(tmp_path)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="digest"):
        load_model(tmp_path)


@pytest.mark.parametrize("name", ["model.txt", "model.json", "digest.json"])
def test_a_missing_file_is_named(trained: Trained, tmp_path: Path, name: str) -> None:
    trained.model.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=name):
        load_model(tmp_path)


def test_names_with_signs_go_in_and_come_out(table: pd.DataFrame) -> None:
    names = {"income": "年收入,元", "debt": '所谓"其他" [亩]'}
    odd = FeatureSpec("limit", tuple(Feature(n, n, n, n) for n in names.values()))
    few = [boost.Settings(trees=30, rows_a_leaf=10)]
    made = train(table.rename(columns=names), odd, seed=1, folds=2, tried=few)
    assert list(made.model.contributions(table.rename(columns=names)).columns) == ["base", *names.values()]


def test_threads_change_nothing(table: pd.DataFrame, spec: FeatureSpec, trained: Trained) -> None:
    import lightgbm

    x, _ = trained.model.matrix(table)
    booster = lightgbm.Booster(model_str=trained.model.text)
    one, four = (booster.predict(x, num_threads=n) for n in (1, 4))
    np.testing.assert_array_equal(one, four)


def test_the_search_is_recorded_and_seeded(trained: Trained, table: pd.DataFrame, spec: FeatureSpec) -> None:
    assert len(trained.metrics["search"]) == len(boost.candidates(True, len(table)))
    assert isinstance(trained.model, LimitModel)
    assert boost.Settings(**trained.metrics["settings"])


def test_a_pd_from_the_specs_overdue_flag(table: pd.DataFrame, spec: FeatureSpec) -> None:
    flagged = FeatureSpec(spec.target, spec.features, "log", spec.key, spec.group, overdue="bad")
    rng = np.random.default_rng(1)
    bad = (rng.random(len(table)) < 0.05 + 0.1 * table.late).astype(float)
    few = [boost.Settings(trees=20, rows_a_leaf=10)]
    made = train(table.assign(bad=bad), flagged, seed=1, folds=3, tried=few)
    assert made.metrics["pd"]["auc"] > 0.55
    with pytest.raises(InputError, match="column bad"):
        train(table.assign(bad=7), flagged, seed=1, folds=3, tried=few)


def test_gaps_in_the_facts_turn_the_search_to_the_method_that_keeps_directions() -> None:
    rng = np.random.default_rng(4)
    x = np.exp(rng.normal(9, 0.6, (300, 2)))
    y = np.sqrt(x[:, 0]) * np.exp(rng.normal(0, 0.2, 300))
    amounts = tuple(Feature(n, n, n, "c", monotone=1, unit="yuan") for n in ("income", "land"))
    spec = FeatureSpec("limit", amounts)
    tried = [boost.Settings("fair", trees=20, by_size=True, facts_a_tree=0.5, bins=511, method="intermediate")]
    whole = boost.Task(x, y, np.ones(300), np.arange(300), True)
    assert boost.search(whole, spec, 1, tried)[0].method == "intermediate"
    holed = boost.Task(np.where(rng.random(x.shape) < 0.1, np.nan, x), y, np.ones(300), np.arange(300), True)
    assert boost.search(holed, spec, 1, tried)[0].method == "basic"
