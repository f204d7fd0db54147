"""Tables that people bring to ``train`` and ``score``: each kind of fault is refused by name, or does no harm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_forms import SPEC

from workbench.errors import InputError
from workbench.limit import boost
from workbench.limit.commands import score_table, train_table
from workbench.limit.features import LARGEST, matrix
from workbench.limit.train import prepare, train
from workbench.spec import Feature, FeatureSpec

Change = Callable[[pd.DataFrame], pd.DataFrame]
WEIGHED = SPEC + "weight: w\n"
ROWS = 60


def few(log: bool, rows: int) -> list[boost.Settings]:
    return [boost.Settings("gamma" if log else "l2", taught=True, trees=20, rows_a_leaf=5)]


def sound() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    income = np.exp(rng.normal(11, 0.6, ROWS))
    return pd.DataFrame(
        {
            "village": [f"v{k % 3}" for k in range(ROWS)],
            "hh": [f"{k:05d}" for k in range(ROWS)],
            "income": income,
            "land": rng.gamma(2, 3, ROWS),
            "job": rng.choice(["种植", "务工"], ROWS),
            "limit": np.round(0.6 * income * np.exp(rng.normal(0, 0.1, ROWS))),
            "w": 1.0,
        }
    )


@pytest.fixture(autouse=True)
def _few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boost, "candidates", few)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m")
    original, boost.candidates = boost.candidates, few
    try:
        learn(sound(), folder, SPEC)
    finally:
        boost.candidates = original
    return folder / "model"


def learn(frame: pd.DataFrame, folder: Path, spec: str = SPEC, name: str = "t.parquet", **more: int) -> list[str]:
    (folder / "spec.yaml").write_text(spec, "utf-8")
    if name.endswith(".csv"):
        frame.to_csv(folder / name, index=False)
    else:
        frame.to_parquet(folder / name)
    return train_table(folder / name, folder / "spec.yaml", folder / "model", folds=3, **more)


def at(name: str, value: object, rows: object = 3) -> Change:
    """The table with ``value`` in some rows of a column."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        out = frame.astype({name: "object"}) if isinstance(value, str) else frame.copy()
        out.loc[rows, name] = value
        return out

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (at("income", np.inf), r"column income: 1 row \(row 4\): holds an infinite number"),
        (at("income", 10 * LARGEST), r"column income: 1 row \(row 4\): .* beyond"),
        (at("limit", -np.inf), "column limit: .*infinite"),
        (at("limit", 1e300), "column limit: .* beyond"),
        (at("w", np.inf), "column w: .*infinite"),
        (at("w", 0.0, slice(None)), "column w: all weights are 0"),
        (at("w", -1.0), "column w: 1 weights are empty or below 0"),
        (at("w", 0.0, slice(0, 56)), "column w: only . rows weigh more than 0 where one fold is left out"),
        (lambda t: t.assign(limit=np.nan), "only 0 of 60 rows have a target"),
        (lambda t: t.head(0), "only 0 of 0 rows have a target"),
        (lambda t: t.assign(income=pd.Timestamp("2021-12-31")), "column income: 60 rows"),
        (lambda t: t.drop(columns="land"), "column land: is missing"),
        (lambda t: t.drop(columns="hh"), "column hh: is missing"),
    ],
)
def test_a_table_that_cannot_be_trained_on(tmp_path: Path, change: Change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        learn(change(sound()), tmp_path, WEIGHED)
    assert not (tmp_path / "model").exists()


def test_rows_of_a_csv_are_counted_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"column income: 1 row \(row 5\)"):
        learn(at("income", "很多")(sound()), tmp_path, name="t.csv")


@pytest.mark.parametrize("more", [{"seed": -1}, {"seed": 2**31}])
def test_a_seed_that_the_library_cannot_hold(tmp_path: Path, more: dict[str, int]) -> None:
    with pytest.raises(InputError, match="--seed"):
        learn(sound(), tmp_path, **more)


