"""``as_of`` cuts everything dated, labels included: a run at D on all data equals a run at D on the data cut at D.

The knife here is the contract's, written out by hand and independent of the product's: what is dated after D is taken
out of the files, what is told only after D (a first drawing, a removal from the list, an overdue label) is blanked.
Compared are all admitted tables and, at one day, all tables that the notebooks' verbs make of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from workbench.confirm.decide import confirm_limits
from workbench.filing.file import file_visits
from workbench.identity import Pseudonyms
from workbench.limit.books import load_books
from workbench.limit.model import load_model
from workbench.limit.policy import InForce, policy_at
from workbench.limit.propose import propose_limits
from workbench.milestones.measure import measure
from workbench.milestones.programme import load_programme
from workbench.notify.messages import prepare_messages
from workbench.panel.consensus import settle
from workbench.params import RunParams
from workbench.reconcile.gaps import explain_gaps
from workbench.run.door import Admitted, admit
from workbench.store.dataset import open_dataset
from workbench.store.place import product
from workbench.store.tables import checked
from workbench.town.make import make_town

NAMES = Pseudonyms(b"as-of-test")
DATED = {
    "panels": "评议日期",
    "records": "数据日期",
    "visits": "建档日期",
    "history": "确认日期",
    "signoffs": "日期",
    "negative": "列入日期",
    "drawdowns": "用信日期",
    "agreements": "签订日期",
}
UNDATED = ("panel_members", "grid", "optouts")
TOLD_LATER = {"negative": ("移出日期",), "history": ("首次用信日期",)}
STEPS = ("import", "panel", "filing", "limit", "gap", "decision", "notice", "milestones")


def days(column: pd.Series) -> pd.Series:
    """The days of a column of texts, by hand: the first ten characters of an ISO date; empty stays empty."""
    return pd.to_datetime(column.str.slice(0, 10).str.replace("/", "-"), format="%Y-%m-%d")


def labelled(raw: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Overdue labels that can be known on the day: twelve months after the first drawing, else after confirmation."""
    begin = days(raw["首次用信日期"]).fillna(days(raw["确认日期"])) if "首次用信日期" in raw else days(raw["确认日期"])
    return raw["十二个月内逾期"].where(begin + pd.DateOffset(years=1) <= day)


