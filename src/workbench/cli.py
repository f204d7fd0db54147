"""The command line: parse, call, print, exit; no arithmetic.  The only module that turns errors into an exit status.

Heavy imports happen inside the commands, so that ``--help`` and a wrong parameter file are answered at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from workbench import cli_tables
from workbench.errors import FAILED, WorkbenchError
from workbench.run.start import keep_libraries_quiet, note, say, shown, speak_utf8, stop_in_order

app = typer.Typer(
    name="workbench",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="整村授信工作台 · the workbench of the whole-village credit programme.\n\n\b\n"
    "Examples:\n"
    "  workbench demo-town --out town --villages 4 --households 60\n"
    "  workbench run params/demo.yaml\n"
    "  workbench verify outputs/demo\n"
    "  workbench lab\n\n\b\n"
    "Exit status: 0 done; 2 the parameters or the input are wrong; 3 a data-quality gate stopped\n"
    "the run; 4 verify or ledger found a difference; 1 anything else.",
)

Out = Annotated[Path, typer.Option("--out", help="Where to write; a folder of its own.", show_default=False)]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.", show_default=False)]
Village = Annotated[str, typer.Option("--village", help="行政村名称.", show_default=False)]
Params = Annotated[Path, typer.Argument(metavar="PARAMS", help="Parameter file (YAML).", show_default=False)]
OtherParams = Annotated[Path | None, typer.Option("--params", help="PARAMS, if it is no longer where it was.")]
Who = Annotated[str | None, typer.Option("--who", help="Who asks, for the ledger (default: the login name).")]


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        say(f"workbench {version('workbench')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    pass


@app.command()
def run(
    params: Params,
    out: Annotated[Path | None, typer.Option("--out", help="DIR of the run (default: outputs/<name>).")] = None,
    again: Annotated[bool, typer.Option("--again", help="Make a finished run anew.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line a step, with its time.")] = False,
) -> None:
    """跑一个季度 · run the quarter, from rosters to milestones.

    Example: workbench run params/quarter.yaml --out outputs/2021Q4 --verbose
    """
    from workbench.params import load_params

    load_params(params)
    from workbench.run import execute

    folder = execute.run(params, out, again, verbose, note)
    say(f"done: {shown(folder)}/index.html")


@app.command()
def verify(folder: RunFolder, params: OtherParams = None, verbose: bool = False) -> None:
    """核对一次运行 · make a run again and compare, byte by byte.

    Exit status 4 names what differs.  Example: workbench verify outputs/demo
    """
    from workbench.run import verify as checking

    for line in checking.verify(folder, params, verbose):
        say(line)


@app.command()
def diff(
    before: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the earlier run.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the later run.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="Also write a page and a table into this folder.")] = None,
) -> None:
    """比较两次运行 · what changed, who moved and why.

    Example: workbench diff outputs/2021Q3 outputs/2021Q4 --out outputs/diff
    """
    from workbench.run import diff as comparing

    for line in comparing.diff(before, after, out):
        say(line)


@app.command()
def series(
    params: Params,
    first: Annotated[str, typer.Option("--from", help="First quarter, as 2019Q4.", show_default=False)],
    last: Annotated[str, typer.Option("--to", help="Last quarter.", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="Folder (default: outputs/<name>-series).")] = None,
) -> None:
    """逐季运行 · every quarter, and the course against the targets.

    Example: workbench series params/demo.yaml --from 2019Q4 --to 2022Q2
    """
    from workbench.params import load_params

    folder = out or Path("outputs") / f"{load_params(params).name}-series"
    from workbench.run.series import series as run_series

    say(f"done: {shown(run_series(params, first, last, folder, note))}")


app.command()(cli_tables.train)
app.command()(cli_tables.score)
app.command()(cli_tables.consensus)


@app.command()
def sheets(params: Params, out: Out, who: Who = None) -> None:
    """出评议表 · the blind rating sheets, one workbook a member.

    Holds identities; recorded.  Example: workbench sheets params/quarter.yaml --out sheets
    """
    from workbench.run.identifying import make_sheets

    _made(make_sheets(params, out, who=who, note=note), out)


@app.command("panel-page")
def panel_page(run: RunFolder, village: Village, out: Out, params: OtherParams = None, who: Who = None) -> None:
    """出村里会议页 · the page that is taken to the village panel.

    Holds identities; recorded.  Example: workbench panel-page outputs/2021Q4 --village 大院村 --out panel-page
    """
    from workbench.run.identifying import make_panel_page

    _made(make_panel_page(run, village, out, params_path=params, who=who), out)


@app.command()
def returns(run: RunFolder, village: Village, out: Out, params: OtherParams = None, who: Who = None) -> None:
    """退回名册 · the rows that a village must mend, and why.

    Holds identities; recorded.  Example: workbench returns outputs/2021Q4 --village 大院村 --out returns
    """
    from workbench.run.identifying import make_returns

    _made(make_returns(run, village, out, params_path=params, who=who), out)


@app.command("decision-sheets")
def decision_sheets(run: RunFolder, out: Out, params: OtherParams = None, who: Who = None) -> None:
    """出签批表 · a decision sheet a village, for two signatures.

    Holds identities; recorded.  Example: workbench decision-sheets outputs/2021Q4 --out decisions
    """
    from workbench.run.identifying import make_decision_sheets

    _made(make_decision_sheets(run, out, params_path=params, who=who), out)


@app.command()
def notify(
    run: RunFolder,
    out: Out,
    receipts: Annotated[Path | None, typer.Option("--receipts", help="File of states that came back.")] = None,
    params: OtherParams = None,
    who: Who = None,
) -> None:
    """出短信批次 · the SMS batch of confirmed limits.

    The same limit is never sent twice; each making is a line in the ledger.

    Example: workbench notify outputs/2021Q4 --out sms --receipts receipts.csv
    """
    from workbench.run.identifying import make_batch

    _made(make_batch(run, out, receipts=receipts, params_path=params, who=who), out)


@app.command()
def reveal(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="RUN/tables/NAME.parquet", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Workbook to write (.xlsx).", show_default=False)],
    who: Annotated[str, typer.Option("--who", help="Who asks.", show_default=False)],
    why: Annotated[str, typer.Option("--why", help="Why.", show_default=False)],
    params: OtherParams = None,
) -> None:
    """还原姓名 · identities back into a table; recorded.

    Example: workbench reveal outputs/2021Q4/tables/gaps.parquet --out gaps.xlsx --who 李主任 --why 复议
    """
    from workbench.run.identifying import reveal as putting_back

    say(f"done: {shown(putting_back(table, out, who=who, why=why, params_path=params))}")


@app.command()
def ledger() -> None:
    """查台账 · whether the record of who revealed what is whole.

    Exit status 4 names the lines that were changed or are missing.
    """
    from workbench.run.identifying import check_ledger

    check_ledger()
    say("the ledger stands as it was written")


@app.command("demo-town")
def demo_town(
    out: Out,
    villages: Annotated[int, typer.Option("--villages", min=1, max=200)] = 8,
    households: Annotated[int, typer.Option("--households", min=5, help="Of a village, about.")] = 90,
    seed: Annotated[int, typer.Option("--seed")] = 1,
) -> None:
    """编一个镇 · an invented township, its truth in a folder apart.

    Example: workbench demo-town --out town --villages 4 --households 60 --seed 7
    """
    from workbench.town.make import make_town

    make_town(out, villages, households, seed)
    say(f"done: {shown(out)}")


@app.command()
def lab(
    port: Annotated[int, typer.Option("--port", help="0: any free one.")] = 8888,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = True,
) -> None:
    """打开笔记本 · JupyterLab in Chinese, on this machine alone."""
    from workbench.run.lab import open_lab

    open_lab(port, browser)


def _made(files: list[Path], out: Path) -> None:
    say(f"done: {len(files)} file(s) in {shown(out)}; they hold identities: keep the folder closed")


def main() -> NoReturn:
    """The console script ``workbench``."""
    speak_utf8()
    stop_in_order()
    keep_libraries_quiet()
    try:
        code: Any = app(standalone_mode=False)
    except SystemExit as leaving:
        code = leaving.code
    except TyperException as usage:
        usage.show()  # type: ignore[attr-defined]
        code = usage.exit_code
    except BaseException as fault:
        code = _told(fault)
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the answer has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)


def _told(fault: BaseException) -> int:
    """Says what went wrong, in our own words, and gives the exit status of its kind."""
    if not isinstance(fault, WorkbenchError):
        from workbench.run.boundary import ours

        cause = fault.__cause__ if isinstance(fault, typer.Abort) else None  # of a file that ends too soon
        fault = ours(cause or fault)
    from workbench.run.phrases import in_both, without_numbers

    try:
        note(f"workbench: {without_numbers(in_both(str(fault)))}")
    except (OSError, ValueError):
        return FAILED
    return fault.exit_status


if __name__ == "__main__":
    main()
