"""The door: reads what the listed steps need, refuses what is wrong, and lets nothing through that names a person.

In: parameters and the dataset they name.  Out: ``Admitted``, whose tables are pseudonymous and cut at ``as_of``; what
identifies people stays in memory, for the commands that must print it.  The order matters: agreements first (no row of
a village without one is used), then rosters (who is known), then everything that speaks of households and people.
A fault anywhere here is exit 2, before a run folder exists; faults of the plan are told all at once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.errors import Fault, InputError
from workbench.identity import Pseudonyms, load_pseudonyms
from workbench.params import RunParams
from workbench.run.plan import PLAN, Stage
from workbench.run.withheld import STAFF, Withheld, free_columns, free_texts
from workbench.store.place import product

if TYPE_CHECKING:
    from workbench.roster.admit import Admission
    from workbench.spec import FeatureSpec
    from workbench.store.dataset import Dataset, RosterSheet


@dataclass(frozen=True)
class Admitted:
    """What came through the door.  ``roster`` and ``dataset`` hold identities and never leave the process."""

    params: RunParams
    names: Pseudonyms
    tables: dict[str, pd.DataFrame]
    notes: list[str]
    absent: list[str]
    inputs: dict[str, str]
    spec: FeatureSpec | None
    roster: Admission = field(repr=False)
    dataset: Dataset = field(repr=False)

    @property
    def identities(self) -> pd.DataFrame:
        """Kept people with their names and numbers: memory only."""
        return self.roster.identities


def listed(params: RunParams) -> list[Stage]:
    """The stages that run, in the order of the business."""
    return [stage for stage in PLAN if stage.step in params.steps]


def admit(params: RunParams, params_path: Path, names: Pseudonyms | None = None) -> Admitted:
    """Admits the dataset of ``params`` (relative to the folder of ``params_path``); ``InputError`` on any fault."""
    from workbench.limit.books import load_books
    from workbench.milestones.programme import load_programme
    from workbench.store.dataset import open_dataset

    base = params_path.resolve().parent
    dataset = open_dataset(base / params.dataset, params.paths, params.columns)
    stages = listed(params)
    _refuse_plan(stages, params, dataset, params_path.name)
    spec = _spec(params, base, stages)
    if any(stage.step in ("limit", "decision") for stage in stages):
        load_books(params, base, spec)
    if params.programme or any(stage.step == "milestones" for stage in stages):
        load_programme(programme_file(params, params_path))
    names = names or load_pseudonyms()
    reader = _Reader(dataset, {name for stage in stages for name in (*stage.inputs, *stage.optional_inputs)})
    sheets = dataset.read_roster()
    roster = _admit_roster(reader, sheets, params, names)
    tables = dict(roster.tables)
    in_force = set(tables["agreements"].loc[tables["agreements"]["in_force"], "village"])
    for name, frame in _admit_rest(reader, params, names, spec, roster, base).items():
        used = frame["village"].isin(in_force) if "village" in frame.columns else pd.Series(True, index=frame.index)
        if not used.all():
            reader.notes.append(
                f"{name}：{int((~used).sum())} 行所属的村没有有效协议，未用 / rows of villages without an agreement"
            )
        tables[name] = frame[used]
    wanted = {name for stage in stages for name in stage.admits}
    tables = {name: f.reset_index(drop=True) for name, f in tables.items() if name in wanted or name in _SHARED}
    notes = [*dataset.notes, *roster.notes, *reader.notes]
    files = [path for name in sorted(reader.read) for path in dataset.files(name)]
    free = {name: free_columns(frame, spec) for name, frame in tables.items()}
    texts = {t for name, frame in tables.items() for t in free_texts(frame, free[name])}
    withheld = Withheld({*texts, *notes, *files}, sheets, reader.staff, roster.tables["agreements"]["village"], names)
    return Admitted(
        params=params,
        names=names,
        tables={name: withheld.frame(frame, free[name]) for name, frame in tables.items()},
        notes=[*([names.note] if names.note else []), *map(withheld.text, notes)],
        absent=reader.absent,
        inputs={withheld.text(path): names.digest_file(base / params.dataset / path) for path in files}
        | ({} if reader.database is None else {"records (database)": names.digest(reader.database)}),
        spec=spec,
        roster=roster,
        dataset=dataset,
    )


_SHARED = ("records", "history", "drawdowns", "visits", "photos")
"""Tables that more than one step uses: admitted when any listed step names their file."""


class _Reader:
    """Reads the inputs that the listed steps name, and keeps account of what was there."""

    def __init__(self, dataset: Dataset, wanted: set[str]) -> None:
        self.dataset, self.wanted = dataset, wanted
        self.read: set[str] = {"rosters"}
        self.absent: list[str] = []
        self.notes: list[str] = []
        self.database: bytes | None = None
        """What the bank's database gave, for its digest."""
        self.staff: set[str] = set()
        """What stands in columns for staff, codes and names."""

    def __call__(self, name: str) -> pd.DataFrame | None:
        if name not in self.wanted:
            return None
        if not self.dataset.has(name):
            if name not in self.absent:
                self.absent.append(name)
            return None
        self.read.add(name)
        frame = self.dataset.read(name)
        for column in STAFF:
            if column in frame.columns:
                self.staff |= set(frame[column].dropna().unique())
        return frame


