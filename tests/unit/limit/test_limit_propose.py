"""A limit for every household: ledger, explanations, reasons, and the points table where history is short."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import plots
from workbench.limit import figures, papers, policy, report, stability
from workbench.limit.books import load_books
from workbench.limit.model import load_model
from workbench.limit.propose import Proposed, propose_limits
from workbench.params import RunParams
from workbench.spec import FeatureSpec

Make = Callable[..., Proposed]
SENTENCES = (
    *(report.source_text, report.overdue_text, report.policy_text, report.price_text),
    *(report.base_text, report.new_text, report.next_text),
)


@pytest.fixture(scope="module")
def make(
    facts: pd.DataFrame,
    history: pd.DataFrame,
    households: pd.DataFrame,
    people: pd.DataFrame,
    spec: FeatureSpec,
    params: RunParams,
    tmp_path_factory: pytest.TempPathFactory,
) -> Make:
    def run(**more: object) -> Proposed:
        rules = params.model_copy(update={"limit": params.limit.model_copy(update=more.pop("rules", {}))})  # type: ignore[dict-item]
        told = {"facts": facts, "history": history, "households": households, **more}
        folder = tmp_path_factory.mktemp("model")
        return propose_limits(
            told["facts"], told["history"], told["households"], people,  # type: ignore[arg-type]
            spec=spec, params=rules, model_folder=folder,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def made(make: Make) -> Proposed:
    return make()


@pytest.fixture(scope="module")
def by_points(make: Make) -> Proposed:
    return make(rules={"min_history": 10_000})


def test_every_household_has_one_line(made: Proposed, households: pd.DataFrame) -> None:
    assert sorted(made.limits.household) == sorted(households.household)
    assert made.limits.pd.notna().all()
    assert made.limits.rate.notna().all()


def test_explanations_add_up_to_the_model_limit(made: Proposed, by_points: Proposed) -> None:
    for one in (made, by_points):
        total = one.explanations.groupby("household").yuan.sum()
        difference = total.reindex(one.limits.household).to_numpy() - one.limits.model_limit.to_numpy()
        assert np.abs(difference).max() < 0.01


def test_the_ledger_ends_at_the_model_limit_and_begins_at_the_raw_one(made: Proposed) -> None:
    ledger = made.policy_ledger.sort_values(["household", "line"])
    first, last = ledger.groupby("household").before.first(), ledger.groupby("household").after.last()
    limits = made.limits.set_index("household")
    np.testing.assert_allclose(first, limits.raw_limit.loc[first.index])
    np.testing.assert_array_equal(last, limits.model_limit.loc[last.index])
    assert ledger.groupby("household").rule.agg(list).map(tuple).unique().tolist() == [policy.RULES]


def test_nobody_eligible_and_listed_get_nothing_and_are_told_why(made: Proposed, households: pd.DataFrame) -> None:
    limits = made.limits.set_index("household")
    nobody = households.household[households.base == 0].iloc[0]
    listed = households.household[households.listed_holder].iloc[0]
    assert (limits.model_limit[nobody], limits.why_not[nobody]) == (0, "nobody_eligible")
    assert (limits.model_limit[listed], limits.why_not[listed]) == (0, "listed")
    assert limits.raw_limit[listed] > 0
    assert (limits.low[listed], limits.high[listed]) == (0, 0)
    assert limits.why_not[limits.model_limit > 0].isna().all()


def test_the_interval_holds_the_limit(made: Proposed) -> None:
    some = made.limits[made.limits.model_limit > 0]
    assert (some.low <= some.model_limit).all()
    assert (some.model_limit <= some.high).all()


def test_a_household_without_a_record_is_priced_by_nobody(make: Make, facts: pd.DataFrame) -> None:
    few = make(facts=facts.iloc[8:], rules={"min_history": 10_000})
    limits = few.limits.set_index("household")
    gone = facts.household.iloc[7]
    assert limits.why_not[gone] == "no_record"
    assert np.isnan(limits.raw_limit[gone])
    assert limits.model_limit[gone] == 0
    assert limits.pd.notna().all()
    assert few.explanations[few.explanations.household == gone].yuan.tolist() == [0.0, 0.0]


def test_with_too_little_history_the_points_table_proposes_and_says_so(by_points: Proposed) -> None:
    assert set(by_points.limits.source) == {"points"}
    assert "评分表提出额度" in report.source_text(by_points)
    assert by_points.metrics.subject.unique().tolist() == ["pd"]


@pytest.mark.parametrize("rows", [None, 0])
def test_without_any_history(make: Make, history: pd.DataFrame, rows: int | None) -> None:
    one = make(history=None if rows is None else history.head(rows))
    assert set(one.limits.source) == {"points"}
    assert one.limits.pd.eq(0.03).all()
    assert "没有一户的逾期标签" in report.overdue_text(one)


def test_nobody_overdue_is_small_and_never_zero(make: Make, history: pd.DataFrame) -> None:
    calm = make(history=history.assign(overdue=history.overdue * 0), rules={"min_history": 10_000})
    assert calm.limits.pd.gt(0).all()
    assert calm.limits.pd.lt(0.1).all()
    assert "the history holds no overdue household" in report.overdue_text(calm)


def test_unknown_labels_are_unknown_and_not_good(make: Make, history: pd.DataFrame) -> None:
    bad_known = make(
        history=history.assign(overdue=history.overdue.where(history.overdue == 1)), rules={"min_history": 10_000}
    )
    assert bad_known.told["known"] == bad_known.told["bad"]
    assert bad_known.limits.pd.min() > 0.3


def test_limits_confirmed_as_the_models_may_be_left_out(make: Make, history: pd.DataFrame) -> None:
    half = history.assign(way=np.where(np.arange(len(history)) % 2, "模型", "公议"))
    one = make(history=half, rules={"train_on_model_confirmed": False, "min_history": 10_000})
    assert one.told["confirmed"] == (half.way == "公议").sum()


def test_the_saved_model_scores_as_the_run_did(make: Make, made: Proposed, facts: pd.DataFrame, tmp_path: Path) -> None:
    made.model.save(tmp_path)
    score = load_model(tmp_path).score(facts)
    raw = made.limits.set_index("household").raw_limit.loc[facts.household]
    np.testing.assert_array_equal(score, raw)


def test_the_points_model_is_saved_the_same_way(by_points: Proposed, facts: pd.DataFrame, tmp_path: Path) -> None:
    by_points.model.save(tmp_path)
    np.testing.assert_array_equal(load_model(tmp_path).score(facts), by_points.model.score(facts))


def test_inputs_are_not_changed(
    make: Make, facts: pd.DataFrame, history: pd.DataFrame, households: pd.DataFrame
) -> None:
    before = [f.copy() for f in (facts, history, households)]
    make(rules={"min_history": 10_000})
    for one, other in zip(before, (facts, history, households), strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_sentences_and_pictures(made: Proposed, by_points: Proposed, spec: FeatureSpec) -> None:
    for one in (made, by_points):
        texts = [say(one) for say in SENTENCES]
        assert all(t.strip() for t in texts)
        assert not any(h in t for t in texts for h in one.limits.household)
        pictures = [
            figures.waterfall(one.explanations, report.household_choice(one), spec),
            figures.by_fifth(one),
            figures.beside(one.metrics),
            figures.importance(one.explanations, spec),
        ]
        for figure, sentence in pictures:
            assert plots.png(figure)[:4] == b"\x89PNG"
            assert sentence.endswith(("。", "）。"))


def test_the_waterfall_adds_up(made: Proposed, spec: FeatureSpec) -> None:
    chosen = report.household_choice(made)
    rows = made.explanations[made.explanations.household == chosen]
    bars = figures._bars(rows, spec)
    assert sum(b[1] for b in bars[:-1]) == pytest.approx(bars[-1][1])
    assert bars[-1][1] == pytest.approx(made.limits.set_index("household").model_limit[chosen])


def test_the_papers_write_themselves(
    made: Proposed, households: pd.DataFrame, people: pd.DataFrame, params: RunParams, tmp_path: Path
) -> None:
    papers.write_papers(tmp_path, made, None, households, people, params, before=made.model)
    page, text = (tmp_path / "model-papers.html").read_text("utf-8"), (tmp_path / "model-papers.md").read_text("utf-8")
    for word in ("特征与方向", "九成区间", "薄弱之处", "性别", "PSI 为0.000（平稳", "使用的限度", made.model.digest):
        assert word in text
        assert word in page
    assert "http" not in page
    assert "src=" not in page
    assert not any(h in page for h in households.household)


def test_a_banker_reads_the_papers_without_english_words_or_long_decimals(
    made: Proposed, households: pd.DataFrame, people: pd.DataFrame, params: RunParams, tmp_path: Path
) -> None:
    papers.write_papers(tmp_path, made, None, households, people, params, before=made.model)
    text = (tmp_path / "model-papers.md").read_text("utf-8").replace(made.model.digest, "")
    text = text.replace(made.model.digest[:12], "").split("软件：")[0]
    known = {"model", "papers", "lightgbm", "gamma", "fair", "basic", "intermediate", "psi", "sha", "yaml", "price"}
    found = {w.lower() for w in re.findall(r"[A-Za-z_]{3,}", text)} - known - {"policy", "aaa", "bbb"}
    assert found == set()
    assert re.findall(r"\d\.\d{4,}", text) == []


def test_facts_that_drift_are_named(made: Proposed, facts: pd.DataFrame) -> None:
    assert stability.fact_drift(made.model, facts).empty
    grown = stability.fact_drift(made.model, facts.assign(income=facts.income * 30, debt=0.0))
    assert grown.fact.tolist() == ["年收入"]
    assert grown.outside[0] > 0.5


def test_small_groups_stand_in_no_papers(
    made: Proposed, households: pd.DataFrame, people: pd.DataFrame, params: RunParams, tmp_path: Path
) -> None:
    few = people.assign(
        sex=np.where((people.village == "甲村") & (people.groupby("village").cumcount() < 12), "男", "女")
    )
    papers.write_papers(tmp_path, made, None, households, few, params)
    text = (tmp_path / "model-papers.md").read_text("utf-8")
    assert "1组不足20户" in text
    assert "| 男 |" not in text


def test_shipped_books_are_dated_and_sourced() -> None:
    books = load_books()
    for book in (books.policy.cap, books.policy.consumption_cap, books.price.base_rate, books.price.preference):
        assert all(v.source and v.begins for v in book.values)
        assert book.unit
