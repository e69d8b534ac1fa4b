# setup · check · test · docs · run · bench. Everything installs what it needs into .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup check test docs run bench

run: .venv/.run
	$(BIN)/palaver serve

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@
