"""What the papers of a table say: of the model before (``train --before``), of defaults, of fairness."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.errors import InputError
from workbench.limit import boost, stability
from workbench.limit.commands import train_table
from workbench.limit.model import load_model
from workbench.limit.propose import TARGET
from workbench.spec import FeatureSpec

FEW = [boost.Settings(trees=30, rows_a_leaf=10)]


@pytest.fixture(autouse=True)
def one_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boost, "candidates", lambda log, rows: FEW)


@pytest.fixture(scope="module")
def place(table: pd.DataFrame, spec: FeatureSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with an overdue flag, its spec, and the model of last year, when one village was paid a third less."""
    folder = tmp_path_factory.mktemp("before")
    late = np.random.default_rng(4).random(len(table)) < 0.05 + 0.1 * (table.late > 0)
    frame = table.drop(columns="record_date").assign(bad=late.astype(float))
    frame.to_parquet(folder / "now.parquet", index=False)
    poorer = np.where(frame.village == "丙村", 0.45, 1.0)
    frame.assign(limit=frame.limit * poorer, where=frame.village).to_parquet(folder / "then.parquet", index=False)
    plain = {k: v for k, v in spec.plain().items() if v not in (None, (), [])}
    plain = {**plain, "features": [dict(f) for f in plain["features"]], "key": ["village", "household"]}
    village = {"name": "where", "label_zh": "所在村", "concept": "住址", "kind": "category"}
    with_place = {**plain, "features": [*plain["features"], village]}
    (folder / "then.yaml").write_text(yaml.safe_dump(with_place), "utf-8")
    (folder / "now.yaml").write_text(yaml.safe_dump({**plain, "overdue": "bad"}), "utf-8")
    (folder / "plain.yaml").write_text(yaml.safe_dump(plain), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boost, "candidates", lambda log, rows: FEW)
        train_table(folder / "then.parquet", folder / "then.yaml", folder / "then", folds=2)
        train_table(folder / "now.parquet", folder / "plain.yaml", folder / "same", folds=2)
    return folder


def test_the_papers_say_what_moved_by_group_and_grade(place: Path, tmp_path: Path) -> None:
    both = pd.read_parquet(place / "now.parquet").assign(where=lambda t: t.village)
    both.to_parquet(tmp_path / "both.parquet")
    said = train_table(tmp_path / "both.parquet", place / "now.yaml", tmp_path / "m", folds=2, before=place / "then")
    told = json.loads((tmp_path / "m" / "metrics.json").read_text("utf-8"))["before"]
    was = load_model(place / "then")
    assert told["digest"] == was.digest
    assert told["rows"] == len(both)
    now = load_model(tmp_path / "m").score(both)
    figures = pd.DataFrame({"was": was.score(both), "now": now, "village": both.village})
    assert told["psi"] == pytest.approx(stability.psi(figures.was.to_numpy(), figures.now.to_numpy()))
    assert 0 < told["moved"] < 0.6
    assert any(f"PSI {told['psi']:.3f}" in line for line in said)
    text, page = ((tmp_path / "m" / f"model-papers.{kind}").read_text("utf-8") for kind in ("md", "html"))
    shown = [row.split("|")[1:-1] for row in text.split("**按组的变动")[1].split("**")[1].splitlines() if "村" in row]
    medians = figures.groupby("village").median()
    assert {r[0].strip(): r[3].strip() for r in shown} == {v: f"{m:,.0f}" for v, m in medians.now.items()}
    moved = {r[0].strip(): float(r[4].strip(" %％")) for r in shown}
    assert max(moved, key=lambda village: moved[village]) == "丙村"
    for word in (was.digest[:12], "按等级的变动", "所在村只在其中一个里", f"PSI 为{told['psi']:.3f}"):
        assert word in text
        assert word in page


def test_the_same_model_has_not_moved(place: Path, tmp_path: Path) -> None:
    train_table(place / "now.parquet", place / "plain.yaml", tmp_path / "m", folds=2, before=place / "same")
    told = json.loads((tmp_path / "m" / "metrics.json").read_text("utf-8"))["before"]
    assert (told["psi"], told["moved"]) == (0.0, 0.0)
    text = (tmp_path / "m" / "model-papers.md").read_text("utf-8")
    assert "平稳" in text
    assert "按等级的变动" not in text
    assert "不按等级比较" in text


def test_the_model_before_changes_nothing_of_the_new_one(place: Path, tmp_path: Path) -> None:
    train_table(place / "now.parquet", place / "plain.yaml", tmp_path / "m", folds=2, before=place / "same")
    assert load_model(tmp_path / "m").digest == load_model(place / "same").digest
    assert "before" not in json.loads((place / "same" / "metrics.json").read_text("utf-8"))


