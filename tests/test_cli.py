"""The command line: every command documented, wrong words told, no traceback, answered at once."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shlex import join, quote

import pytest
import typer
from harness import ASCII, PROJECT, Said, clean_environment, command

from workbench.cli import app

COMMANDS = sorted(c.name or c.callback.__name__ for c in app.registered_commands if c.callback)
CONTRACT = {
    "run",
    "verify",
    "diff",
    "train",
    "score",
    "consensus",
    "sheets",
    "panel-page",
    "returns",
    "notify",
    "reveal",
}


def test_every_command_of_the_contract_is_there() -> None:
    assert CONTRACT | {"demo-town", "decision-sheets", "lab", "ledger"} <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    group = typer.main.get_command(app)
    context = typer.Context(group)
    found = group.get_command(context, name)  # type: ignore[attr-defined]
    assert found is not None
    assert found.help
    if name not in ("lab", "ledger"):
        assert f"workbench {name}" in found.help


def test_help_and_version(workbench: Callable[..., Said]) -> None:
    assert workbench("--help").status == 0
    said = workbench("--version")
    assert said.status == 0
    assert re.fullmatch(r"workbench \d+\.\d+\.\d+\n", said.text)


def test_the_list_of_commands_is_read_whole_on_eighty_columns(workbench: Callable[..., Said]) -> None:
    said = workbench("--help", COLUMNS="80").text
    assert "..." not in said.partition("Commands:")[2]
    assert all(re.search(rf"^  {name} +[^ -~]+ · [a-z]", said, re.MULTILINE | re.IGNORECASE) for name in COMMANDS)


@pytest.mark.parametrize("fault", ["EOFError", "KeyError", "OSError", "RecursionError"])
def test_whatever_ends_a_command_is_told_in_words(fault: str, tmp_path: Path) -> None:
    code = (
        "import sys, workbench.town.make as made\n"
        f"def fail(*_): raise {fault}('a cell')\n"
        f"made.make_town = fail; sys.argv = ['workbench', 'demo-town', '--out', {str(tmp_path / 'x')!r}]\n"
        "from workbench.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert done.stderr.strip().startswith("workbench: ")
    assert "a cell" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["walk"], ["run"], ["run", "p.yaml", "--nothing"], ["demo-town"], ["train", "x"]])
def test_wrong_words_are_exit_2(words: list[str], workbench: Callable[..., Said]) -> None:
    said = workbench(*words)
    assert said.status == 2
    assert "Traceback" not in said.text


def test_all_faults_of_a_parameter_file_at_once(tmp_path: Path, workbench: Callable[..., Said]) -> None:
    (tmp_path / "p.yaml").write_text(
        "name: a\nname: b\ndataset: d\nas_of: 2021-02-30\nsedd: 1\ntolerance: {yuan: '1'}\n"
    )
    said = workbench("run", "p.yaml", "--out", "out")
    assert said.status == 2
    for key in ("name", "as_of", "sedd", "tolerance.yuan"):
        assert f"p.yaml: {key}" in said.text
    assert "Traceback" not in said.text
    assert not (tmp_path / "out").exists()


def test_chinese_names_under_an_ascii_locale(tmp_path: Path, workbench: Callable[..., Said]) -> None:
    folder = tmp_path / "参数 文件"
    folder.mkdir()
    (folder / "季度.yaml").write_text("name: 季度\ndataset: 没有\n日期: 2021-12-31\n", "utf-8")
    said = workbench("run", "参数 文件/季度.yaml", **ASCII)
    assert said.status == 2, said.text
    assert "季度.yaml: 日期: is an unknown key" in said.text
    assert "Traceback" not in said.text


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    made = subprocess.run(
        f"{quote(sys.executable)} -m workbench.cli --help | head -c 1",
        shell=True,
        cwd=tmp_path,
        env=clean_environment(tmp_path / "home", tmp_path / "temporary"),
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in made.stderr


def cpu(*words: str, cwd: Path) -> float:
    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return min(once() for _ in range(3))


def test_help_and_a_wrong_file_cost_no_more_than_twice_an_import_of_pandas(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("nam: x\n")
    pandas = cpu("-c", "import pandas", cwd=tmp_path)
    assert cpu("-m", "workbench.cli", "--help", cwd=tmp_path) < 2 * pandas
    assert cpu("-m", "workbench.cli", "run", "p.yaml", cwd=tmp_path) < 2 * pandas


def test_the_lab_is_for_this_machine_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.run import lab

    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKBENCH_KEY", "secret")
    monkeypatch.setenv("BANK_URL", "postgresql://secret")
    folder = lab.settings_folder()
    assert "--ServerApp.ip=127.0.0.1" in lab.arguments(0, False)
    assert "secret" not in "".join(lab.environment(folder).values())
    assert (
        "zh_CN"
        in (folder / "lab/user-settings/@jupyterlab/translation-extension/plugin.jupyterlab-settings").read_text()
    )


def test_make_demo_is_given_in_the_makefile() -> None:
    assert "workbench run params/demo.yaml" in (PROJECT / "Makefile").read_text("utf-8")


def test_a_demo_town_can_be_run_by_its_own_parameters(tmp_path: Path) -> None:
    environment = clean_environment(tmp_path / "home", tmp_path / "temporary")
    made = command(
        "demo-town", "--out", "镇", "--villages", "1", "--households", "8", cwd=tmp_path, environment=environment
    )
    assert made.status == 0, made.text
    assert (tmp_path / "镇" / "params.yaml").is_file()
    assert (tmp_path / "镇-truth").is_dir()
    again = command("demo-town", "--out", "镇", cwd=tmp_path, environment=environment)
    assert again.status == 2
    assert "not empty" in again.text


def test_a_command_that_breaks_leaves_no_memory_in_a_file(tmp_path: Path) -> None:
    code = (
        "import resource, sys, workbench.town.make as made\n"
        "most = resource.getrlimit(resource.RLIMIT_CORE)[1]; resource.setrlimit(resource.RLIMIT_CORE, (most, most))\n"
        "def broken(*_): print(resource.getrlimit(resource.RLIMIT_CORE)[0]); raise KeyError\n"
        f"made.make_town = broken; sys.argv = ['workbench', 'demo-town', '--out', {str(tmp_path / 'x')!r}]\n"
        "from workbench.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "0\n", done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_no_harm(closed: str, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "workbench.cli", "demo-town", "--out", str(tmp_path / "town")]
    line = f"{join([*words, '--villages', '1', '--households', '5'])} {closed}"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "town" / "params.yaml").is_file()
