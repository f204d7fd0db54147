"""What must carry identities: each made by a command of its own, into a folder of its own, with a line in the ledger.

A finished run holds pseudonyms only.  These commands read the run's tables, admit the run's dataset again (refusing one
that has changed since), and hand both to the stage that knows the form: blind sheets, returns, panel page, decision
sheets, SMS batch, reveal.  The ledger line is written before anything is made: what is not recorded is not made.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import ledger
from workbench.errors import InputError, RunDiffers
from workbench.identity import Pseudonyms, load_pseudonyms
from workbench.params import NoticeRules, RunParams, load_params
from workbench.run.door import Admitted, admit
from workbench.run.place import read_manifest
from workbench.run.verify import changed_tables
from workbench.store.atomic import whole
from workbench.store.tables import load_table
from workbench.store.text import BLANKS
from workbench.tables import TABLES

if TYPE_CHECKING:
    from workbench.notify.gateway import Gateway


HALF = ".part"
"""What a folder holds until it is whole; one that a killed command left keeps nobody out."""


@dataclass(frozen=True)
class OpenRun:
    """A finished run, its tables, and its dataset admitted again."""

    folder: Path
    params_path: Path
    admitted: Admitted
    tables: dict[str, pd.DataFrame]


def open_run(folder: Path, params_path: Path | None = None) -> OpenRun:
    """Opens a finished run; ``InputError`` where it is none, its dataset or a table changed, or the key is another."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise InputError(folder.name, "is no finished run", "give the folder of a run that ended with status 0")
    path = params_path or (folder / manifest["params_file"]).resolve()
    if not path.is_file():
        raise InputError(
            f"{folder.name}/manifest.json", "the parameter file of the run is not where it was", "give it with --params"
        )
    params = load_params(path)
    admitted = admit(params, path)
    if admitted.names.fingerprint() != manifest.get("key"):
        raise InputError("WORKBENCH_KEY", "is not the key that the run was made with", "give the key of the run")
    recorded, now = manifest["inputs"], admitted.inputs
    changed = sorted(k for k in {*now, *recorded} if now.get(k) != recorded.get(k))
    changed += [line.partition(":")[0] for line in changed_tables(folder, manifest, admitted.names)]
    if changed:
        raise InputError(
            f"{folder.name}: {', '.join(changed[:5])}", "changed since the run", "give the run again first"
        )
    tables = {
        p.stem: load_table(folder / "tables", p.stem)
        for p in sorted((folder / "tables").glob("*.parquet"))
        if p.stem in TABLES
    }
    return OpenRun(folder, path, admitted, tables)


def make_sheets(
    params_path: Path,
    out: Path,
    *,
    who: str | None = None,
    why: str = "blind review of the panels",
    note: Callable[[str], None] | None = None,
) -> list[Path]:
    """The blind rating sheets, one workbook a member, the list by which they are handed out, and the next form.

    ``note`` is told what was left aside, and for whom no sheet could be made.
    """
    from workbench.panel.handout import handout_of, listed_as, write_handout
    from workbench.panel.sheets import write_sheets

    params = load_params(params_path)
    admitted, members, ratings = _before_review(params, params_path)
    people, data, as_of = admitted.identities, admitted.dataset, params.as_of
    handout = handout_of(people, members, ratings)
    listed: dict[str, str] = {}
    for name in filter(data.has, ("panels", "panel_members")):
        listed |= listed_as(data.read(name), admitted.names)
    _own_folder(out, "sheets", admitted.names, who, why, households=int(admitted.tables["households"].shape[0]))
    made = _whole(
        out,
        lambda part: [
            *write_sheets(
                people, members, ratings=ratings, out=part, seed=params.seed, as_of=as_of, rules=params.panel
            ),
            write_handout(part, handout, listed, as_of),
        ],
    )
    if note is not None:
        for line in dict.fromkeys((*admitted.notes, *handout.lines())):
            note(line)
    return made


