"""What holds for any household's blocks, whatever the figures (figures, Gap)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.limit.policy import InForce, Policy
from workbench.params import Tolerance
from workbench.reconcile.blocks import BLOCKS, make_blocks
from workbench.reconcile.cause import WITHIN, bound, name_causes

money = st.floats(min_value=5_000, max_value=900_000)
share = st.floats(min_value=-2, max_value=2)
home = st.tuples(money, money, st.floats(min_value=0, max_value=900_000), share, share, share, share, st.booleans())


def blocks_of(homes: list[tuple[float, ...]], times: float = 1.0) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    model, raw, panel, record, weighing, soft, moved, new = (np.array(c) for c in zip(*homes, strict=True))
    said = np.maximum(panel, 5_000) * times
    shares = {"record": record, "weighing": weighing, "soft": soft, "moved": moved, "new": new.astype(bool)}
    return make_blocks(model * times, raw * times, said, said, **shares), model * times, said


@settings(max_examples=60, deadline=None)
@given(st.lists(home, min_size=1, max_size=12))
def test_blocks_add_up_to_the_gap(homes: list[tuple[float, ...]]) -> None:
    blocks, model, panel = blocks_of(homes)
    assert list(blocks.columns) == list(BLOCKS)
    assert np.abs(blocks.sum(axis=1).to_numpy() - (model - panel)).max() <= 0.01
    assert not (blocks["model_uncertainty"].ne(0) & blocks["unexplained"].ne(0)).any()


@settings(max_examples=40, deadline=None)
@given(st.lists(home, min_size=1, max_size=8), st.floats(min_value=1.01, max_value=20))
def test_money_times_c_is_blocks_times_c(homes: list[tuple[float, ...]], times: float) -> None:
    plain, *_ = blocks_of(homes)
    large, *_ = blocks_of(homes, times)
    near = np.abs(plain.to_numpy() * times - large.to_numpy())
    # the rule that equal figures leave nothing is in yuan, so figures a yuan apart may fall on either side of it
    apart = np.array([abs(h[1] - max(h[2], 5_000)) >= 1.0 for h in homes])
    assert (near[apart] <= 1e-6 * (np.abs(large.to_numpy()[apart]) + times * 1e3)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(home, min_size=1, max_size=12))
def test_the_cause_is_the_largest_block_in_the_gap_s_direction(homes: list[tuple[float, ...]]) -> None:
    blocks, model, panel = blocks_of(homes)
    named = name_causes(blocks, model, panel, np.full(len(homes), 5e4), Tolerance())
    gap = model - panel
    for i, cause in enumerate(named["primary_cause"]):
        if abs(gap[i]) <= bound(model[i : i + 1], panel[i : i + 1], Tolerance())[0]:
            assert cause == WITHIN
        else:
            toward = blocks.iloc[i] * np.sign(gap[i])
            assert toward[cause] == toward.max()
    assert named["confidence"].between(0, 1).all()


@settings(max_examples=60, deadline=None)
@given(
    st.floats(min_value=0, max_value=5e6),
    st.booleans(),
    st.sampled_from([500_000.0, 300_000.0]),
    st.sampled_from([1_000.0, 10_000.0]),
    st.sampled_from([5_000.0, 20_000.0]),
)
def test_a_proposal_obeys_cap_floor_step_and_list(
    yuan: float, listed: bool, cap: float, step: float, floor: float
) -> None:
    home = pd.DataFrame({"base": [1], "listed_holder": [listed], "listed_member": [False]})
    bounds = InForce(Policy(cap=cap, step=step, floor=floor))
    limit = bounds(home, home, np.array([yuan]))[0]
    assert limit <= min(cap, yuan + 1e-6)
    assert limit % step == 0
    assert limit == 0 or (limit >= floor and not listed)
