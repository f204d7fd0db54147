"""The random draw is told with its interval, and rounding down alone gives no household nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.limit.policy import InForce, Policy
from workbench.reconcile.cause import WITHIN
from workbench.reconcile.report import sampled_text
from workbench.reconcile.settle import held


def test_agreement_among_the_drawn_comes_with_an_interval() -> None:
    cause = [WITHIN] * 8 + ["unexplained"] * 2 + [WITHIN] * 5
    text = sampled_text(pd.DataFrame({"sampled": [True] * 10 + [False] * 5, "primary_cause": cause}))
    for said in ("随机抽查10户", "8户（80.0%）", "49.0%至94.3%"):
        assert said in text


def test_nobody_drawn_is_said() -> None:
    assert "没有随机抽查" in sampled_text(pd.DataFrame({"sampled": [False], "primary_cause": [WITHIN]}))


def test_two_limits_at_the_floor_give_the_floor_and_a_listed_holder_nothing() -> None:
    yuan, model, panel = np.array([4_800.0] * 3), np.array([5_000.0, 0.0, 5_000.0]), np.array([5_000.0] * 3)
    home = pd.DataFrame({"base": 1, "listed_holder": [False, False, True], "listed_member": False})
    bounds = InForce(Policy(cap=500_000, step=1_000, floor=5_000))
    assert bounds(home, home, held(yuan, model, panel, bounds.floor)).tolist() == [5_000.0, 0.0, 0.0]
