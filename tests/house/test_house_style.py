"""How a module reads: its size, its docstring, its names, and what it does not do."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src" / "workbench"
MODULES = sorted(p for p in SRC.rglob("*.py") if "template" not in p.parts)
LONGEST_MODULE, LONGEST_FUNCTION = 350, 70
Function = ast.FunctionDef | ast.AsyncFunctionDef


def name(path: Path) -> str:
    return str(path.relative_to(SRC))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> list[Function]:
    return [n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_modules_are_short() -> None:
    long = {name(p): n for p in MODULES if (n := len(p.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE}
    assert long == {}


def test_functions_are_short() -> None:
    long = [
        f"{name(p)}: {f.name} ({n} lines)"
        for p in MODULES
        for f in functions(p)
        if (n := (f.end_lineno or 0) - f.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_decides() -> None:
    assert [name(p) for p in MODULES if not ast.get_docstring(tree(p))] == []


def test_public_functions_and_classes_have_a_docstring() -> None:
    bare = []
    for path in MODULES:
        for node in tree(path).body:
            public = isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                bare.append(f"{name(path)}: {node.name}")
    assert bare == []


@pytest.mark.parametrize("word", ["utils", "util", "helpers", "helper", "base", "manager", "common", "misc"])
def test_modules_are_named_for_the_trade(word: str) -> None:
    assert [name(p) for p in MODULES if word in (p.stem, p.parent.name)] == []


def test_no_function_is_handed_a_mutable_default() -> None:
    wrong = [
        f"{name(p)}: {f.name}"
        for p in MODULES
        for f in functions(p)
        for d in [*f.args.defaults, *f.args.kw_defaults]
        if isinstance(d, ast.List | ast.Dict | ast.Set)
    ]
    assert wrong == []


def test_no_bare_except() -> None:
    wrong = [
        f"{name(p)}:{n.lineno}"
        for p in MODULES
        for n in ast.walk(tree(p))
        if isinstance(n, ast.ExceptHandler) and n.type is None
    ]
    assert wrong == []


def test_no_chance_without_a_seed() -> None:
    """``np.random`` is only reached through a generator with a seed."""
    wrong = []
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called.startswith("np.random.") and called.split("(")[0].rsplit(".", 1)[1] not in (
                    "default_rng", "Generator", "SeedSequence", "Philox", "PCG64", "seed",
                ):  # fmt: skip
                    wrong.append(f"{name(path)}:{node.lineno} {called}")
                if called.endswith("default_rng") and not node.args and not node.keywords:
                    wrong.append(f"{name(path)}:{node.lineno} {called}() without a seed")
    assert wrong == []


def test_todo_has_no_place_here() -> None:
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X ", "raise NotImplemented" + "Error")
    assert [name(p) for p in MODULES if any(w in p.read_text(encoding="utf-8") for w in words)] == []