def cut(name: str, raw: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """A raw frame as it would have stood on the day."""
    raw = raw.copy()
    if name == "history":
        raw["十二个月内逾期"] = labelled(raw, day)
    for column in TOLD_LATER.get(name, ()):
        if column in raw:
            raw[column] = raw[column].where(~(days(raw[column]) > day))
    column = DATED.get(name)
    return raw[~(days(raw[column]) > day)] if column in raw else raw


def write(folder: Path, town: Path, raw: dict[str, pd.DataFrame], day: pd.Timestamp | None) -> Path:
    """A dataset of plain csv files; with a day, cut at it."""
    folder.mkdir()
    shutil.copytree(town / "rosters", folder / "rosters")
    shutil.copytree(town / "photos", folder / "photos")
    for name, frame in raw.items():
        kept = frame if day is None else cut(name, frame, day)
        for source in frame["source"].unique():
            part = kept[kept["source"] == source]
            path = (folder / str(source).partition("#")[0]).with_suffix(".csv")
            path.parent.mkdir(exist_ok=True)
            part.drop(columns=["source", "row"]).to_csv(path, index=False, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A small invented township, and its dated files as raw frames."""
    folder = make_town(tmp_path_factory.mktemp("as-of") / "town", villages=3, households=25, seed=7)
    dataset = open_dataset(folder, {}, {})
    raw = {name: dataset.read(name) for name in (*DATED, *UNDATED) if dataset.has(name)}
    return folder, raw, write(folder.parent / "all", folder, raw, None)


def door(folder: Path, town: Path, day: date) -> Admitted:
    shutil.copy(town / "spec.yaml", folder / "spec.yaml")
    params = RunParams(name="as-of", dataset=".", as_of=day, spec="spec.yaml", steps=STEPS)
    return admit(params, folder / "params.yaml", NAMES)


def plain(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables without the row numbers of the files (a shorter file has other ones), in one order."""
    out = {}
    for name, frame in tables.items():
        kept = checked(name, frame)
        kept = kept if name in ("quarantine", "row_counts") else kept.drop(columns="row", errors="ignore")
        out[name] = kept.sort_values(list(kept.columns), ignore_index=True)
    return out


def admitted(folder: Path, town: Path, day: date) -> dict[str, pd.DataFrame]:
    return plain(door(folder, town, day).tables)


def made(folder: Path, town: Path, day: date) -> dict[str, pd.DataFrame]:
    """The tables of every verb, in the order of the business, as the notebooks call them."""
    came = door(folder, town, day)
    params, given, out = came.params, came.tables, {}
    core = (given["households"], given["people"])
    panel = settle(given["ratings"], rules=params.panel, seed=params.seed)
    out |= {"consensus": panel.consensus, "raters": panel.raters, "pulls": panel.pulls}
    files = file_visits(given["visits"], given["photos"], given["records"])
    out |= {"filed": files.filed, "corrections": files.corrections, "facts": files.facts}
    model = folder / "model"
    model.mkdir()
    bank = propose_limits(files.facts, given["history"], *core, spec=came.spec, params=params, model_folder=model)
    out |= {name: getattr(bank, name) for name in ("limits", "policy_ledger", "explanations", "metrics")}
    why = explain_gaps(
        bank.limits, panel.consensus, given["ratings"], panel.pulls, *core, files.facts, given["records"],
        given["history"], files.corrections, spec=came.spec, params=params, score=load_model(model).score,
        bounds=InForce(policy_at(load_books().policy, params.as_of, params.limit)),
    )  # fmt: skip
    out |= {
        name: getattr(why, name) for name in ("gaps", "evidence", "weighing", "sides", "rules_compared", "fairness")
    }
    settled = confirm_limits(*core, given["history"], given["signoffs"], why.gaps, given["ratings"], params=params)
    out |= {name: getattr(settled, name) for name in ("confirmed", "signoff_findings", "decisions")}
    out["messages"] = prepare_messages(settled.confirmed, given["people"], params=params)
    later = {name: out[name] for name in ("filed", "consensus", "gaps", "messages", "decisions")}
    later |= {name: given[name] for name in ("grid", "visits", "drawdowns")}
    town_wide = (*core, given["quarantined_people"], given["agreements"], settled.confirmed)
    programme = load_programme(product() / "params" / "programme.yaml")
    reached = measure(*town_wide, **later, programme=programme, params=params)
    return plain(out | {name: getattr(reached, name) for name in ("milestones", "funnel", "course", "standing")})


def differ_at(town: tuple, tmp_path: Path, day: date, tables_of: Callable[..., dict[str, pd.DataFrame]]) -> list[str]:
    """Names of the tables that are not the same on all data as on the data cut at the day."""
    folder, raw, everything = town
    shorter = write(tmp_path / "cut", folder, raw, pd.Timestamp(day))
    there, here = tables_of(everything, folder, day), tables_of(shorter, folder, day)
    return sorted({*there} ^ {*here}) + [n for n in there if n in here and not there[n].equals(here[n])]


@pytest.mark.parametrize("day", [date(2020, 6, 30), date(2021, 3, 31), date(2021, 12, 31)])
def test_a_run_sees_nothing_dated_after_its_day(town, tmp_path, day):
    assert differ_at(town, tmp_path, day, admitted) == []


@settings(max_examples=5, deadline=None, derandomize=True, phases=[Phase.generate])
@given(shift=st.integers(0, 700))
def test_so_on_any_day(town, tmp_path_factory, shift):
    assert differ_at(town, tmp_path_factory.mktemp("day"), date(2020, 3, 1) + timedelta(days=shift), admitted) == []


def test_so_for_every_table_that_is_made(town, tmp_path):
    assert differ_at(town, tmp_path, date(2021, 12, 31), made) == []


def test_the_cut_takes_something_away_and_leaves_something(town):
    _, raw, _ = town
    day = pd.Timestamp("2021-09-30")
    for name in ("panels", "visits", "history", "signoffs", "drawdowns"):
        assert 0 < len(cut(name, raw[name], day)) < len(raw[name]), name
    labels = raw["history"]["十二个月内逾期"].notna().sum()
    assert 0 < labelled(raw["history"], pd.Timestamp("2021-03-31")).notna().sum() < labels
