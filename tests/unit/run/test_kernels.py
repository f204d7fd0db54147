"""Kernels: private, safelisted, apart from each other, gone when the run is gone."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError, RunFailed
from workbench.params import RunParams
from workbench.run import kernels as kernels_module
from workbench.run import notebooks
from workbench.run.kernels import Kernels, environment, wait_until_gone
from workbench.run.plan import PLAN

STAGE = PLAN[0]
PARAMS = RunParams.model_validate({"name": "t", "dataset": "x", "as_of": "2021-12-31"})


def notebook(*cells: str, kernel: str = "python3", parameters: str = 'params_file = "p.yaml"\nrun_dir = ""') -> str:
    def code(source: str, tags: list[str]) -> dict[str, Any]:
        return {
            "cell_type": "code",
            "id": f"c{abs(hash(source))}",
            "metadata": {"tags": tags} if tags else {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }

    whole = [code(parameters, ["parameters"]), *(code(c, []) for c in cells)]
    spec = {"name": kernel, "display_name": kernel, "language": "python"}
    return json.dumps({"cells": whole, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def warm() -> Iterator[Kernels]:
    with Kernels(1, 1) as kernels:
        yield kernels


@pytest.fixture
def play(warm: Kernels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a notebook of the given cells; gives the texts of its outputs."""
    monkeypatch.setattr(notebooks, "product", lambda: tmp_path)
    (tmp_path / "notebooks").mkdir()
    out = tmp_path / "out"
    out.mkdir()

    def run(*cells: str, kernel: str = "python3") -> list[str]:
        (tmp_path / "notebooks" / STAGE.notebook).write_text(notebook(*cells, kernel=kernel), "utf-8")
        made = warm.start(
            out, {"step": "import", "run": str(out), "base": str(tmp_path), "params": PARAMS.model_dump(mode="json")}
        )
        try:
            notebooks.run_notebook(STAGE, "p.yaml", made, out, 60)
        finally:
            made.end()
        executed = json.loads((out / STAGE.notebook).read_text("utf-8"))
        return [
            "".join(o.get("text") or o["data"].get("text/html") or o["data"].get("text/plain"))
            for c in executed["cells"]
            for o in c.get("outputs", [])
        ]

    run.out = out  # type: ignore[attr-defined]
    return run


def test_environment_is_a_safelist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WORKBENCH_KEY", "BANK_URL", "DATABASE_URL", "PYTHONPATH", "LD_PRELOAD", "HTTP_PROXY", "MY_SECRET"):
        monkeypatch.setenv(name, "secret-value")
    assert "secret-value" not in "".join(environment(tmp_path, 1).values())


