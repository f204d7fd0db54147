"""``workbench run``: the door, then one notebook after the other, each between gates; pages, index, manifest last.

The order keeps the promises: PARAMS and notebooks are checked before DIR is looked at; DIR is claimed before anything
is read, and given back as it was if the input is wrong; identities stop at the door; a gate that stops the run lets the
report be written first; the manifest comes last, by rename.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import GateStopped, InputError, RunFailed
from workbench.params import RunParams, load_params
from workbench.run.place import Place
from workbench.run.plan import Stage
from workbench.run.progress import Progress
from workbench.store.place import product
from workbench.store.tables import checked, load_table, save_table
from workbench.words import STEPS

if TYPE_CHECKING:
    from workbench.run.door import Admitted
    from workbench.run.earlier import Opened
    from workbench.run.kernels import Kernels

Tell = Callable[[str], None]


@dataclass
class Asked:
    """One run as it was asked for: checked parameters, where they stand, and where it writes."""

    params: RunParams
    params_path: Path
    stages: list[Stage]
    work: Path
    progress: Progress
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    gates: list[Any] = field(default_factory=list)
    before: Opened | None = None
    stopped: str = ""
    writer: Executor | None = None
    pages: list[Future[None]] = field(default_factory=list)

    def later(self, stage: Stage) -> None:
        """Writes the page of a step while the next one works; ``writer`` is one thread, none where no page is asked."""
        from workbench.run.pages import write_page

        if self.writer is not None:
            self.pages.append(self.writer.submit(write_page, self.work, self.stages, stage, self.params))


def default_folder(params: RunParams) -> Path:
    """DIR where none is given: ``outputs/<name>`` in the folder of the command."""
    return Path("outputs") / params.name


def run(
    params_path: Path, out: Path | None = None, again: bool = False, verbose: bool = False, tell: Tell = print
) -> Path:
    """Runs PARAMS into DIR and gives DIR; raises ``InputError`` (2), ``GateStopped`` (3), ``RunFailed`` (1)."""
    from workbench.quality.gate import check_suites
    from workbench.run.door import listed
    from workbench.run.notebooks import check_notebooks

    params = load_params(params_path)
    stages = listed(params)
    check_notebooks(stages)
    check_suites(product() / "expectations")
    folder = (out or default_folder(params)).absolute()
    place = Place(folder, params.name, again)
    place.claim()
    progress = Progress(2 * len(stages) + 3, verbose)
    try:
        stopped = _in_place(place, Asked(params, params_path, stages, place.work, progress), tell)
    except InputError:
        place.undo()
        raise
    finally:
        progress.close()
        place.forget()
        place.release()
    if stopped:
        raise GateStopped(
            f"{stopped}\n    the report is in {folder.name}/index.html; nothing in the folder is a result"
        )
    return folder


def _in_place(place: Place, asked: Asked, tell: Tell) -> str:
    """The run in the folder that it holds; gives what a gate said if it stopped the run."""
    from workbench.run.earlier import settled
    from workbench.run.kernels import Kernels
    from workbench.run.manifest import write_manifest

    with Kernels(asked.params.threads, asked.params.seed) as kernels:
        os.environ["MPLCONFIGDIR"] = str(kernels.private / "matplotlib")  # nothing is left in HOME
        with asked.progress.part("door", "读入与核对"):
            admitted = _admitted(asked, tell)
            key, homes = admitted.names.fingerprint(), admitted.tables["households"]
            asked.params, asked.before, note = settled(asked.params, asked.params_path, place.folder, key, homes)
            if note:
                tell(note)
        place.start()
        with ThreadPoolExecutor(1) as asked.writer:
            run_steps(asked, admitted, kernels)
        with asked.progress.part("pages", "报告与目录"):
            write_report(asked, admitted)
    place.settle()
    if not asked.stopped:
        write_manifest(
            place.folder,
            params=asked.params,
            params_path=asked.params_path,
            names=admitted.names,
            inputs=admitted.inputs,
            notes=admitted.notes,
            absent=admitted.absent,
            timings=asked.progress.timings,
        )
    place.keep()
    return asked.stopped


def _admitted(asked: Asked, tell: Tell) -> Admitted:
    from workbench.run.door import admit

    admitted = admit(asked.params, asked.params_path)
    for note in admitted.notes:
        tell(note)
    if admitted.absent:
        tell("没有提供，按没有处理 (not given, done without): " + ", ".join(admitted.absent))
    return admitted


def run_steps(asked: Asked, admitted: Admitted, kernels: Kernels) -> None:
    """Saves the admitted tables, then runs the notebooks in order until the end or until a gate stops the run."""
    from workbench.run.notebooks import run_notebook

    _open_before(asked)
    before = None if asked.before is None else asked.before.tables
    folder = asked.work / "tables"
    for name, frame in admitted.tables.items():
        save_table(folder, name, frame)
        asked.tables[name] = checked(name, frame)
    with asked.progress.part("gate", "数据质量关口"):
        _gate(asked, list(admitted.tables), before)
    waiting = kernels.start(asked.work, desk_facts(asked, asked.stages[0]))
    for stage, follower in zip(asked.stages, [*asked.stages[1:], None], strict=True):
        with asked.progress.part(stage.step, f"{STEPS[stage.step]}：{stage.question}"):
            kernel = waiting
            if follower is not None:  # boots on the other core while this one works
                waiting = kernels.start(asked.work, desk_facts(asked, follower))
            run_notebook(stage, asked.params_path.name, kernel, asked.work, asked.params.timeout_minutes * 60)
            kernel.end()
        if follower is not None:
            asked.later(stage)
        _take_made(asked, stage)
        with asked.progress.part("gate", f"{STEPS[stage.step]}：核对结果"):
            if stage.makes and not asked.stopped:
                _gate(asked, list(stage.makes), before)
        if asked.stopped:
            return


def desk_facts(asked: Asked, stage: Stage) -> dict[str, Any]:
    """What the desk of a notebook must know."""
    return {
        "step": stage.step,
        "run": str(asked.work),
        "base": str(asked.params_path.resolve().parent),
        "params": asked.params.model_dump(mode="json"),
    }


def _take_made(asked: Asked, stage: Stage) -> None:
    for name in stage.makes:
        if not (asked.work / "tables" / f"{name}.parquet").is_file():
            raise RunFailed(
                f"{stage.notebook}: did not make the table {name}\n    put the notebook back from the release"
            )
        asked.tables[name] = load_table(asked.work / "tables", name)


def _gate(asked: Asked, names: list[str], before: dict[str, pd.DataFrame] | None) -> None:
    from workbench.quality.gate import gates_table, run_gate

    result = run_gate(
        asked.tables, suites=product() / "expectations", as_of=asked.params.as_of, only=names, before=before
    )
    asked.gates += result.results
    asked.tables["gates"] = gates_table(asked.gates)
    save_table(asked.work / "tables", "gates", asked.tables["gates"])
    if result.stopped:
        asked.stopped = result.message


def _open_before(asked: Asked) -> None:
    """Opens the run to compare with, when the parameters name one; ``InputError`` where they name none."""
    from workbench.run.earlier import named_before

    if asked.before is None:
        asked.before = named_before(asked.params, asked.params_path)


def write_report(asked: Asked, admitted: Admitted) -> None:
    """Pages of the notebooks that ran, Data Docs, papers of the quarter, and the index."""
    from workbench.quality.docs import write_docs
    from workbench.run.changes import changes_since, write_changes
    from workbench.run.index import write_index
    from workbench.run.pages import write_page
    from workbench.run.papers import write_quarter_papers

    ran = [s for s in asked.stages if (asked.work / s.notebook).is_file()]
    for page in asked.pages:
        page.result()
    write_page(asked.work, ran, ran[-1], asked.params)
    write_docs(asked.gates, asked.work / "docs", home="../index.html")
    since = changes_since(asked, admitted)
    if since is not None:
        write_changes(asked.work / "reports" / "changes.html", since, "quarter-inside.xlsx", "../index.html")
    write_quarter_papers(asked, since)
    write_index(asked, ran, admitted, since)
