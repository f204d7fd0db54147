"""Runs one notebook by papermill in its own kernel, and gives it back in a form that is the same bytes twice.

Parameters are checked by name and type before anything runs.  An executed notebook keeps no path, no time, no random
id, no warning text; a failed one keeps only our own words about the failure (``run.boundary``).
"""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

from workbench.errors import Fault, InputError, RunFailed, WorkbenchError
from workbench.run.boundary import from_kernel
from workbench.run.kernels import Kernel
from workbench.run.plan import Stage
from workbench.store.atomic import write_text
from workbench.store.place import product

PARAMETERS = {"params_file": str, "run_dir": str}
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_RICH = ("text/html", "image/png", "image/svg+xml", "text/markdown")


def notebook_path(stage: Stage) -> Path:
    """Where the notebook of a step stands."""
    return product() / "notebooks" / stage.notebook


def check_notebooks(stages: list[Stage]) -> None:
    """``InputError`` where a notebook is not there, is broken, or takes other parameters than a run gives."""
    faults = []
    for stage in stages:
        place = f"notebooks/{stage.notebook}"
        try:
            declared = _parameters(notebook_path(stage))
        except FileNotFoundError:
            faults.append(Fault(place, "is not there", "put it back from the release"))
            continue
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            faults.append(Fault(place, "is no readable notebook", "put it back from the release"))
            continue
        for name, kind in PARAMETERS.items():
            if name not in declared:
                faults.append(Fault(place, f"has no parameter {name}", "declare it in the cell tagged parameters"))
            elif declared[name] is not kind:
                faults.append(
                    Fault(place, f"its parameter {name} is no text", "declare it as text, in quotation marks")
                )
        faults += [
            Fault(place, f"has a parameter {name} that no run gives", "give it a place in PARAMS, or take it out")
            for name in sorted(set(declared) - set(PARAMETERS))
        ]
    if faults:
        raise InputError(faults)


def _parameters(path: Path) -> dict[str, type]:
    """Names and types in the cell tagged ``parameters``, read from the source: nothing runs."""
    import ast

    notebook = json.loads(path.read_text("utf-8"))
    cells = [c for c in notebook["cells"] if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        return {}
    tree = ast.parse("".join(cells[0]["source"]))
    return {
        target.id: type(ast.literal_eval(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def run_notebook(stage: Stage, params_name: str, kernel: Kernel, out: Path, timeout: int) -> None:
    """Runs the notebook of a step; saves it in ``out`` in any case, then raises what it failed with."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    kept = _engine(kernel)
    fault: WorkbenchError | None = None
    try:
        papermill.execute_notebook(
            str(notebook_path(stage)),
            None,
            {"params_file": params_name, "run_dir": "."},
            engine_name=ENGINE,
            kernel_name="python3",
            progress_bar=False,
            execution_timeout=timeout,
        )
    except PapermillExecutionError as error:
        fault = from_kernel(error.ename, error.evalue)
    except CellTimeoutError:
        fault = RunFailed(
            f"{stage.notebook}: a cell took longer than {timeout // 60} minutes\n    raise timeout_minutes"
        )
    except (DeadKernelError, RuntimeError, TimeoutError):
        fault = _died(stage)
    if fault is None and not kernel.alive():
        fault = _died(stage)
    if kept:
        write_text(out / stage.notebook, normalised(kept[0], fault))
    if fault is not None:
        raise fault


def _died(stage: Stage) -> RunFailed:
    return RunFailed(
        f"{stage.notebook}: its kernel was ended from outside, or ran out of memory\n    give the same command again"
    )


ENGINE = "workbench"


def _engine(kernel: Kernel) -> list[Any]:
    """Registers an engine for papermill that works in ``kernel``; the notebook stands in the list afterwards."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines

    kept: list[Any] = []
    silent = logging.getLogger("workbench.kernel")
    silent.setLevel(logging.CRITICAL + 1)
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)

    class InKernel(Engine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **given: Any) -> None:
            kept.append(nb_man.nb)
            client = PapermillNotebookClient(
                nb_man, km=kernel, timeout=given["execution_timeout"], startup_timeout=60, log=silent
            )
            try:
                client.execute()
            finally:
                if client.kc is not None:
                    client.kc.stop_channels()

    papermill_engines.register(ENGINE, InKernel)
    return kept


def normalised(notebook: Any, fault: WorkbenchError | None = None) -> str:
    """The executed notebook as text: the same for the same cells and outputs, with nothing of time, place or chance."""
    cells = []
    for number, cell in enumerate(c for c in notebook.cells if not _is_marker(c)):
        tags = [t for t in cell.metadata.get("tags", []) if t in ("parameters", "injected-parameters")]
        plain: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": f"cell-{number:02d}",
            "metadata": {"tags": tags} if tags else {},
            "source": cell.source,
        }
        if cell.cell_type == "code":
            plain["execution_count"] = cell.get("execution_count")
            plain["outputs"] = [_output(o, fault) for o in cell.get("outputs", []) if _is_kept(o)]
        cells.append(plain)
    whole = {"cells": cells, "metadata": {"kernelspec": KERNEL, "language_info": {"name": "python"}}}
    return (
        json.dumps({**whole, "nbformat": 4, "nbformat_minor": 5}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    )


def _is_marker(cell: Any) -> bool:
    return "papermill-error-cell-tag" in cell.metadata.get("tags", [])


def _is_kept(output: Any) -> bool:
    """Warnings on stderr name files of this machine and may repeat cells; widgets are empty boxes on a page."""
    if output.output_type == "stream":
        return bool(output.name == "stdout")
    return output.output_type == "error" or any(kind in output.data for kind in (*_RICH, "text/plain"))


def _output(output: Any, fault: WorkbenchError | None) -> dict[str, Any]:
    if output.output_type == "error":
        told = str(fault) if fault is not None else str(output.evalue)
        return {"output_type": "error", "ename": str(output.ename), "evalue": told, "traceback": told.splitlines()}
    if output.output_type == "stream":
        return {"output_type": "stream", "name": "stdout", "text": _without_paths(output.text)}
    data = {k: v for k, v in output.data.items() if k in _RICH}
    if not data:
        data = {"text/plain": _without_paths(output.data["text/plain"])}
    alt = output.metadata.get("image/png", {}).get("alt")
    metadata = {"image/png": {"alt": alt}} if alt and "image/png" in data else {}
    return {"output_type": "display_data", "data": data, "metadata": metadata}


def _without_paths(text: str) -> str:
    """Plain output without absolute paths or addresses in memory."""
    return re.sub(r" at 0x[0-9a-f]+", "", re.sub(r"(?<![\w.])/(?:[\w.-]+/)+[\w.-]*", "…", text))
