"""Writes a file whole or not at all: beside its place, then by rename."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import RunFailed

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG)


@contextmanager
def whole(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """A path to write to; it takes the place of ``path`` when the block ends well, and is gone when it does not."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.chmod(mode)
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except Exception as fault:
        # a writer may wrap the fault of the disk in one of its own, as xlsxwriter does
        cause = next((c for c in (fault, *fault.args) if isinstance(c, OSError)), None)
        if cause is not None and cause.errno in _NO_ROOM:
            raise RunFailed(
                f"{path.name}: cannot be written ({cause.strerror})\n"
                "    make room, or give a folder that can be written; then give the same command again"
            ) from None
        raise
    finally:
        part.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes bytes whole or not at all."""
    with whole(path, mode) as part:
        part.write_bytes(content)


def write_text(path: Path, content: str, mode: int = 0o644) -> None:
    """Writes UTF-8 text with \\n line ends, whole or not at all."""
    write_bytes(path, content.encode("utf-8"), mode)
