"""The dataset as villages and bank would send it: kinds of file, dates beyond the day, the dials."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from python_calamine import CalamineWorkbook

from workbench.errors import InputError
from workbench.town.kinds import KINDS, TownKind
from workbench.town.make import imagine, make_town
from workbench.words import FORM_COLUMNS

ROOT = Path(__file__).resolve().parents[3]
SIZE = {"villages": 6, "households": 20, "seed": 5}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_town(tmp_path_factory.mktemp("town") / "t", **SIZE)


def rows(path: Path) -> list[list[str]]:
    """Every row of a file, title and header among them, as text."""
    if path.suffix == ".xlsx":
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        return [[str(c) for c in row] for row in sheet.to_python(skip_empty_area=False)]
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return list(csv.reader(text.splitlines()))


def frame(path: Path, mark: str) -> pd.DataFrame:
    every = rows(path)
    at = next(i for i, row in enumerate(every) if mark in row)
    return pd.DataFrame(every[at + 1 :], columns=every[at])


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_same_seed_same_bytes(town: Path, tmp_path: Path) -> None:
    again = make_town(tmp_path / "t", **SIZE)
    assert tree(again) == tree(town)
    assert tree(again.parent / "t-truth") == tree(town.parent / "t-truth")


def test_a_correction_finds_its_old_value_in_the_books_of_its_day(town: Path) -> None:
    """Every quarter of the town can be run, not only the last: the record of then holds what the visit put right."""
    books = frame(town / "records.csv", "户号").sort_values("数据日期")
    visits = frame(town / "visits.csv", "户号")
    corrections = visits[visits["项目"].isin(books.columns) & (visits["原值"] != visits["核实值"])]
    corrections = corrections[corrections["项目"] != "承包土地及山林信息"]
    assert len(corrections) > 0
    for line in corrections.to_dict("records"):
        own = books[(books["行政村名称"] == line["行政村名称"]) & (books["户号"] == line["户号"])]
        then = own[own["数据日期"] <= line["建档日期"]]
        assert then.empty or then.iloc[-1][line["项目"]] == line["原值"], line["户号"]


def test_another_seed_is_another_town(town: Path, tmp_path: Path) -> None:
    other = make_town(tmp_path / "t", **(SIZE | {"seed": 6}))
    assert tree(other)["records.csv"] != tree(town)["records.csv"]


def test_files_are_of_many_kinds(town: Path) -> None:
    kinds = set()
    for path in sorted((town / "rosters").iterdir()):
        start = path.read_bytes()[:3]
        title = FORM_COLUMNS[0] not in rows(path)[0]
        kinds.add((path.suffix, start == b"\xef\xbb\xbf", title))
        assert set(FORM_COLUMNS) <= set(rows(path)[1 if title else 0])
    assert {(".xlsx", False, True), (".csv", True, False), (".csv", False, True), (".csv", False, False)} <= kinds
    gb = [p for p in (town / "rosters").glob("*.csv") if b"\xb4\xe5" in p.read_bytes()]
    assert gb, "no roster is GB18030"


def test_a_number_cell_stands_where_a_spreadsheet_made_one(town: Path) -> None:
    floats = 0
    for path in (town / "rosters").glob("*.xlsx"):
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        floats += sum(isinstance(c, float) and c > 1e17 for row in sheet.to_python() for c in row)
    assert floats >= 1


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("visits.csv", "建档日期"),
        ("history.xlsx", "确认日期"),
        ("negative.csv", "列入日期"),
        ("drawdowns.csv", "用信日期"),
        ("records.csv", "数据日期"),
        ("panels", "评议日期"),
        ("signoffs", "日期"),
    ],
)
def test_every_dated_table_has_rows_after_the_day(town: Path, file: str, column: str) -> None:
    paths = sorted((town / file).iterdir()) if (town / file).is_dir() else [town / file]
    days = [d for p in paths for d in frame(p, column)[column]]
    assert any(d > "2021-12-31" for d in days)
    assert any(d <= "2021-12-31" for d in days)
    assert all(d <= "2022-03-31" for d in days)


def test_amounts_are_written_in_half_wan(town: Path) -> None:
    for path in (town / "panels").iterdir():
        told = pd.to_numeric(frame(path, "评议员")["建议授信额度(万元)"], errors="coerce").dropna()
        assert (told * 2 == (told * 2).round()).all()
        assert told.between(0.5, 50).all()


def test_one_village_has_no_agreement_in_force(town: Path) -> None:
    a = frame(town / "agreements.csv", "提供单位")
    assert (a["到期日期"] < "2021-12-31").sum() == 1
    assert (a["到期日期"] == "2021-12-31").sum() == 1


def test_params_and_spec_are_yaml_of_the_contract(town: Path) -> None:
    params = yaml.safe_load((town / "params.yaml").read_text(encoding="utf-8"))
    spec = yaml.safe_load((town / "spec.yaml").read_text(encoding="utf-8"))
    assert set(params) == {
        "name", "dataset", "as_of", "seed", "tolerance", "eligibility", "credited_per_household", "spec",
    }  # fmt: skip
    names = [f["name"] for f in spec["features"]]
    assert set(names) <= set(frame(town / "records.csv", "户号").columns)
    assert [f["kind"] for f in spec["features"]].count("category") == 1


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        make_town(tmp_path / "t", villages=2, households=8)
    assert [p.name for p in tmp_path.iterdir()] == ["t"]


@pytest.mark.parametrize(("villages", "households"), [(0, 20), (4, 2), (900, 20)])
def test_impossible_sizes_are_told(tmp_path: Path, villages: int, households: int) -> None:
    with pytest.raises(InputError, match="give 1 to"):
        make_town(tmp_path / "t", villages=villages, households=households)


@pytest.mark.parametrize(("villages", "households"), [(1, 5), (2, 6), (3, 9)])
def test_small_towns_can_be_made(tmp_path: Path, villages: int, households: int) -> None:
    out = make_town(tmp_path / "t", villages=villages, households=households)
    assert len(list((out / "rosters").iterdir())) == villages


class TestKinds:
    """A dial moves what it names, and next to nothing else."""

    def test_lean(self) -> None:
        severe, generous = (imagine(KINDS[k], 4, 18, 2).worth for k in ("severe", "generous"))
        severe_log = np.log(severe["clean_panel"] / severe["fair_limit"])
        generous_log = np.log(generous["clean_panel"] / generous["fair_limit"])
        assert severe_log.median() < -0.15 < 0.1 < generous_log.median()

    def test_quiet_plants_nothing(self) -> None:
        quiet = imagine(KINDS["quiet"], 4, 18, 2)
        assert set(quiet.homes["cause"]) == {"none"}
        assert quiet.worth["weighting_effect"].abs().max() == 0
        assert (quiet.members["copies"] == "").all()
        assert not quiet.books.what.any()

    def test_numbers_restart(self) -> None:
        homes = imagine(KINDS["generous"], 4, 18, 2).homes
        assert homes.groupby("village")["number"].min().nunique() == 1
        assert not homes.duplicated(["village", "number"]).any()

    def test_what_was_confirmed_before(self) -> None:
        """People came near what is fair; what the older model said follows the income in the books alone."""
        town = imagine(TownKind(), 6, 120, 2)
        history = town.course.history
        told = town.worth.loc[history["home"]].reset_index(drop=True).assign(way=history["way"])
        inside = told["fair_limit"].between(8_000, 400_000)
        off = np.log(history["limit"].astype(float) / told["fair_limit"])[inside].groupby(told["way"])
        assert off.std()["公议"] == pytest.approx(0.055, abs=0.012)
        assert off.std()["复议"] == pytest.approx(0.055, abs=0.012)
        older = told["way"] == "模型"
        assert 0.03 < older.mean() < 0.10
        assert (history["limit"][older] - told["older_rule"][older]).abs().max() <= 500
        assert off.std()["模型"] > 0.2

    def test_what_is_signed_lies_between_fair_and_panel(self) -> None:
        town = imagine(KINDS["severe"], 6, 60, 2)
        signed = town.course.signoffs[town.course.signoffs["home"].isin(town.homes.index[~town.homes["pilot"]])]
        told = town.worth.loc[signed["home"]].reset_index(drop=True)
        usual = signed["limit"].gt(5_000).to_numpy() & (told["fair_limit"] > 20_000).to_numpy()
        part = np.log(signed["limit"].to_numpy(float).clip(1.0) / told["fair_limit"])[usual]
        whole = np.log(told["clean_panel"] / told["fair_limit"])[usual]
        assert 0.25 < part.median() / whole.median() < 0.6

    def test_more_wrong_records(self) -> None:
        many, few = imagine(KINDS["wrong_records"], 5, 26, 2), imagine(TownKind(), 5, 26, 2)
        assert (many.homes["cause"] == "record_error").sum() > (few.homes["cause"] == "record_error").sum()
        wrong = many.books.what[many.books.what != ""]
        assert len({w for what in wrong for w in what.split("+")}) >= 3

    def test_a_wrong_record_differs_where_it_says_and_nowhere_else(self) -> None:
        books = imagine(KINDS["wrong_records"], 5, 26, 2).books
        for home, what in books.what.items():
            right, shown = books.clean.loc[home], books.shown.loc[home]
            differs = {f for f in right.index if not (pd.isna(right[f]) and pd.isna(shown[f])) and right[f] != shown[f]}
            assert differs == set(filter(None, what.split("+"))), home

    def test_a_trade_no_pilot_has(self) -> None:
        town = imagine(TownKind(new_trade="nursery", new_trade_share=0.3), 5, 26, 2)
        new = town.homes["new"]
        assert new.any()
        assert not (new & town.homes["pilot"]).any()
        most = town.books.clean["forest_mu"][town.homes["pilot"]].max()
        assert (town.books.clean["forest_mu"][new] > most).all()
        assert (town.worth["newness_effect"][new] <= 0).all()

    def test_colluders_bend_their_marks(self) -> None:
        bent, straight = (imagine(TownKind(biased=0.3, bent_marks=b), 5, 22, 2).ratings for b in (True, False))
        moved = (bent["integrity"] != straight["integrity"]) & bent["pulled"]
        assert moved.sum() > 10
        assert (bent["limit"] == straight["limit"]).all()

    def test_panel_sizes(self) -> None:
        members = imagine(TownKind(raters=(9, 11)), 4, 18, 2).members
        assert members.groupby("village").size().between(9, 11).all()

    def test_copies(self) -> None:
        town = imagine(TownKind(copies=2), 5, 22, 2)
        copiers = town.members[town.members["copies"] != ""]
        assert len(copiers) == 2
        sheets = town.ratings.set_index(["rater", "home"])["limit"]
        for rater, source in zip(copiers["rater"], copiers["copies"], strict=True):
            assert (sheets[rater] == sheets[source]).mean() > 0.8


@pytest.mark.parametrize("name", ["visits.csv", "records.csv", "rosters/春塘村.csv", "panels/荷风村.csv"])
def test_the_committed_town_is_what_the_command_makes(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """``workbench demo-town --villages 7 --households 80 --seed 7`` gives the town under data/demo."""
    made = tmp_path_factory.getbasetemp() / "demo"
    if not made.exists():
        make_town(made, villages=7, households=80, seed=7)
    assert (made / name).read_bytes() == (ROOT / "data" / "demo" / name).read_bytes()
