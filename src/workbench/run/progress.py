"""Which step runs, how far, how long: a moving line on a terminal, silence elsewhere, a line a step with --verbose."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Progress:
    """Shows the steps of a run on stderr; ``timings`` holds their seconds."""

    def __init__(self, parts: int, verbose: bool = False) -> None:
        self.parts, self.verbose = parts, verbose
        self.timings: dict[str, float] = {}
        self._done = 0
        self._bar: Any = None
        self._task: Any = None
        if sys.stderr.isatty() and not verbose:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("", total=parts)
            self._bar.start()

    @contextmanager
    def part(self, key: str, words: str) -> Iterator[None]:
        """One part of the run: shown while it works, timed when it ends."""
        start = time.perf_counter()
        if self._bar is not None:
            self._bar.update(self._task, description=words)
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            self.timings[key] = round(self.timings.get(key, 0.0) + seconds, 2)
        self._done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self._done)
        if self.verbose:
            sys.stderr.write(f"{self._done:>2}/{self.parts}  {seconds:6.1f} s  {words}\n")

    def close(self) -> None:
        """Takes the line away."""
        if self._bar is not None:
            self._bar.stop()
