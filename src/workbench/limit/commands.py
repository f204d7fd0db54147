"""``workbench train`` and ``workbench score``: any table that a feature spec describes; no key, no run.

Imports of what is heavy stand inside: the command line's help must answer at once.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.limit.paper_words import figure

OURS = (
    "model.txt",
    "model.json",
    "digest.json",
    "metrics.json",
    "predictions.parquet",
    "model-papers.md",
    "model-papers.html",
)


def train_table(
    table: Path, spec: Path, out: Path, *, seed: int = 1, folds: int = 5, before: Path | None = None
) -> list[str]:
    """Trains on ``table`` and fills the folder ``out``; gives the sentences to print.

    ``before`` is the folder of an earlier model: metrics and papers then say how far the figures of the rows moved.
    ``InputError`` before anything is written where spec or table are wrong, or ``out`` holds files of somebody else.
    """
    from workbench.limit.model import load_model
    from workbench.limit.stability_papers import figures_beside, told_before
    from workbench.limit.tablefile import read_table
    from workbench.limit.train import LARGEST_SEED, train, with_another_seed
    from workbench.spec import load_spec

    if folds < 2:
        raise InputError("--folds", "must be 2 or more", "5 is usual")
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError("--seed", "must be a whole number of 0 or more that the library can hold", "1 is usual")
    _refuse_place(out)
    _refuse_foreign(out)
    checked = load_spec(spec)
    points = _points_scorer(checked)
    earlier = None if before is None else load_model(before)
    frame = read_table(table, checked.columns, checked.key if checked.group is None else (*checked.key, checked.group))
    if earlier is not None and before is not None:
        earlier.matrix(frame.head(0), f"{table.name}, for --before {before.name}")
    made = train(frame, checked, seed=seed, folds=folds, file=table.name, points=points)
    made = with_another_seed(frame, made, checked, seed)
    beside = None if earlier is None else figures_beside(earlier, made.model, frame)
    if earlier is not None and beside is not None:
        made = replace(made, metrics={**made.metrics, "before": told_before(earlier, beside)})
    out.mkdir(parents=True, exist_ok=True)
    for left in [*filter(_is_part, out.iterdir()), out / "digest.json"]:
        left.unlink(missing_ok=True)
    _write_metrics(out, made.metrics)
    _write_predictions(out, frame, list(checked.key), made)
    _write_papers(out, frame, checked.target, made, earlier, beside)
    made.model.save(out)
    return [*made.notes, *summary(made.metrics)]


def score_table(table: Path, model: Path, out: Path, *, explain: bool = False, engine: str = "local") -> list[str]:
    """Scores ``table`` with the model of a folder into the file ``out`` (.csv: CSV, else Parquet); gives the sentences
    to print."""
    from workbench.limit.scoring import score_file

    if engine not in ("local", "dask"):
        raise InputError("--engine", "is neither local nor dask", "give one of the two")
    _refuse_place(out)
    place = out.resolve()
    if any(given.resolve() in (place, *place.parents) for given in (table, model)):
        raise InputError(
            out.name, "would be written over or into the table or the model", "give a file of its own elsewhere"
        )
    return score_file(table, model, out, explain=explain, engine=engine)


def summary(metrics: dict[str, Any]) -> list[str]:
    """The metrics in a few lines: ours beside each baseline."""
    lines = [
        f"n {metrics['n']}, folds {metrics['folds']}, coverage of the 90 % interval {metrics['coverage_90']:.3f}, "
        f"directions broken {metrics['monotone_violations']}"
    ]
    for name in ("model", "median", "linear", "lightgbm_plain", "points"):
        row = metrics if name == "model" else metrics.get(name)
        if row is not None:
            lines.append(f"  {name:<15} mae {figure(row['mae'])}  rmse {figure(row['rmse'])}  r2 {row['r2']:.3f}")
    best = min((metrics[n]["mae"], n) for n in ("median", "linear", "points") if n in metrics)
    if metrics["mae"] >= best[0]:
        lines.append(f"  the model does not beat {best[1]} on groups that it has not seen")
    if "before" in metrics:
        was = metrics["before"]
        lines.append(
            f"  against the model before ({was['digest'][:12]}): PSI {was['psi']:.3f}, "
            f"{was['moved']:.1%} of {was['rows']:,} rows moved by more than a quarter"
        )
    return lines


def _points_scorer(spec: Any) -> Any:
    if spec.points_file is None:
        return None
    from workbench.limit.points import load_points

    points = load_points(spec.points_file)
    points.require(spec)
    return points.figures


def _refuse_place(out: Path) -> None:
    """A file where a folder of ``out`` has to be."""
    for folder in out.parents:
        if folder.exists():
            if not folder.is_dir():
                raise InputError(f"{folder.name}/…/{out.name}", f"{folder.name} is a file", "give another place")
            return


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(out.name, "is a file", "give a folder")
    if out.is_dir() and any(p.name not in OURS and not _is_part(p) for p in out.iterdir()):
        raise InputError(out.name, "holds files that train did not write", "give a new folder")


def _is_part(path: Path) -> bool:
    """What a killed ``train`` left half-written: the same command may be given again."""
    return path.suffix == ".part" and any(path.name.startswith(f".{name}.") for name in OURS)


def _write_papers(out: Path, frame: Any, target: str, made: Any, before: Any, beside: Any) -> None:
    import pandas as pd

    from workbench.limit.papers import papers_of_a_table, write_train_papers

    table = made.out_of_fold
    wanted = pd.to_numeric(frame[target].iloc[table.index], errors="coerce").to_numpy(dtype=float)
    told = papers_of_a_table(made.metrics, made.model, table.assign(target=wanted), frame, before, beside)
    write_train_papers(out, told)


def _write_metrics(out: Path, metrics: dict[str, Any]) -> None:
    from workbench.store.atomic import write_text

    write_text(out / "metrics.json", json.dumps(metrics, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _write_predictions(out: Path, frame: Any, key: list[str], made: Any) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from workbench.store.atomic import whole

    told = frame.iloc[made.out_of_fold.index][key].reset_index(drop=True)
    told = told.assign(row=made.out_of_fold.index + 1, **made.out_of_fold.reset_index(drop=True))
    with whole(out / "predictions.parquet") as part:
        pq.write_table(pa.Table.from_pandas(told, preserve_index=False), part, compression="zstd")