def test_a_model_can_be_trained_again_into_its_own_folder(place: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    for before in (None, folder):
        train_table(place / "now.parquet", place / "plain.yaml", folder, folds=2, before=before)
    told = json.loads((folder / "metrics.json").read_text("utf-8"))
    assert told["before"]["digest"] == told["model_digest"]


@pytest.mark.parametrize(
    ("before", "word"),
    [
        ("then", r"(?s)then.*column where"),
        ("gone", r"gone/digest\.json.*not there"),
        ("spoilt", "does not match|not match"),
    ],
)
def test_a_model_that_cannot_score_the_table_is_told_before_anything_is_written(
    place: Path, tmp_path: Path, before: str, word: str
) -> None:
    spoilt = place / "spoilt"
    if before == "spoilt" and not spoilt.exists():
        spoilt.mkdir()
        for file in (place / "same").iterdir():
            spoilt.joinpath(file.name).write_bytes(file.read_bytes())
        (spoilt / "model.txt").write_bytes((place / "same" / "model.txt").read_bytes() + b"\n")
    with pytest.raises(InputError, match=word):
        train_table(place / "now.parquet", place / "plain.yaml", tmp_path / "m", folds=2, before=place / before)
    assert not (tmp_path / "m").exists()


def test_figures_below_0_move_by_their_size() -> None:
    was, now = np.array([-100.0, -100.0, 0.0]), np.array([-90.0, -60.0, 0.0])
    assert stability.moved(was, now).tolist() == [False, True, False]


@pytest.mark.parametrize(("target", "told"), [("limit", False), (TARGET, False), ("deposit", True)])
def test_a_model_of_another_figure_is_told(place: Path, tmp_path: Path, target: str, told: bool) -> None:
    """A run trains under a name of its own for what was confirmed: that is the same figure."""
    same = load_model(place / "same")
    same.with_about(spec={**same.about["spec"], "target": target}).save(tmp_path / "was")
    train_table(place / "now.parquet", place / "plain.yaml", tmp_path / "m", folds=2, before=tmp_path / "was")
    assert ("目标列或尺度不同" in (tmp_path / "m" / "model-papers.md").read_text("utf-8")) is told


def test_groups_of_few_rows_are_counted_and_not_shown(place: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(place / "now.parquet")
    table.loc[table.index[:5], "village"] = "孤村"
    table.to_parquet(tmp_path / "few.parquet")
    train_table(tmp_path / "few.parquet", place / "plain.yaml", tmp_path / "m", folds=2, before=place / "same")
    told = (tmp_path / "m" / "model-papers.md").read_text("utf-8").split("与上一个模型相比")[1]
    assert "1组不足20户" in told
    assert "孤村" not in told
    assert "丁村" in told


def test_the_papers_of_a_table_tell_defaults_and_fairness(place: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(place / "now.parquet")
    man = np.arange(len(table)) % 3 > 0
    table = table.assign(性别=np.where(man, "男", "女"), ethnic=np.where(np.arange(len(table)) < 4, "回族", "汉族"))
    table["limit"] = table.limit * np.where(man, 1.0, 0.7)
    table.to_parquet(tmp_path / "t.parquet")
    train_table(tmp_path / "t.parquet", place / "now.yaml", tmp_path / "m", folds=2)
    told = json.loads((tmp_path / "m" / "metrics.json").read_text("utf-8"))
    text = (tmp_path / "m" / "model-papers.md").read_text("utf-8")
    assert f"{told['pd']['n']:,}行中{told['pd']['bad']:,}行逾期" in text
    fifths = told["pd"]["by_fifth"]
    assert [row["n"] for row in fifths] == [64] * 5
    assert sum(row["n"] * row["bad"] for row in fifths) == pytest.approx(told["pd"]["bad"])
    assert all(f"| {row['pd']:.1%} | {row['bad']:.1%} |" in text for row in fifths)
    women = next(line for line in text.splitlines() if line.startswith("| 女 |"))
    assert "高" in women, "the model, which may not see sex, stands above what women were given"
    assert "| 汉族 |" in text
    assert "回族" not in text
    assert "1组不足20户" in text


def test_a_table_without_such_columns_says_so(place: Path, tmp_path: Path) -> None:
    told = (place / "same" / "model-papers.md").read_text("utf-8")
    assert "表中没有性别、民族两列" in told
    assert "## 违约概率" not in told
