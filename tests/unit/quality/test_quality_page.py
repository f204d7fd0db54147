"""The gate's words for our own pages, and what the page costs to import."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from workbench.quality.page import by_suite, failed_table, findings, full_table, verdict
from workbench.store.tables import checked, empty
from workbench.tables import TABLES

ROOT = Path(__file__).parents[3]
GATES = checked(
    "gates",
    pd.DataFrame(
        [
            ("rosters", "people", 2, "一人只在一户", "critical", True, 100, 0, 0.0, None),
            ("rosters", "people", 1, "没有超过 110 岁的人", "warning", False, 1200, 3, 0.0025, None),
            ("panels", "ratings", 1, "至少有一条评议", "critical", False, 0, 0, 0.0, "0"),
            ("mine", "people", 1, "自己加的", "info", False, 0, 0, 0.0, None),
        ],
        columns=TABLES["gates"].names,
    ),
)


def test_the_verdict_says_how_grave_it_is():
    assert "核对了 4 项要求，1 项达到，3 项未达到" in verdict(GATES)
    assert "**1 项是必须达到的，运行因此停止**" in verdict(GATES)
    assert "不妨碍运行" in verdict(GATES[GATES["severity"] == "warning"])
    assert verdict(GATES[GATES["success"]]) == "核对了 1 项要求，全部达到。"
    assert "没有核对" in verdict(empty("gates"))


def test_the_gravest_comes_first_and_is_told_in_counts():
    assert findings(GATES) == [
        "授信评议：至少有一条评议——实际为 0。",
        "花名册：没有超过 110 岁的人——1,200 行中有 3 行不符（0.2%）。",
        "mine：自己加的——没有一行可以核对。",
    ]
    assert failed_table(GATES)["轻重"].tolist() == ["必须", "应当", "参考"]


def test_tables_hold_every_expectation_and_every_suite():
    assert len(full_table(GATES)) == 4
    assert by_suite(GATES).set_index("主题").loc["花名册"].tolist() == [2, 1, 1, 0]


def test_neither_page_nor_gate_imports_the_library_before_it_is_needed():
    code = (
        "import sys, workbench.quality.page, workbench.quality.gate, workbench.quality.docs, workbench.quality.trial;"
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_type_of_the_manual_is_known_to_the_library():
    from workbench.quality import engine

    engine.imported()
    from great_expectations.expectations.registry import get_expectation_impl

    named = re.findall(r"^\| `(expect_\w+)`", (ROOT / "docs" / "gates.md").read_text("utf-8"), re.MULTILINE)
    assert len(named) > 5
    for name in named:
        get_expectation_impl(name)
