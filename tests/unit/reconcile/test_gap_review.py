"""Who must be looked at before a proposal is confirmed, and why: cases that a banker could sign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.reconcile.review import MOST, REVIEW_AT, decide

N = 50


def decided(**given: np.ndarray) -> pd.DataFrame:
    """Fifty calm households outside the pilots, but for what is given."""
    calm = {
        "bars": np.zeros(N, int),
        "objects": np.zeros(N, bool),
        "drawn": np.zeros(N, bool),
        "chance_off": np.zeros(N),
        "cause": np.full(N, "factor_weighting", object),
        "new": np.zeros(N, bool),
    }
    asked = calm | given
    asked["cause"] = pd.Series(asked["cause"], dtype="str")
    return decide(**asked, pilot=np.zeros(N, bool), bars_for_review=2)


def first(value: object, other: object, households: int = 1) -> np.ndarray:
    return np.array([value] * households + [other] * (N - households))


def test_nobody_is_looked_at_without_a_reason() -> None:
    done = decided()
    assert done["action"].eq("confirm").all()
    assert done["review_why"].isna().all()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"bars": first(2, 1)}, "barred"),
        ({"objects": first(True, False)}, "objects"),
        ({"drawn": first(True, False)}, "sampled"),
        ({"new": first(True, False)}, "new"),
        ({"cause": first("record_error", "unexplained")}, "record"),
        ({"cause": first("record_error", "unexplained"), "new": first(True, False)}, "new record"),
        ({"chance_off": first(REVIEW_AT + 0.01, REVIEW_AT)}, "unsure"),
        ({"chance_off": first(0.5, 0.0), "cause": first("rater_bias", "unexplained")}, "members"),
        ({"chance_off": first(0.5, 0.0), "cause": first("unexplained", "factor_weighting")}, "unexplained"),
    ],
)
def test_one_household_with_a_reason_is_looked_at_and_no_other(given: dict[str, np.ndarray], why: str) -> None:
    done = decided(**given)
    assert done["action"].tolist() == ["review"] + ["confirm"] * (N - 1)
    assert done["review_why"].dropna().tolist() == [why]


def test_what_cannot_be_left_out_goes_before_what_is_unsure_and_beyond_the_share() -> None:
    wrong = first("record_error", "unexplained", N // 2)
    done = decided(cause=wrong, chance_off=np.full(N, 0.9))
    assert done["action"].tolist() == ["review"] * (N // 2) + ["confirm"] * (N // 2)
    assert decided(chance_off=np.full(N, 0.9))["action"].eq("review").sum() == int(MOST * N)
