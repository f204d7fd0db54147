"""The field cases of the neighbouring folder, where it is there.

A choice of them, a few of every area, runs with all other tests; ``WORKBENCH_ALL_CASES=1`` runs every one (a quarter of
an hour on two cores: several are whole runs of a township).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from harness import PROJECT, SHARED

CASES = SHARED / "field-cases"
TOWN = SHARED / "towns" / "given"
AREAS = {
    "intake": "F01,F13,F21,F24,F33,F45,F49",
    "model": "F52,F60,F61",
    "scoring": "F69",
    "monitoring": "F73",
    "messages": "",
    "privacy": "F80",
    "notebooks": "F85,F94",
}
ALL = os.environ.get("WORKBENCH_ALL_CASES") == "1"


@pytest.mark.slow
@pytest.mark.timeout(1900)
@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="the folder of field cases is not beside the project")
@pytest.mark.parametrize("area", AREAS)
def test_field_cases(area: str, tmp_path: Path) -> None:
    if not ALL and not AREAS[area]:
        pytest.skip("its cases are whole runs; WORKBENCH_ALL_CASES=1 runs them")
    made = subprocess.run(
        [
            *(sys.executable, str(SHARED / "run_cases.py"), "--workbench", f"{sys.executable} -m workbench.cli"),
            *("--cases", str(CASES), "--base-town", str(TOWN), "--base-params", str(TOWN / "params.yaml")),
            *("--project", str(PROJECT), "--area", area, "--quiet", "--only", "" if ALL else AREAS[area]),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert made.stdout.strip(), made.stderr[-2000:]
    told = json.loads(made.stdout.strip().splitlines()[-1])
    assert told["not_run"] == {}
    assert told["failures"] == {}
    assert told["passed"] > 0


@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="the folder of field cases is not beside the project")
def test_every_area_is_known() -> None:
    lines = [line for case in CASES.glob("*/case.yaml") for line in case.read_text("utf-8").splitlines()]
    assert {line.split(":", 1)[1].strip() for line in lines if line.startswith("area:")} <= set(AREAS)
