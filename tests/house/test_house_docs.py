"""The papers are current: every command and word is explained, links lead somewhere, decisions are numbered."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from workbench import words
from workbench.cli import app

ROOT = Path(__file__).resolve().parents[2]
DOCS = [ROOT / n for n in ("README.md", "ARCHITECTURE.md", "GLOSSARY.md", "CHANGELOG.md", "SECURITY.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)
COMMANDS = sorted(c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback)
USERS = ("modeler", "officer", "manager")


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_the_papers_are_there() -> None:
    assert [str(p.relative_to(ROOT)) for p in DOCS if not p.is_file()] == []
    assert {p.stem for p in (ROOT / "docs" / "how-to").glob("*.md")} >= set(USERS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert f"workbench {command}" in read(ROOT / "README.md")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_what_it_does(command: str) -> None:
    told = {
        (c.name or c.callback.__name__.replace("_", "-")): (c.callback.__doc__ or "")
        for c in app.registered_commands
        if c.callback
    }
    assert len(told[command].split("\n")[0]) > 20


@pytest.mark.parametrize("target", ["demo", "test", "check", "lab", "bench", "env"])
def test_every_make_target_is_documented(target: str) -> None:
    assert re.search(rf"^{target}:", read(ROOT / "Makefile"), re.M)
    assert f"make {target}" in read(ROOT / "README.md")


def test_commands_in_the_papers_exist() -> None:
    wrong = set()
    for path in DOCS:
        for line in read(path).splitlines():
            for found in re.findall(r"(?:^|`|\$ )(?:\.venv/bin/)?workbench ([a-z][a-z-]+)", line):
                if found not in COMMANDS:
                    wrong.add((path.name, found))
    assert wrong == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", read(path)):
        if "://" not in target and not (path.parent / target).exists():
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("path", DOCS, ids=lambda p: str(p.relative_to(ROOT)))
def test_paths_named_in_the_papers_exist(path: Path) -> None:
    """Names in backquotes that begin with a folder of the repository are there (pages stand in a run's folder)."""
    tops = ("src/", "docs/", "params/", "notebooks/", "expectations/", "data/", "tests/", "benchmarks/", "labconfig/")
    gone = []
    for found in re.findall(r"`([^`\s]+)`", read(path)):
        if (
            found.startswith(tops)
            and not re.search(r"[*<>{}…]|\.html$", found)
            and not (ROOT / found.rstrip("/")).exists()
        ):
            gone.append(found)
    assert gone == []


def test_the_readme_lists_every_paper() -> None:
    text = read(ROOT / "README.md")
    assert [
        str(p.relative_to(ROOT))
        for p in DOCS
        if p.name != "README.md" and "decisions" not in p.parts and str(p.relative_to(ROOT)) not in text
    ] == []
    assert "docs/decisions/" in text


def test_the_glossary_has_every_word_of_the_programme() -> None:
    glossary = read(ROOT / "GLOSSARY.md")
    lists = (
        words.STEPS,
        words.CAUSES,
        words.MEASURES,
        words.SCOPES,
        words.MESSAGE_STATES,
        words.FUNNEL,
        words.SEVERITIES,
    )
    assert sorted({key for each in lists for key in each if f"`{key}`" not in glossary}) == []
    assert sorted({zh for each in lists for zh in each.values() if zh not in glossary}) == []


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    assert f"## {version}" in read(ROOT / "CHANGELOG.md")


def test_every_change_says_whether_limits_change() -> None:
    entries = re.split(r"(?m)^- ", read(ROOT / "CHANGELOG.md"))[1:]
    assert entries
    assert [e.split("\n")[0] for e in entries if not re.search(r"Limits (?:do not )?change", e)] == []


def test_decisions_are_numbered_and_short() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [int(f.name[:4]) for f in files]
    assert len(numbers) == len(set(numbers))
    assert numbers == list(range(1, len(numbers) + 1))
    for file in files:
        text = read(file)
        assert text.startswith("# "), file.name
        assert len(text.splitlines()) <= 40, file.name
