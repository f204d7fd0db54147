"""``workbench run`` on a form that nobody filled in: exit 3, the report is written, nothing says done."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import unquote

import pandas as pd
import pytest

from workbench.words import FORM_COLUMNS


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The finished command and its folder."""
    base = tmp_path_factory.mktemp("gate-run")
    (base / "town" / "rosters").mkdir(parents=True)
    (base / "town" / "rosters" / "竹溪村.csv").write_text(",".join(FORM_COLUMNS) + "\n", "utf-8")
    agreement = "提供单位,协议编号,签订日期,到期日期\n竹溪村,1,2020-01-01,2025-01-01\n"
    (base / "town" / "agreements.csv").write_text(agreement, "utf-8")
    (base / "p.yaml").write_text("name: p\ndataset: town\nas_of: 2021-12-31\nsteps: [import]\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "run", "p.yaml", "--out", "out"],
        cwd=base, env={**os.environ, "WORKBENCH_KEY": "k", "WORKBENCH_HOME": str(base / "home")},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return done, base / "out"


def test_it_ends_with_3_and_says_place_problem_and_remedy(stopped):
    done, _ = stopped
    assert done.returncode == 3, done.stderr
    for word in ("expectations/rosters.json", "rosters/竹溪村.csv", "每个花名册文件至少有一个人", "ask the village"):
        assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_the_report_is_there_and_nothing_says_done(stopped):
    _, out = stopped
    assert (out / "index.html").is_file()
    assert "竹溪村" in (out / "docs" / "index.html").read_text("utf-8")
    assert not (out / "manifest.json").exists()
    gates = pd.read_parquet(out / "tables" / "gates.parquet")
    assert ((gates["severity"] == "critical") & ~gates["success"]).any()


def test_the_index_leads_to_the_report(stopped):
    _, out = stopped
    assert "docs/index.html" in unquote((out / "index.html").read_text("utf-8"))
