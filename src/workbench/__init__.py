"""Workbench: reproducible analysis and scoring for whole-village credit (整村授信)."""

import os
import resource
import sys

_ROOM = 200_000_000
"""Bytes free on the disk of the program, below which no bytecode is kept."""


def _room_for_bytecode() -> bool:
    """Whether bytecode may be kept: Python does not look whether all of it was written, and half of it, left by a full
    disk or a bounded file size, would stop every later command."""
    disk = os.statvfs(__file__)
    bounded = resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY
    return not bounded and disk.f_bavail * disk.f_frsize > _ROOM


if not _room_for_bytecode():
    sys.dont_write_bytecode = True

# jsonschema imports this unused, very slow module if it can (two fifths of Great Expectations' import time and three
# quarters of papermill's); it guards the import, so an empty entry makes it go without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__version__ = "0.1.0"
