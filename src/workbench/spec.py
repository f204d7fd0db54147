"""The feature spec: which columns of a table a model may look at, in which direction, and in whose words.

Checked strictly before LightGBM sees anything, because the library would not tell: a direction on a category ends the
process, a target among the features scores perfectly.  All faults of a file are told at once, by file and feature.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from workbench.errors import Fault, InputError
from workbench.params import Strict, load_yaml, validated

Kind = Literal["number", "category"]
Scale = Literal["log", "identity"]

PANEL_COLUMNS = (
    "评议员",
    "身份",
    "经营情况",
    "年收入(万元)",
    "诚信品行",
    "建议授信额度(万元)",
    "利害关系",
    "了解程度",
    "评议方式",
    "评议日期",
    "不予授信情形",
    "备注",
    "公议授信额度",
    "panel_limit",
    "integrity",
    "consensus",
)
"""The panel is kept blind of the model and the model of the panel (背靠背): none of its columns may be a feature."""

FORBIDDEN = (
    *("sex", "gender", "性别", "ethnic", "ethnic_group", "ethnicity", "民族", "religion", "宗教", "宗教信仰"),
    *("marriage", "married", "marital", "marital_status", "婚姻", "婚姻状况", "婚姻状态"),
    *("health", "health_status", "disability", "disabled", "illness", "健康", "健康状况", "残疾", "残疾情况", "疾病"),
    *("party", "party_member", "political_status", "public_office", "cadre", "政治面貌", "党员", "公职", "村干部"),
    *PANEL_COLUMNS,
)
"""What no feature may be, whatever a spec says (contract, section 3)."""

FORBIDDEN_IN_A_NAME = (
    *("性别", "民族", "宗教", "婚姻", "婚否", "残疾", "政治面貌", "党员", "党派", "公职", "诚信品行", "公议"),
    *("sex", "gender", "ethnic", "ethnicity", "religion", "marital", "married", "marriage", "disability", "disabled"),
)
"""Words that make a longer name the same thing: 户主性别, head_sex.  A Latin one must stand as a word of its own."""

ROW_NAMES = ("base", "policy")
"""Rows of the explanations that are no features."""
WRITTEN = ("score", "low", "high", "base", "row", "prediction", "fold")
"""Columns that ``train`` and ``score`` write beside the key; ``score`` also one ``yuan:<feature>`` a feature."""


@dataclass(frozen=True)
class Feature:
    """One fact that the model may look at; ``monotone`` is the direction in which a better fact moves the figure."""

    name: str
    label_zh: str
    label_en: str
    concept: str
    kind: Kind = "number"
    monotone: int = 0
    actionable: bool = False
    unit: str = ""


@dataclass(frozen=True)
class FeatureSpec:
    """A checked feature spec.  ``folder`` is where relative paths of the spec (``points``) start."""

    target: str
    features: tuple[Feature, ...]
    scale: Scale | None = None
    key: tuple[str, ...] = ()
    group: str | None = None
    weight: str | None = None
    overdue: str | None = None
    points: str | None = None
    forbidden: tuple[str, ...] = ()
    folder: Path = field(default=Path("."), compare=False)

    @property
    def names(self) -> list[str]:
        """Feature names in the order of the spec, which is the order of the model's columns."""
        return [f.name for f in self.features]

    @property
    def numbers(self) -> list[str]:
        """Names of the features that are numbers."""
        return [f.name for f in self.features if f.kind == "number"]

    @property
    def categories(self) -> list[str]:
        """Names of the features that are categories."""
        return [f.name for f in self.features if f.kind == "category"]

    @property
    def columns(self) -> list[str]:
        """Every column that training reads, each once."""
        return list(dict.fromkeys([*(name for _, name in _parts(self)), *self.names]))

    def feature(self, name: str) -> Feature:
        """The feature of that name."""
        return next(f for f in self.features if f.name == name)

    @property
    def points_file(self) -> Path | None:
        """The points table that the spec names, or None."""
        return None if self.points is None else self.folder / self.points

    def plain(self) -> dict[str, Any]:
        """The spec as plain data for JSON; ``from_plain`` reads it back."""
        out = asdict(self)
        del out["folder"]
        return out


class _FeatureRow(Strict):
    name: Annotated[str, Field(min_length=1)]
    label_zh: str | None = None
    label_en: str | None = None
    concept: str | None = None
    kind: Kind = "number"
    monotone: int = 0
    actionable: bool = False
    unit: str = ""

    @field_validator("monotone")
    @classmethod
    def _direction(cls, given: int) -> int:
        if given not in (-1, 0, 1):
            raise ValueError("must be 1, -1 or 0")
        return given


