"""How the command starts and speaks: in UTF-8 whatever the locale, ready to be stopped in an orderly way."""

from __future__ import annotations

import os
import signal
import sys
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import Any


class Stopped(BaseException):
    """Somebody asked the command to end; no ``except Exception`` on the way may swallow it."""


def speak_utf8() -> None:
    """Under LC_ALL=C file names would be read as ASCII: starts Python again in UTF-8, once."""
    _have_streams()
    if sys.flags.utf8_mode or sys.getfilesystemencoding().lower().replace("-", "") == "utf8":
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        return
    words = [sys.executable, "-X", "utf8", "-c", "from workbench.cli import main; main()", *sys.argv[1:]]
    os.execve(sys.executable, [os.fsencode(word) for word in words], {**os.environ, "PYTHONUTF8": "1"})


def _have_streams() -> None:
    """Under a scheduler the three streams may be closed: opens them on nothing, lest a file take their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = TextIOWrapper(FileIO(1, "w", closefd=False), "utf-8")
    if sys.stderr is None:
        sys.stderr = TextIOWrapper(FileIO(2, "w", closefd=False), "utf-8")


def stop_in_order() -> None:
    """A request to end (Ctrl-C, SIGTERM, a closed terminal) becomes an exception: kernels and folders are cleared."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)


def _stop(number: int, frame: Any) -> None:
    raise Stopped


def keep_libraries_quiet() -> None:
    """What libraries log may repeat cells and paths; what a user must know is said by our own errors and notes.

    Nor does a process that breaks leave its memory in a file.
    """
    import logging
    import resource
    import threading

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))

    def silent(given: threading.ExceptHookArgs) -> None:
        """A library's own thread that loses its kernel; the main thread tells of it."""

    def unheard(given: object) -> None:
        """A file that a library cannot close when it goes (a full disk); the fault itself is told."""

    threading.excepthook = silent
    sys.unraisablehook = unheard
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.CRITICAL + 1)


def shown(path: Path) -> str:
    """A path as seen from here where it lies below, else in full."""
    return Path(os.path.relpath(path)).as_posix() if path.absolute().is_relative_to(Path.cwd()) else path.as_posix()


def say(text: str) -> None:
    """A line of the answer, on stdout."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line beside the answer, on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
