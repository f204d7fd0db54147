"""The kernels of a run, seen from the process that started it: private sockets, a safelisted environment, no survivors.

Sockets, connection files and all caches stand in one folder of mode 0700 with a short path, removed afterwards.  A
kernel's environment holds what is named here and nothing else: not the key, not a database URL.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from workbench.errors import RunFailed
from workbench.run.plan import BY_STEP

LONGEST_SOCKET = 100
"""Bytes; a longer path is refused by the system (107), and then the kernel would be left running."""
START_SECONDS = 120
LOCK = "lock"
UNNAMED = ".new"
"""A private folder has its name only once it is locked: one that has a name and no lock is a dead run's."""
OLD_SECONDS = 600
"""A younger folder without its name may be one that its run is about to lock."""
_KEPT = re.compile(r"PATH|LD_LIBRARY_PATH|FONTCONFIG_FILE|INVOCATION_ID|BUILD_ID|JOB_ID|[A-Z]+_MARK")
"""What a kernel needs to start, and the marks by which a scheduler finds the processes of a job that it must end."""


def environment(private: Path, threads: int) -> dict[str, str]:
    """All that a kernel sees of the environment."""
    fixed = {
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": "0",
        "TMPDIR": str(private),
        "IPYTHONDIR": str(private / "ipython"),
        "JUPYTER_CONFIG_DIR": str(private / "jupyter"),
        "JUPYTER_DATA_DIR": str(private / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(private / "jupyter"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "MPLCONFIGDIR": str(private / "matplotlib"),
        "HOME": str(private),
        "HISTFILE": os.devnull,
        "JE_ARROW_MALLOC_CONF": "background_thread:false",  # a process with threads must not be forked
    }
    counts = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), str(threads)
    )
    return {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)} | fixed | counts


class Kernels:
    """Makes kernels, one a notebook; a context manager that leaves no process and no file behind."""

    def __init__(self, threads: int, seed: int) -> None:
        self.seed = seed
        self.private, self._held = _private_folder()
        _sweep(self.private.parent)
        self._made = 0
        self._alive: list[Kernel] = []
        self._open(threads)

    def _open(self, threads: int) -> None:
        ours, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "workbench.run.kernel",
                    str(theirs.fileno()),
                    str(self.private / "k.json"),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self.private,
                env=environment(self.private, threads),
                start_new_session=True,
            )
        except BaseException:
            shutil.rmtree(self.private, ignore_errors=True)
            raise
        finally:
            theirs.close()
        ours.settimeout(START_SECONDS)
        self._talk = ours.makefile("rwb")
        self._socket = ours
        self._ready = False

    def __enter__(self) -> Kernels:
        return self

    def __exit__(self, *_: object) -> None:
        for kernel in self._alive:
            kernel.end()
        self._process.kill()
        self._process.wait()
        with suppress(OSError):
            self._talk.close()
        self._socket.close()
        shutil.rmtree(self.private, ignore_errors=True)
        os.close(self._held)

    def start(self, folder: Path, desk: dict[str, Any]) -> Kernel:
        """A fresh kernel that works in ``folder``, with the desk that its notebook will open."""
        self._made += 1
        name = f"k{self._made}"
        told = self.private / f"{name}-desk.json"
        told.write_text(json.dumps(desk, ensure_ascii=False), "utf-8")
        sockets = self.private / name
        connection = {
            "transport": "ipc",
            "ip": str(sockets),
            "key": secrets.token_hex(16),
            "signature_scheme": "hmac-sha256",
            "kernel_name": "python3",
            **{f"{channel}_port": n for n, channel in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)},
        }
        file = self.private / f"{name}.json"
        file.write_text(json.dumps(connection), "utf-8")
        order = {
            "connection": str(file),
            "folder": str(folder),
            "seed": self.seed,
            "notebook": BY_STEP[desk["step"]].notebook if "step" in desk else "a notebook",
            "environment": {"WORKBENCH_DESK": str(told)},
        }
        kernel = Kernel(self._fork(order), connection)
        self._alive.append(kernel)
        return kernel

    def _fork(self, order: dict[str, Any]) -> int:
        try:
            if not self._ready:
                self._ready = self._talk.readline() == b"ready\n"
            self._talk.write(json.dumps(order).encode() + b"\n")
            self._talk.flush()
            return int(self._talk.readline())
        except (OSError, ValueError):
            raise RunFailed(
                "kernel: it could not be started, or it was ended\n    nothing says done; give the same command again"
            ) from None