def test_a_kernel_sees_no_key_and_no_database(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_KEY", "secret-key")
    said = play(
        "import os; print(open('/proc/self/environ').read().count('secret-key'), 'WORKBENCH_KEY' in os.environ)"
    )
    assert said == ["0 False\n"]


def test_kernels_share_nothing(play: Any) -> None:
    play("leak = 1; import matplotlib as m; m.rcParams['font.size'] = 99; import os; os.environ['LEAK'] = '1'")
    said = play("import matplotlib as m, os; print('leak' in dir(), m.rcParams['font.size'], 'LEAK' in os.environ)")
    assert said == ["False 10.0 False\n"]


def test_one_thread_before_the_fork(warm: Kernels) -> None:
    assert len(os.listdir(f"/proc/{warm._process.pid}/task")) == 1


def test_sockets_are_private_files_and_nothing_listens_on_the_network(play: Any, warm: Kernels) -> None:
    mode = stat.S_IMODE(warm.private.stat().st_mode)
    assert mode == 0o700
    said = play(
        "import os\n"
        "fds = [f'/proc/self/fd/{f}' for f in os.listdir('/proc/self/fd')]\n"
        "own = {os.readlink(f) for f in fds if os.path.islink(f)}\n"
        "rows = [r.split() for n in ('tcp', 'tcp6', 'udp', 'udp6') for r in list(open(f'/proc/net/{n}'))[1:]]\n"
        "print([r for r in rows if f'socket:[{r[9]}]' in own])"
    )
    assert said == ["[]\n"]


def test_whatever_kernel_the_notebook_names_this_python_runs_it(play: Any) -> None:
    assert play("import sys; print(sys.prefix.count('/') > 0, sys.version_info[:2])", kernel="py39_old") == [
        f"True {sys.version_info[:2]}\n"
    ]
    kept = json.loads((play.out / STAGE.notebook).read_text("utf-8"))
    assert kept["metadata"]["kernelspec"]["name"] == "python3"


def test_a_failure_keeps_our_words_alone(play: Any) -> None:
    with pytest.raises(RunFailed, match=r"01_import.ipynb, code cell 3: .* not foreseen \(ValueError\)") as caught:
        play("name = '李四'\nimport pandas as pd\npd.Series([name + '8613800138000']).astype(int)")
    kept = (play.out / STAGE.notebook).read_text("utf-8")
    assert "8613800138000'" not in str(caught.value)
    assert kept.count("李四") == 1, "in the source of the cell alone"
    assert '"output_type": "error"' in kept


def test_our_own_error_passes_from_a_kernel(play: Any) -> None:
    with pytest.raises(InputError, match=r"visits.csv: row 3: is wrong"):
        play("from workbench.errors import InputError\nraise InputError('visits.csv: row 3', 'is wrong', 'mend it')")


def test_a_killed_kernel_is_told_within_seconds(play: Any) -> None:
    start = time.monotonic()
    with pytest.raises(RunFailed, match="its kernel was ended"):
        play("import os; os.kill(os.getpid(), 9)")
    assert time.monotonic() - start < 15


def test_an_executed_notebook_is_the_same_bytes_twice(play: Any) -> None:
    cells = (
        "import warnings; warnings.warn('in /some/where/file.py')\nobject()",
        "import random, numpy as np; print(random.random(), np.random.rand())",
        "from workbench.plots import canvas\nfigure, axes = canvas('图')\naxes[0].plot([1, 2])\nfigure",
    )
    play(*cells)
    first = (play.out / STAGE.notebook).read_bytes()
    play(*cells)
    assert (play.out / STAGE.notebook).read_bytes() == first
    assert b"/some/where" not in first.replace(b"'in /some/where/file.py'", b"")


def test_long_temporary_folders_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("d" * 90)
    deep.mkdir()
    monkeypatch.setattr(kernels_module.tempfile, "gettempdir", lambda: str(deep))
    folder, held = kernels_module._private_folder()
    os.close(held)
    try:
        assert not folder.is_relative_to(deep)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    finally:
        (folder / kernels_module.LOCK).unlink()
        folder.rmdir()


def test_folders_of_killed_runs_are_swept_and_no_others(tmp_path: Path) -> None:
    names = ("wb11111111", "wb22222222.new", "wb33333333", "wb44444444.new", "wbx")
    dead, young, locked, old, other = (tmp_path / name for name in names)
    for folder in (dead, young, locked, old, other):
        folder.mkdir()
        (folder / kernels_module.LOCK).touch()
    with (locked / kernels_module.LOCK).open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        os.utime(old, (1, 1))
        kernels_module._sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["wb22222222.new", "wb33333333", "wbx"]


def test_nothing_survives_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from workbench.run.kernels import Kernels\n"
        "k = Kernels(1, 1); made = k.start(Path(sys.argv[1]), {})\n"
        "print(k._process.pid, made.pid, k.private, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    *pids, private = process.stdout.readline().split()
    process.kill()
    process.communicate()
    assert wait_until_gone([int(p) for p in pids], 10) == []
    for left in Path(private).glob("*"):
        if left.is_dir():
            for file in left.rglob("*"):
                if file.is_file():
                    file.unlink()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ('params_file = "p.yaml"', "has no parameter run_dir"),
        ('params_file = "p.yaml"\nrun_dir = 3', "run_dir is no text"),
        ('params_file = "p"\nrun_dir = ""\nseed = 1', "has a parameter seed that no run gives"),
    ],
)
def test_parameters_are_checked_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parameters: str, words: str
) -> None:
    monkeypatch.setattr(notebooks, "product", lambda: tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / STAGE.notebook).write_text(notebook(parameters=parameters), "utf-8")
    with pytest.raises(InputError, match=words):
        notebooks.check_notebooks([STAGE])


def test_a_notebook_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notebooks, "product", lambda: tmp_path)
    with pytest.raises(InputError, match=r"01_import.ipynb: is not there"):
        notebooks.check_notebooks([STAGE])


def test_unix_sockets_only() -> None:
    ours, theirs = socket.socketpair()
    assert ours.family == socket.AF_UNIX
    ours.close()
    theirs.close()
