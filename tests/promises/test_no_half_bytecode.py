"""Promise 3: a command that had no room leaves no half-written bytecode behind, so the same command works again."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path

from harness import PROJECT, clean_environment

IMPORTS = "import workbench.roster.rules as rules; print(len(rules.RULES))"


def imported(place: Path, size: int) -> subprocess.CompletedProcess[str]:
    """The rules imported by a new process whose files may not be larger than so many bytes."""
    environment = clean_environment(place / "home", place / "temporary")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [sys.executable, "-c", IMPORTS],
        env=environment | {"PYTHONPATH": str(place)},
        text=True,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )


def test_what_a_bounded_file_size_cuts_off_is_not_kept(tmp_path: Path) -> None:
    own = PROJECT / "src" / "workbench"
    for name in ("__init__.py", "roster/__init__.py", "roster/rules.py"):
        (tmp_path / "workbench" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(own / name, tmp_path / "workbench" / name)
    bounded = imported(tmp_path, 4_000)
    assert bounded.returncode == 0, bounded.stderr
    again = imported(tmp_path, resource.RLIM_INFINITY)
    assert again.returncode == 0, again.stderr
    assert again.stdout == bounded.stdout
    assert list(tmp_path.rglob("rules.*.pyc"))
