"""Whoever gives a command reads every fault in both languages: the list of phrases is whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.params import load_params
from workbench.run.phrases import LIST, in_both, phrases, without_numbers

SOURCE = Path(__file__).resolve().parents[2] / "src" / "workbench"
PLACES = {"InputError": (1, 3), "Fault": (1, 3), "RunFailed": (0, 1), "refuse": (2, 4)}
"""Where the words stand among what is given: problem and remedy, or the whole message."""


def said(node: ast.expr) -> list[str]:
    """The texts that an expression may be, a figure in the place of each gap; empty where it is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(v.value) if isinstance(v, ast.Constant) else "7" for v in node.values)]
    return said(node.body) + said(node.orelse) if isinstance(node, ast.IfExp) else []


def faults() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                first, last = PLACES.get(name, (0, 0))
                for given in node.args[first:last]:
                    for text in said(given):
                        yield path.relative_to(SOURCE).as_posix(), text


def test_every_fault_is_said_in_both_languages() -> None:
    lines = {(where, line) for where, text in faults() for line in text.split("\n")}
    in_words = {(where, line) for where, line in lines if len(re.findall(r"[A-Za-z]{2,}", line)) > 1}
    assert len(in_words) > 300
    assert sorted((where, line) for where, line in in_words if in_both(line) == line) == []


def test_a_phrase_keeps_its_gaps() -> None:
    lines = [line for line in LIST.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    assert all(line.count(" | ") == 1 for line in lines)
    pairs = [line.split(" | ") for line in lines]
    assert [e for e, c in pairs if e.count("{}") != c.count("{}")] == []
    assert len({e for e, _ in pairs}) == len(pairs) == len(phrases())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("a.yaml: seed: stands twice (line 9)", "写了两次（第 9 行）"),
        ("out: another run is at work in this folder", "这个文件夹里有另一次运行正在进行"),
        ("    make room; then give the same command again", "腾出空间；然后再运行同一命令"),
        ("a.csv: 核实值: is no number in row 3", "不是数字（第 3 行）"),
        ("q.csv: 户号, 额度: the table has no such column", "表里没有这一列"),
        ("a.csv: line 1: holds a NUL byte: this is no text table", "含有 NUL 字节：这不是文字表格"),
        ("a.csv: 利害关系: is neither 是 nor 否", "既不是 是 也不是 否"),
    ],
)
def test_lines_as_they_are_told(line: str, told: str) -> None:
    assert in_both(line) == f"{line} / {told}"


def test_what_is_not_known_stays_as_it_is() -> None:
    assert in_both("a.csv: a sentence that nobody wrote") == "a.csv: a sentence that nobody wrote"
    assert in_both("") == ""


BAD_PARAMETERS = """
name: ''
as_of: 2021-02-30
steps: [导入]
seed: -1
tolerance: {yuan: -5, share: 25}
credited_per_household: -1
records: {url_env: a b, query: ''}
timeout_minutes: 0
threads: 1000
limit: {listed_reach: nobody, policy_off: [everything]}
columns: {1: x}
5: 6
"""


def test_every_bound_of_a_parameter_is_said_in_both_languages(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(BAD_PARAMETERS, "utf-8")
    with pytest.raises(InputError) as fault:
        load_params(path)
    told = [line for line in in_both(str(fault.value)).splitlines() if not line.startswith("    ")]
    assert len(told) == 16
    assert [line for line in told if " / " not in line] == []
    assert "input should" not in str(fault.value).lower()


def test_a_message_holds_no_number_that_may_be_somebodys() -> None:
    said = "rosters/王34152319650312901X.csv, 13800001004 and 341523650312901: row 12: 1380000100412"
    assert without_numbers(said) == "rosters/王….csv, … and …: row 12: 1380000100412"
