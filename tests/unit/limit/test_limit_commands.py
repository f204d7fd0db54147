"""``train`` and ``score`` on files: any table, bounded memory, both engines, nothing half-written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from workbench.errors import InputError
from workbench.limit import boost, scoring
from workbench.limit.commands import score_table, train_table
from workbench.limit.experiments import compare, list_experiments, promote, run_experiment
from workbench.limit.model import load_model
from workbench.spec import FeatureSpec, load_spec

FEW = [boost.Settings(trees=40, rows_a_leaf=10)]


@pytest.fixture(scope="module")
def work(table: pd.DataFrame, spec: FeatureSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    plain = {k: v for k, v in spec.plain().items() if v not in (None, (), [])}
    plain["features"] = [dict(f) for f in plain["features"]]
    (folder / "spec.yaml").write_text(yaml.safe_dump({**plain, "key": ["village", "household"]}), "utf-8")
    table.drop(columns="record_date").to_parquet(folder / "table.parquet", index=False)
    table.drop(columns="record_date").to_csv(folder / "table.csv", index=False)
    original = boost.candidates
    boost.candidates = lambda log, rows: FEW  # type: ignore[assignment]
    try:
        train_table(folder / "table.parquet", folder / "spec.yaml", folder / "model", folds=3)
    finally:
        boost.candidates = original
    return folder


def test_train_leaves_the_files_of_the_contract(work: Path) -> None:
    names = {p.name for p in (work / "model").iterdir()}
    assert {"model.txt", "model.json", "digest.json", "metrics.json", "predictions.parquet"} <= names
    told = pd.read_parquet(work / "model" / "predictions.parquet")
    assert {"village", "household", "prediction", "low", "high"} <= set(told.columns)


def test_a_csv_gives_the_same_model(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boost, "candidates", lambda log, rows: FEW)
    train_table(work / "table.csv", work / "spec.yaml", tmp_path / "m", folds=3)
    assert (tmp_path / "m" / "model.txt").read_bytes() == (work / "model" / "model.txt").read_bytes()


def test_a_folder_with_other_files_is_left_alone(work: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("x")
    with pytest.raises(InputError, match="did not write"):
        train_table(work / "table.parquet", work / "spec.yaml", tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.doc"]


def test_what_a_killed_train_left_is_taken_over(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boost, "candidates", lambda log, rows: FEW)
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "metrics.json").write_text("{}")
    (tmp_path / "m" / ".model.txt.0123456789ab.part").write_text("tree")
    with pytest.raises(InputError, match="not there"):
        load_model(tmp_path / "m")
    train_table(work / "table.parquet", work / "spec.yaml", tmp_path / "m", folds=3)
    assert not list((tmp_path / "m").glob(".*"))
    assert load_model(tmp_path / "m").digest == load_model(work / "model").digest


def test_nothing_is_written_where_the_input_is_wrong(work: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.parquet"):
        train_table(work / "gone.parquet", work / "spec.yaml", tmp_path / "m")
    assert not (tmp_path / "m").exists()


def scored(work: Path, table: Path, out: Path, **more: object) -> pd.DataFrame:
    score_table(table, work / "model", out, **more)  # type: ignore[arg-type]
    return pd.read_parquet(out)


def test_score_keeps_keys_and_order_and_agrees_with_the_model(work: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    got = scored(work, work / "table.parquet", tmp_path / "s.parquet")
    assert list(got.columns) == ["village", "household", "score", "low", "high"]
    assert got.household.tolist() == table.household.tolist()
    np.testing.assert_allclose(got.score, load_model(work / "model").score(table), rtol=1e-12)


def test_explained_parts_add_up(work: Path, spec: FeatureSpec, tmp_path: Path) -> None:
    got = scored(work, work / "table.parquet", tmp_path / "s.parquet", explain=True)
    parts = got[["base", *(f"yuan:{n}" for n in spec.names)]].sum(axis=1)
    assert (parts - got.score).abs().max() < 0.01


def test_columns_shuffled_and_parts_of_other_types(work: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    parts = tmp_path / "parts"
    (parts / "deep").mkdir(parents=True)
    one, two = table.iloc[:100].drop(columns="record_date"), table.iloc[100:].drop(columns="record_date")
    pq.write_table(
        pa.Table.from_pandas(
            one.astype({"trade": "category", "late": "int64"})[one.columns[::-1]], preserve_index=False
        ),
        parts / "a.parquet",
    )
    text = two.assign(income=two.income.map(repr), debt=two.debt.astype("float32"))
    pq.write_table(pa.Table.from_pandas(text, preserve_index=False), parts / "deep" / "b.parquet")
    (parts / "_SUCCESS").write_text("")
    got = scored(work, parts, tmp_path / "s.parquet")
    same = scored(work, work / "table.parquet", tmp_path / "t.parquet")
    np.testing.assert_allclose(got.score, same.score, rtol=1e-6)


def test_both_engines_give_the_same_figures(
    work: Path, table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "BATCH", 64)
    pq.write_table(pa.Table.from_pandas(table, preserve_index=False), tmp_path / "t.parquet", row_group_size=50)
    local = scored(work, tmp_path / "t.parquet", tmp_path / "a.parquet", explain=True)
    dask = scored(work, tmp_path / "t.parquet", tmp_path / "b.parquet", explain=True, engine="dask")
    pd.testing.assert_frame_equal(local, dask)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.parquet", "b.parquet", "t.parquet"]


def test_unseen_categories_are_counted_and_widened(work: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    table.assign(trade="渔业").to_parquet(tmp_path / "t.parquet")
    said = score_table(tmp_path / "t.parquet", work / "model", tmp_path / "s.parquet")
    assert any("trade: 320 cells" in line for line in said)
    got, plain = pd.read_parquet(tmp_path / "s.parquet"), scored(work, work / "table.parquet", tmp_path / "p.parquet")
    assert ((got.high - got.low).median()) > 1.5 * (plain.high - plain.low).median()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.drop(columns="debt"), "column debt"),
        (lambda t: t.drop(columns="household"), "column household"),
        (lambda t: t.assign(debt="much"), "column debt.*text"),
        (lambda t: t.assign(debt=np.inf), "column debt.*infinite"),
        (lambda t: t.head(0), "no rows"),
    ],
)
@pytest.mark.parametrize("engine", ["local", "dask"])
def test_what_cannot_be_scored_is_refused_and_leaves_no_file(
    work: Path, table: pd.DataFrame, tmp_path: Path, change: object, word: str, engine: str
) -> None:
    change(table).to_parquet(tmp_path / "t.parquet")  # type: ignore[operator]
    with pytest.raises(InputError, match=f"(?s){word}"):
        score_table(tmp_path / "t.parquet", work / "model", tmp_path / "s.parquet", engine=engine)
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_a_file_that_is_no_parquet(work: Path, tmp_path: Path) -> None:
    (tmp_path / "t.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match="no readable Parquet"):
        score_table(tmp_path / "t.parquet", work / "model", tmp_path / "s.parquet")


def test_a_killed_score_leaves_nothing_that_reads_as_whole(work: Path, table: pd.DataFrame, tmp_path: Path) -> None:
    many = pd.concat([table] * 3_000, ignore_index=True)
    many.to_parquet(tmp_path / "t.parquet")
    code = (
        "import sys; from pathlib import Path; from workbench.limit.commands import score_table; "
        "score_table(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))"
    )
    out = tmp_path / "s.parquet"
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "t.parquet"), str(work / "model"), str(out)])
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".s.parquet.*")) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not out.exists()
    table.to_parquet(tmp_path / "t.parquet")
    assert len(scored(work, tmp_path / "t.parquet", out)) == len(table)


def test_scoring_imports_neither_shap_nor_great_expectations_nor_scikit_learn(work: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.limit.commands import score_table; "
        "score_table(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])); "
        "sys.exit(bool({'shap', 'great_expectations', 'sklearn', 'matplotlib', 'dask'} & set(sys.modules)))"
    )
    args = [str(work / "table.parquet"), str(work / "model"), str(tmp_path / "s.parquet")]
    assert subprocess.run([sys.executable, "-c", code, *args], check=False).returncode == 0


def test_experiments_are_kept_compared_and_promoted(table: pd.DataFrame, spec: FeatureSpec, tmp_path: Path) -> None:
    root = tmp_path / "experiments"
    poor = FeatureSpec(spec.target, spec.features[1:], "log", spec.key, spec.group)
    one = run_experiment(root, "all facts", table, spec, folds=3, settings=FEW)
    other = run_experiment(root, "without income", table, poor, folds=3, settings=FEW, note="收入去掉")
    told = list_experiments(root)
    assert told.id.tolist() == [one, other]
    found = compare(root, one, other)
    assert found.high < 0
    assert found.n == len(table)
    assert "前者误差小" in found.sentence()
    assert compare(root, one, one).difference == 0
    spec_file = promote(root, one, tmp_path / "spec.yaml")
    assert load_spec(spec_file).names == spec.names
    with pytest.raises(InputError, match="already"):
        promote(root, one, spec_file)
    in_use = FeatureSpec("确认额度(元)", spec.features[:1], key=("行政村名称", "户号"), group="行政村名称")
    promoted = load_spec(promote(root, other, tmp_path / "next.yaml", in_use))
    assert (promoted.target, promoted.key, promoted.group) == (in_use.target, in_use.key, in_use.group)
    assert promoted.names == poor.names
    assert re.findall(r"\de[+-]?\d", found.sentence()) == []
    with pytest.raises(InputError, match="not there"):
        compare(root, one, "nothing-00000000")
