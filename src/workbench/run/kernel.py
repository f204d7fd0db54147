"""The process that runs notebooks: imports once, then forks a kernel of its own for every notebook.

Started by ``run.kernels`` as ``python -m workbench.run.kernel FD FILE``; over the socket FD come orders, one JSON line
each, and back goes the pid of the kernel that was forked.  A fork keeps the imports (three quarters of a kernel's cost)
and nothing else: no notebook sees another's variables, settings or threads.  Every process here dies with the one that
started it, so a killed run leaves none.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import socket
import sys
from typing import Any

_PR_SET_PDEATHSIG = 1
PRELOADED = (
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "lightgbm",
    "scipy.stats",
    "matplotlib.backends.backend_agg",
    "matplotlib_inline.backend_inline",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "IPython.core.magics",
    "workbench.run.desk",
)


def die_with(parent: int) -> None:
    """This process gets SIGKILL when its parent ends; it ends now if the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def serve(orders: socket.socket) -> None:
    """Preloads, then forks one kernel an order, until the other end closes."""
    for name in PRELOADED:
        __import__(name)
    from workbench.plots import use_look

    use_look()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with orders, orders.makefile("rwb") as talk:
        talk.write(b"ready\n")
        talk.flush()
        for line in talk:
            mother = os.getpid()
            pid = os.fork()
            if pid == 0:
                die_with(mother)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _be_kernel(json.loads(line), orders)
            talk.write(b"%d\n" % pid)
            talk.flush()


def _be_kernel(order: dict[str, Any], orders: socket.socket) -> None:
    """Becomes the kernel of one notebook; never returns."""
    status = 1
    try:
        os.close(orders.detach())
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        random.seed(order["seed"])
        import numpy as np
        from ipykernel.kernelapp import IPKernelApp

        np.random.seed(order["seed"])
        _scrub_errors(order["notebook"])
        _listen_nowhere()
        app: Any = IPKernelApp.instance()
        app.initialize(
            [
                "-f",
                order["connection"],
                "--HistoryManager.enabled=False",
                "--InteractiveShellApp.ignore_cwd=True",
                "--IPKernelApp.capture_fd_output=False",
            ]
        )
        app.start()
        status = 0
    finally:
        os._exit(status)


def _scrub_errors(notebook: str) -> None:
    """From here on what a notebook shows of an exception is ours: kind, place, remedy, and no cell of the data."""
    from ipykernel.zmqshell import ZMQInteractiveShell

    from workbench.run.boundary import A_CELL, ours

    show: Any = ZMQInteractiveShell._showtraceback

    def scrubbed(self: Any, etype: type, evalue: BaseException, stb: Any) -> None:
        fault = ours(evalue)
        told = type(fault)
        words = str(fault).replace(A_CELL, f"{notebook}, code cell {self.execution_count - 1}", 1)
        show(self, told, told.__new__(told, words), words.splitlines())

    ZMQInteractiveShell._showtraceback = scrubbed  # type: ignore[method-assign]


def _listen_nowhere() -> None:
    """Without this a kernel opens a TCP port on loopback for the output of processes that a notebook starts."""
    from importlib import import_module

    kernelapp: Any = import_module("ipykernel.kernelapp")
    thread = kernelapp.IOPubThread

    def without_port(*given: Any, pipe: bool = True, **named: Any) -> Any:
        return thread(*given, pipe=False, **named)

    kernelapp.IOPubThread = without_port


if __name__ == "__main__":
    die_with(os.getppid())
    serve(socket.socket(fileno=int(sys.argv[1])))
