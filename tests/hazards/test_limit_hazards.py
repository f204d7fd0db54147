"""One tiny bad input each, asserted by the words of the message: nothing priced on a guess, no cell repeated."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.identity import Pseudonyms
from workbench.limit.admit import admit_records, unused
from workbench.limit.commands import score_table, train_table
from workbench.limit.model import LimitModel
from workbench.limit.tablefile import read_table
from workbench.spec import Feature, FeatureSpec, load_spec

SPEC = FeatureSpec(
    "limit",
    (Feature("income", "收入", "income", "收入", monotone=1), Feature("trade", "从业", "trade", "经营", "category")),
)
NAMES = Pseudonyms(b"k")
DAY = date(2021, 12, 31)


def raw(**columns: list[object]) -> pd.DataFrame:
    told: dict[str, list[object]] = {
        "行政村名称": ["甲村", "甲村"],
        "户号": ["0101", "0102"],
        "income": ["50000", ""],
        "trade": ["种植", None],  # type: ignore[list-item]
        **columns,
    }
    frame = pd.DataFrame({k: pd.Series(v, dtype="str") for k, v in told.items()})
    return frame.assign(source="records.csv", row=range(2, 2 + len(frame)))


def test_sound_records_become_numbers_categories_and_pseudonyms() -> None:
    made = admit_records(raw(), SPEC, names=NAMES, as_of=DAY)
    assert made.set_index("household").income.to_dict()[NAMES.household("甲村", "0101")] == 50_000
    assert made.income.isna().sum() == 1
    assert made.trade.isna().sum() == 1
    assert "0101" not in made.to_csv()


def test_a_column_of_the_books_that_no_spec_names_is_told() -> None:
    told = unused([str(c) for c in raw(电话13966668888=["", ""], 数据日期=["", ""]).columns], SPEC)
    assert told == ["records：未用的列“电话…” / column not used"]


@pytest.mark.parametrize("cell", ["五万", "1e999", "12..5", "inf", "nan?", "1,23"])
def test_text_in_a_number_column(cell: str) -> None:
    with pytest.raises(InputError) as told:
        admit_records(raw(income=["50000", cell]), SPEC, names=NAMES, as_of=DAY)
    assert "records.csv: row 3, column income: is no number" in str(told.value)
    assert cell not in str(told.value)


@pytest.mark.parametrize("cell", [" 50000 ", "５００００", "50,000", "50000.0", "5e4"])
def test_numbers_as_people_write_them(cell: str) -> None:
    made = admit_records(raw(income=[cell, "1"]), SPEC, names=NAMES, as_of=DAY)
    assert 50_000 in made.income.tolist()


def test_the_same_household_twice_names_the_rows() -> None:
    with pytest.raises(InputError, match="row 2, 3: the same household"):
        admit_records(raw(户号=["0101", "０１０１"]), SPEC, names=NAMES, as_of=DAY)


def test_of_dated_rows_the_newest_before_as_of_counts() -> None:
    frame = raw(户号=["0101"] * 2, income=["1", "2"], 数据日期=["2021-11-30", "2020-11-30"])
    assert admit_records(frame, SPEC, names=NAMES, as_of=DAY).income.tolist() == [1.0]
    assert admit_records(frame, SPEC, names=NAMES, as_of=date(2021, 1, 1)).income.tolist() == [2.0]
    assert admit_records(frame, SPEC, names=NAMES, as_of=date(2019, 1, 1)).empty


def test_a_missing_column_is_named_with_its_file() -> None:
    with pytest.raises(InputError, match=r"records\.csv: column income: is missing"):
        admit_records(raw().drop(columns="income"), SPEC, names=NAMES, as_of=DAY)


def test_no_household_number() -> None:
    with pytest.raises(InputError, match="row 3: 行政村名称 or 户号 is empty"):
        admit_records(raw(户号=["0101", " "]), SPEC, names=NAMES, as_of=DAY)


def test_a_wrong_date() -> None:
    with pytest.raises(InputError, match="row 2, column 数据日期: is no date"):
        admit_records(raw(数据日期=["2021-02-30", "2021-01-01"]), SPEC, names=NAMES, as_of=DAY)


def test_a_damaged_model_file_does_not_end_the_process(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.txt").write_text("tree\nversion=v4\nnum_class=1\nTree=0\nleaf_value=1 2 oh")
    (folder / "model.json").write_text("{}")
    (folder / "digest.json").write_text('{"model.txt": "0", "model.json": "0", "digest": "0"}')
    pd.DataFrame({"income": [1.0]}).to_parquet(tmp_path / "t.parquet")
    code = (
        "import sys; from pathlib import Path; from workbench.limit.commands import score_table\n"
        "from workbench.errors import InputError\n"
        "try: score_table(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))\n"
        "except InputError as told: sys.exit(2 if 'digest' in str(told) else 1)"
    )
    args = [str(tmp_path / "t.parquet"), str(folder), str(tmp_path / "s.parquet")]
    assert subprocess.run([sys.executable, "-c", code, *args], check=False).returncode == 2
    assert not (tmp_path / "s.parquet").exists()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no readable CSV"),
        (b"\xff\xfea\x00,\x00b\x00", "neither UTF-8 nor GB18030"),
        (b"a,b\n1,2,3\n4\n", "CSV"),
        (b"a,a\n1,2\n", "stands twice"),
    ],
)
def test_a_csv_that_cannot_be_read(tmp_path: Path, content: bytes, word: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(InputError, match=word):
        read_table(tmp_path / "t.csv")


def test_a_csv_in_gb18030_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("行政村名称,收入\n甲村,1\n".encode("gb18030"))
    assert read_table(tmp_path / "t.csv").columns.tolist() == ["行政村名称", "收入"]


def test_too_few_rows_are_said(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text("target: y\nfeatures: [{name: a}]\n")
    pd.DataFrame({"a": [1.0, 2.0], "y": [1.0, 2.0]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(InputError, match="only 2 of 2 rows"):
        train_table(tmp_path / "t.parquet", tmp_path / "spec.yaml", tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_a_yaml_tag_in_a_spec_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text("target: !!python/object/apply:os.system ['touch x']\nfeatures: [{name: a}]\n")
    with pytest.raises(InputError):
        load_spec(tmp_path / "spec.yaml")
    assert not Path("x").exists()


def test_an_engine_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="neither local nor dask"):
        score_table(tmp_path, tmp_path, tmp_path / "s", engine="spark")


def test_a_constant_fact_is_given_no_yuan() -> None:
    from workbench.limit import boost
    from workbench.limit.train import train

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.gamma(2, 1e4, 120), "flat": 7.0})
    frame["y"] = 2 * frame.a + 10_000
    spec = FeatureSpec("y", (Feature("a", "a", "a", "a", monotone=1), Feature("flat", "flat", "flat", "flat")))
    made = train(
        frame, spec, seed=1, folds=3, tried=[boost.Settings(taught=True, robust=True, trees=40, rows_a_leaf=5)]
    )
    assert isinstance(made.model, LimitModel)
    assert made.model.contributions(frame).flat.abs().max() == 0
