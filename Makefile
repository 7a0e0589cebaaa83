# Two commands on a fresh machine with Python 3.11: make plan, make test. Everything else is for developers.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
BENCH_READY := $(VENV)/.bench-ready

# The tests start hundreds of processes; compiled files are kept in any environment, where git ignores them.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: plan test lint bench lock docs clean

plan: $(READY)
	@echo "== The plan, April to December 2023, with ships: netback plan karachi_2023"
	@$(BIN)/netback plan karachi_2023
	@echo "== One month of it, Urals free to choose, without it and with a third: netback compare" \
	  "karachi_2023_september:urals_free karachi_2023_september:reported_campaign" \
	  "karachi_2023_september:reported_campaign_third"
	@$(BIN)/netback compare karachi_2023_september:urals_free karachi_2023_september:reported_campaign \
	  karachi_2023_september:reported_campaign_third

test: $(READY)
	$(BIN)/python -m pytest -n auto

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH_READY)
	$(BIN)/python benchmarks/run_all.py

# The lock is made by uv from pyproject.toml: exact versions and hashes, no index named. pip alone installs it.
lock: $(READY)
	$(BIN)/python -m pip install --quiet 'uv>=0.5,<1'
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --group bench --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file requirements-bench.lock

docs: $(READY)
	$(BIN)/netback tables --markdown > docs/tables.md
	$(BIN)/python tools/build_formulation.py
	$(BIN)/python tools/build_readme.py
	$(BIN)/python tools/build_notebook.py

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Netback needs Python 3.11; name another with: make PYTHON=python3 ..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

$(BENCH_READY): $(READY) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	@touch $(BENCH_READY)

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
