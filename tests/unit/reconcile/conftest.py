"""One small town explained once for the tests of this folder."""

from __future__ import annotations

from typing import Any

import gap_town
import pytest

from workbench.reconcile.gaps import Explained


@pytest.fixture(scope="session")
def town() -> dict[str, Any]:
    """The small town; take a copy of what you change."""
    return gap_town.small_town()


@pytest.fixture(scope="session")
def explained(town: dict[str, Any]) -> Explained:
    """Its gap."""
    return gap_town.explain(town)
