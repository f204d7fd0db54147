"""The field cases of the neighbouring folder, where it is there: every one must hold, area by area."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from harness import PROJECT, SHARED

CASES = SHARED / "field-cases"
TOWN = SHARED / "towns" / "given"
AREAS = sorted(
    {
        line.split(":", 1)[1].strip()
        for case in CASES.glob("*/case.yaml")
        for line in case.read_text("utf-8").splitlines()
        if line.startswith("area:")
    }
) or ["none"]


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.skipif(not CASES.is_dir(), reason="the folder of field cases is not beside the project")
@pytest.mark.parametrize("area", AREAS)
def test_field_cases(area: str, tmp_path: Path) -> None:
    made = subprocess.run(
        [
            *(sys.executable, str(SHARED / "run_cases.py"), "--workbench", f"{sys.executable} -m workbench.cli"),
            *("--cases", str(CASES), "--base-town", str(TOWN), "--base-params", str(TOWN / "params.yaml")),
            *("--project", str(PROJECT), "--area", area, "--quiet"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=1800,
    )
    told = json.loads(made.stdout.strip().splitlines()[-1])
    assert told["not_run"] == {}
    assert told["failures"] == {}
    assert told["passed"] > 0
