"""The gap of a small town: what each planted change does, and what it leaves alone."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import gap_town
import numpy as np
import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.limit.policy import InForce, Policy
from workbench.params import Tolerance
from workbench.reconcile import figures, known, one, report
from workbench.reconcile.blocks import BLOCKS
from workbench.reconcile.cause import WITHIN, bound
from workbench.reconcile.gaps import Explained
from workbench.reconcile.members import find_moved

BLOCK = list(BLOCKS)


class Homes(SimpleNamespace):
    """As much of an ``Aligned`` as members are judged by."""

    def __len__(self) -> int:
        return len(self.keys)


FORBIDDEN = re.compile(r"SHAP|特征|残差|[pP]\s*值|患病|住院|赌|\d\d\d?\d?-\d")


def row(explained: Explained, household: str) -> pd.Series:
    return explained.gaps.set_index("household").loc[household]


def an_ordinary_household(town: dict[str, Any], explained: Explained) -> int:
    """A household outside the pilots, nothing planted, both limits alike, of middling size."""
    t = town["truth"]
    near = explained.gaps.set_index("household").loc[t["household"]]
    good = (
        (t["cause"] == "none").to_numpy()
        & ~t["pilot"].to_numpy()
        & (near["gap"].abs() / near["panel_limit"] < 0.25).to_numpy()
        & near["panel_limit"].between(50_000, 150_000).to_numpy()
        & (near["soft_information"].abs() < 0.06 * near["panel_limit"]).to_numpy()
        & (near["review_why"].fillna("") != "new").to_numpy()
        & (town["ratings"].groupby("household").size().reindex(t["household"]).to_numpy() >= 5)
    )
    return int(np.flatnonzero(good)[0])


def test_blocks_add_up_and_causes_follow(explained: Explained) -> None:
    g = explained.gaps
    assert (g[BLOCK].sum(axis=1) - g["gap"]).abs().max() <= 0.01
    outside = g["gap"].abs() > bound(g["model_limit"].to_numpy(), g["panel_limit"].to_numpy(), Tolerance())
    assert (g["primary_cause"].ne(WITHIN) == outside).all()
    toward = g[BLOCK].mul(np.sign(g["gap"]), axis=0)
    assert (toward.idxmax(axis=1)[outside] == g["primary_cause"][outside]).all()


def test_evidence_adds_up_to_each_block(explained: Explained) -> None:
    e = explained.evidence[explained.evidence["block"] != "advice"]
    got = e.pivot_table(index="household", columns="block", values="yuan", aggfunc="sum", fill_value=0.0)
    want = explained.gaps.set_index("household")[BLOCK].reindex(got.index)
    assert (got.reindex(columns=BLOCK, fill_value=0.0) - want).abs().max().max() < 1.5


def test_proposals_obey_list_cap_step_and_stay_near_both(town: dict[str, Any], explained: Explained) -> None:
    g = explained.gaps.set_index("household")
    p = g["proposed_limit"]
    assert ((p % 1_000 == 0) & (p <= 500_000) & ((p == 0) | (p >= 5_000))).all()
    assert (p[town["truth"].set_index("household")["listed"].reindex(p.index)] == 0).all()


def test_a_policy_that_changes_changes_what_is_proposed(town: dict[str, Any], explained: Explained) -> None:
    bank = InForce(Policy(cap=90_000, step=10_000, floor=20_000, exposure="loan_balance"))
    limits = town["limits"].assign(model_limit=bank(town["households"], town["facts"], town["limits"]["raw_limit"]))
    made = gap_town.explain(town, limits=limits, bounds=bank)
    p = made.gaps["proposed_limit"]
    assert ((p % 10_000 == 0) & (p <= 90_000) & ((p == 0) | (p >= 20_000))).all()
    assert p.eq(90_000).any()
    owed = town["facts"].set_index("household")["loan_balance"].reindex(made.gaps["household"]).fillna(0).to_numpy()
    room = 90_000 - owed
    assert (p.to_numpy() <= np.maximum(room, 0)).all()
    assert made.rules_compared["exposure"].le(explained.rules_compared["exposure"]).all()
    assert (made.gaps[BLOCK].sum(axis=1) - made.gaps["gap"]).abs().max() <= 0.01


def test_reasons_are_said_in_plain_words(explained: Explained) -> None:
    g = explained.gaps
    outside = g["primary_cause"].ne(WITHIN)
    assert g["reason_zh"].str.len().gt(0).all()
    assert not g["reason_zh"].map(lambda r: bool(FORBIDDEN.search(r))).any()
    assert g.loc[~outside, "reason_zh"].str.contains("容许范围|基本一致").all()
    reasons = g.loc[outside, "reason_zh"].str.split("。").str[1]
    assert reasons.str.count("；").le(2).all()
    assert reasons.str.contains("约").all()
    left = g["primary_cause"].eq("unexplained")
    assert reasons[left[outside]].str.contains("^约.*没有查明原因").all()
    assert not reasons.str.startswith("还有").any()


def test_reasons_and_what_others_take_away_come_to_the_gap(explained: Explained) -> None:
    told = explained.gaps[explained.gaps["primary_cause"].ne(WITHIN)]
    seen = 0
    for gap, reason in zip(told["gap"].abs(), told["reason_zh"], strict=True):
        head, reasons, *last = reason.removesuffix("。").split("。")
        yuan = [float(re.findall(r"约([\d,]+)元", piece)[-1].replace(",", "")) for piece in reasons.split("；")]
        away = float(re.findall(r"约([\d,]+)元", last[0])[0].replace(",", "")) if last else 0.0
        seen += bool(last)
        assert sum(yuan) - away <= 1.1 * gap + 500 * (len(yuan) + 2), reason
        assert re.findall(r"约([\d,]+)元", head) == [f"{round(gap / 1_000) * 1_000:,}"]
    assert seen, "no household of the town has reasons that others take away again"


def test_order_of_rows_changes_nothing(town: dict[str, Any], explained: Explained) -> None:
    mixed = {
        k: v.sample(frac=1, random_state=5) if isinstance(v, pd.DataFrame) and k != "truth" else v
        for k, v in town.items()
    }
    again = gap_town.explain(mixed)
    pd.testing.assert_frame_equal(again.gaps, explained.gaps)
    pd.testing.assert_frame_equal(again.evidence, explained.evidence)


def test_inputs_are_left_as_they_were(town: dict[str, Any], explained: Explained) -> None:
    again = gap_town.small_town()
    for name in ("limits", "facts", "ratings", "households", "history"):
        pd.testing.assert_frame_equal(town[name], again[name])


def test_panels_that_write_the_model_s_figure_leave_nothing(town: dict[str, Any], explained: Explained) -> None:
    raw = town["limits"].set_index("household")["raw_limit"]
    panel = town["settled"].consensus.set_index("household")["panel_limit"]
    made = gap_town.explain(town, **gap_town.panel_times(town, raw / panel, pulls=False)).gaps
    assert made[BLOCK].drop(columns="policy_limit").abs().max().max() < 1.0
    assert made["gap"].abs().max() > 0


def test_income_ten_times_too_high_is_an_error_of_the_record(town: dict[str, Any], explained: Explained) -> None:
    i = an_ordinary_household(town, explained)
    facts = town["facts"].copy()
    facts.loc[i, "recorded_income"] *= 10
    home = facts["household"][i]
    made = gap_town.explain(town, **gap_town.with_facts(town, facts))
    before, after = row(explained, home), row(made, home)
    assert after["primary_cause"] == "record_error"
    assert after["record_error"] - before["record_error"] >= 0.8 * (after["gap"] - before["gap"])
    assert "recorded_income" in after["reason_zh"]
    found = made.evidence[(made.evidence["household"] == home) & (made.evidence["block"] == "record_error")]
    assert found["fact"].iloc[0] == "recorded_income"
    assert found["implied"].iloc[0] == pytest.approx(town["facts"]["recorded_income"][i], rel=0.5)


def test_a_fact_that_a_visit_confirmed_is_no_error(town: dict[str, Any], explained: Explained) -> None:
    i = an_ordinary_household(town, explained)
    facts = town["facts"].copy()
    facts.loc[i, "recorded_income"] *= 10
    visit = pd.DataFrame(
        {
            "village": [facts["village"][i]],
            "household": [facts["household"][i]],
            "fact": ["recorded_income"],
            "old": [1.0],
            "new": [facts["recorded_income"][i]],
            "changed": [False],
            "date": [pd.Timestamp("2021-11-01")],
        }
    )
    made = gap_town.explain(town, corrections=visit, **gap_town.with_facts(town, facts))
    found = made.evidence[
        (made.evidence["household"] == facts["household"][i]) & (made.evidence["block"] == "record_error")
    ]
    assert "recorded_income" not in set(found["fact"])


def test_bad_marks_and_half_the_limit_are_soft_information(town: dict[str, Any], explained: Explained) -> None:
    home = town["truth"]["household"][an_ordinary_household(town, explained)]
    changed = gap_town.panel_times(town, pd.Series({home: 0.5}))
    theirs = changed["ratings"]["household"] == home
    for mark in ("integrity", "business"):
        changed["ratings"].loc[theirs, mark] = (changed["ratings"].loc[theirs, mark] - 2).clip(1)
    after, before = row(gap_town.explain(town, **changed), home), row(explained, home)
    moved = after[BLOCK] - before[BLOCK]
    assert moved.astype(float).idxmax() == "soft_information"


def test_members_who_pull_are_found_where_the_panel_figure_followed_them(
    town: dict[str, Any], explained: Explained
) -> None:
    home = town["truth"]["household"][an_ordinary_household(town, explained)]
    ratings = town["ratings"].copy()
    theirs = ratings.index[ratings["household"] == home]
    panel = row(explained, home)["panel_limit"]
    ratings.loc[theirs, "limit"] = panel
    ratings.loc[theirs[:2], "limit"] = 3 * panel
    s = town["settled"]
    lifted = s.consensus.copy()
    here = lifted["household"] == home
    lifted.loc[here, ["panel_limit", "low", "high"]] *= 2.0
    made = gap_town.explain(town, ratings=ratings, settled=type(s)(lifted, s.raters, s.pulls))
    got = row(made, home)
    assert got["primary_cause"] == "rater_bias"
    told = made.evidence[(made.evidence["household"] == home) & (made.evidence["block"] == "rater_bias")]
    assert set(told["fact"]) == set(ratings.loc[theirs[:2], "rater"])
    assert not any(str(r) in got["reason_zh"] for r in ratings["rater"].unique())


@pytest.mark.parametrize("members", [6, 8, 9])
def test_half_a_panel_that_pulls_is_told_by_the_books_whatever_the_consensus_took_for_off(members: int) -> None:
    fair, raters = 60_000.0, [f"m{i}" for i in range(members)]
    rows = []
    for home in range(40):
        said = fair * np.exp(np.linspace(-0.1, 0.1, members))
        if home == 0:
            said[: members // 2] *= 2.2
        rows += [("村", f"{home:02d}", r, v, True) for r, v in zip(raters, said, strict=True)]
    ratings = pd.DataFrame(rows, columns=["village", "household", "rater", "limit", "counts"])
    keys = ratings[["village", "household"]].drop_duplicates(ignore_index=True)
    said = np.full(40, fair)
    said[0] = 2.0 * fair
    town: Any = Homes(keys=keys, said=said, floor=5_000.0)
    moved = find_moved(town, ratings, np.full(40, np.log(fair)), 0.25)
    assert moved.share[0] == pytest.approx(-np.log(2.0), abs=0.15)
    assert set(moved.off["rater"]) == set(raters[: members // 2])
    assert (moved.share[1:] == 0).all()


def test_a_hamlet_without_history_is_told_as_unexplained(town: dict[str, Any]) -> None:
    homes = town["truth"]["household"][town["truth"]["village"] == "村05"].head(20)
    few = {
        k: v[v["household"].isin(homes)] if isinstance(v, pd.DataFrame) and "household" in v.columns else v
        for k, v in town.items()
        if k not in ("settled", "truth")
    }
    few["settled"] = gap_town.bench.settle(
        few["ratings"].drop(columns="pulled"), rules=gap_town.bench.town_params().panel, seed=1
    )
    made = gap_town.explain(few, history=None, corrections=None, records=few["facts"])
    assert len(made.gaps) == len(homes)
    rest = made.gaps[BLOCK].drop(columns=["policy_limit", "unexplained", "rater_bias", "record_error"])
    assert rest.abs().max().max() == 0
    assert (made.gaps[BLOCK].sum(axis=1) - made.gaps["gap"]).abs().max() <= 0.01


def test_nobody_eligible_has_no_gap(town: dict[str, Any]) -> None:
    limits = town["limits"].copy()
    homes = limits["household"].iloc[:3].tolist()
    limits.loc[limits["household"].isin(homes), "why_not"] = "nobody_eligible"
    few = limits["village"].isin(["村00", "村05"])
    made = gap_town.explain(town, limits=limits[few])
    assert not made.gaps["household"].isin(homes).any()


def test_small_groups_are_suppressed(explained: Explained) -> None:
    f = explained.fairness
    assert f["n"].dropna().ge(20).all()
    for _, here in f.groupby("attribute"):
        assert int(here["n"].isna().sum()) != 1


def test_the_pictures_of_both_sides_stand_on_a_table_of_every_household(explained: Explained) -> None:
    """A row a household and fact; by village their means are the table ``weighing``."""
    sides, facts = explained.sides, {f.name for f in gap_town.bench.town_spec().features}
    assert set(sides["feature"]) == facts
    assert len(sides) == len(facts) * len(explained.gaps)
    by = sides.groupby(["village", "feature"])[["model_log", "panel_log"]].mean()
    means = explained.weighing.set_index(["village", "feature"])[["model_log", "panel_log"]].loc[by.index]
    pd.testing.assert_frame_equal(by, means, check_exact=False, atol=1e-9)


def test_pictures_and_sentences(explained: Explained) -> None:
    features = gap_town.bench.town_spec().features
    told = [
        figures.against(explained.gaps, Tolerance()),
        figures.by_village(explained.gaps),
        figures.causes(explained.gaps),
        figures.beeswarm(explained.sides, features),
        figures.dependence(explained.sides, features),
        figures.weighing_map(explained.weighing),
    ]
    assert all(len(sentence) > 12 and sentence.endswith("。") for _, sentence in told)
    params = gap_town.bench.town_params()
    texts = [
        report.summary_text(explained.gaps, params),
        known.here_text(explained.gaps),
        known.sure_text(known.load_known()),
        report.weight_text(params),
    ]
    texts += [report.new_text(explained.gaps), report.check_text(explained.evidence), report.next_text(explained.gaps)]
    texts += [report.rules_text(explained.rules_compared)]
    assert all(texts)
    assert int(report.cause_table(explained.gaps)["households"].sum()) == int(
        explained.gaps["primary_cause"].ne(WITHIN).sum()
    )
    assert list(report.village_table(explained.gaps).columns) == list(report.VILLAGE_LABELS)
    assert report.rules_table(explained.rules_compared)["rule"].iloc[0] == "建议额度"
    assert len(report.check_first(explained.evidence, features)) <= 20
    assert list(report.fairness_table(explained.fairness).columns) == list(report.FAIR_LABELS)


def test_one_household_again_equals_a_full_run(town: dict[str, Any], explained: Explained) -> None:
    spec, params = gap_town.bench.town_spec(), gap_town.bench.town_params()
    i = an_ordinary_household(town, explained)
    home, s = town["facts"]["household"][i], town["settled"]
    tables = {n: town[n] for n in ("limits", "ratings", "households", "people", "facts", "records", "history")}
    tables |= {"consensus": s.consensus, "pulls": s.pulls, "corrections": None}
    rules = {"spec": spec, "params": params, "score": town["score"], "bounds": gap_town.bench.BOUNDS}
    done = one.rework(tables, home, "recorded_income", 150_000.0, **rules)
    facts = town["facts"].copy()
    facts.loc[i, "recorded_income"] = 150_000.0
    visit = facts.loc[[i], ["village", "household"]].assign(fact="recorded_income")
    full = gap_town.explain(town, corrections=visit, **gap_town.with_facts(town, facts))
    whole = full.gaps[full.gaps["household"] == home].iloc[0]
    pd.testing.assert_series_equal(done.after, whole, check_names=False)
    table = one.change_table(done)
    assert table["change"].equals(table["after"] - table["before"])
    assert "recorded_income" in one.change_text(done, spec)
    with pytest.raises(InputError, match="not in this run"):
        one.rework(tables, "0" * 16, "recorded_income", 1.0, **rules)
