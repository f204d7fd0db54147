"""One folder, one run: what a run may write into, and what it never touches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.run.place import MANIFEST, MARK, Place, is_ours, read_manifest


def finish(folder: Path, name: str = "q1") -> None:
    place = Place(folder, name, again=False)
    place.claim()
    work = place.start()
    (work / "tables").mkdir()
    (work / "tables" / "limits.parquet").write_bytes(b"1")
    (work / MANIFEST).write_text(json.dumps({"workbench": "0", "name": name}))
    place.release()


def test_given_back_before_anything_was_written_leaves_no_folder(tmp_path: Path) -> None:
    place = Place(tmp_path / "a" / "b", "q1", again=False)
    place.claim()
    assert (tmp_path / "a" / "b" / MARK).is_file()
    place.undo()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_stays_and_stays_empty(tmp_path: Path) -> None:
    place = Place(tmp_path, "q1", again=False)
    place.claim()
    place.start()
    (tmp_path / "index.html").write_text("x")
    place.undo()
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_the_second_is_told(tmp_path: Path) -> None:
    first = Place(tmp_path, "q1", again=False)
    first.claim()
    with pytest.raises(InputError, match="another run is at work"):
        Place(tmp_path, "q1", again=True).claim()
    first.release()
    Place(tmp_path, "q1", again=False).claim()


def test_the_lock_ends_with_the_process(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from workbench.run.place import Place\n"
        "p = Place(Path(sys.argv[1]), 'q1', False); p.claim(); p.start(); (p.work / 'index.html').write_text('half')\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)]).returncode == -9
    assert (tmp_path / "index.html").exists()
    place = Place(tmp_path, "q1", again=False)
    place.claim()
    place.start()
    assert [p.name for p in tmp_path.iterdir()] == [MARK]


@pytest.mark.parametrize("entry", ["notes.txt", "报告.docx", ".hidden", "tables2", "01_import.txt", "08_other.html"])
def test_foreign_files_keep_a_run_out_and_stay(tmp_path: Path, entry: str) -> None:
    (tmp_path / entry).write_text("mine")
    with pytest.raises(InputError, match="no run of this workbench"):
        Place(tmp_path, "q1", again=True).claim()
    assert [p.name for p in tmp_path.iterdir()] == [entry]


def test_a_foreign_file_in_a_finished_run_keeps_again_out(tmp_path: Path) -> None:
    finish(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="no run of this workbench"):
        Place(tmp_path, "q1", again=True).claim()
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "tables" / "limits.parquet").exists()


def test_a_folder_that_only_looks_like_ours_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "mine.csv").write_text("1")
    with pytest.raises(InputError, match="no run of this workbench"):
        Place(tmp_path, "q1", again=False).claim()


def test_a_finished_run_wants_again_and_the_same_name(tmp_path: Path) -> None:
    finish(tmp_path)
    with pytest.raises(InputError, match="finished already"):
        Place(tmp_path, "q1", again=False).claim()
    with pytest.raises(InputError, match="holds another run"):
        Place(tmp_path, "q2", again=True).claim()
    assert read_manifest(tmp_path) is not None


def test_again_leaves_the_earlier_result_until_the_new_one_is_whole(tmp_path: Path) -> None:
    finish(tmp_path)
    place = Place(tmp_path, "q1", again=True)
    place.claim()
    work = place.start()
    (work / "index.html").write_text("new")
    assert read_manifest(tmp_path) is not None
    assert (tmp_path / "tables" / "limits.parquet").exists()
    place.settle()
    assert read_manifest(tmp_path) is None
    place.keep()
    assert sorted(p.name for p in tmp_path.iterdir()) == [MARK, "index.html"]


class Killed(BaseException):
    """Stands for signal 9: nothing of ours runs after it."""


REAL = {name: getattr(os, name) for name in ("rename", "unlink", "mkdir", "rmdir")}


def kill_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ends the process in place of the ``step``-th change of a folder."""
    left = [step]
    for name in REAL:

        def change(*args: object, real: Any = REAL[name], **options: object) -> object:
            if left[0] == 0:
                raise Killed
            left[0] -= 1
            return real(*args, **options)

        monkeypatch.setattr(os, name, change)


def words(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file() and p.name != MARK
    }


def renew(folder: Path) -> None:
    """A run made again, by steps as the command takes them."""
    place = Place(folder, "q1", again=True)
    try:
        place.claim()
        work = place.start()
        (work / "index.html").write_text("new")
        (work / "reports").mkdir()
        (work / "reports" / "quarter.pdf").write_text("new")
        place.settle()
        (folder / MANIFEST).write_text(json.dumps({"workbench": "0", "name": "q1", "run": "new"}))
        place.keep()
    finally:
        place.release()  # the system does this when a process ends


def test_a_kill_at_any_change_of_the_folder_loses_neither_the_earlier_result_nor_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a kill at any change of the recovery neither: the command is given again until it is let live."""
    finish(tmp_path / "whole")
    old = words(tmp_path / "whole")
    renew(tmp_path / "whole")
    new = words(tmp_path / "whole")
    step, kept = 0, {"old": 0, "new": 0}
    while True:
        folder = tmp_path / f"d{step}"
        finish(folder)
        with monkeypatch.context() as patch:
            kill_at(patch, step)
            try:
                renew(folder)
            except Killed:
                pass
            else:
                break
        if read_manifest(folder) is not None:  # what says done is whole
            assert words(folder).items() >= (old.items() if "run" not in read_manifest(folder) else new.items())
        for second in range(4):
            again = Place(folder, "q1", again=False)
            with monkeypatch.context() as patch:
                kill_at(patch, second)
                with suppress(Killed, InputError):
                    again.claim()
            again.release()
        place = Place(folder, "q1", again=True)
        place.claim()
        held = read_manifest(folder)
        assert held is not None
        which = "new" if "run" in held else "old"
        assert {k: v for k, v in words(folder).items() if not k.startswith(".")} == {"old": old, "new": new}[which]
        kept[which] += 1
        place.release()
        renew(folder)
        assert words(folder) == new
        step += 1
    assert min(kept.values()) >= 1
    assert step >= 12


def test_a_run_that_fails_after_it_was_put_in_place_gives_the_earlier_result_back(tmp_path: Path) -> None:
    finish(tmp_path)
    before = words(tmp_path)
    place = Place(tmp_path, "q1", again=True)
    place.claim()
    (place.start() / "index.html").write_text("new")
    place.settle()
    place.forget()
    place.release()
    assert words(tmp_path) == before


def test_again_that_was_refused_leaves_the_earlier_result(tmp_path: Path) -> None:
    finish(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    place = Place(tmp_path, "q1", again=True)
    place.claim()
    (place.start() / "index.html").write_text("half")
    place.undo()
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert {p: b for p, b in after.items() if p.name != MARK} == {p: b for p, b in before.items() if p.name != MARK}
    assert read_manifest(tmp_path) is not None


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        Place(tmp_path / "out", "q1", again=False).claim()


def test_links_are_never_ours(tmp_path: Path) -> None:
    (tmp_path / "tables").symlink_to(tmp_path.parent)
    assert not is_ours(tmp_path / "tables")
