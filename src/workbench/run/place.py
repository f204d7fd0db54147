"""One folder, one run: who may write into DIR, and what may be cleared away there.

A hidden file ``.workbench-run`` marks a folder as ours and carries the lock of the process that works there; the system
drops the lock when that process ends, however it ends.  A folder that holds anything else is never touched.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.run.plan import PLAN

MARK, MANIFEST, NEXT, NEW, OLD = ".workbench-run", "manifest.json", ".next", ".new", ".old"
FOLDERS = ("tables", "figures", "docs", "model", "reports")
_LITTER = {".ipynb_checkpoints", ".DS_Store", "Thumbs.db", "desktop.ini"}
"""What looking at a folder leaves behind: nobody's work, so it neither keeps a run out nor stays."""
LARGEST_MANIFEST = 50_000_000
"""Bytes; a line an input, a table and a file of a run."""
_STEMS = {stage.notebook.removesuffix(".ipynb") for stage in PLAN}


class Place:
    """DIR, held by this process from ``claim`` to ``release``."""

    def __init__(self, folder: Path, name: str, again: bool) -> None:
        self.folder, self.name, self.again = folder, name, again
        self.finished = False
        self._made: list[Path] = []
        self._lock = -1
        self._marked = False

    @property
    def work(self) -> Path:
        """Where the run writes: DIR, or a hidden folder in it while an earlier result stands there."""
        return self.folder / NEXT if self.finished else self.folder

    def claim(self) -> None:
        """Takes DIR; ``InputError`` where another process works in it, or it holds another run or foreign files."""
        shown = self.folder.name
        try:
            if self.folder.exists() and not self.folder.is_dir():
                raise InputError(shown, "is a file, not a folder", "give another --out")
            self._refuse_foreign()
            self._make()
            self._take_lock()
            self._refuse_foreign()
            self._restore()
            self._refuse_finished()
        except OSError as fault:
            self.give_back()
            raise InputError(
                shown,
                f"cannot be used as the run's folder ({fault.strerror})",
                "give another --out, or mend its rights",
            ) from None
        except InputError:
            self.give_back()
            raise

    def start(self) -> Path:
        """Clears what a dead run left, and gives the folder to write into."""
        if not self.finished:
            self._clear(self.folder)
        shutil.rmtree(self.folder / NEXT, ignore_errors=True)
        shutil.rmtree(self.folder / OLD, ignore_errors=True)
        self.work.mkdir(exist_ok=True)
        return self.work

    def settle(self) -> None:
        """Puts a run that was made beside an earlier result in its place; the manifest comes after this, if at all.

        The earlier result waits in ``.old`` until ``keep``.  Its manifest goes first, so that nothing says done while
        files move; the name of the folder that they come from says which of the two stands in DIR (see ``_restore``).
        """
        if not self.finished:
            return
        old, new = self.folder / OLD, self.folder / NEW
        old.mkdir(exist_ok=True)
        (self.folder / MANIFEST).rename(old / MANIFEST)
        _move(self.folder, old, but=(MARK, NEXT, OLD))
        (self.folder / NEXT).rename(new)
        _move(new, self.folder)
        new.rmdir()
        self.finished = False

    def keep(self) -> None:
        """The run in DIR is what counts from now on: the earlier result goes, its manifest first."""
        (self.folder / OLD / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.folder / OLD, ignore_errors=True)

    def forget(self) -> None:
        """Takes away what a run that did not end well wrote beside, or in the place of, an earlier result."""
        if self._lock < 0:
            return
        with suppress(OSError):  # the next command on DIR goes on with it
            self._restore()
        if self.finished:
            shutil.rmtree(self.folder / NEXT, ignore_errors=True)

    def _restore(self) -> None:
        """Puts an earlier result back of which a killed or failed run had taken the place, so that it is whole again.

        ``.old`` holds its manifest until ``keep``.  While ``.next`` stands, all else in DIR is the earlier result's;
        once it is gone, all else is the new run's.  Whatever ends this on its way, the next call goes on with it.
        """
        old, next_ = self.folder / OLD, self.folder / NEXT
        if not (old / MANIFEST).is_file() or read_manifest(self.folder) is not None:
            return
        if not next_.is_dir():
            self._clear(self.folder, but=(MARK, OLD))
            next_.mkdir()
        _move(old, self.folder, but=(MANIFEST,))
        (old / MANIFEST).rename(self.folder / MANIFEST)
        old.rmdir()
        self.finished = True

    def undo(self) -> None:
        """Takes away all that this run wrote, and leaves DIR as it was."""
        self.forget()
        if not self.finished and self.folder.is_dir():
            self._clear(self.folder)
            self._marked = True
        self.give_back()

    def give_back(self) -> None:
        """Leaves DIR as it was before ``claim`` (nothing was written yet), and lets go of it."""
        if self._marked:
            with suppress(OSError):
                (self.folder / MARK).unlink()
        self.release()
        for folder in reversed(self._made):
            with suppress(OSError):
                folder.rmdir()
        self._made = []

    def release(self) -> None:
        """Lets go of DIR."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _make(self) -> None:
        missing = []
        folder = self.folder
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            with suppress(FileExistsError):
                folder.mkdir()
                self._made.append(folder)

    def _take_lock(self) -> None:
        path = self.folder / MARK
        while True:
            self._marked = not path.exists()
            self._lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._marked = False
                self._made = []
                raise InputError(
                    self.folder.name,
                    "another run is at work in this folder",
                    "wait until it ends, or give another --out",
                ) from None
            with suppress(FileNotFoundError):
                if os.fstat(self._lock).st_ino == path.stat().st_ino:
                    break
            os.close(self._lock)  # the one before gave the folder back between our two steps
            self._make()
        os.truncate(path, 0)
        os.write(self._lock, json.dumps({"run": self.name}, ensure_ascii=False).encode() + b"\n")

    def _refuse_foreign(self) -> None:
        if not self.folder.is_dir():
            return
        foreign = sorted(e.name for e in self.folder.iterdir() if not is_ours(e))
        ours = (self.folder / MARK).exists() or read_manifest(self.folder) is not None
        if foreign or (not ours and any(e.name not in _LITTER for e in self.folder.iterdir())):
            raise InputError(
                self.folder.name,
                "the folder holds files that are no run of this workbench",
                "give another --out, or an empty folder",
            )

    def _refuse_finished(self) -> None:
        manifest = read_manifest(self.folder)
        if manifest is None:
            return
        self._marked = False
        if manifest.get("name") != self.name:
            raise InputError(self.folder.name, "the folder holds another run", "give another --out")
        if not self.again:
            raise InputError(
                self.folder.name, "this run is finished already", "add --again to make it anew, or give another --out"
            )
        self.finished = True

    def _clear(self, folder: Path, but: tuple[str, ...] = (MARK,)) -> None:
        for entry in list(folder.iterdir()):
            if entry.name in but:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def _move(source: Path, target: Path, but: tuple[str, ...] = ()) -> None:
    """Moves every entry of one folder into another, those named in ``but`` left where they are."""
    for entry in list(source.iterdir()):
        if entry.name not in but:
            entry.rename(target / entry.name)


def is_ours(entry: Path) -> bool:
    """Whether an entry of DIR can be one that a run wrote, by name and kind."""
    name = entry.name
    if name in _LITTER:
        return True
    if entry.is_symlink():
        return False
    if entry.is_dir():
        return name in (*FOLDERS, NEXT, NEW, OLD)
    part = name.startswith(".") and name.endswith(".part")
    stem, _, suffix = name.partition(".")
    return part or name in (MARK, MANIFEST, "index.html") or (stem in _STEMS and suffix in ("ipynb", "html"))


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """The manifest of a finished run, or nothing."""
    path = folder / MANIFEST
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_MANIFEST:
            return None
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and data.get("workbench") else None