def test_a_column_twice_in_a_parquet_file(tmp_path: Path, model: Path) -> None:
    table = pa.Table.from_pandas(sound(), preserve_index=False)
    pq.write_table(table.append_column("income", table["income"]), tmp_path / "t.parquet")
    (tmp_path / "spec.yaml").write_text(SPEC, "utf-8")
    with pytest.raises(InputError, match="column income: stands twice"):
        train_table(tmp_path / "t.parquet", tmp_path / "spec.yaml", tmp_path / "m")
    with pytest.raises(InputError, match="column income: stands twice"):
        score_table(tmp_path / "t.parquet", model, tmp_path / "s.parquet")


def spec_of(weight: str | None = None) -> FeatureSpec:
    features = (
        Feature("income", "income", "income", "income", monotone=1, unit="yuan"),
        Feature("land", "land", "land", "land", unit="mu"),
        Feature("job", "job", "job", "job", kind="category"),
    )
    return FeatureSpec("limit", features, key=("village", "hh"), group="village", weight=weight)


@pytest.mark.parametrize("size", [1e-300, 7.0, 1e14])
def test_the_size_of_all_weights_does_not_matter(size: float) -> None:
    rng = np.random.default_rng(2)
    frame = sound().assign(w=rng.choice([1.0, 2.0], ROWS))
    one = prepare(frame, spec_of("w"), seed=1, folds=3).task
    other = prepare(frame.assign(w=frame.w * size), spec_of("w"), seed=1, folds=3).task
    np.testing.assert_allclose(other.weight, one.weight, rtol=1e-12)
    assert one.weight.mean() == pytest.approx(1)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.assign(limit=50_000.0),
        lambda t: t.assign(limit=0.0),
        lambda t: t.assign(limit=(t.limit > t.limit.median()) * 1.0),
        lambda t: t.assign(limit=-t.limit),
        lambda t: t.assign(village="v"),
        lambda t: t.assign(village=None),
        lambda t: t.assign(village=["v0"] * (ROWS - 1) + ["v1"]),
        lambda t: t.assign(land=5.0),
        lambda t: t.assign(land=np.nan),
        lambda t: t.assign(job=None),
        lambda t: t.assign(job=[f"j{k}" for k in range(ROWS)]),
        lambda t: pd.concat([t.head(1)] * ROWS, ignore_index=True),
    ],
    ids=[
        *("target constant", "target 0", "target of two values", "targets below 0", "one group", "no group known"),
        *("a group of one row", "fact constant", "fact empty", "category empty", "category of its own each"),
        "rows all equal",
    ],
)
def test_odd_tables_give_finite_figures(change: Change) -> None:
    made = train(change(sound()), spec_of(), seed=1, folds=3)
    figures = made.out_of_fold[["prediction", "low", "high"]].to_numpy()
    assert np.isfinite(figures).all()
    assert (made.out_of_fold.low <= made.out_of_fold.high).all()
    assert made.metrics["monotone_violations"] == 0


def test_what_pandas_noted_of_an_index_is_still_a_column(tmp_path: Path) -> None:
    learn(sound().set_index("hh"), tmp_path)
    assert pd.read_parquet(tmp_path / "model" / "predictions.parquet").hh.iloc[7] == "00007"


def test_keys_keep_their_zeros_whatever_the_first_part_holds(tmp_path: Path, model: Path) -> None:
    numbered = sound().head(20).assign(hh=range(20))
    for engine in ("local", "dask"):
        for order in ("ab", "ba"):
            folder = tmp_path / f"{engine}-{order}"
            folder.mkdir()
            numbered.to_parquet(folder / f"{order[0]}.parquet")
            sound().tail(40).to_parquet(folder / f"{order[1]}.parquet")
            score_table(folder, model, tmp_path / "s.parquet", engine=engine)
            told = set(pd.read_parquet(tmp_path / "s.parquet").hh)
            assert told == {*map(str, range(20)), *sound().hh.tail(40)}


