"""Ages that cross leave nobody eligible: a slip of the keyboard, told by key before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.params import load_params


def test_ages_that_cross_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("name: a\ndataset: .\nas_of: 2021-12-31\neligibility: {min_age: 60, max_age: 18}\n", "utf-8")
    with pytest.raises(InputError, match=r"params\.yaml: eligibility: min_age is above max_age"):
        load_params(path)
    path.write_text(path.read_text("utf-8").replace("60", "18"), "utf-8")
    assert load_params(path).eligibility.min_age == 18
