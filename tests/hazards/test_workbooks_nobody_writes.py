"""XML says one thing in a hundred ways: whichever a workbook uses, it is read, or refused in words."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from roster_forms import VILLAGE, person, xlsx

from workbench.errors import InputError
from workbench.store import archive
from workbench.store.archive import check_archive
from workbench.store.dataset import open_dataset

SHEET = "xl/worksheets/sheet1.xml"
Change = Callable[[bytes], bytes]


def rewritten(path: Path, change: Change, part: str = SHEET, name: str = SHEET) -> None:
    """Changes one part of a workbook, and puts it under another name where one is given."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            content = change(old.read(one)) if one == part else old.read(one)
            if one.endswith("workbook.xml.rels"):
                content = content.replace(SHEET.removeprefix("xl/").encode(), name.removeprefix("xl/").encode())
            new.writestr(name if one == SHEET else one, content)
    path.write_bytes(out.getvalue())


def before_the_end(more: bytes) -> Change:
    return lambda xml: xml.replace(b"</sheetData>", more + b"</sheetData>")


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    xlsx(tmp_path, [person()])
    return tmp_path / "rosters" / f"{VILLAGE}.xlsx"


FAR = [
    b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>",
    b'<row r = "1048576"><c r = "XFD1048576"><v>1</v></c></row>',
    b'<row\nr\n=\n"9"><c\nr\n=\n"XFD1048576"><v>1</v></c></row>',
    b'<row r="9"><c s="0" r="XFD1048576"><v>1</v></c></row>',
    b'<row r="9"><c r="xfd1048576"><v>1</v></c></row>',
    b"<row>" + b"<c/>" * 3_000_000 + b"<c><v>1</v></c></row>",
    b"<row/>" * 3_000_000 + b"<row>" + b"<c/>" * 200 + b"<c><v>1</v></c></row>",
]


@pytest.mark.parametrize("more", FAR, ids=range(len(FAR)))
def test_a_cell_far_off_ends_no_process(more: bytes, workbook: Path) -> None:
    rewritten(workbook, before_the_end(more))
    with pytest.raises(InputError, match=r"reaches farther|absurd size|damaged|more than 2000 columns"):
        open_dataset(workbook.parents[1]).read_roster()


@pytest.mark.parametrize("name", ["xl/elsewhere/sheet1.xml", "xl/worksheets/sheet1.bin", "xl/x"])
def test_a_sheet_is_looked_into_under_any_name(name: str, workbook: Path) -> None:
    rewritten(workbook, before_the_end(b'<row r="9"><c r="XFD1048576"><v>1</v></c></row>'), name=name)
    with pytest.raises(InputError, match=r"reaches farther|damaged|entities"):
        open_dataset(workbook.parents[1]).read_roster()


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b'<c r="', b"<c r='").replace(b'" t="s"', b"' t='s'").replace(b'"><v>', b"'><v>"),
        lambda xml: xml.replace(b"<c r=", b"<c  r="),
        lambda xml: xml.replace(b"<c r=", b"<c\tr="),
    ],
)
def test_what_is_written_unusually_is_read_all_the_same(change: Change, workbook: Path) -> None:
    usual = open_dataset(workbook.parents[1]).read_roster()[0].body
    assert check_archive(workbook.read_bytes(), "a").plain
    rewritten(workbook, change)
    assert not check_archive(workbook.read_bytes(), "a").plain
    unusual = open_dataset(workbook.parents[1]).read_roster()[0].body
    assert {n: c.text.to_pylist() for n, c in unusual.columns.items()} == {
        n: c.text.to_pylist() for n, c in usual.columns.items()
    }


def test_a_cell_without_end_is_refused_before_it_is_in_memory(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_PIECE", 100_000)
    rewritten(workbook, before_the_end(b'<row r="9"><c r="A9" t="str"><v>' + b"a" * 300_000 + b"</v></c></row>"))
    with pytest.raises(InputError, match="unpacks to far more"):
        open_dataset(workbook.parents[1]).read_roster()


def test_shared_texts_are_found_under_any_letters(workbook: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(workbook) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            text = old.read(one).replace(b"</sst>", b"<si><t>" + b"a" * 5000 + b"</t></si></sst>")
            new.writestr(one.replace("sharedStrings", "SHAREDstrings"), text)
    look = archive._Look(zipfile.ZipFile(out), "a")
    look.into(next(p for p in look.archive.infolist() if "SHARED" in p.filename))
    assert len(look.long_texts) == 1
