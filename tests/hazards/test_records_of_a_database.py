"""Records of a database enter the door as those of a file do: same tables, an input of the run, no password told."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import yaml
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from workbench.errors import InputError
from workbench.params import RunParams, load_params
from workbench.run.door import Admitted, admit

URL = "BOOKS_OF_THE_BANK"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", "a-key-for-tests-0001")


@pytest.fixture
def books(town: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The town's records in a database of its own, keys as text; the file is gone."""
    (file,) = town.glob("records.*")
    frame = pd.read_csv(file, dtype={"户号": "str"})
    file.unlink()
    place = town.parent / "s3cret-word.db"
    engine = create_engine(f"sqlite:///{place}", poolclass=NullPool)
    with engine.begin() as connection:
        frame.to_sql("books", connection, index=False)
    engine.dispose()
    monkeypatch.setenv(URL, f"sqlite:///{place}")
    params = yaml.safe_load((town / "params.yaml").read_text("utf-8"))
    params["records"] = {"url_env": URL, "query": "select * from books"}
    (town / "params.yaml").write_text(yaml.safe_dump(params, allow_unicode=True), "utf-8")
    return place


def admitted(town: Path) -> Admitted:
    return admit(load_params(town / "params.yaml"), town / "params.yaml")


def test_a_database_gives_what_a_file_gives(town: Path, tiny_town: Path, books: Path) -> None:
    of_file = admitted(tiny_town).tables["records"]
    of_database = admitted(town).tables["records"]
    pd.testing.assert_frame_equal(of_file, of_database)


def test_what_a_database_gave_is_an_input_of_the_run(town: Path, books: Path) -> None:
    first = admitted(town).inputs
    engine = create_engine(f"sqlite:///{books}", poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("create table turned as select * from books order by rowid desc"))
        connection.execute(text("drop table books"))
        connection.execute(text("alter table turned rename to books"))
    assert admitted(town).inputs == first
    with engine.begin() as connection:
        connection.execute(text("update books set land_mu = land_mu + 1 where rowid = 3"))
    engine.dispose()
    changed = admitted(town).inputs
    assert {name for name in first if first[name] != changed[name]} == {"records (database)"}


def test_neither_url_nor_password_stands_in_what_is_kept(
    town: Path, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    come_in = admitted(town)
    kept = [come_in.params.model_dump_json(), json.dumps(come_in.inputs), *come_in.notes, repr(come_in.params)]
    assert not any("s3cret-word" in text for text in kept)
    books.unlink()
    with pytest.raises(InputError) as fault:
        admitted(town)
    assert "s3cret-word" not in str(fault.value)
    monkeypatch.delenv(URL)
    with pytest.raises(InputError, match=f"records.url_env: {URL}: the environment variable is not set"):
        admitted(town)


def test_a_url_has_no_place_in_the_parameters(town: Path) -> None:
    for given in ({"url": "sqlite:///x.db", "query": "select 1"}, {"url_env": "sqlite:///x.db", "query": "select 1"}):
        params = yaml.safe_load((town / "params.yaml").read_text("utf-8")) | {"records": given}
        (town / "params.yaml").write_text(yaml.safe_dump(params, allow_unicode=True), "utf-8")
        with pytest.raises(InputError, match="records"):
            load_params(town / "params.yaml")
    assert set(RunParams.model_fields["records"].annotation.__args__[0].model_fields) == {"url_env", "query"}  # type: ignore[union-attr]
