# constraints.txt is made by:  uv pip compile --universal --no-header --no-annotate --python-version 3.11 --extra dev pyproject.toml -o constraints.txt
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made-from-constraints

.PHONY: env demo test check lab bench clean

env: $(STAMP)

$(STAMP): constraints.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "workbench needs Python 3.11, 3.12 or 3.13; give one as: make env PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(STAMP)

demo: env
	$(BIN)/workbench run params/demo.yaml --again

test: env
	$(BIN)/python -m pytest -q

check: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/deptry src

lab: env
	$(BIN)/workbench lab

bench: env
	for b in benchmarks/*.py; do $(BIN)/python $$b || exit 1; done

clean:
	rm -rf outputs/demo outputs/quarter .pytest_cache .mypy_cache .ruff_cache
