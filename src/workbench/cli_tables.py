"""Commands on any table, with no run and no key: train, score, consensus.  ``cli`` gives them their names.

Parse, call, print; heavy imports happen inside the commands, as in ``cli``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.run.start import say, shown

Out = Annotated[Path, typer.Option("--out", help="Where to write; a folder of its own.", show_default=False)]
Table = Annotated[Path, typer.Argument(metavar="TABLE", help="Parquet or CSV.", show_default=False)]
Spec = Annotated[Path, typer.Option("--spec", help="Feature spec (YAML).", show_default=False)]
Model = Annotated[Path, typer.Option("--model", help="Folder that train wrote.", show_default=False)]


def train(
    table: Table,
    spec: Spec,
    out: Out,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    folds: Annotated[int, typer.Option("--folds", min=2)] = 5,
    before: Annotated[
        Path | None, typer.Option("--before", help="Folder of the model before: papers say what moved.")
    ] = None,
) -> None:
    """训练额度模型 · fit the limit model on any table with a spec.

    Example: workbench train history.parquet --spec params/spec.yaml --out model
    """
    from workbench.limit.commands import train_table

    for line in train_table(table, spec, out, seed=seed, folds=folds, before=before):
        say(line)
    say(f"done: {shown(out)}")


def score(
    table: Table,
    model: Model,
    out: Annotated[Path, typer.Option("--out", help="File to write (.parquet or .csv).", show_default=False)],
    explain: Annotated[bool, typer.Option("--explain", help="Add base and one yuan:<feature> a feature.")] = False,
    engine: Annotated[str, typer.Option("--engine", help="local or dask")] = "local",
) -> None:
    """打分 · score a table of any size, in the order of its rows.

    Example: workbench score records.parquet --model model --out scores.parquet --explain
    """
    from workbench.limit.commands import score_table

    for line in score_table(table, model, out, explain=explain, engine=engine):
        say(line)
    say(f"done: {shown(out)}")


def consensus(
    table: Table,
    item: Annotated[str, typer.Option("--item", help="Column: what is rated.", show_default=False)],
    rater: Annotated[str, typer.Option("--rater", help="Column: who rates.", show_default=False)],
    value: Annotated[str, typer.Option("--value", help="Column: the figure given.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="File to write.", show_default=False)],
    unit: Annotated[str | None, typer.Option("--unit", help="Column: what shares one panel (a village).")] = None,
    role: Annotated[str | None, typer.Option("--role", help="Column: the rater's role.")] = None,
    conflict: Annotated[str | None, typer.Option("--conflict", help="Column: 1 where the rater has a stake.")] = None,
) -> None:
    """求公议额度 · the panel's consensus on any table of ratings.

    Example: workbench consensus ratings.csv --item 户号 --rater 评议员 --value 额度 --unit 村 --out consensus.parquet
    """
    from workbench.panel.table import consensus_file

    consensus_file(
        table, item=item, rater=rater, value=value, unit=unit, role=role, conflict=conflict, out=out, note=say
    )
    say(f"done: {shown(out)}")
