"""The one boundary where foreign exceptions become ours: in the command and inside every kernel.

Messages of pandas, pyarrow, pydantic repeat cells, so nothing of a foreign message goes further: only its kind, the
place in our code, and for a fault of the operating system its own words (No space left on device), which hold no cell.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from workbench.errors import Fault, GateStopped, InputError, RunFailed, WorkbenchError
from workbench.run.start import Stopped
from workbench.store.tables import ContractBroken

_SOURCE = Path(__file__).resolve().parents[1]
A_CELL = "a notebook's cell"
"""Where a fault is when nothing of ours ran; a kernel puts the cell's number in its place."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_MAPPING = "failed to map segment"
"""What the loader says of a library for which there is no memory left; the words hold no cell."""
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}


def ours(fault: BaseException) -> WorkbenchError:
    """The fault as one of our errors, in words that repeat no cell."""
    if isinstance(fault, WorkbenchError):
        return fault
    if isinstance(fault, MemoryError) or (isinstance(fault, ImportError) and _NO_MAPPING in str(fault)):
        return RunFailed(
            "memory: there is not enough of it\n    close other programs; then give the same command again"
        )
    if isinstance(fault, (KeyboardInterrupt, Stopped)):
        return RunFailed(
            "stopped: somebody asked the command to end\n    nothing says done; give the same command again"
        )
    if isinstance(fault, OSError) and fault.errno in _NO_ROOM | _NO_RIGHT:
        remedy = "make room" if fault.errno in _NO_ROOM else "give a folder that can be written and read"
        return RunFailed(f"{_file_name(fault)}: {_system_words(fault)}\n    {remedy}; then give the same command again")
    if isinstance(fault, EOFError) and _forgotten(fault.__traceback__):
        return RunFailed(
            "a compiled module was cut short when there was no room for it; it is taken away now\n"
            "    give the same command again"
        )
    place = where(fault.__traceback__)
    if isinstance(fault, ContractBroken):
        return RunFailed(
            f"{place}: a table is not as declared ({fault})\n    this is our fault, not your data's: report it"
        )
    kind = type(fault).__name__
    if isinstance(fault, OSError):
        kind += f", {_system_words(fault)}"
    elif isinstance(fault, ImportError) and fault.name:
        kind += f", {fault.name}"
    return RunFailed(
        f"{place}: an error that was not foreseen ({kind})\n    report it with this line; it holds no data"
    )


def _forgotten(traceback: TracebackType | None) -> bool:
    """Takes away the compiled form of a module that Python could not read; whether it was one.

    On a full disk Python leaves the first part of it, finds it newer than the module, and fails for ever after.
    """
    while traceback is not None:
        compiled = traceback.tb_frame.f_locals.get("bytecode_path")
        if traceback.tb_frame.f_code.co_filename.startswith("<frozen importlib") and isinstance(compiled, str):
            with suppress(OSError):
                Path(compiled).unlink()
                return True
        traceback = traceback.tb_next
    return False


def where(traceback: TracebackType | None) -> str:
    """The deepest place in our own code, as module file and line; a notebook's cell where nothing of ours ran."""
    place = A_CELL
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(_SOURCE):
            place = f"{path.relative_to(_SOURCE).as_posix()} line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def from_kernel(name: str, message: str) -> WorkbenchError:
    """The error that a kernel told, by the name of its class; its message is already ours (see ``ours``)."""
    place, _, rest = message.partition(": ")
    if name == InputError.__name__:
        return InputError([Fault(place, rest)])
    return GateStopped(message) if name == GateStopped.__name__ else RunFailed(message)


def _file_name(fault: OSError) -> str:
    named = fault.filename
    return Path(str(named)).name if isinstance(named, (str, Path)) else "the folder"


def _system_words(fault: OSError) -> str:
    return fault.strerror or (errno.errorcode.get(fault.errno, "") if fault.errno else "") or "no reason was given"
