# make run   sets up and starts the line, with a phone in the browser
# make test  everything that must hold
.DEFAULT_GOAL := help
.PHONY: help run test bench lint catalogs requirements clean

PYTHON ?= python3
BIN := .venv/bin

help:
	@sed -n 's/^# make/  make/p' Makefile

.venv/run: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON to it, as in: make run PYTHON=python3.12"; exit 1; }
	@echo "Setting up, this once: it takes a minute or two."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.txt
	@touch $@

run: .venv/run
	@exec $(BIN)/python -m ivr serve

test: .venv/test lint
	$(BIN)/python -m ivr check
	$(BIN)/python -m ivr catalogs --check
	$(BIN)/python -m pytest

lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# make bench  how fast the line is beside a bare Flask route, in one run
bench: .venv/test
	$(BIN)/python -m bench

# make catalogs  takes a change of the English into every translation, and marks what must be translated anew
catalogs: .venv/run
	@$(BIN)/python -m ivr catalogs

# make requirements  compiles the pinned requirements anew
requirements:
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-piper.in -o requirements-piper.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf .venv data
