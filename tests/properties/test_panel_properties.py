"""What must not change a consensus, and what must."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from workbench.panel.consensus import Settled, consensus_of, settle
from workbench.panel.subsets import MOST_SAY, PRIOR, Told, heard, memberships, weigh
from workbench.params import PanelRules

FEW = settings(max_examples=6, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))


def panel(seed: int, homes: int = 40, members: int = 6, present: float = 0.9) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    y = 11 + draw.normal(0, 0.7, homes)[:, None] + draw.normal(0, 0.2, members) + draw.normal(0, 0.25, (homes, members))
    y[draw.random((homes, members)) < 0.03] += 1.2
    frame = pd.DataFrame(
        {
            "village": np.repeat([f"v{i % 2}" for i in range(homes)], members),
            "household": np.repeat([f"h{i:03d}" for i in range(homes)], members),
            "rater": np.tile([f"m{j}" for j in range(members)], homes),
            "role": "村民代表",
            "limit": np.maximum(np.round(np.exp(y) / 5_000) * 5_000, 5_000).ravel(),
            "interest": draw.random(homes * members) < 0.03,
        }
    )
    return frame[draw.random(len(frame)) < present].reset_index(drop=True)


def limits(found: Settled, column: str = "panel_limit") -> pd.Series:
    return found.consensus.set_index(["village", "household"])[column].sort_index()


@FEW
@given(st.integers(0, 10**6))
def test_the_order_of_rows_changes_nothing(seed):
    frame = panel(seed)
    mixed = frame.sample(frac=1, random_state=seed % 2**31)
    one, two = consensus_of(frame), consensus_of(mixed)
    assert np.allclose(limits(one), limits(two), rtol=1e-6)
    assert np.allclose(one.raters["severity"], two.raters["severity"], atol=1e-6)


@FEW
@given(st.integers(0, 10**6))
def test_new_names_for_members_change_nothing_but_names(seed):
    frame = panel(seed)
    names = {f"m{j}": f"z{(j * 5 + seed) % 6}" for j in range(6)}
    one, two = consensus_of(frame), consensus_of(frame.assign(rater=frame["rater"].map(names)))
    assert np.allclose(limits(one), limits(two), rtol=1e-6)
    by_old = one.raters.assign(rater=one.raters["rater"].map(names)).set_index(["village", "rater"])["severity"]
    assert np.allclose(
        by_old.sort_index(), two.raters.set_index(["village", "rater"])["severity"].sort_index(), atol=1e-6
    )


@FEW
@given(st.integers(0, 10**6), st.sampled_from([0.001, 7.0, 10_000.0]))
def test_another_unit_scales_the_limits_and_nothing_else(seed, factor):
    frame = panel(seed)
    one, two = consensus_of(frame), consensus_of(frame.assign(limit=frame["limit"] * factor))
    for column in ("panel_limit", "low", "high", "mean", "median"):
        assert np.allclose(limits(one, column) * factor, limits(two, column), rtol=1e-3)
    assert np.allclose(one.raters["severity"], two.raters["severity"], atol=1e-3)


@FEW
@given(st.integers(0, 10**6))
def test_no_input_is_changed_and_the_same_call_gives_the_same_figures(seed):
    frame = panel(seed)
    before = frame.copy(deep=True)
    one, two = consensus_of(frame), consensus_of(frame)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(one.consensus, two.consensus)
    pd.testing.assert_frame_equal(one.raters, two.raters)


@FEW
@given(st.integers(0, 10**6))
def test_intervals_hold_the_limit_and_shares_are_shares(seed):
    found = consensus_of(panel(seed))
    home = found.consensus
    assert (home["low"] <= home["panel_limit"]).all()
    assert (home["panel_limit"] <= home["high"]).all()
    assert (home["low"] >= 0).all()
    assert np.isfinite(home["high"]).all()
    assert home["agreement"].dropna().between(0, 1).all()
    assert (home["raters"] == panel(seed).groupby(["village", "household"]).size().to_numpy()).all()


@FEW
@given(st.integers(0, 10**6), st.floats(0.05, 0.9))
def test_more_agreement_never_widens_an_interval(seed, nearer):
    """Bringing all ratings of all households nearer to their household's median widens no household's interval."""
    frame = panel(seed, present=1.0).assign(interest=False)
    middle = frame.groupby(["village", "household"])["limit"].transform("median")
    close = frame.assign(limit=np.exp(nearer * np.log(frame["limit"]) + (1 - nearer) * np.log(middle)))
    wide, narrow = (np.log(limits(f, "high") / limits(f, "low")) for f in (consensus_of(frame), consensus_of(close)))
    assert (narrow <= wide * 1.001).all()


@FEW
@given(st.integers(0, 10**6))
def test_a_subset_that_may_be_off_is_always_a_minority(seed):
    k = seed % 12 + 1
    member = memberships(k)
    assert (member.sum(axis=1) <= 3).all()
    assert (2 * member.sum(axis=1) < k).all() or k == 1
    assert not member[0].any()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=14), min_size=1, max_size=5))
def test_no_member_decides_more_than_the_most_that_one_may(gains):
    """Whoever would decide more decides just that; all others weigh what they tell; nobody overtakes anybody."""
    sizes = np.array([len(g) for g in gains])
    item, starts = np.repeat(np.arange(len(gains)), sizes), np.cumsum(sizes) - sizes
    gain = np.concatenate(gains)
    say = heard(item, starts, sizes, gain, np.ones(len(gain)))
    for home, size in enumerate(sizes):
        one, tells = say[item == home], gain[item == home]
        if size <= 3:
            assert (one == tells).all()
            continue
        share = one / one.sum()
        assert (share <= MOST_SAY + 1e-9).all()
        less = one < tells * (1 - 1e-9)
        assert np.allclose(share[less], MOST_SAY)
        assert (one[~less] == tells[~less]).all()
        assert (np.diff(one[np.argsort(tells)]) >= -1e-9 * one.max()).all()


def test_the_mixture_of_three_by_hand():
    """Three members say 0, 0 and 3 with noise 1: odds of the third being off as the closed form has them."""
    y, n = np.array([0.0, 0.0, 3.0]), np.ones(3)
    none = np.zeros(3)
    said = Told(np.zeros(3, np.int64), np.array([0]), np.array([3]), gain=n, own=y, odds=none, bent=none, say=n)
    found = weigh(said, np.array([1.0]), PRIOR, 9.0)

    def evidence(off: list[int]) -> float:
        rest = [0.0, *(v for i, v in enumerate(y) if i not in off)]  # the prior speaks as one more figure, 0
        v, m = np.var(rest) * len(rest), np.mean(rest)
        log = -0.5 * (v + np.log(len(rest)))
        if off:
            apart = y[off[0]] - m
            log += -0.5 * (apart**2 / (1 + 9 + 1 / len(rest)) + np.log(1 + 9 + 1 / len(rest)))
        return float(log)

    share = PRIOR[:2] / PRIOR[:2].sum()
    weight = np.exp([evidence([]) + np.log(share[0]), *(evidence([j]) + np.log(share[1] / 3) for j in range(3))])
    weight /= weight.sum()
    assert np.allclose(found.off, weight[1:])


def run_ratings(seed: int) -> pd.DataFrame:
    frame = panel(seed)
    draw = np.random.default_rng(seed)
    n = len(frame)
    return frame.assign(
        business=draw.integers(1, 6, n).astype(float),
        income=np.round(frame["limit"] * draw.uniform(0.5, 1.5, n), -3),
        integrity=draw.integers(1, 6, n).astype(float),
        knows=True,
        manner="背靠背",
        date=pd.NaT,
        bar=False,
        remark=0,
        own=False,
        counts=True,
        why_not=pd.Series(pd.NA, index=frame.index, dtype="str"),
        source="p.csv",
        row=range(2, n + 2),
    )


@FEW
@given(st.integers(0, 10**6))
def test_all_limits_and_incomes_in_another_unit_scale_a_run(seed):
    frame = run_ratings(seed)
    twice = frame.assign(limit=frame["limit"] * 4, income=frame["income"] * 4)
    one, two = (settle(f, rules=PanelRules(), seed=1) for f in (frame, twice))
    assert np.allclose(limits(one) * 4, limits(two), rtol=1e-3, atol=1.0)


@FEW
@given(st.integers(0, 10**6))
def test_ratings_that_do_not_count_move_no_limit(seed):
    frame = run_ratings(seed)
    extra = frame.iloc[:5].assign(rater="guest", limit=9e5, counts=False, why_not="manner")
    one = settle(frame, rules=PanelRules(), seed=1)
    two = settle(pd.concat([frame, extra], ignore_index=True), rules=PanelRules(), seed=1)
    assert np.allclose(limits(one), limits(two), rtol=1e-9)
    assert two.raters.set_index("rater").loc[["guest"], "ratings"].sum() == 0