def _refuse_plan(stages: list[Stage], params: RunParams, dataset: Dataset, file: str) -> None:
    """Tells at once every input and every table that a listed step needs and nobody gives."""
    faults, made = [], set[str]()
    for stage in stages:
        for name in stage.inputs:
            if not dataset.has(name) and not (name == "records" and params.records):
                faults.append(
                    Fault(
                        f"{file}: steps: {stage.step}",
                        f"needs {name}, which the dataset does not hold",
                        "add the file, or leave the step out",
                    )
                )
        for name in stage.needs:
            if name not in made:
                maker = next(s.step for s in PLAN if name in (*s.makes, *s.admits))
                faults.append(
                    Fault(
                        f"{file}: steps: {stage.step}",
                        f"needs the table {name}, which the step {maker} makes",
                        f"list {maker} before it, or leave the step out",
                    )
                )
        if stage.needs_spec and params.spec is None:
            faults.append(
                Fault(f"{file}: spec", f"is missing, and the step {stage.step} needs it", "name the feature spec")
            )
        made |= {*stage.admits, *stage.makes, *(n for n in (*stage.inputs, *stage.optional_inputs) if n in _SHARED)}
    if faults:
        raise InputError(faults)


def _spec(params: RunParams, base: Path, stages: list[Stage]) -> FeatureSpec | None:
    from workbench.spec import load_spec

    wanted = any(stage.needs_spec or "records" in (*stage.inputs, *stage.optional_inputs) for stage in stages)
    return load_spec(base / params.spec) if params.spec is not None and wanted else None


def _admit_roster(reader: _Reader, sheets: list[RosterSheet], params: RunParams, names: Pseudonyms) -> Admission:
    from workbench.roster.admit import admit_roster

    agreements = reader("agreements")
    assert agreements is not None, "the plan lets nothing run without agreements"
    return admit_roster(
        sheets,
        agreements,
        names=names,
        as_of=params.as_of,
        eligibility=params.eligibility,
        negative=reader("negative"),
        optouts=reader("optouts"),
        visits=reader("visits"),
        grid=reader("grid"),
    )


def _admit_rest(
    reader: _Reader, params: RunParams, names: Pseudonyms, spec: FeatureSpec | None, roster: Admission, base: Path
) -> dict[str, pd.DataFrame]:
    """Panels, books, visits, history, decisions, drawings: each through the reading module of its own stage."""
    from workbench.confirm.admit import admit_history, admit_signoffs
    from workbench.filing.admit import admit_visits, told
    from workbench.limit.admit import admit_records, unused
    from workbench.milestones.admit import admit_drawdowns
    from workbench.panel.admit import admit_members, admit_ratings
    from workbench.roster.land import parse_land
    from workbench.roster.strangers import HOLDER, strangers
    from workbench.store.tables import empty

    out: dict[str, pd.DataFrame] = {}
    common: dict[str, Any] = {"names": names, "as_of": params.as_of}
    if (raw := reader("panels")) is not None:
        members = reader("panel_members")
        out["panel_members"] = admit_members(members, names) if members is not None else empty("panel_members")
        out["ratings"] = admit_ratings(raw, out["panel_members"], rules=params.panel, **common)
    if spec is not None and (raw := _records(reader, params)) is not None:
        out["records"] = admit_records(raw, spec, **common)
        reader.notes += unused([str(c) for c in raw.columns], spec)
    if (raw := reader("visits")) is not None:
        out["visits"], out["photos"] = admit_visits(
            raw,
            photos=base / params.dataset / "photos",
            roster_facts=roster.identities,
            records=out.get("records"),
            parse_land=parse_land,
            **common,
        )
        reader.notes += told(out["visits"])
    admitters: tuple[tuple[str, Callable[..., pd.DataFrame], dict[str, Any], str, str], ...] = (
        ("history", admit_history, {}, HOLDER, "确认日期"),
        ("signoffs", admit_signoffs, {"households": roster.tables["households"]}, HOLDER, "日期"),
        ("drawdowns", admit_drawdowns, {}, "身份证", "用信日期"),
    )
    for name, admitter, more, number, day in admitters:
        if (raw := reader(name)) is not None:
            out[name] = admitter(raw, **common, **more)
            reader.notes += strangers(raw, params.as_of, number=number, day=day)
    return out


def _records(reader: _Reader, params: RunParams) -> pd.DataFrame | None:
    """The bank's books, from a file or from a database whose URL stands in an environment variable."""
    from workbench.store.database import content, read_records

    if params.records is None:
        return reader("records")
    if "records" not in reader.wanted:
        return None
    url = os.environ.get(params.records.url_env)
    if not url:
        raise InputError(
            f"records.url_env: {params.records.url_env}",
            "the environment variable is not set",
            "set it to the SQLAlchemy URL of the bank's books",
        )
    frame = read_records(url, params.records.query)
    reader.database = content(frame)
    return frame


def programme_file(params: RunParams, params_path: Path) -> Path:
    """The dated targets: the file that PARAMS names, else the product's own."""
    return (
        params_path.resolve().parent / params.programme if params.programme else product() / "params" / "programme.yaml"
    )
