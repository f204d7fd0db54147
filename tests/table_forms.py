"""A feature spec as a modeler brings it, for tests of tables for ``train`` and ``score``."""

from __future__ import annotations

SPEC = """
target: limit
key: [village, hh]
group: village
features:
  - {name: income, monotone: 1, unit: yuan}
  - {name: land, unit: mu}
  - {name: job, kind: category}
"""
