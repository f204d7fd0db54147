"""A workbook as Excel saves it holds more than XML; a table's place may hold what is no file.  Both in a moment."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from roster_forms import VILLAGE, csv, person, xlsx

from workbench.errors import InputError
from workbench.store.dataset import open_dataset


def with_part(path: Path, name: str, content: bytes) -> None:
    """Puts one more part into a workbook."""
    out = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(name, content)
    path.write_bytes(out.getvalue())


@pytest.mark.parametrize(
    "part", ["xl/printerSettings/printerSettings1.bin", "xl/media/image1.png", "xl/vbaProject.bin"]
)
def test_a_part_that_is_no_xml_is_let_through(part: str, tmp_path: Path) -> None:
    xlsx(tmp_path, [person()])
    with_part(tmp_path / "rosters" / f"{VILLAGE}.xlsx", part, "HP LaserJet".encode("utf-16-le") * 40)
    assert len(open_dataset(tmp_path).read_roster()[0].body.row) == 1


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("xl/more.xml", '<!DOCTYPE a [<!ENTITY x "y">]><a/>'.encode("utf-16")),
        ("xl/more.bin", b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>'),
    ],
)
def test_entities_are_refused_under_any_name(part: str, content: bytes, tmp_path: Path) -> None:
    xlsx(tmp_path, [person()])
    with_part(tmp_path / "rosters" / f"{VILLAGE}.xlsx", part, content)
    with pytest.raises(InputError, match="entities"):
        open_dataset(tmp_path).read_roster()


def test_a_folder_under_a_tables_name_is_refused_in_words(tmp_path: Path) -> None:
    csv(tmp_path, [person()])
    (tmp_path / "grid.csv").mkdir()
    with pytest.raises(InputError, match=r"grid\.csv: is no ordinary file"):
        open_dataset(tmp_path).read("grid")