class _SpecFile(Strict):
    target: Annotated[str, Field(min_length=1)]
    scale: Scale | None = None
    key: tuple[str, ...] = ()
    group: str | None = None
    weight: str | None = None
    overdue: str | None = None
    points: str | None = None
    features: Annotated[tuple[_FeatureRow, ...], Field(min_length=1)]
    forbidden: tuple[str, ...] = ()

    @field_validator("key", "forbidden", mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        if isinstance(given, str):
            return (given,)
        return tuple(given) if isinstance(given, list) else given

    @field_validator("features", mode="before")
    @classmethod
    def _rows(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given


def load_spec(path: Path) -> FeatureSpec:
    """The checked feature spec of a YAML file; ``InputError`` tells all its faults by file and feature."""
    data, faults = load_yaml(path)
    checked = validated(_SpecFile, data, path.name, faults)
    spec = _built(checked.model_dump(), path.parent)
    faults = _faults(spec, path.name)
    if faults:
        raise InputError(faults)
    return spec


def from_plain(data: dict[str, Any], folder: Path = Path(".")) -> FeatureSpec:
    """The spec that ``FeatureSpec.plain`` wrote into a model; it was checked before it was saved."""
    return _built(data, folder)


def _built(data: dict[str, Any], folder: Path) -> FeatureSpec:
    rows = []
    for given in data["features"]:
        row = dict(given)
        for label in ("label_zh", "label_en", "concept"):
            row[label] = row[label] or row["name"]
        rows.append(Feature(**row))
    rest: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "features"}
    return FeatureSpec(**rest, features=tuple(rows), folder=folder)


def plain_name(name: str) -> str:
    """A name as it is compared with the forbidden ones: width, case, blanks, joining signs and bracket forms apart.

    >>> plain_name("ＳＥＸ ") == plain_name("sex")
    True
    >>> plain_name("Ethnic-Group") == plain_name("ethnic_group")
    True
    """
    return re.sub(r"[\s_\-.·:/]+", "", unicodedata.normalize("NFKC", name).casefold())


def _part(name: str) -> str | None:
    """The forbidden word that a longer name holds.

    >>> _part("户主性别"), _part("HeadSex"), _part("sextant_reading")
    ('性别', 'sex', None)
    """
    flat = unicodedata.normalize("NFKC", name)
    words = {w.casefold() for w in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", flat)}
    return next((w for w in FORBIDDEN_IN_A_NAME if (w in words if w.isascii() else w in flat)), None)


_PARTS = {"target": "the target", "weight": "the weight", "overdue": "the overdue flag", "key": "a key column"}
_PARTS |= {"group": "the group"}


def _parts(spec: FeatureSpec) -> list[tuple[str, str]]:
    """Every part but that of a feature, and the column that plays it."""
    told = [("target", spec.target), ("weight", spec.weight), ("overdue", spec.overdue)]
    told += [("key", name) for name in spec.key]
    return [(part, name) for part, name in [*told, ("group", spec.group)] if name is not None]


def _part_faults(spec: FeatureSpec, file: str) -> list[Fault]:
    """Columns of the table that have two parts to play (a group may be key), or the name of one that is written."""
    out, taken = [], dict[str, str]()
    for part, name in _parts(spec):
        place = f"{file}: {part}: {name}"
        if not name.strip():
            out.append(Fault(f"{file}: {part}", "is blank", "write the name of a column, or leave the key out"))
        elif name in taken and (part, taken[name]) != ("group", "key"):
            out.append(Fault(place, f"is also {_PARTS[taken[name]]}", "a column may have one part only"))
        if part == "key" and (name in WRITTEN or name.startswith("yuan:")):
            out.append(Fault(place, "is the name of a column that is written beside it", "give the key another name"))
        taken.setdefault(name, part)
    return out


def _faults(spec: FeatureSpec, file: str) -> list[Fault]:
    forbidden = {plain_name(n): n for n in (*FORBIDDEN, *spec.forbidden)}
    roles = {name: _PARTS[part] for part, name in reversed(_parts(spec))}
    out, seen = _part_faults(spec, file), set[str]()
    for f in spec.features:
        place = f"{file}: features: {f.name}"
        if f.name in seen:
            out.append(Fault(place, "stands twice", "keep one of them"))
        seen.add(f.name)
        if not f.name.strip():
            out.append(Fault(f"{file}: features", "is blank", "write the name of a column"))
        if f.kind == "category" and f.monotone != 0:
            out.append(
                Fault(place, "a category cannot have a monotone direction", "set monotone: 0, or make it a number")
            )
        hit = next(
            (forbidden[plain_name(w)] for w in (f.name, f.label_zh, f.label_en) if plain_name(w) in forbidden), None
        )
        hit = hit or _part(f.name) or _part(f.label_zh)
        if hit is not None:
            out.append(
                Fault(
                    place,
                    f"is forbidden as a feature (as {hit})",
                    "take it out of the features; it may stand in reports on fairness only",
                )
            )
        if f.name in roles:
            out.append(Fault(place, f"is also {roles[f.name]}", "a feature may have no other part"))
        if f.name in ROW_NAMES:
            out.append(Fault(place, "is the name of a row of the explanations", "give the column another name"))
    if spec.points_file is not None and not spec.points_file.is_file():
        out.append(
            Fault(f"{file}: points", "there is no such file", "give a path relative to the spec, or leave it out")
        )
    return out
