"""Notebooks are thin: no outputs, tagged and typed parameters, short cells, no function, class, loop or arithmetic."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.run.plan import PLAN

ROOT = Path(__file__).resolve().parents[2]
BOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
STEP_BOOKS = {s.notebook for s in PLAN}
LONGEST_CELL = 12


def load(path: Path) -> dict[str, Any]:
    book: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return book


def text(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def code(book: dict[str, Any]) -> list[str]:
    return [text(c) for c in book["cells"] if c["cell_type"] == "code"]


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.name)
class TestNotebook:
    def test_is_saved_without_outputs(self, path: Path) -> None:
        cells = [c for c in load(path)["cells"] if c["cell_type"] == "code"]
        assert all(c["outputs"] == [] and c["execution_count"] is None for c in cells)

    def test_says_nothing_of_a_machine(self, path: Path) -> None:
        book = load(path)
        assert set(book["metadata"]) <= {"kernelspec", "language_info"}
        assert book["metadata"]["kernelspec"]["name"] == "python3"
        assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
        assert all(set(c["metadata"]) <= {"tags"} for c in book["cells"])
        assert path.read_text(encoding="utf-8").endswith("\n")

    def test_has_fixed_cell_ids(self, path: Path) -> None:
        ids = [c["id"] for c in load(path)["cells"]]
        assert len(set(ids)) == len(ids)

    def test_cells_are_short_and_plain(self, path: Path) -> None:
        for source in code(load(path)):
            assert len(source.splitlines()) <= LONGEST_CELL, source
            for node in ast.walk(ast.parse(source)):
                assert not isinstance(
                    node, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.Lambda | ast.Try
                ), source

    def test_begins_with_a_question(self, path: Path) -> None:
        first = load(path)["cells"][0]
        assert first["cell_type"] == "markdown"
        title = text(first).splitlines()[0]
        assert title.startswith("# ")
        if path.name in STEP_BOOKS:
            assert title.rstrip().endswith(("？", "?")), title


@pytest.mark.parametrize("path", [p for p in BOOKS if p.name in STEP_BOOKS], ids=lambda p: p.name)
class TestStepNotebook:
    def test_parameters_are_tagged_typed_and_defaulted(self, path: Path) -> None:
        tagged = [c for c in load(path)["cells"] if "parameters" in c["metadata"].get("tags", [])]
        assert len(tagged) == 1
        names = {}
        for node in ast.parse(text(tagged[0])).body:
            assert isinstance(node, ast.Assign | ast.AnnAssign)
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            names[ast.unparse(target)] = ast.literal_eval(node.value) if node.value else None
        assert names == {"params_file": "../params/demo.yaml", "run_dir": ""}

    def test_does_no_arithmetic(self, path: Path) -> None:
        for source in code(load(path)):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.BinOp) and not isinstance(node.op, ast.Div | ast.BitOr | ast.BitAnd):
                    raise AssertionError(source)

    def test_goes_through_the_desk(self, path: Path) -> None:
        every = "\n".join(code(load(path)))
        assert "open_desk(params_file, run_dir)" in every
        assert "read_parquet" not in every
        assert "open(" not in every.replace("open_desk(", "")
