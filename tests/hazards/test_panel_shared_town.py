"""The panels of the neighbouring invented town, whose truth is known: the consensus beats mean and median."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.identity import Pseudonyms
from workbench.panel.admit import admit_members, admit_ratings
from workbench.panel.consensus import Settled, settle
from workbench.params import PanelRules
from workbench.store.dataset import open_dataset

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "towns"
NAMES = Pseudonyms(b"town")
RULES = PanelRules()
KEY = ["village", "household"]
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not (SHARED / "given").is_dir(), reason="the town that is not part of the project is not here"),
]


@pytest.fixture(scope="module")
def ratings() -> pd.DataFrame:
    data = open_dataset(SHARED / "given", {}, {})
    members = admit_members(data.read("panel_members"), NAMES)
    return admit_ratings(data.read("panels"), members, names=NAMES, as_of=date(2021, 12, 31), rules=RULES)


@pytest.fixture(scope="module")
def settled(ratings: pd.DataFrame) -> Settled:
    return settle(ratings, rules=RULES, seed=1)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    frame = pd.read_csv(SHARED / "given-truth" / "causes.csv", dtype={"户号": "str"})
    frame["household"] = NAMES.households(frame["village"], frame["户号"])
    return frame.set_index("household")


def error(figure: pd.Series, true: pd.Series) -> float:
    return float(np.sqrt(np.mean((np.log(figure.clip(lower=2_500)) - np.log(true.clip(lower=2_500))) ** 2)))


def test_ratings_that_count_are_those_of_the_truth(settled, truth):
    home = settled.consensus.set_index("household")
    assert (home["raters"] == truth["usable_undeclared"].reindex(home.index)).all()


def test_the_error_is_below_that_of_mean_and_median_and_intervals_hold(settled, truth):
    known = truth[["clean_panel", "cause", "said_mean", "said_median"]].dropna(subset=["said_mean"])
    home = settled.consensus.set_index("household").join(known, how="inner").dropna(subset=["panel_limit"])
    best = min(error(home[c], home["clean_panel"]) for c in ("said_mean", "said_median", "mean", "median"))
    assert error(home["panel_limit"], home["clean_panel"]) <= 0.92 * best
    pulled = home[home["cause"] == "rater_bias"]
    said = error(pulled["said_median"], pulled["clean_panel"])  # with the stakes that were declared
    assert error(pulled["panel_limit"], pulled["clean_panel"]) <= 0.75 * said
    assert 0.84 <= home["clean_panel"].between(home["low"] - 0.5, home["high"] + 0.5).mean() <= 0.96


def test_the_copied_sheets_are_found_and_no_others(settled):
    true = pd.read_csv(SHARED / "given-truth" / "raters.csv").dropna(subset=["copied_from"])
    planted = {frozenset(p) for p in zip(true["rater"], true["copied_from"], strict=True)}
    said = settled.raters.dropna(subset=["copied_from"])
    assert {frozenset(p) for p in zip(said["rater"], said["copied_from"], strict=True)} == planted


@pytest.mark.parametrize("clones", [1, 3])
def test_clones_of_a_sheet_move_no_household(ratings, settled, clones):
    sheet = ratings[ratings["rater"] == "02-3"]
    more = [sheet.assign(rater=f"02-3c{n}") for n in range(clones)]
    after = settle(pd.concat([ratings, *more], ignore_index=True), rules=RULES, seed=1)
    before, now = (s.consensus.set_index(KEY)["panel_limit"] for s in (settled, after))
    assert (now / before - 1).abs().max() <= 0.02
    assert set(after.raters.set_index("rater").loc[[f"02-3c{n}" for n in range(clones)], "copied_from"].notna()) == {
        True
    }


def test_favour_by_one_member_to_a_twentieth_gets_little_through(ratings, settled):
    before = settled.consensus.set_index(KEY)["panel_limit"]
    through = []
    for rater in ("01-1", "02-4", "03-2", "07-2", "06-1"):
        homes = ratings.loc[(ratings["rater"] == rater) & ratings["counts"], "household"]
        chosen = homes.sample(max(3, len(homes) // 20), random_state=3)
        rows = (ratings["rater"] == rater) & ratings["household"].isin(chosen)
        bent = ratings.assign(limit=ratings["limit"].mask(rows, ratings["limit"] * 3))
        now = settle(bent, rules=RULES, seed=1).consensus.set_index(KEY)["panel_limit"]
        at = ratings[rows].set_index(KEY).index
        through.append(float((np.log(now / before).reindex(at) / np.log(3)).mean()))
    assert np.mean(through) <= 0.15
    assert max(through) <= 1 / 3
