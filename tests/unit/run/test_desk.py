"""The desk: keeps to the plan under a run, changes no run by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from workbench.errors import InputError
from workbench.params import RunParams
from workbench.run.desk import DESK_FILE, Desk, open_desk
from workbench.run.plan import BY_STEP
from workbench.store.tables import ContractBroken, empty, save_table

PARAMS = RunParams.model_validate({"name": "q", "dataset": ".", "as_of": "2021-12-31", "seed": 7})


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A parameter file with a finished run of it."""
    monkeypatch.delenv(DESK_FILE, raising=False)
    (tmp_path / "q.yaml").write_text("name: q\ndataset: .\nas_of: 2021-12-31\nseed: 7\n")
    run = tmp_path / "outputs" / "q"
    save_table(run / "tables", "row_counts", empty("row_counts"))
    (run / "model").mkdir()
    (run / "model" / "model.txt").write_text("tree")
    (run / "manifest.json").write_text(json.dumps({"workbench": "0", "name": "q"}))
    return tmp_path


def test_by_hand_it_reads_the_last_finished_run_and_writes_elsewhere(finished: Path) -> None:
    desk = open_desk(str(finished / "q.yaml"))
    assert desk.has("row_counts")
    assert not desk.has("limits")
    assert (desk.seed, desk.as_of.isoformat()) == (7, "2021-12-31")
    desk.save("row_counts", pd.DataFrame([["a.csv", 1, 1, 0, 0, 0]], columns=list(empty("row_counts").columns)))
    assert len(desk.load("row_counts")) == 1
    assert len(pd.read_parquet(finished / "outputs/q/tables/row_counts.parquet")) == 0
    (desk.folder("model") / "model.txt").write_text("other")
    assert (finished / "outputs/q/model/model.txt").read_text() == "tree"


def test_by_hand_without_a_run_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DESK_FILE, raising=False)
    (tmp_path / "z.yaml").write_text("name: never-run\ndataset: .\nas_of: 2021-12-31\n")
    with pytest.raises(InputError, match=r"workbench run z\.yaml"):
        open_desk(str(tmp_path / "z.yaml"))


def test_under_a_run_it_keeps_to_the_plan(tmp_path: Path) -> None:
    desk = Desk(PARAMS, tmp_path, tmp_path, stage=BY_STEP["panel"])
    with pytest.raises(ContractBroken, match="does not let the step panel make it"):
        desk.save("limits", empty("limits"))
    with pytest.raises(ContractBroken, match="the plan does not say"):
        desk.load("limits")
    with pytest.raises(InputError, match=r"households.parquet: is not there"):
        desk.load("households")
    desk.save("consensus", empty("consensus"))
    assert desk.has("consensus")


def test_what_a_run_told_wins_over_the_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "desk.json"
    facts = {"step": "limit", "run": str(tmp_path), "base": str(tmp_path), "params": PARAMS.model_dump(mode="json")}
    told.write_text(json.dumps(facts))
    monkeypatch.setenv(DESK_FILE, str(told))
    desk = open_desk("nowhere.yaml", "nowhere")
    assert desk.stage is BY_STEP["limit"]
    assert desk.params == PARAMS


@pytest.mark.parametrize("name", ["tables", "figures", "..", "a/b", ".hidden"])
def test_a_folder_of_a_run_has_a_plain_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(ContractBroken):
        Desk(PARAMS, tmp_path, tmp_path).folder(name)


def test_a_figure_is_saved_and_shown_with_its_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.plots import canvas
    from workbench.run import desk as module

    shown: list[dict[str, object]] = []
    monkeypatch.setattr(module, "_show", lambda bundle, metadata=None: shown.append(bundle))
    figure, axes = canvas("图")
    axes[0].plot([1, 2])
    Desk(PARAMS, tmp_path, tmp_path).figure("line", figure, "一 <条> 线")
    assert (tmp_path / "figures" / "line.png").read_bytes() == shown[0]["image/png"]
    assert shown[1]["text/html"] == '<p class="sentence">一 &lt;条&gt; 线</p>'
