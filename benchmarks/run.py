"""Cost of the demo run, and what kernels cost in it: one warmed process that forks, against eight fresh kernels.

    python benchmarks/run.py

Runs the demonstration township once as a user does, then measures, in the same go, (a) the warmed process and eight
forks that do nothing, (b) eight fresh interpreters that import what a notebook imports, (c) the command's own imports.
Prints one JSON line: wall and CPU seconds of the whole run, CPU of starts and imports and their share, and the ratio of
(a) to (b).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workbench.run.kernel import PRELOADED

PROJECT = Path(__file__).resolve().parents[1]
KERNELS = 8
STARTS = """
import os, socket
from workbench.run.kernel import PRELOADED
for name in PRELOADED: __import__(name)
from workbench.plots import use_look
use_look()
for _ in range({kernels}):
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
"""
FRESH = "\n".join(f"import {name}" for name in PRELOADED)
COMMAND = """
import workbench.cli, workbench.run.execute, workbench.run.door, papermill
from workbench.quality.gate import check_suites
from workbench.store.place import product
check_suites(product() / "expectations")
"""


def cost(words: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a command and of all its children that ended."""
    environment = {**os.environ, "WORKBENCH_KEY": "benchmark"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, cwd=PROJECT, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        run = [sys.executable, "-m", "workbench.cli", "run", "params/demo.yaml", "--out", f"{place}/demo"]
        wall, cpu = cost(run)
        manifest = json.loads(Path(place, "demo", "manifest.json").read_text("utf-8"))
    ours = cost([sys.executable, "-c", STARTS.format(kernels=KERNELS)])[1]
    fresh = KERNELS * cost([sys.executable, "-c", FRESH])[1]
    imports = cost([sys.executable, "-c", COMMAND])[1]
    figures = {
        "wall_s": wall,
        "cpu_s_of_the_command": cpu,
        "kernel_starts_cpu_s": ours,
        "command_imports_cpu_s": imports,
        "starts_and_imports_over_wall": (ours + imports) / wall,
        "starts_over_eight_fresh_kernels": ours / fresh,
    }
    print(json.dumps({k: round(v, 3) for k, v in figures.items()} | {"steps": len(manifest.get("timings", []))}))


if __name__ == "__main__":
    main()
