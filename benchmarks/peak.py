"""Peak memory and CPU of a command, and of this process.

The kernel hands a new process the peak of the one that started it: a command started by a benchmark that just made a
table of five million rows would seem to need as much.  So a small process starts it, and the peak of a process is
read where it begins anew with its program (VmHWM).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

STARTER = """
import json, os, sys
words, ends = json.loads(sys.argv[1]), int(sys.argv[2])
pid = os.fork()
if pid == 0:
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    if ends:
        os.dup2(silent, 2)
    os.execv(words[0], words)
_, status, used = os.wait4(pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""


def costs(commands: list[list[str]], ends: int = 0) -> list[tuple[float, float]]:
    """CPU seconds (of all threads) and peak MB of commands started together; each must end with ``ends``."""
    words = [[sys.executable, "-S", "-c", STARTER, json.dumps(c), str(ends)] for c in commands]
    started = [subprocess.Popen(w, stdout=subprocess.PIPE, text=True) for w in words]
    out = []
    for command, process in zip(commands, started, strict=True):
        ended, cpu, peak = json.loads(process.communicate()[0])
        if ended != ends:
            raise SystemExit(f"{command[:4]} ended with {ended}")
        out.append((cpu, peak))
    return out


def cost(command: list[str], ends: int = 0) -> tuple[float, float]:
    """The same of one command."""
    return costs([command], ends)[0]


def own_peak() -> float:
    """MB of the largest resident size of this process so far."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return float(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
