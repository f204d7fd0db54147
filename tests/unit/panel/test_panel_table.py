"""The consensus from file to file: names, units, codes, refusals, and the same bytes twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.panel.consensus import consensus_of
from workbench.panel.long import long_table
from workbench.panel.scale import choose_scale
from workbench.panel.table import consensus_file


def written(folder: Path, text: str) -> Path:
    path = folder / "ratings.csv"
    path.write_text(text, "utf-8")
    return path


def settled(path: Path, **more: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    out = path.with_name("out.parquet")
    one, two = consensus_file(path, item="h", rater="r", value="v", out=out, **more)
    assert two.name == "out.raters"
    return pd.read_parquet(one), pd.read_parquet(two)


def test_thin_tables_give_each_item_once_with_what_its_ratings_allow(tmp_path):
    rows = "h,r,v\nh1,A,50000\nh2,A,60000\nh2,B,60000\nh3,A,0\nh3,B,20000\nh4,A,\nh4,B,30000\nh5,B,80000\nh6,A,\n"
    home, _ = settled(written(tmp_path, rows))
    home = home.set_index("item")
    assert home["raters"].to_dict() == {"h1": 1, "h2": 2, "h3": 2, "h4": 1, "h5": 1}
    assert home.loc["h2", "panel_limit"] == pytest.approx(60_000)
    assert (home["low"] <= home["panel_limit"]).all()
    assert (home["panel_limit"] <= home["high"]).all()
    assert 0 <= home.loc["h3", "panel_limit"] <= 20_000


def test_codes_stay_text_and_the_unit_parts_people(tmp_path):
    rows = "u,h,r,v\n" + "".join(
        f"{u},{h:03d},00{r},{10000 * (h + r)}\n" for u in "ab" for h in range(1, 9) for r in (1, 2, 3)
    )
    home, crew = settled(written(tmp_path, rows), unit="u")
    assert set(home["village"]) == {"a", "b"}
    assert home["item"].iloc[0] == "001"
    assert len(home) == 16
    assert crew["rater"].tolist() == ["001", "002", "003"] * 2


def test_text_and_negatives_are_refused_with_their_rows_and_not_repeated(tmp_path):
    with pytest.raises(InputError) as told:
        settled(written(tmp_path, "h,r,v\nh1,A,secret\nh1,B,5\nh2,A,-7\nh2,B,inf\n"))
    said = str(told.value)
    assert "ratings.csv: v" in said
    assert "row 2, 5" in said
    assert "below 0: row 4" in said
    assert "secret" not in said


def test_the_same_rater_twice_is_refused_with_the_row(tmp_path):
    with pytest.raises(InputError, match="row 4"):
        settled(written(tmp_path, "h,r,v\nh1,A,1\nh1,B,5\nh1,A,3\n"))


def test_a_missing_column_is_told_by_name(tmp_path):
    with pytest.raises(InputError, match="r"):
        settled(written(tmp_path, "h,rater,v\nh1,A,1\n"))


def test_a_parquet_table_with_numbers_for_codes_and_a_stake(tmp_path):
    draw = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "h": np.repeat(np.arange(30), 5),
            "r": np.tile(np.arange(5), 30),
            "v": draw.lognormal(11, 0.5, 150).round(-3),
            "c": (draw.random(150) < 0.1).astype(int),
            "role": "x",
        }
    )
    path = tmp_path / "ratings.parquet"
    frame.to_parquet(path)
    home, crew = settled(path, conflict="c", role="role")
    assert len(home) == 30
    assert crew["declared"].sum() == frame["c"].sum()
    assert set(crew["role"]) == {"x"}


def test_the_order_of_rows_and_a_second_run_give_the_same_bytes(tmp_path):
    draw = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "h": np.repeat([f"h{i}" for i in range(40)], 6),
            "r": np.tile([f"r{j}" for j in range(6)], 40),
            "v": draw.lognormal(11, 0.6, 240).round(-3),
        }
    )
    bytes_of = []
    for n, table in enumerate((frame, frame, frame.sample(frac=1, random_state=3))):
        path, out = tmp_path / f"{n}.csv", tmp_path / f"{n}.parquet"
        table.to_csv(path, index=False)
        one, two = consensus_file(path, item="h", rater="r", value="v", out=out)
        bytes_of.append(one.read_bytes() + two.read_bytes())
    assert bytes_of[0] == bytes_of[1] == bytes_of[2]


def test_values_of_a_narrow_scale_are_settled_on_it(tmp_path):
    draw = np.random.default_rng(4)
    place = draw.random(80)
    value = np.clip(place[:, None] + draw.normal(0, 0.1, (80, 3)), 0, 1).round(3)
    frame = pd.DataFrame({"h": np.repeat(np.arange(80), 3), "r": np.tile(np.arange(3), 80), "v": value.ravel()})
    path = tmp_path / "p.csv"
    frame.to_csv(path, index=False)
    home, _ = settled(path)
    assert np.corrcoef(home["panel_limit"], place[home["item"].astype(int)])[0, 1] > 0.95
    error = np.sqrt(np.mean((home["panel_limit"] - place[home["item"].astype(int)]) ** 2))
    assert error < 0.07


def in_pairs(values: np.ndarray, seed: int) -> pd.DataFrame:
    """A table in which every item has two ratings, by two of twelve raters."""
    draw = np.random.default_rng(seed)
    raters = np.array([draw.choice(12, 2, replace=False) for _ in values])
    return pd.DataFrame(
        {
            "village": "",
            "household": np.repeat([f"{i:03d}" for i in range(len(values))], 2),
            "rater": [f"r{r:02d}" for r in raters.ravel()],
            "role": None,
            "limit": values.ravel(),
            "interest": False,
        }
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["amounts", "amounts with slips", "places from 0 to 1", "stars"])
def test_two_ratings_an_item_tell_the_scale(kind, seed):
    """An item of two cannot show how disagreement grows; the likelihood of all values tells log from plain."""
    draw = np.random.default_rng(seed)
    worth, off = draw.normal(0, 0.7, 150)[:, None], draw.normal(0, 1, (150, 2))
    if kind == "stars":
        values = np.clip(np.round(3.4 + worth + 0.8 * off), 1, 5)
    elif kind == "places from 0 to 1":
        values = np.clip(draw.uniform(0, 1, 150)[:, None] + 0.2 * off, 0.02, 1)
    else:
        values = np.maximum(np.round(np.exp(11 + worth + 0.25 * off) / 5_000) * 5_000, 5_000)
        values[:3, 0] *= 10 if kind == "amounts with slips" else 1
    frame = in_pairs(values, seed)
    table = long_table(
        frame["household"].astype(int).to_numpy(), frame["rater"].str[1:].astype(int).to_numpy(), values.ravel()
    )
    assert choose_scale(table).log == kind.startswith("amounts")
    assert choose_scale(replace(table, value=table.value * 1e4)).log == kind.startswith("amounts")
    if kind == "places from 0 to 1":
        settled = consensus_of(frame).consensus["panel_limit"].to_numpy()
        assert np.sqrt(np.mean((settled - values.mean(axis=1)) ** 2)) < 0.15


@pytest.mark.parametrize("out", ["ratings.csv", "./ratings.csv"])
def test_a_table_is_never_written_over_by_its_own_consensus(tmp_path, out):
    table = tmp_path / "ratings.csv"
    table.write_text("i,r,v\na,x,1\na,y,2\n")
    with pytest.raises(InputError, match="is the table that is read"):
        consensus_file(table, item="i", rater="r", value="v", out=tmp_path / out)
    beside = tmp_path / "ratings.raters"
    beside.write_bytes(table.read_bytes())
    with pytest.raises(InputError):
        consensus_file(beside, item="i", rater="r", value="v", out=tmp_path / "ratings.parquet")
    assert table.read_text() == beside.read_text() == "i,r,v\na,x,1\na,y,2\n"


@pytest.mark.parametrize("figure", ["1e16", "1e300", "1e-300", "inf"])
def test_a_figure_beyond_all_amounts_is_refused_by_row(tmp_path, figure):
    table = tmp_path / "ratings.csv"
    table.write_text(f"i,r,v\na,x,5\na,y,{figure}\n")
    with pytest.raises(InputError, match="row 3") as told:
        consensus_file(table, item="i", rater="r", value="v", out=tmp_path / "out.csv")
    assert figure not in str(told.value)
    assert not (tmp_path / "out.csv").exists()


def test_an_empty_file_is_told_as_empty(tmp_path):
    (tmp_path / "ratings.csv").touch()
    with pytest.raises(InputError, match="holds nothing"):
        consensus_file(tmp_path / "ratings.csv", item="i", rater="r", value="v", out=tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("a,x,50,000\nb,y,6000\n", "row 2"),
        ("a,x,50,000\nb,y,60,000\n", "row 2, 3"),
        ("a,x,5000\nb,y,6000,\n", "row 3"),
        ('a,x,5000\n"b,y,6000\nc,x,"4000\nd,x,1\n', "row 3"),
        ('a,x,5000\nb,y,"6000\nc,x,4000\n', "row 3"),
    ],
)
def test_a_row_of_another_shape_is_refused_by_number_and_not_cut(tmp_path, rows, told):
    """An unquoted 50,000 would be a rating of 50, and a stray mark would swallow the rows that follow."""
    with pytest.raises(InputError, match="has more fields than the header") as fault:
        settled(written(tmp_path, "h,r,v\n" + rows))
    assert f"ratings.csv: {told}:" in str(fault.value)
    assert "6000" not in str(fault.value)
    assert not (tmp_path / "out.parquet").exists()


def test_a_separator_at_the_end_of_every_row_is_nothing(tmp_path):
    home, crew = settled(written(tmp_path, "h,r,v\na,x,5000,\n\nb,y,6000,\n"))
    assert home["panel_limit"].tolist() == [5_000, 6_000]
    assert crew["rater"].tolist() == ["x", "y"]


def test_a_needed_column_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"ratings\.csv: v: the column stands twice"):
        settled(written(tmp_path, "h,r,v,v\na,x,5000,6000\n"))


def test_one_column_is_not_taken_for_two_things(tmp_path):
    with pytest.raises(InputError, match="--value, --unit: name the same column"):
        settled(written(tmp_path, "h,r,v\na,x,5000\n"), unit="v")


@pytest.mark.parametrize(
    ("out", "problem"),
    [
        ("folder", "is a folder"),
        ("beside.csv", "is a folder"),
        ("out.xlsx", "is the name of a workbook"),
        ("ratings.csv/out.csv", "is a file, not a folder"),
        ("a" * 300 + ".csv", "is no name that a file can have"),
    ],
)
def test_an_out_that_can_be_no_table_is_told_before_anything_is_read(tmp_path, out, problem):
    table = written(tmp_path, "h,r,v\na,x,5000\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "beside.raters").mkdir()
    with pytest.raises(InputError, match=problem):
        consensus_file(table, item="h", rater="r", value="v", out=tmp_path / out)
    assert {p.name for p in tmp_path.iterdir()} == {"ratings.csv", "folder", "beside.raters"}


def test_what_was_settled_and_on_which_scale_is_told(tmp_path):
    draw = np.random.default_rng(4)
    worth = draw.random(60)[:, None]
    frame = pd.DataFrame({"h": np.repeat(np.arange(60), 4), "r": np.tile(np.arange(4), 60)})
    said = []
    for value in (np.exp(11 + worth * 2 + draw.normal(0, 0.2, (60, 4))), 100 * worth + draw.uniform(0, 9, (60, 4))):
        frame["v"] = value.ravel().round(1)
        frame.loc[0, "v"] = None
        table = tmp_path / "t.csv"
        frame.to_csv(table, index=False)
        consensus_file(table, item="h", rater="r", value="v", out=tmp_path / "o.csv", note=said.append)
    assert all("239 ratings of 60 items by 4 raters; 1 row without a value" in s for s in said)
    assert ["log: " in s for s in said] == [True, False]
    assert ["plain: " in s for s in said] == [False, True]