class Kernel:
    """One running kernel: what nbclient asks of a kernel manager, and no more."""

    has_kernel = True
    kernel_id = "run"

    def __init__(self, pid: int, connection: dict[str, Any]) -> None:
        self.pid, self.connection = pid, connection
        try:
            self._watch = os.pidfd_open(pid)
        except OSError:
            raise RunFailed("kernel: it ended as soon as it was started\n    give the same command again") from None

    def alive(self) -> bool:
        """Whether the process runs; told by the system, not by a heartbeat that a busy machine delays."""
        return not select.select([self._watch], [], [], 0)[0]

    async def is_alive(self) -> bool:
        """As ``alive``, for nbclient."""
        return self.alive()

    async def interrupt_kernel(self) -> None:
        """A cell that takes too long is interrupted by ending its kernel."""
        self._signal(signal.SIGKILL)

    async def shutdown_kernel(self, now: bool = False) -> None:
        """What nbclient asks for when a kernel does not come up."""
        self._signal(signal.SIGKILL)

    async def cleanup_resources(self) -> None:
        """Files and sockets go with the run's private folder."""

    def client(self) -> Any:
        """An nbclient-ready client of this kernel, not started."""
        from jupyter_client.asynchronous.client import AsyncKernelClient

        kernel = self

        class Watched(AsyncKernelClient):
            async def _async_is_alive(self) -> bool:
                return kernel.alive()

            async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
                if not kernel.alive():
                    raise RuntimeError("the kernel is dead")
                await super()._async_wait_for_ready(timeout=timeout)

            is_alive = _async_is_alive
            wait_for_ready = _async_wait_for_ready

        client: Any = Watched()
        client.load_connection_info(self.connection)
        return client

    def end(self, patience: float = 0.0) -> None:
        """Ends the kernel, and waits until it is gone."""
        if self._watch < 0:
            return
        if patience:
            select.select([self._watch], [], [], patience)
        self._signal(signal.SIGKILL)
        select.select([self._watch], [], [], 5.0)
        os.close(self._watch)
        self._watch = -1

    def _signal(self, number: signal.Signals) -> None:
        with suppress(OSError):
            signal.pidfd_send_signal(self._watch, number)


def _private_folder() -> tuple[Path, int]:
    """A new folder of mode 0700 whose path is short enough for sockets, and the lock that says that its run lives."""
    for base in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/dev/shm")):
        if len(os.fsencode(base)) + len("/wb12345678/k10-5") > LONGEST_SOCKET:
            continue
        with suppress(OSError):
            unnamed = Path(tempfile.mkdtemp(prefix="wb", suffix=UNNAMED, dir=base))
            held = os.open(unnamed / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(held, fcntl.LOCK_EX)
            return unnamed.rename(unnamed.with_suffix("")), held
    raise RunFailed(
        "TMPDIR: no folder with a short path can be made for temporary files\n    set TMPDIR to /tmp or another folder"
    )


def _sweep(base: Path) -> None:
    """Takes away the folders of runs that were killed: those of this user that nobody holds."""
    for folder in (*base.glob("wb????????"), *base.glob(f"wb????????{UNNAMED}")):
        with suppress(OSError):
            about = folder.lstat()
            young = folder.suffix == UNNAMED and time.time() - about.st_mtime < OLD_SECONDS
            if about.st_uid != os.getuid() or young or folder.is_symlink():
                continue
            held = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(held)


def wait_until_gone(pids: list[int], seconds: float) -> list[int]:
    """The processes of ``pids`` that still run after at most ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        left = [p for p in pids if Path(f"/proc/{p}").exists()]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.05)
