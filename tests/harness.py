"""The command as a user gives it, in an environment that knows nothing of this machine's user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"
KEY = "a-key-for-tests-0001"
ASCII = (
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"} if str(PROJECT).isascii() else {"LC_ALL": "C.UTF-8"}
)
"""A locale without Chinese; out of a folder with a Chinese name Python 3.11 itself does not start in one, for it finds
the project by a file that it reads in the locale's letters."""
_LEFT_OUT = ("WORKBENCH", "JUPYTER", "IPYTHON", "PYTHON", "MPL", "GX_", "LC_", "LANG", "TZ")


@dataclass(frozen=True)
class Said:
    """One command that was given: its exit status and all that it said."""

    status: int
    text: str


@dataclass(frozen=True)
class Run:
    """One finished run: DIR, its parameter file, the private HOME and TMPDIR of the command, and what it said."""

    folder: Path
    params: Path
    home: Path
    temporary: Path
    said: Said


def clean_environment(home: Path, temporary: Path, **more: str) -> dict[str, str]:
    """An environment that knows nothing of this machine's user."""
    for folder in (home, temporary):
        folder.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_LEFT_OUT)}
    return kept | {"HOME": str(home), "TMPDIR": str(temporary), "WORKBENCH_KEY": KEY, "LC_ALL": "C.UTF-8"} | more


def command(*words: str | Path, cwd: Path, environment: dict[str, str], seconds: float = 300) -> Said:
    """Gives one ``workbench`` command."""
    made = subprocess.run(
        [sys.executable, "-m", "workbench.cli", *map(str, words)],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
    )
    return Said(made.returncode, made.stdout.decode("utf-8", "replace"))


_BY_HAND = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from workbench.run import desk
asked = json.load(sys.stdin)
shell, said, say = InteractiveShell.instance(), [], desk.Desk.say
desk.Desk.say = lambda self, text: (said.append(text), say(self, text))
for path in asked["notebooks"]:
    for cell in json.load(open(path))["cells"]:
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        if "parameters" in cell["metadata"].get("tags", []):
            source += "".join(f"\\n{name} = {value!r}" for name, value in asked["parameters"].items())
        shell.run_cell(source).raise_error()
    shell.reset(new_session=False)
json.dump(said, open(asked["said"], "w"))
"""


def by_hand(notebooks: list[Path], run: Path, scratch: Path, **parameters: str) -> str:
    """Runs notebooks cell by cell as a person does, on a finished run that must not change; gives what they said."""
    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    asked = {
        "notebooks": [str(p) for p in notebooks],
        "parameters": {"run_dir": str(run), **parameters},
        "said": str(scratch / "said.json"),
    }
    made = subprocess.run(
        [sys.executable, "-c", _BY_HAND],
        input=json.dumps(asked),
        cwd=notebooks[0].parent,
        env=clean_environment(scratch / "home", scratch / "temporary", PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before
    return "\n".join(json.loads((scratch / "said.json").read_text("utf-8")))
