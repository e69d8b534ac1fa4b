# setup · check · test · docs · run · bench. Everything installs what it needs into .venv and node_modules.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --no-input -c constraints.txt
PINS := pyproject.toml constraints.txt
# Where this is set, each server that the tests start would compile the whole package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup check test docs run bench

run: .venv/.run
	$(BIN)/palaver serve

setup: .venv/.dev node_modules/.package-lock.json

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/with-node.sh node_modules/.bin/tsc -p src/palaver/webclient

test: setup
	scripts/browsers.sh
	scripts/with-node.sh $(BIN)/pytest -n auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

docs: .venv/.dev
	$(BIN)/python -m palaver.config.reference docs/settings.md
	$(BIN)/python -m palaver.dialects.native.reference docs/dialects/native-words.md
	$(BIN)/pytest -q tests/config/test_reference.py tests/dialects/native/test_native_reference.py $(wildcard tests/test_docs.py)

bench: setup
	scripts/with-node.sh $(BIN)/python -m bench

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=…")'
	$(PYTHON) -m venv .venv

.venv/.run: $(PINS) | .venv/bin/python
	$(PIP) -e .
	touch $@

.venv/.dev: $(PINS) | .venv/bin/python
	$(PIP) -e '.[dev]'
	touch .venv/.run $@

node_modules/.package-lock.json: package.json package-lock.json .venv/.dev
	scripts/with-node.sh npm ci --no-audit --no-fund --loglevel=error
	touch $@