def test_keys_without_a_common_form_are_refused_by_name(tmp_path: Path, model: Path) -> None:
    (tmp_path / "parts").mkdir()
    sound().head(20).assign(hh=pd.Timestamp("2021-12-31")).to_parquet(tmp_path / "parts" / "a.parquet")
    sound().tail(40).to_parquet(tmp_path / "parts" / "b.parquet")
    with pytest.raises(InputError, match="column hh: holds one type in one part"):
        score_table(tmp_path / "parts", model, tmp_path / "s.parquet")


@pytest.mark.parametrize(
    "place", ["t.parquet", "model/model.txt", "model/scores.parquet", "t.parquet/s.parquet"], ids=lambda p: p
)
def test_scores_are_never_written_over_what_they_are_made_of(tmp_path: Path, model: Path, place: str) -> None:
    sound().to_parquet(tmp_path / "t.parquet")
    target = model.parent / place if place.startswith("model") else tmp_path / place
    before = sorted(p.name for p in model.iterdir()), (tmp_path / "t.parquet").read_bytes()
    with pytest.raises(InputError):
        score_table(tmp_path / "t.parquet", model, target)
    assert before == (sorted(p.name for p in model.iterdir()), (tmp_path / "t.parquet").read_bytes())


def test_a_file_where_a_folder_must_be(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(SPEC, "utf-8")
    sound().to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"t\.parquet is a file"):
        train_table(tmp_path / "t.parquet", tmp_path / "spec.yaml", tmp_path / "t.parquet" / "model")


def test_a_number_too_large_is_refused_in_scoring_too(tmp_path: Path, model: Path) -> None:
    at("income", -1e16)(sound()).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match=r"column income: .* beyond"):
        score_table(tmp_path / "t.parquet", model, tmp_path / "s.parquet")


def typed(name: str, cells: pa.Array, folder: Path) -> Path:
    """The sound table with one column under another Arrow type."""
    table = pa.Table.from_pandas(sound(), preserve_index=False)
    pq.write_table(table.set_column(table.schema.get_field_index(name), name, cells), folder / "typed.parquet")
    return folder / "typed.parquet"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("job", kind) for kind in (pa.string_view(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()))),
        *(("hh", kind) for kind in (pa.string_view(), pa.large_string())),
        *(("income", kind) for kind in (pa.string(), pa.string_view(), pa.decimal128(38, 12))),
    ],
    ids=str,
)
def test_a_column_under_another_type_gives_the_same_scores(
    tmp_path: Path, model: Path, name: str, kind: pa.DataType
) -> None:
    cells = sound()[name]
    written = cells.map(lambda v: f"{v:.12f}") if name == "income" else cells
    score_table(typed(name, pa.array(written).cast(kind), tmp_path), model, tmp_path / "a.parquet")
    score_table(typed("land", pa.array(sound().land), tmp_path), model, tmp_path / "b.parquet")
    one, other = pd.read_parquet(tmp_path / "a.parquet"), pd.read_parquet(tmp_path / "b.parquet")
    assert one.hh.tolist() == other.hh.tolist()
    np.testing.assert_allclose(one.score, other.score, rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "cells", "words"),
    [
        ("job", pa.array([["种植"]] * ROWS), "column job: holds lists"),
        ("income", pa.array([[1.0]] * ROWS), "column income: holds lists"),
        ("income", pa.array(["nan"] * ROWS), "column income: holds text or dates"),
        ("income", pa.array(["1e400"] * ROWS), "column income: holds an infinite number"),
        ("income", pa.array([1] * ROWS, pa.duration("s")), "column income: holds text or dates"),
    ],
    ids=["lists of words", "lists of numbers", "the word nan", "beyond a float", "spans of time"],
)
def test_a_column_of_no_use_is_refused_by_name(
    tmp_path: Path, model: Path, name: str, cells: pa.Array, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        score_table(typed(name, cells, tmp_path), model, tmp_path / "s.parquet")


def test_an_id_number_read_as_a_figure_is_no_fact() -> None:
    with pytest.raises(InputError, match="column land"):
        matrix(at("land", 3.4152319e17)(sound()), spec_of(), {"job": ["务工", "种植"]})
