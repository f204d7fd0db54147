"""The floors of ARCHITECTURE.md: imports point down, stages do not see each other, and what only one module may do."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "workbench"
MODULES = sorted(p for p in SRC.rglob("*.py") if "template" not in p.parts)
FLOORS = {
    **dict.fromkeys(("errors", "words", "units"), 1),
    **dict.fromkeys(("tables", "params", "spec"), 2),
    **dict.fromkeys(("store", "identity", "ledger", "plots"), 3),
    **dict.fromkeys(
        ("roster", "quality", "panel", "filing", "limit", "reconcile", "confirm", "notify", "milestones", "town"), 4
    ),
    "run": 5,
    **dict.fromkeys(("cli", "cli_tables"), 6),
}
BESIDE = {("spec", "params"), ("ledger", "store"), ("ledger", "identity"), ("cli", "cli_tables")}
"""Imports on one floor that are let through: the spec is read by the strict YAML loader of ``params``, the ledger
appends through the atomic writer of ``store`` and stands in the folder that ``identity`` names, the command line takes
its commands on tables from a module of their own.  No way back."""


def package(path: Path) -> str:
    """The name right below ``workbench`` that a module belongs to."""
    return path.relative_to(SRC).parts[0].removesuffix(".py")


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> set[str]:
    """Names right below ``workbench`` that a module imports, wherever the import stands."""
    out = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full"
            if node.module == "workbench":
                out |= {a.name for a in node.names}
            elif (node.module or "").startswith("workbench."):
                out.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            out |= {a.name.split(".")[1] for a in node.names if a.name.startswith("workbench.")}
    return out


def test_every_package_has_a_floor() -> None:
    there = {package(p) for p in MODULES} - {"__init__"}
    assert there == set(FLOORS), "a new package needs a floor in ARCHITECTURE.md and here"


def test_architecture_draws_every_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    plan = text.split("```")[1]
    assert [name for name in FLOORS if name not in plan.replace("/", " ").split()] == []


def test_imports_point_down() -> None:
    wrong = []
    for path in MODULES:
        mine = package(path)
        for other in imported(path) - {mine}:
            if mine == "__init__" or other not in FLOORS:
                wrong.append(f"{path.relative_to(SRC)} imports {other}")
            elif FLOORS[other] >= FLOORS[mine] and (mine, other) not in BESIDE:
                wrong.append(f"{path.relative_to(SRC)} (floor {FLOORS[mine]}) imports {other} (floor {FLOORS[other]})")
    assert wrong == []


def uses(path: Path) -> set[str]:
    """Foreign modules that a module imports, by their first names."""
    out = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            out |= {a.name.split(".")[0] for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            out.add(node.module.split(".")[0])
    return out


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("great_expectations", {"quality"}),
        ("papermill", {"run"}),
        ("nbconvert", {"run"}),
        ("hmac", {"identity"}),
        ("python_calamine", {"store"}),
        ("sqlalchemy", {"store"}),
        ("typer", {"cli", "cli_tables"}),
        ("requests", set()),
        ("socket", {"run"}),
    ],
)
def test_one_place_for_each_library(library: str, allowed: set[str]) -> None:
    there = {package(p) for p in MODULES if library in uses(p)}
    assert there <= allowed


def calls(path: Path) -> list[str]:
    """Dotted names that a module calls."""
    return [ast.unparse(n.func) for n in nodes(path) if isinstance(n, ast.Call)]


CLOCK = {"date.today", "datetime.now", "datetime.utcnow", "datetime.today", "time.time", "datetime.datetime.now"}


def test_only_the_run_layer_reads_the_clock() -> None:
    told = [f"{p.relative_to(SRC)}: {c}" for p in MODULES for c in calls(p) if c in CLOCK]
    assert [t for t in told if not t.startswith(("run/", "cli.py", "ledger.py"))] == []


def test_only_the_ground_reads_the_environment() -> None:
    allowed = ("run", "cli", "identity", "ledger", "__init__", "plots", "store")
    wrong = []
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if package(path) not in allowed and ("os.environ" in text or "os.getenv" in text):
            wrong.append(str(path.relative_to(SRC)))
    assert wrong == []


def test_nothing_is_printed() -> None:
    assert [str(p.relative_to(SRC)) for p in MODULES if "print" in calls(p)] == []


PROCESSES_OF_THEIR_OWN = ("run/kernel.py", "store/apart.py")
"""Modules that are all of a child process: a kernel, and the reading of a workbook where an abort is survivable."""


def test_only_cli_ends_the_process() -> None:
    ends = {"sys.exit", "os._exit", "exit", "quit"}
    wrong = [str(p.relative_to(SRC)) for p in MODULES if package(p) != "cli" and ends & set(calls(p))]
    assert [w for w in wrong if w not in PROCESSES_OF_THEIR_OWN] == []
