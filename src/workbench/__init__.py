"""Workbench: reproducible analysis and scoring for whole-village credit (整村授信)."""

import sys

# jsonschema imports this unused, very slow module if it can (two fifths of Great Expectations' import time and three
# quarters of papermill's); it guards the import, so an empty entry makes it go without.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

__version__ = "0.1.0"