def _before_review(params: RunParams, params_path: Path) -> tuple[Admitted, pd.DataFrame, pd.DataFrame | None]:
    """Rosters and members, and the ratings of an earlier round where there was one: the first sheets precede any."""
    from workbench.panel.admit import admit_members
    from workbench.store.dataset import open_dataset

    dataset = open_dataset(params_path.resolve().parent / params.dataset, params.paths, params.columns)
    rated = dataset.has("panels")
    steps: dict[str, Any] = {"steps": ("import", "panel") if rated else ("import",)}
    admitted = admit(params.model_copy(update=steps), params_path)
    if rated:
        return admitted, admitted.tables["panel_members"], admitted.tables["ratings"]
    if not dataset.has("panel_members"):
        raise InputError(
            f"{params_path.name}: dataset", "holds no panel_members", "name each village's panel members there"
        )
    return admitted, admit_members(dataset.read("panel_members"), admitted.names), None


def make_returns(
    folder: Path, village: str, out: Path, *, params_path: Path | None = None, who: str | None = None
) -> list[Path]:
    """The rows that a village must mend, with the reason beside each."""
    from workbench.roster.returns import write_returns

    run = open_run(folder, params_path)
    village = _known_village(run, village)
    _own_folder(out, "returns", run.admitted.names, who, "rows for the village to mend", village=village)
    return _whole(out, lambda part: write_returns(run.admitted.roster, run.admitted.dataset, village, part))


def make_panel_page(
    folder: Path, village: str, out: Path, *, params_path: Path | None = None, who: str | None = None
) -> list[Path]:
    """The page that is taken to the village panel."""
    from workbench.reconcile.page import write_page

    run = open_run(folder, params_path)
    village = _known_village(run, village)
    if "gaps" not in run.tables:
        raise InputError("gaps", "the run holds no gaps", "run the steps panel, limit and gap first")
    if village not in set(run.tables["gaps"]["village"]):
        raise InputError("--village", "has no household with both limits in this run", "give a village of the run")
    _own_folder(out, "panel-page", run.admitted.names, who, "village meeting", village=village)
    params, spec = run.admitted.params, run.admitted.spec
    return _whole(
        out, lambda part: write_page(run.tables, run.admitted.identities, village, part, params=params, spec=spec)
    )


def make_decision_sheets(
    folder: Path, out: Path, *, params_path: Path | None = None, who: str | None = None
) -> list[Path]:
    """A decision sheet a village, to be signed by approver and checker."""
    from workbench.confirm.sheets import write_decision_sheets

    run = open_run(folder, params_path)
    if "gaps" not in run.tables:
        raise InputError("gaps", "the run holds no gaps", "run the steps panel, limit and gap first")
    _own_folder(out, "decision-sheets", run.admitted.names, who, "decisions to be signed")
    params = run.admitted.params
    return _whole(out, lambda part: write_decision_sheets(run.tables, run.admitted.identities, part, params=params))


def make_batch(
    folder: Path, out: Path, *, receipts: Path | None = None, params_path: Path | None = None, who: str | None = None
) -> list[Path]:
    """The SMS batch out of confirmed limits; states come back by ``receipts``."""
    from workbench.notify.batch import write_batch

    run = open_run(folder, params_path)
    for name in ("messages", "confirmed"):
        if name not in run.tables:
            raise InputError(folder.name, f"holds no table {name}", "run the steps decision and notice")
    gateway = _gateway(run.admitted.params.notice, run.params_path.parent)
    _own_folder(
        out, "notify", run.admitted.names, who, "notice of confirmed limits", again=True, receipts=receipts is not None
    )
    return list(
        write_batch(
            run.tables["messages"],
            run.tables["confirmed"],
            run.admitted.identities,
            out,
            template=run.admitted.params.notice.template,
            receipts=receipts,
            gateway=gateway,
        )
    )


