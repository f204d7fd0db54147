"""Run parameters: what a person chooses, typed and checked before anything runs (contract, section 2).

The YAML is read strictly: a key twice, an unknown key, a wrong type, an impossible date are all told at once, by file
and key.  Nothing is guessed from how a value looks: 0012 and 12:30 stay text, only true and false are truth values.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from workbench.errors import Fault, InputError

Step = Literal["import", "panel", "filing", "limit", "gap", "decision", "notice", "milestones"]
ALL_STEPS: tuple[Step, ...] = ("import", "panel", "filing", "limit", "gap", "decision", "notice", "milestones")
LARGEST_YAML = 1_000_000
"""Bytes; a parameter file is written by hand."""

Share = Annotated[float, Field(ge=0, le=1)]


M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A declared set of keys: unknown ones are refused, nothing is coerced, nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Tolerance(Strict):
    """A gap counts only above ``max(yuan, share x the larger limit)``."""

    yuan: Annotated[int, Field(ge=0)] = 15_000
    share: Share = 0.25


class Eligibility(Strict):
    """Full years at ``as_of``, both ends inclusive (the bank's parameter; the notice leaves age open)."""

    min_age: Annotated[int, Field(ge=0, le=150)] = 18
    max_age: Annotated[int, Field(ge=0, le=150)] = 60

    @model_validator(mode="after")
    def _order(self) -> Eligibility:
        if self.min_age > self.max_age:
            raise ValueError("min_age is above max_age: nobody could be eligible")
        return self


class RecordsSource(Strict):
    """Records out of a database: the URL stands in an environment variable, never here."""

    url_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    query: Annotated[str, Field(min_length=1)]


class PanelRules(Strict):
    """Which ratings count, and how the consensus is formed (figures, Panel)."""

    count_meeting: bool = False
    count_telephone: bool = False
    count_messenger: bool = False
    count_interested: bool = False
    bars_for_review: Annotated[int, Field(ge=1)] = 2
    sample_share: Share = 0.03


class LimitRules(Strict):
    """How the limit model is trained and bounded (figures, Limit)."""

    min_history: Annotated[int, Field(ge=0)] = 200
    train_on_model_confirmed: bool = True
    listed_reach: Literal["holder", "household"] = "holder"
    consumption_cap: bool = False
    policy_off: tuple[Literal["negative_list", "cap", "purpose_cap", "exposure", "step", "floor"], ...] = ()

    @field_validator("policy_off", mode="before")
    @classmethod
    def _tuple(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given


class GapRules(Strict):
    """How a gap is settled (figures, Gap)."""

    model_weight: Share = 0.3


class NoticeRules(Strict):
    """The text of the message ({limit} and {date} are filled in), and where it goes.

    Without ``gateway_env`` a file for the bank's platform is written; else the address of the platform stands in that
    environment variable and its token in ``token_env``, never here; ``ca_file`` is relative to PARAMS.
    """

    template: str = (
        "【农商行】您好，您户的金农信e贷授信额度已确认为{limit}元，可通过本人手机银行查询、申请和支用。回T退订。"
    )
    gateway_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    token_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    ca_file: str | None = None

    @field_validator("template")
    @classmethod
    def _template(cls, given: str) -> str:
        rest = given.replace("{limit}", "").replace("{date}", "")
        if not given.strip() or re.search("[{}｛｝]", rest):
            raise ValueError("write the text of the message; only {limit} and {date} can be filled in")
        return given


class RunParams(Strict):
    """The keys of PARAMS.  Relative paths are relative to the file."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    dataset: str
    as_of: date
    steps: tuple[Step, ...] = ALL_STEPS
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    tolerance: Tolerance = Tolerance()
    eligibility: Eligibility = Eligibility()
    credited_per_household: Annotated[int, Field(ge=0)] = 1
    spec: str | None = None
    paths: dict[str, str] = {}
    columns: dict[str, str] = {}
    records: RecordsSource | None = None
    programme: str | None = None
    policy: str | None = None
    points: str | None = None
    price: str | None = None
    model: str | None = None
    compare_with: str | None = None
    filed_share: Share = 1.0
    panel: PanelRules = PanelRules()
    limit: LimitRules = LimitRules()
    gap: GapRules = GapRules()
    notice: NoticeRules = NoticeRules()
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    timeout_minutes: Annotated[int, Field(ge=1)] = 60

    @field_validator("as_of", mode="before")
    @classmethod
    def _day(cls, given: Any) -> Any:
        if isinstance(given, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
            try:
                return date.fromisoformat(given)
            except ValueError:
                raise ValueError("there is no such day") from None
        return given

    @field_validator("steps", mode="before")
    @classmethod
    def _steps(cls, given: Any) -> Any:
        return tuple(given) if isinstance(given, list) else given

    @field_validator("name")
    @classmethod
    def _name(cls, given: str) -> str:
        if re.search(r"[/\\\x00-\x1f]", given) or given.startswith(".") or given != given.strip():
            raise ValueError(
                "a name may hold no slash, no control character, no blank at its ends, and not begin with a dot"
            )
        return given

    @field_validator("steps")
    @classmethod
    def _order(cls, given: tuple[Step, ...]) -> tuple[Step, ...]:
        if not given:
            raise ValueError("name at least one step")
        if list(given) != sorted(set(given), key=ALL_STEPS.index):
            raise ValueError("each step once, in the order " + ", ".join(ALL_STEPS))
        return given


def load_params(path: Path) -> RunParams:
    """The parameters of a run; every fault of the file at once as ``InputError`` naming file and key."""
    data, faults = load_yaml(path)
    return validated(RunParams, data, path.name, faults)


def validated(model: type[M], data: Any, file: str, faults: list[Fault] | None = None) -> M:
    """``data`` as ``model``; the faults of reading and of checking are told together."""
    faults = list(faults or [])
    try:
        checked = model.model_validate(data if data is not None else {})
    except ValidationError as fault:
        errors = fault.errors(include_url=False, include_input=False)
        # rows that failed are no reason to say that there is none
        inside = {error["loc"][:-k] for error in errors for k in range(1, len(error["loc"]))}
        told = [error for error in errors if error["type"] != "too_short" or error["loc"] not in inside]
        faults += [_fault(file, error, model) for error in told]
        raise InputError(faults) from None
    if faults:
        raise InputError(faults)
    return checked


_REMEDIES = {
    "missing": ("is missing", "add the key"),
    "extra_forbidden": ("is an unknown key", ""),
    "int_type": ("must be a whole number", "write it without quotation marks"),
    "float_type": ("must be a number", "write it without quotation marks"),
    "bool_type": ("must be true or false", ""),
    "string_type": ("must be text", "put it in quotation marks"),
    "date_type": ("must be a date", "write it as 2021-12-31"),
    "tuple_type": ("must be a list", ""),
    "too_short": ("is empty", "name at least one"),
    "dict_type": ("must be a mapping of keys", ""),
    "model_type": ("must be a mapping of keys", ""),
    "invalid_key": ("a key must be text", "put it in quotation marks"),
    "greater_than_equal": ("must be at least {ge}", ""),
    "greater_than": ("must be above {gt}", ""),
    "less_than_equal": ("must be at most {le}", ""),
    "less_than": ("must be below {lt}", ""),
    "finite_number": ("must be a number", ""),
    "string_too_short": ("is empty", "write at least {min_length} characters"),
    "string_too_long": ("is too long", "write at most {max_length} characters"),
    "string_pattern_mismatch": ("is written in another form", "it must match {pattern}"),
    "literal_error": ("is none of the known words", "known: {expected}"),
}
"""Kinds of pydantic's errors in our words, with the bounds that it names; a test keeps every kind in both languages."""


def _fault(file: str, error: Any, model: type[BaseModel]) -> Fault:
    key = ".".join(str(part) for part in error["loc"]) or "(the file)"
    problem, remedy = _REMEDIES.get(error["type"], (str(error["msg"]).removeprefix("Value error, ").lower(), ""))
    if error["type"] in _REMEDIES:
        problem, remedy = (text.format(**error.get("ctx", {})) for text in (problem, remedy))
    if error["type"] == "extra_forbidden":
        remedy = "known keys: " + ", ".join(model.model_fields)
    return Fault(f"{file}: {key}", problem, remedy)


class _Loader(yaml.SafeLoader):
    """SafeLoader that reads only what cannot be misread: no octal, no sexagesimal, no yes and no, no dates."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  (PyYAML wants it on the class)
    twice: list[tuple[str, int]]


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|false|False)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-+0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first) + ([""] if _tag == "null" else [])
    )


def _mapping(loader: _Loader, node: yaml.MappingNode, deep: bool = True) -> dict[Hashable, Any]:
    out: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
        if key in out:
            loader.twice.append((str(key), key_node.start_mark.line + 1))
        out[key] = loader.construct_object(value_node, deep=True)
    return out


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def load_yaml(path: Path) -> tuple[Any, list[Fault]]:
    """A YAML file as plain data, and the keys that stand twice as faults; ``InputError`` where it cannot be read."""
    try:
        if not path.is_file():
            raise InputError(path.name, "there is no such file", "give the path of a YAML file")
        if path.stat().st_size > LARGEST_YAML:
            raise InputError(path.name, "is far too large for a parameter file", "give the YAML file, not a data file")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(path.name, "is not UTF-8 text", "save it as UTF-8") from None
    except OSError as fault:
        raise InputError(path.name, f"cannot be read ({fault.strerror})") from None
    try:
        loader = _Loader(text)
        loader.twice = []
        try:
            if re.search(r"(?m)(?:^|[\s:\[{,-])[*&][A-Za-z0-9_]", text) and any(
                isinstance(e, yaml.AliasEvent) for e in yaml.parse(text, yaml.SafeLoader)
            ):
                raise InputError(path.name, "uses YAML aliases", "write the values out")
            data = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 0
        raise InputError(
            f"{path.name}: line {line}", f"is no plain YAML ({_plain(fault.problem)})", "mend that line"
        ) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise InputError(
            path.name, "is no plain YAML", "keys and values only, no tags, no control characters"
        ) from None
    return data, [
        Fault(f"{path.name}: {key}", f"stands twice (line {line})", "keep one of them") for key, line in loader.twice
    ]


def _plain(problem: str | None) -> str:
    return re.sub(r"'[^']*'", "…", problem or "syntax")
