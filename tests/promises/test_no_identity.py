"""Promise 1: names, IDs, telephones, addresses, household numbers stand in nothing that a run leaves or prints."""

from __future__ import annotations

import hashlib
import html
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from harness import KEY, Run

OPEN_COLUMNS = ("身份证", "姓名", "户主身份证", "现居住地址", "联系方式")


def views(path: Path) -> Iterator[str]:
    """The text of a file, and what is packed inside it."""
    content = path.read_bytes()
    yield content.decode("utf-8", "replace")
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield repr(table.schema.metadata) + "".join(repr(f.metadata) for f in table.schema)
        yield "\0".join(str(v) for column in table.columns for v in column.to_pylist() if v is not None)
    elif path.suffix == ".html":
        yield html.unescape(content.decode("utf-8"))
    elif path.suffix in (".json", ".ipynb"):
        yield json.dumps(json.loads(content), ensure_ascii=False)
    elif content[:8] == b"\x89PNG\r\n\x1a\n":
        yield from png_texts(content)


def png_texts(content: bytes) -> Iterator[str]:
    place = 8
    while place < len(content):
        size, kind = int.from_bytes(content[place : place + 4], "big"), content[place + 4 : place + 8]
        body = content[place + 8 : place + 8 + size]
        if kind in (b"tEXt", b"iTXt"):
            yield body.decode("utf-8", "replace")
        if kind == b"zTXt":
            yield zlib.decompress(body.split(b"\0", 1)[1][1:]).decode("utf-8", "replace")
        place += 12 + size


@pytest.fixture(scope="module")
def left(tiny_run: Run) -> dict[str, str]:
    """All that a run left or said, by where."""
    texts = {"what it said": tiny_run.said.text}
    for folder in (tiny_run.folder, tiny_run.home, tiny_run.temporary):
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder.parent))
            texts[name] = name + "\n" + ("\n".join(views(path)) if path.is_file() else "")
    return texts


@pytest.fixture(scope="module")
def people(tiny_town: Path) -> pd.DataFrame:
    truth = tiny_town.parent / f"{tiny_town.name}-truth" / "people.csv"
    return pd.read_csv(truth, dtype=str, encoding="utf-8-sig")


def found(texts: set[str], left: dict[str, str]) -> list[str]:
    """Where one of the texts stands (never the text itself: this is printed)."""
    return sorted({where for where, text in left.items() for one in texts if one in text})


@pytest.mark.parametrize("column", OPEN_COLUMNS)
def test_no_identity_stands_anywhere(column: str, people: pd.DataFrame, left: dict[str, str]) -> None:
    texts = {t.strip() for t in people[column].dropna() if len(t.strip()) > 1}
    assert texts
    assert found(texts, left) == []


def test_the_search_finds_what_is_there(left: dict[str, str]) -> None:
    """A search that finds nothing proves nothing unless it would find something."""
    assert found({"大院村"}, left)
    assert any(where.endswith(".parquet") for where in found({"大院村"}, left))


def test_nor_masked_nor_hashed_without_the_key(people: pd.DataFrame, left: dict[str, str]) -> None:
    ids = people["身份证"].dropna().str.strip()
    hashes = {make(i.encode()).hexdigest()[:16] for i in ids for make in (hashlib.sha256, hashlib.md5, hashlib.sha1)}
    masked = {i[:6] + "*" * 8 + i[-4:] for i in ids} | {i[:14] for i in ids}
    phones = {p[:3] + "****" + p[-4:] for p in people["联系方式"].dropna() if len(p) == 11}
    assert found(hashes | masked | phones, left) == []


def test_no_household_number_is_a_cell_of_a_table(people: pd.DataFrame, tiny_run: Run) -> None:
    numbers = set(people["户号"].dropna().str.strip())
    for path in (tiny_run.folder / "tables").glob("*.parquet"):
        frame = pd.read_parquet(path)
        for column in frame.columns:
            if not pd.api.types.is_numeric_dtype(frame[column]):
                assert not numbers & set(frame[column].dropna().astype(str)), f"{path.name}: {column}"


def test_no_key_and_no_place_of_this_machine(tiny_run: Run, left: dict[str, str]) -> None:
    assert found({KEY}, left) == []
    folder = {w: t for w, t in left.items() if w.startswith(tiny_run.folder.name)}
    assert found({str(tiny_run.home.parent), str(Path(__file__).parents[2]), "/tmp/"}, folder) == []


def test_home_and_temporary_folder_are_left_empty(tiny_run: Run) -> None:
    assert list(tiny_run.temporary.rglob("*")) == []
    assert [p for p in tiny_run.home.rglob("*") if p.is_file()] == []
