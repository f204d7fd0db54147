"""Two runs of one town: one household's income corrected, one value of the policy changed, and exactly that is told."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from harness import KEY, PROJECT, Said

from workbench.identity import Pseudonyms
from workbench.milestones.moves import PARTS

CAP = 100_000


def corrected(books: Path, homes: set[str]) -> str:
    """Writes an income of 1,000 yuan into the last record of that one of ``homes`` which has most; its pseudonym."""
    with books.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = Pseudonyms(KEY.encode())
    last = {}
    for row in sorted((r for r in rows if r["数据日期"] <= "2021-12-31"), key=lambda r: r["数据日期"]):
        last[names.household(row["行政村名称"], row["户号"])] = row
    home = max((h for h in homes if last[h]["recorded_income"]), key=lambda h: float(last[h]["recorded_income"]))
    last[home]["recorded_income"] = "1000"
    with books.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return home


@pytest.mark.slow
def test_one_income_and_one_value_of_the_policy(town: Path, workbench: Callable[..., Said], tmp_path: Path) -> None:
    params, runs = town / "params.yaml", tmp_path / "runs"
    params.write_text(params.read_text("utf-8") + "steps: [import, limit]\n", "utf-8")
    assert workbench("run", params, "--out", runs / "before").status == 0
    before = pd.read_parquet(runs / "before" / "tables" / "limits.parquet").set_index("household")["model_limit"]
    capped = before[before > CAP]
    home = corrected(town / "records.csv", set(before[before == before[before <= CAP].max()].index))
    policy = (PROJECT / "params" / "policy.yaml").read_text("utf-8").replace("value: 500000", f"value: {CAP}")
    (town / "own.yaml").write_text(policy, "utf-8")
    params.write_text(params.read_text("utf-8") + "policy: own.yaml\n", "utf-8")
    assert workbench("run", params, "--out", runs / "after").status == 0
    after = pd.read_parquet(runs / "after" / "tables" / "limits.parquet").set_index("household")["model_limit"]

    said = workbench("diff", runs / "before", runs / "after", "--out", tmp_path / "diff")
    assert said.status == 0, said.text
    assert "policy cap: 500000.0 → 100000.0" in said.text
    assert "input records.csv" in said.text
    who = pd.read_parquet(tmp_path / "diff" / "moved.parquet").set_index("household")
    assert len(capped) > 0
    assert set(who.index) == {home, *capped.index}
    assert who["cause"].to_dict() == {home: "data"} | dict.fromkeys(capped.index, "parameters")
    assert after[home] < before[home]
    assert who.at[home, "data"] == pytest.approx(after[home] - before[home], abs=0.01)
    assert who.loc[capped.index, "parameters"].tolist() == pytest.approx((CAP - capped).tolist(), abs=0.01)
    assert who[list(PARTS)].abs().sum().sum() == pytest.approx(who["change"].abs().sum(), abs=0.01)
    assert (tmp_path / "diff" / "index.html").is_file()
