"""Promises 5 and 9: the same bytes in another world (locale, zone, hash seed, threads, folder); nothing leaves it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from harness import ASCII, Run, clean_environment

HOOK = """
import os, sys

def heard(event, given):
    if event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto"):
        with open(os.environ["HEARD"], "a") as log:
            log.write(f"{event} {given[-1] if event != 'socket.getaddrinfo' else given[:2]!r}\\n")

sys.addaudithook(heard)
open(os.environ["HEARD"], "a").write("listening\\n")
"""

START = """
import os
from workbench.run import kernels

plain = kernels.environment

def hooked(private, threads):
    return {**plain(private, threads), "PYTHONPATH": os.environ["PYTHONPATH"], "HEARD": os.environ["HEARD"]}

kernels.environment = hooked
from workbench.cli import main
main()
"""


@pytest.fixture(scope="module")
def elsewhere(tiny_town: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The tiny township run in another world with every call to the network written down: DIR and what was heard."""
    place = tmp_path_factory.mktemp("elsewhere") / "一个 文件夹"
    (place / "hook").mkdir(parents=True)
    (place / "hook" / "sitecustomize.py").write_text(HOOK)
    town = Path(shutil.copytree(tiny_town, place / "town"))
    params = town / "params.yaml"
    params.write_text(params.read_text("utf-8") + "threads: 2\n", "utf-8")
    environment = clean_environment(
        place / "home",
        place / "temporary",
        **ASCII,
        TZ="America/New_York",
        PYTHONHASHSEED="7",
        OMP_NUM_THREADS="2",
        PYTHONPATH=str(place / "hook"),
        HEARD=str(place / "heard.txt"),
    )
    words = ["run", str(params), "--out", str(place / "结果")]
    # as the console script does under LC_ALL=C, Python starts in UTF-8; the hook needs its own first lines
    made = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", START, *words],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stderr.decode("utf-8", "replace")
    return place / "结果", (place / "heard.txt").read_text().splitlines()


def test_every_table_is_the_same_to_the_byte(elsewhere: tuple[Path, list[str]], tiny_run: Run) -> None:
    there = {p.name: p.read_bytes() for p in (elsewhere[0] / "tables").iterdir()}
    here = {p.name: p.read_bytes() for p in (tiny_run.folder / "tables").iterdir()}
    assert sorted(there) == sorted(here)
    assert [name for name in here if here[name] != there[name]] == []


def test_notebooks_pages_and_figures_too(elsewhere: tuple[Path, list[str]], tiny_run: Run) -> None:
    kinds = (".ipynb", ".html", ".png", ".txt", ".json")
    names = [
        p.relative_to(tiny_run.folder)
        for p in sorted(tiny_run.folder.rglob("*"))
        if p.suffix in kinds and p.name != "manifest.json"
    ]
    assert len(names) > 20
    different = [n.as_posix() for n in names if (elsewhere[0] / n).read_bytes() != (tiny_run.folder / n).read_bytes()]
    assert different == []


def test_the_manifests_agree_but_for_times_and_threads(elsewhere: tuple[Path, list[str]], tiny_run: Run) -> None:
    there, here = (json.loads((f / "manifest.json").read_text("utf-8")) for f in (elsewhere[0], tiny_run.folder))
    for facts in (there, here):
        for key in ("timings", "seal", "params_file"):
            facts.pop(key)
        facts["params"].pop("threads")
    assert there == here


def test_nothing_leaves(elsewhere: tuple[Path, list[str]]) -> None:
    heard = elsewhere[1]
    assert heard.count("listening") >= 2, "the command and its kernels were listened to"
    probe = "socket.bind ('::1', 0)"  # urllib3 asks at import whether there is IPv6; it neither listens nor speaks
    assert [line for line in heard if line not in ("listening", probe)] == []
