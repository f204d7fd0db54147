"""The blocks of one household, its cause and its proposal, as a banker can sign them (``gap_blocks.yaml``)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from workbench.limit.books import load_books
from workbench.limit.policy import InForce, policy_at
from workbench.params import LimitRules, Tolerance
from workbench.reconcile.blocks import BLOCKS, make_blocks
from workbench.reconcile.cause import name_causes
from workbench.reconcile.settle import model_weights, propose
from workbench.units import log_mean

BOUNDS = InForce(policy_at(load_books().policy, date(2021, 12, 31), LimitRules()))
CASES = yaml.safe_load((Path(__file__).parent / "gap_blocks.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_case(case: dict[str, Any]) -> None:
    given = case["input"]
    model, raw, panel = (np.array([float(given[k])]) for k in ("model", "raw", "panel"))
    said = np.maximum(panel, 5_000.0)
    share = {k: np.array([float(given.get(k, 0.0))]) for k in ("record", "weighing", "soft", "moved")}
    new = np.array([bool(given.get("new", False))])
    blocks = make_blocks(model, raw, panel, said, new=new, **share)
    got: dict[str, Any] = blocks.iloc[0].to_dict()
    assert sum(got[b] for b in BLOCKS) == pytest.approx(float(model[0] - panel[0]), abs=0.01)
    named = name_causes(blocks, model, panel, log_mean(raw, said), Tolerance())
    got["primary_cause"] = named["primary_cause"].iloc[0]
    town: Any = SimpleNamespace(raw=raw, said=said)
    weight = model_weights(0.3, np.array([0.3]), new)
    figure = propose(town, share["record"], share["weighing"], share["soft"], share["moved"], weight, Tolerance())
    home = pd.DataFrame({"base": [1], "listed_holder": [bool(given.get("listed", False))], "listed_member": False})
    got["proposed_limit"] = BOUNDS(home, home, figure)[0]
    for name, want in case["output"].items():
        assert got[name] == (pytest.approx(want, abs=0.06) if isinstance(want, int | float) else want), name
