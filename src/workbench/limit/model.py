"""The fitted limit model: one scoring path for everybody, saved as text and JSON under a digest, never as a pickle.

A model folder holds ``model.txt`` (LightGBM's own text), ``model.json`` (spec, code tables, interval, range of the
training facts, PD, settings, versions) and ``digest.json`` (SHA-256 of both), written last.  Bytes that do not match
are refused before LightGBM sees them: it ends the process on a damaged file.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from workbench.errors import InputError
from workbench.limit.boost import figure, own_scale
from workbench.limit.conformal import Conformal
from workbench.limit.features import Matrix, matrix
from workbench.limit.novelty import WIDER, Range
from workbench.spec import FeatureSpec, from_plain
from workbench.store.atomic import write_bytes
from workbench.units import log_mean

if TYPE_CHECKING:
    from lightgbm import Booster

FORMAT = 1
TEXT, ABOUT, DIGEST = "model.txt", "model.json", "digest.json"


class LimitModel:
    """A fitted model.  ``about`` is its JSON; facts are any frame that holds the spec's columns, in any order."""

    def __init__(self, text: str, about: dict[str, Any]) -> None:
        self.text, self.about = text, about
        self.spec: FeatureSpec = from_plain(about["spec"])
        self.codes: dict[str, list[str]] = about["codes"]
        self.log: bool = about["log"]
        self.conformal = Conformal.from_plain(about["interval"])
        self.range = Range.from_plain(about["range"])

    @cached_property
    def booster(self) -> Booster:
        """The LightGBM booster."""
        from lightgbm import Booster

        return Booster(model_str=self.text)

    def with_about(self, **more: Any) -> Self:
        """The same model with more in its JSON (the PD model, the books in force)."""
        return type(self)(self.text, {**self.about, **more})

    @property
    def digest(self) -> str:
        """SHA-256 over text and JSON: the model's name in every run that uses it."""
        return digest_of(self.text.encode(), _json(self.about))

    def matrix(self, facts: pd.DataFrame, file: str = "facts") -> tuple[Matrix, dict[str, int]]:
        """Facts as the model's matrix, and the unseen categories counted by feature."""
        return matrix(facts, self.spec, self.codes, file)

    def figures(self, x: Matrix) -> Matrix:
        """Figures of matrix rows in the target's unit, before any bound."""
        return figure(own_scale(self.booster, self.range.filled(x)), self.log)

    def interval(self, figures: Matrix, new: Any) -> tuple[Matrix, Matrix]:
        """The 90 % interval; wider where the household is ``new`` (``range.new``); never below 0 on logs."""
        low, high = self.conformal.interval(figures, np.where(new, WIDER, 1.0))
        return (np.maximum(low, 0.0), high) if self.log else (low, high)

    def score(self, facts: pd.DataFrame) -> pd.Series:
        """The raw limit of each row, in the order and with the index of ``facts``."""
        return pd.Series(self.figures(self.matrix(facts)[0]), index=facts.index, name="raw_limit")

    def shares(self, x: Matrix) -> Matrix:
        """Exact contributions on the model's own scale (ln yuan): one column a feature, the base last."""
        return np.asarray(self.booster.predict(self.range.filled(x), pred_contrib=True, num_threads=1))

    def in_yuan(self, x: Matrix) -> tuple[Matrix, Matrix, Matrix]:
        """Figures, base and contributions in the target's unit; base + contributions = figure.

        On logs a share phi becomes L(figure, base) x phi with the logarithmic mean L, which splits the difference
        exactly and without an order of features.
        """
        phi = self.shares(x)
        base = figure(phi[:, -1], self.log)
        figures = figure(phi.sum(axis=1), self.log)
        unit = log_mean(figures, base) if self.log else np.ones(len(phi))
        return figures, base, unit[:, None] * phi[:, :-1]

    def contributions(self, facts: pd.DataFrame) -> pd.DataFrame:
        """``base`` and one column a feature, in the target's unit, with the index of ``facts``."""
        _, base, parts = self.in_yuan(self.matrix(facts)[0])
        return pd.DataFrame(np.column_stack([base, parts]), index=facts.index, columns=["base", *self.spec.names])

    def log_contributions(self, facts: pd.DataFrame) -> pd.DataFrame:
        """``base`` and one column a feature on the model's own scale."""
        phi = self.shares(self.matrix(facts)[0])
        return pd.DataFrame(
            np.column_stack([phi[:, -1], phi[:, :-1]]), index=facts.index, columns=["base", *self.spec.names]
        )

    def new(self, facts: pd.DataFrame) -> pd.Series:
        """Whether each row lies outside what the training villages showed."""
        return pd.Series(self.range.new(self.matrix(facts)[0]), index=facts.index, name="new")

    def save(self, folder: Path) -> str:
        """Writes the three files, the digest last; gives the digest back."""
        text, about = self.text.encode(), _json(self.about)
        write_bytes(folder / TEXT, text)
        write_bytes(folder / ABOUT, about)
        parts = {TEXT: _sha(text), ABOUT: _sha(about), "digest": digest_of(text, about)}
        write_bytes(folder / DIGEST, _json(parts))
        return parts["digest"]


def load_model(folder: Path) -> LimitModel:
    """The model of a folder; ``InputError`` where a file is missing or its bytes are not those of the digest."""
    try:
        parts = json.loads((folder / DIGEST).read_bytes())
        text, about = (folder / TEXT).read_bytes(), (folder / ABOUT).read_bytes()
        whole = parts[TEXT] == _sha(text) and parts[ABOUT] == _sha(about) and parts["digest"] == digest_of(text, about)
    except FileNotFoundError as fault:
        raise InputError(
            f"{folder.name}/{Path(str(fault.filename)).name}", "is not there", "give a folder that train has written"
        ) from None
    except (ValueError, KeyError, TypeError, OSError):
        raise InputError(f"{folder.name}/{DIGEST}", "cannot be read as a digest", "train the model again") from None
    if not whole:
        raise InputError(
            folder.name, "the model's bytes do not match its digest: it was changed or damaged", "train it again"
        )
    data = json.loads(about)
    another = InputError(f"{folder.name}/{ABOUT}", "was written by another version", "train the model again")
    if data.get("format") != FORMAT:
        raise another
    try:
        if data["kind"] == "points":
            from workbench.limit.points_model import PointsModel

            return PointsModel(text.decode(), data)
        return LimitModel(text.decode(), data)
    except (KeyError, TypeError, AttributeError):
        raise another from None


def digest_of(text: bytes, about: bytes) -> str:
    """One digest over both files."""
    return _sha(_sha(text).encode() + _sha(about).encode())


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _json(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    # long rows of numbers on one line each: the file stays readable
    return (
        re.sub(r"\[\n\s+([^\[\]{}]*?)\n\s+\]", lambda m: "[" + re.sub(r"\n\s+", " ", m[1]) + "]", text) + "\n"
    ).encode()
