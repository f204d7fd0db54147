"""Parts that were written apart: each lacks something, or holds it under another type, for ``train`` and ``score``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from table_forms import SPEC

from workbench.errors import InputError
from workbench.limit import boost
from workbench.limit.commands import score_table, train_table
from workbench.limit.tablefile import read_table

ROWS, HALF = 60, 30
LONG = 2**60 + 1
"""Read as a float it would end in other digits."""
Train = Callable[..., pd.DataFrame]


def sound() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    income = np.exp(rng.normal(11, 0.6, ROWS)).round(1)
    return pd.DataFrame(
        {
            "village": [f"v{k % 3}" for k in range(ROWS)],
            "hh": [f"{k:05d}" for k in range(ROWS)],
            "income": income,
            "land": rng.gamma(2, 3, ROWS).round(2),
            "job": rng.choice(["种植", "务工"], ROWS),
            "limit": np.round(0.6 * income * np.exp(rng.normal(0, 0.1, ROWS))),
        }
    )


def under(rows: slice, **cells: pa.Array) -> pa.Table:
    """Rows of the sound table with columns under another type, or away where ``None`` is given."""
    table = pa.Table.from_pandas(sound().iloc[rows], preserve_index=False)
    for name, given in cells.items():
        at = table.schema.get_field_index(name)
        table = table.drop_columns(name) if given is None else table.set_column(at, name, given)
    return table


FIRST, SECOND = slice(0, HALF), slice(HALF, ROWS)


def written(folder: Path, *parts: pa.Table) -> Path:
    (folder / "parts").mkdir()
    for n, part in enumerate(parts):
        pq.write_table(part, folder / "parts" / f"{n}.parquet")
    return folder / "parts"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("m")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boost, "candidates", few)
        learn(folder, under(slice(0, ROWS)))
    return folder / "model"


def few(log: bool, rows: int) -> list[boost.Settings]:
    return [boost.Settings("gamma" if log else "l2", trees=15, rows_a_leaf=5)]


def learn(folder: Path, *parts: pa.Table) -> pd.DataFrame:
    (folder / "spec.yaml").write_text(SPEC, "utf-8")
    train_table(written(folder, *parts), folder / "spec.yaml", folder / "model", folds=3)
    return pd.read_parquet(folder / "model" / "predictions.parquet")


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    monkeypatch.setattr(boost, "candidates", few)
    return lambda *parts: learn(tmp_path, *parts)


@pytest.mark.parametrize("name", ["land", "limit", "hh", "village", "job"])
def test_a_part_that_lacks_a_column_is_named_and_not_filled_with_gaps(
    trained: Train, tmp_path: Path, model: Path, name: str
) -> None:
    parts = under(FIRST), under(SECOND, **{name: None})
    with pytest.raises(InputError, match=rf"1\.parquet: column {name}: is missing") as told:
        trained(*parts)
    assert len(told.value.faults) == 1
    assert not (tmp_path / "model").exists()
    if name != "limit":
        with pytest.raises(InputError, match=rf"1\.parquet: column {name}: is missing"):
            score_table(tmp_path / "parts", model, tmp_path / "s.parquet")


CODES = [f"{k:05d}" for k in range(HALF)]
KEYS: dict[str, tuple[pa.Array, list[Any]]] = {
    "numbers": (pa.array(range(HALF)), [str(k) for k in range(HALF)]),
    "a dictionary": (pa.array(CODES).dictionary_encode(), CODES),
    "bytes": (pa.array([code.encode() for code in CODES]), CODES),
    "a view": (pa.array(CODES).cast(pa.string_view()), CODES),
    "nothing": (pa.nulls(HALF), [None] * HALF),
}


@pytest.mark.parametrize("kind", KEYS)
def test_keys_of_parts_come_out_as_the_words_they_stand_for(
    trained: Train, tmp_path: Path, model: Path, kind: str
) -> None:
    cells, want = KEYS[kind]
    told = trained(under(FIRST), under(SECOND, hh=cells))
    score_table(tmp_path / "parts", model, tmp_path / "s.parquet")
    for frame in (told, pd.read_parquet(tmp_path / "s.parquet")):
        got = [None if pd.isna(v) else v for v in frame["hh"]]
        assert got == CODES + want


def test_long_keys_with_gaps_keep_their_digits(trained: Train, tmp_path: Path, model: Path) -> None:
    keys = pa.array([None, *range(LONG, LONG + HALF - 1)])
    told = trained(under(FIRST, hh=keys), under(SECOND, hh=pa.array(range(HALF), pa.int32())))
    score_table(tmp_path / "parts", model, tmp_path / "s.parquet")
    assert told["hh"].tolist()[1:HALF] == list(range(LONG, LONG + HALF - 1))
    assert pq.read_table(tmp_path / "s.parquet")["hh"].to_pylist()[1:HALF] == list(range(LONG, LONG + HALF - 1))


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (pa.array([LONG] * HALF), pa.array([1.5] * HALF), "holds numbers that the other parts' type cannot hold"),
        (pa.array(["1"] * HALF), pa.array([1.5] * HALF), "holds one type in one part and another in the next"),
        (pa.array(["1"] * HALF), pa.array([1] * HALF, pa.timestamp("s", "UTC")), "holds one type in one part"),
        (pa.array(["1"] * HALF), pa.array([[1]] * HALF), "holds lists"),
        (pa.array(["1"] * HALF), pa.array([b"\xff\xfe"] * HALF), "holds bytes that are no words"),
    ],
    ids=["long and with a point", "text and with a point", "text and times", "lists", "bytes"],
)
@pytest.mark.parametrize("engine", ["local", "dask"])
def test_keys_that_cannot_be_kept_are_refused_by_name(
    trained: Train, tmp_path: Path, model: Path, engine: str, one: pa.Array, other: pa.Array, words: str
) -> None:
    with pytest.raises(InputError, match=f"column hh: {words}"):
        trained(under(FIRST, hh=one), under(SECOND, hh=other))
    with pytest.raises(InputError, match=f"column hh: {words}"):
        score_table(tmp_path / "parts", model, tmp_path / "s.parquet", engine=engine)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["parts", "spec.yaml"]


def test_unsigned_keys_beside_signed_ones_stay_whole(tmp_path: Path) -> None:
    large = 2**63 + 7
    keys = pa.array([large] * HALF, pa.uint64()), pa.array([-1] * HALF)
    parts = written(tmp_path, under(FIRST, hh=keys[0]), under(SECOND, hh=keys[1]))
    assert read_table(parts, key=["hh"])["hh"].tolist() == [str(large)] * HALF + ["-1"] * HALF


@pytest.mark.parametrize("name", ["village", "job", "income", "limit"])
@pytest.mark.parametrize("nested", [pa.array([["a"]] * HALF), pa.array([{"a": 1}] * HALF)], ids=["lists", "records"])
def test_lists_are_no_group_no_fact_and_no_target(trained: Train, name: str, nested: pa.Array) -> None:
    with pytest.raises(InputError, match=rf"1\.parquet: column {name}: holds lists"):
        trained(under(FIRST), under(SECOND, **{name: nested}))


def test_a_column_of_lists_that_nobody_asks_for_does_no_harm(trained: Train) -> None:
    assert len(trained(under(slice(0, ROWS)).append_column("photos", pa.array([["a"]] * ROWS)))) == ROWS


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("land", pa.float16()),
        ("land", pa.decimal128(20, 2)),
        ("land", pa.dictionary(pa.int8(), pa.float64())),
        ("limit", pa.decimal128(20, 0)),
        ("limit", pa.uint64()),
        ("limit", pa.string()),
        ("job", pa.binary()),
        ("job", pa.dictionary(pa.int8(), pa.string())),
        ("village", pa.dictionary(pa.int8(), pa.string())),
    ],
    ids=str,
)
def test_one_part_under_another_type_gives_the_same_model(
    trained: Train, model: Path, tmp_path: Path, name: str, kind: pa.DataType
) -> None:
    plain = pa.array(sound()[name].iloc[SECOND])
    cells = plain.dictionary_encode() if pa.types.is_dictionary(kind) else plain.cast(kind)
    told = trained(under(FIRST), under(SECOND, **{name: cells}))
    want = pd.read_parquet(model / "predictions.parquet")
    np.testing.assert_allclose(told["prediction"], want["prediction"], rtol=1e-2 if kind == pa.float16() else 1e-12)
    assert told[["village", "hh"]].equals(want[["village", "hh"]])


def test_yes_and_no_with_gaps_is_a_number_for_both(trained: Train, tmp_path: Path) -> None:
    owns = pa.array([None if k % 7 == 0 else k % 2 == 0 for k in range(ROWS)])
    trained(under(slice(0, ROWS), land=owns))
    score_table(tmp_path / "parts", tmp_path / "model", tmp_path / "a.parquet")
    as_number = pa.array([None if v is None else float(v) for v in owns.to_pylist()])
    pq.write_table(under(slice(0, ROWS), land=as_number), tmp_path / "n.parquet")
    score_table(tmp_path / "n.parquet", tmp_path / "model", tmp_path / "b.parquet")
    assert pd.read_parquet(tmp_path / "a.parquet").equals(pd.read_parquet(tmp_path / "b.parquet"))


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_a_page_that_is_damaged_is_told_by_file(tmp_path: Path, model: Path, engine: str) -> None:
    whole = tmp_path / "t.parquet"
    pq.write_table(under(slice(0, ROWS)), whole, compression="none")
    content = bytearray(whole.read_bytes())
    content[300:900] = bytes(600)
    whole.write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"t\.parquet: is no readable Parquet file"):
        score_table(whole, model, tmp_path / "s.parquet", engine=engine)
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_empty_parts_do_no_harm(tmp_path: Path, model: Path, engine: str) -> None:
    parts = written(tmp_path, under(slice(0, 0)), under(FIRST), under(slice(0, 0)), under(SECOND))
    score_table(parts, model, tmp_path / "s.parquet", engine=engine)
    assert pd.read_parquet(tmp_path / "s.parquet")["hh"].tolist() == sound()["hh"].tolist()


@pytest.mark.parametrize("engine", ["local", "dask"])
def test_a_file_that_ends_with_csv_is_one(tmp_path: Path, model: Path, engine: str) -> None:
    parts = written(tmp_path, under(FIRST), under(SECOND))
    score_table(parts, model, tmp_path / "s.parquet", engine=engine, explain=True)
    score_table(parts, model, tmp_path / "s.CSV", engine=engine, explain=True)
    told = pd.read_csv(tmp_path / "s.CSV", dtype={"hh": str})
    pd.testing.assert_frame_equal(told, pd.read_parquet(tmp_path / "s.parquet"), check_exact=True, check_dtype=False)
    assert told["hh"][0] == "00000"
    # and what was written can be read: a second scoring of it needs the facts, and says so
    with pytest.raises(InputError, match=r"s\.CSV: column income: is missing"):
        score_table(tmp_path / "s.CSV", model, tmp_path / "again.parquet", engine=engine)