def _gateway(notice: NoticeRules, base: Path) -> Gateway | None:
    """The SMS platform whose address stands in the environment; None: a file for the platform."""
    from workbench.notify.online import HttpGateway

    if notice.gateway_env is None:
        return None
    url = os.environ.get(notice.gateway_env)
    if not url:
        raise InputError(
            f"notice.gateway_env: {notice.gateway_env}",
            "the environment variable is not set",
            "set it to the https address of the SMS platform",
        )
    token = os.environ.get(notice.token_env) if notice.token_env else None
    return HttpGateway(url, token=token, ca_file=base / notice.ca_file if notice.ca_file else None)


def reveal(table: Path, out: Path, *, who: str, why: str, params_path: Path | None = None) -> Path:
    """Puts identities back into a table of a run, as a workbook, and records who asked and why."""
    from workbench.store.sheets import write_workbook

    run = open_run(table.resolve().parent.parent, params_path)
    if table.stem not in run.tables:
        raise InputError(table.name, "is no table of a finished run", "give RUN/tables/NAME.parquet")
    if out.exists():
        raise InputError(out.name, "is there already", "give another --out")
    ledger.record("reveal", why, run.admitted.names, who, table=table.stem, rows=len(run.tables[table.stem]))
    frame = _with_identities(run.tables[table.stem], run.admitted.identities)
    with whole(out, 0o600) as part:
        write_workbook(part, {table.stem: frame})
    return out


def _with_identities(frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """户号 and the head's name beside each household, 身份证 and 姓名 beside each person."""
    out = frame.copy()
    for column in ("holder", "person"):
        if column in out.columns:
            who = people.drop_duplicates("person").set_index("person")
            out.insert(0, "姓名", out[column].map(who["name"]))
            out.insert(0, "身份证", out[column].map(who["id_number"]))
            break
    if "household" in out.columns:
        heads = (
            people.sort_values("head", ascending=False, kind="stable")
            .drop_duplicates("household")
            .set_index("household")
        )
        out.insert(0, "户主", out["household"].map(heads["name"]))
        out.insert(0, "户号", out["household"].map(heads["number"]))
    return out


def _known_village(run: OpenRun, village: str) -> str:
    """The village without the blanks around its name, as rosters are read."""
    village = village.strip(BLANKS)
    if village not in set(run.admitted.roster.rows["行政村名称"].dropna()):
        known = "、".join(sorted(set(run.tables["households"]["village"])))
        raise InputError("--village", "no roster of the run holds this village", f"villages of the run: {known}")
    return village


def _own_folder(
    out: Path, what: str, names: Pseudonyms, who: str | None, why: str, *, again: bool = False, **facts: Any
) -> None:
    """The line in the ledger, then the folder: what cannot be recorded is not made, not even the folder.

    ``again``: the folder may hold what an earlier giving of the same command left (batches and receipts).
    """
    if out.exists() and (not out.is_dir() or (any(e.name != HALF for e in out.iterdir()) and not again)):
        raise InputError(out.name, "is there already and holds something", "give a new folder for --out")
    ledger.record(what, why, names, who, **facts)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(OSError):  # a folder that was there, perhaps open to everybody
        out.chmod(0o700)


def _whole(out: Path, write: Callable[[Path], Iterable[Path]]) -> list[Path]:
    """The folder with all its files or with none: made in a hidden part of it, then moved up."""
    part = out / HALF
    shutil.rmtree(part, ignore_errors=True)
    try:
        part.mkdir(mode=0o700)
        made = [out / path.relative_to(part) for path in write(part)]
        for entry in sorted(part.iterdir()):
            entry.rename(out / entry.name)
        part.rmdir()
        return made
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        with suppress(OSError):
            out.rmdir()
        raise


def check_ledger() -> None:
    """``RunDiffers`` naming the lines of the ledger that were changed or are missing."""
    wrong = ledger.check(load_pseudonyms())
    if wrong:
        raise RunDiffers("\n".join(f"{ledger.ledger_file().name}: {line}" for line in wrong))
