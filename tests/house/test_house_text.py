"""What no committed text may hold: a registry host, a path of somebody's machine, a person's identity."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = {
    ".py", ".md", ".txt", ".toml", ".yaml", ".yml", ".json", ".ipynb", ".csv", ".cfg", ".ini", ".css", ".j2", ".html",
    ".jupyterlab-settings", "",
}  # fmt: skip
SKIPPED = {".git", ".venv", "outputs", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__"}


def committed() -> list[Path]:
    """Files under version control; without git, every file but what is made on the spot."""
    try:
        told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        return [p for name in told.decode().split("\0") if name and (p := ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):
        return [p for p in ROOT.rglob("*") if p.is_file() and not SKIPPED & set(p.relative_to(ROOT).parts)]


def texts() -> list[tuple[str, str]]:
    out = []
    for path in committed():
        if path.suffix in SUFFIXES:
            content = path.read_bytes()
            try:
                out.append((str(path.relative_to(ROOT)), content.decode("utf-8-sig")))
            except UnicodeDecodeError:
                out.append((str(path.relative_to(ROOT)), content.decode("gb18030", errors="replace")))
    return out


TEXTS = texts()
HOSTS = ("py" + "pi.", "python" + "hosted", "ana" + "conda.", "conda-" + "forge", "npm" + "js", "ghcr" + ".io",
         "docker" + ".io", "arti" + "factory", "index" + "-url", "find" + "-links", "trusted" + "-host",
         "tsinghua" + ".edu", "aliyun" + ".com/py")  # fmt: skip
MACHINE = re.compile(r"(?<![\w.])/(?:home|Users|root|work|mnt|opt/conda)/(?!li\b)[A-Za-z0-9_.-]+")
"""``/home/li`` is the invented home of a test that proves that no path is told."""
ID_LIKE = re.compile(
    r"(?<![0-9A-Za-z.])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
INVENTED_AREAS = ("341599", "341523", "110105", "810000", "830000", "440524", "111111")
"""341599 is no county's code and marks invented people; 341523 numbers of tests are invented, 110105 is the standard's
own example, 81 and 83 with zeros are residence permits made up for a test."""
BODY = {chr(i) for i in range(0x4E00, 0x9FFF)}


def test_there_is_text_to_read() -> None:
    assert len(TEXTS) > 60


def test_no_registry_host() -> None:
    assert [(name, host) for name, text in TEXTS for host in HOSTS if host in text.lower()] == []


def test_no_path_of_a_machine() -> None:
    assert [(name, found) for name, text in TEXTS for found in MACHINE.findall(text)] == []


def test_no_identity_but_invented_ones() -> None:
    wrong = {name for name, text in TEXTS for found in ID_LIKE.findall(text) if found[:6] not in INVENTED_AREAS}
    assert wrong == set()


def test_the_demo_town_s_people_are_invented() -> None:
    found = [i for name, text in TEXTS if name.startswith("data/demo") for i in ID_LIKE.findall(text)]
    assert len(found) > 500
    assert {i[:6] for i in found} == {"341599"}


def test_no_trace_of_how_the_code_was_written() -> None:
    words = ("as an " + "ai", "language " + "model", "chat" + "gpt", "co-authored" + "-by", "generated " + "with")
    assert [(name, word) for name, text in TEXTS for word in words if word in text.lower()] == []


def test_constraints_pin_every_dependency_and_name_no_host() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pinned = {re.split(r"[=\[ ;]", line)[0].lower().replace("_", "-") for line in text.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[\[<>=; ]", d)[0].lower().replace("_", "-") for d in wanted}
    assert names - pinned == set()
    assert "://" not in text
    assert " @ " not in text
    assert "--" not in text


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "pyproject.toml", ".pre-commit-config.yaml"])
def test_the_two_commands_name_no_address(name: str) -> None:
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_demo_town_is_small() -> None:
    demo = [p for p in committed() if "demo" in p.relative_to(ROOT).parts[:2]]
    assert 0 < sum(p.stat().st_size for p in demo) < 1_500_000


def test_nothing_large_is_committed() -> None:
    assert [str(p.relative_to(ROOT)) for p in committed() if p.stat().st_size > 1_000_000] == []
