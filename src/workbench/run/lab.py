"""``workbench lab``: the notebooks in JupyterLab, in Chinese, on this machine alone, with nothing fetched from outside.

The settings stand in ``labconfig/`` and are copied once beside the key, where JupyterLab may write its own.  Kernels
talk over sockets in a folder of mode 0700; neither the key nor a database URL is handed on.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from workbench.errors import RunFailed
from workbench.identity import home
from workbench.store.place import product

START = "notebooks/00-start.ipynb"
_SECRET = re.compile(r"WORKBENCH_KEY|(?!JUPYTER_).*(PASSWORD|SECRET|TOKEN|_URL|_DSN)$")


def open_lab(port: int, browser: bool) -> NoReturn:
    """Becomes the JupyterLab server; ends with it."""
    command = [sys.executable, "-m", "jupyterlab", *arguments(port, browser)]
    try:
        os.execve(sys.executable, command, environment(settings_folder()))
    except OSError as fault:
        raise RunFailed(f"lab: cannot be started ({fault.strerror})\n    make the environment anew: make env") from None


def arguments(port: int, browser: bool) -> list[str]:
    """What the server is told: this machine alone, no extension manager, private sockets, our first page."""
    return [
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={product()}",
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.allow_root=True",
        f"--LabApp.default_url=/lab/tree/{START}",
        "--LabApp.extension_manager=readonly",
        "--LabApp.news_url=None",
        "--KernelManager.transport=ipc",
        "--ServerApp.log_level=WARN",
    ]


def settings_folder() -> Path:
    """The folder of JupyterLab's settings, made from ``labconfig/`` on first use."""
    folder = home() / "lab"
    if not folder.is_dir():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(product() / "labconfig", folder)
    (folder / "runtime").mkdir(mode=0o700, exist_ok=True)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """The environment without what notebooks have no use for: key, passwords, database URLs."""
    kept = {name: value for name, value in os.environ.items() if not _SECRET.fullmatch(name)}
    return kept | {
        "JUPYTER_CONFIG_DIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONUTF8": "1",
    }
