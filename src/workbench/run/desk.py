"""The desk of a notebook: what was asked, the tables so far, and where what it makes is laid down.

Under ``workbench run`` the desk stands in the run's folder and keeps to the plan: a step loads what the plan says it
needs, and saves what the plan says it makes.  By hand in JupyterLab it reads the last finished run of the parameter
file and keeps what the notebook saves in a scratch folder, so that no run is changed.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from workbench.errors import InputError
from workbench.params import RunParams, load_params
from workbench.run import show
from workbench.run.plan import BY_STEP, PLAN, Stage
from workbench.store.atomic import write_bytes
from workbench.store.place import product
from workbench.store.tables import ContractBroken, load_table, save_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from workbench.spec import FeatureSpec

DESK_FILE = "WORKBENCH_DESK"
"""Environment variable by which a run tells its kernels where the desk stands."""
MADE = {table for stage in PLAN for table in (*stage.admits, *stage.makes)}


class Desk:
    """What a notebook works at.  ``scratch`` is set when it was opened by hand, ``stage`` when a run opened it."""

    def __init__(
        self, params: RunParams, base: Path, run: Path, *, stage: Stage | None = None, scratch: Path | None = None
    ) -> None:
        self.params = params
        self.base = base
        self.run = run
        self.stage = stage
        self.scratch = scratch

    @property
    def as_of(self) -> date:
        """The day the run looks from."""
        return self.params.as_of

    @property
    def seed(self) -> int:
        """Where all randomness comes from."""
        return self.params.seed

    @cached_property
    def spec(self) -> FeatureSpec:
        """The feature spec that the parameters name."""
        from workbench.spec import load_spec

        path = self.file("spec")
        if path is None:
            raise InputError("spec", "the parameters name no feature spec", "add spec: <file>")
        return load_spec(path)

    def file(self, key: str) -> Path | None:
        """The file that a parameter names (spec, programme, policy, points, model), else the product's, else None."""
        given = getattr(self.params, key)
        if given is not None:
            return self.base / str(given)
        own = product() / "params" / f"{key}.yaml"
        return own if own.is_file() else None

    def has(self, name: str) -> bool:
        """Whether a table is there."""
        return self._place(name) is not None

    def load(self, name: str) -> pd.DataFrame:
        """A declared table, checked."""
        folder = self._place(name)
        if folder is None:
            raise InputError(
                f"tables/{name}.parquet", "is not there", "list the step that makes it, or give the files it needs"
            )
        return load_table(folder, name)

    def maybe(self, name: str) -> pd.DataFrame | None:
        """A declared table, or None where it is not there: what a step uses if present."""
        return self.load(name) if self.has(name) else None

    def save(self, name: str, frame: pd.DataFrame) -> None:
        """Saves a table that the plan lets this step make."""
        if self.stage is not None and name not in self.stage.makes:
            raise ContractBroken(f"{name}: the plan does not let the step {self.stage.step} make it")
        save_table(self._home / "tables", name, frame)

    def folder(self, name: str) -> Path:
        """A folder of the run for what is no table (``model``); by hand a copy, so that no run is changed."""
        if name in ("tables", "figures") or Path(name).name != name or name.startswith("."):
            raise ContractBroken(f"{name}: is no name for a folder of a run")
        place = self._home / name
        if self.scratch is not None and not place.exists() and (self.run / name).is_dir():
            shutil.copytree(self.run / name, place)
        place.mkdir(parents=True, exist_ok=True)
        return place

    def figure(self, name: str, figure: Figure, sentence: str) -> None:
        """Saves ``figures/name.png`` and shows it with the sentence that says what it shows."""
        from workbench.plots import png

        picture = png(figure)
        write_bytes(self._home / "figures" / f"{name}.png", picture)
        _show({"image/png": picture}, {"image/png": {"alt": sentence}})
        _show({"text/html": f'<p class="sentence">{show.prose_html(sentence)[3:]}'})

    def table(
        self,
        frame: pd.DataFrame | None,
        caption: str,
        labels: Mapping[str, str] | None = None,
        most: int = show.MOST_ROWS,
    ) -> None:
        """Shows a frame as an escaped HTML table; ``labels`` are the words for its columns.  None: shows nothing."""
        if frame is None:
            return
        _show({"text/html": show.table_html(frame, caption, labels, most)})

    def say(self, text: str) -> None:
        """Shows paragraphs; ``- `` makes a list, ``**x**`` is strong, all else is shown to the letter."""
        _show({"text/html": show.prose_html(text)})

    @property
    def _home(self) -> Path:
        return self.scratch if self.scratch is not None else self.run

    def _place(self, name: str) -> Path | None:
        stage = self.stage
        if stage is not None and name not in {*stage.needs, *stage.uses, *stage.admits, *stage.makes}:
            raise ContractBroken(f"{name}: the plan does not say that the step {stage.step} reads it")
        if name not in MADE:
            raise ContractBroken(f"{name}: no step of the plan makes it")
        for folder in (self._home / "tables", self.run / "tables"):
            if (folder / f"{name}.parquet").is_file():
                return folder
        return None


def _show(bundle: dict[str, Any], metadata: dict[str, Any] | None = None) -> None:
    from IPython.display import publish_display_data

    publish = cast("Callable[..., None]", publish_display_data)
    publish(bundle, metadata or {})


def open_desk(params_file: str, run_dir: str = "") -> Desk:
    """The desk of this notebook: that of the run that started it, else one for working by hand.

    By hand ``params_file`` is relative to the notebook; ``run_dir`` may name a finished run to look at, else the run in
    ``outputs/<name>`` is taken.  ``InputError`` where there is no finished run.
    """
    import numpy as np

    told = os.environ.get(DESK_FILE)
    if told:
        facts = json.loads(Path(told).read_text("utf-8"))
        desk = Desk(
            RunParams.model_validate_json(json.dumps(facts["params"])),
            Path(facts["base"]),
            Path(facts["run"]),
            stage=BY_STEP[facts["step"]],
        )
    else:
        path = Path(params_file).resolve()
        params = load_params(path)
        scratch = Path(tempfile.mkdtemp(prefix="workbench-desk-"))
        atexit.register(shutil.rmtree, scratch, ignore_errors=True)
        desk = Desk(params, path.parent, finished_run(params, path, run_dir), scratch=scratch)
    random.seed(desk.seed)
    np.random.seed(desk.seed)
    return desk


def finished_run(params: RunParams, params_path: Path, run_dir: str = "") -> Path:
    """The finished run to look at by hand: ``run_dir``, else ``outputs/<name>`` here or near the parameters."""
    places = (
        [Path(run_dir).resolve()]
        if run_dir
        else [
            root / "outputs" / params.name
            for root in (Path.cwd(), params_path.parent, params_path.parent.parent, product())
        ]
    )
    for place in places:
        if (place / "manifest.json").is_file():
            return place
    raise InputError(
        f"outputs/{params.name}",
        "there is no finished run of these parameters",
        f"first give the command: workbench run {params_path.name}",
    )
