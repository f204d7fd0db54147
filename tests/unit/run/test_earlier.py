"""Which run came before: the last finished one beside DIR with the same key, an earlier day and the same households."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from quarter_town import Town

from workbench.errors import InputError
from workbench.limit.papers import model_before
from workbench.params import RunParams
from workbench.run.earlier import Settled, named_before, settled
from workbench.store.tables import save_table


def asked(compare_with: str | None = "previous") -> RunParams:
    return RunParams.model_validate(
        {"name": "q", "dataset": ".", "as_of": "2021-12-31"} | ({"compare_with": compare_with} if compare_with else {})
    )


def homes(*names: str) -> pd.DataFrame:
    town = Town()
    for name in names:
        town.household("竹溪村", name)
    return town.tables()["households"]


def finished(folder: Path, as_of: str, key: str = "k", *names: str) -> None:
    save_table(folder / "tables", "households", homes(*(names or ("a", "b", "c"))))
    facts = {"workbench": "1", "as_of": as_of, "key": key, "params": asked(None).model_dump(mode="json")}
    (folder / "manifest.json").write_text(json.dumps(facts), "utf-8")


def settle(base: Path, params: RunParams | None = None) -> Settled:
    (base / "params").mkdir(exist_ok=True)
    known = homes("a", "b", "c", "d")
    return settled(params or asked(), base / "params" / "q.yaml", base / "outputs" / "q", "k", known)


def found(base: Path, params: RunParams | None = None) -> str | None:
    return settle(base, params).params.compare_with


def test_the_last_day_before_this_one(tmp_path: Path) -> None:
    for name, day in (("2021Q1", "2021-03-31"), ("2021Q3", "2021-09-30"), ("2022Q1", "2022-03-31")):
        finished(tmp_path / "outputs" / name, day)
    assert found(tmp_path) == "../outputs/2021Q3"


def test_the_same_day_another_key_another_town_and_an_unfinished_one_are_not_before(tmp_path: Path) -> None:
    outputs = tmp_path / "outputs"
    finished(outputs / "same-day", "2021-12-31")
    finished(outputs / "key", "2021-09-30", "another")
    finished(outputs / "town", "2021-09-30", "k", "x", "y", "a")
    finished(outputs / "died", "2021-09-30")
    (outputs / "died" / "manifest.json").unlink()
    finished(outputs / "q", "2021-06-30")  # what this run is about to replace
    assert found(tmp_path) is None
    finished(outputs / "earlier", "2021-03-31")
    assert found(tmp_path) == "../outputs/earlier"


def test_nothing_asked_and_a_folder_named_stay_as_they_are(tmp_path: Path) -> None:
    finished(tmp_path / "outputs" / "2021Q3", "2021-09-30")
    assert found(tmp_path, asked(None)) is None
    assert found(tmp_path, asked("../outputs/2021Q3")) == "../outputs/2021Q3"
    with pytest.raises(InputError, match="compare_with"):
        settle(tmp_path, asked("../elsewhere"))


@pytest.mark.parametrize("name", ["people", "households"])
def test_a_run_before_that_cannot_be_read_stops_no_new_quarter(tmp_path: Path, name: str) -> None:
    """Another version's tables, or a damaged one."""
    finished(tmp_path / "outputs" / "2021Q3", "2021-09-30")
    table = tmp_path / "outputs" / "2021Q3" / "tables" / f"{name}.parquet"
    pd.DataFrame({"household": ["a", "b", "c"], "strange": 1}).to_parquet(table)
    done = settle(tmp_path)
    assert (done.params.compare_with, done.before) == (None, None)
    assert "2021Q3" in done.note
    with pytest.raises(InputError, match="cannot read"):
        settle(tmp_path, asked("../outputs/2021Q3"))
    table.write_bytes(b"PAR1 cut short")
    assert settle(tmp_path).before is None


def test_a_folder_named_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"q\.yaml: compare_with: is no folder of a finished run\n.*previous"):
        named_before(asked("nowhere"), tmp_path / "q.yaml")


def test_a_model_that_this_version_cannot_score_is_compared_with_nothing(tmp_path: Path) -> None:
    model = tmp_path / "outputs" / "2021Q3" / "model"
    model.mkdir(parents=True)
    (model / "digest.json").write_text("{}", "utf-8")
    assert model_before(tmp_path / "outputs", asked("2021Q3")) is None
    assert model_before(tmp_path / "outputs", asked(None)) is None
