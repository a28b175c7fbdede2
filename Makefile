# Every target works alone on a fresh machine: it first makes .venv from requirements.lock.
# Another interpreter: make test PYTHON=python3.12     More for pytest: make test ARGS='-k board'

PYTHON  ?= python3
ARGS    ?=
MINUTES ?= 5
UPGRADE ?=

VENV    := .venv
BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed
# Tests of one file share a process, and with it what they only look at. A process more than the two cores of the
# smallest machine that we promise for, since some tests wait for relays and people that are processes themselves;
# stories do little else.
PYTEST  := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder -n
# Simulated days and weeks: counting their lines would take most of the time, and say little.
WORLDS  := tests/properties tests/stories tests/lab tests/faults
# What is tested in milliseconds, without a process, a terminal or a database server.
UNITS   := tests/protocol tests/relay/core/guard tests/relay/core/links tests/relay/home tests/test_packaging.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo lint quick test stories fuzz soak mutants check lab lab-full bench architecture lock clean check-python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## relays and two people on this machine, letters there and back
	$(BIN)/python -m lab.processes.demo $(ARGS)

lint: $(STAMP) ## format, lint, types, import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: lint ## the same and unit tests, in less than forty seconds: before every commit
	$(PYTEST) 2 -m "not long and not postgres" $(UNITS) $(ARGS)

test: $(STAMP) ## all tests but the longest stories, in less than five minutes on two cores
	$(PYTEST) 3 $(ARGS)

stories: $(STAMP) ## the longest stories, with real processes, six at a time
	$(PYTEST) 6 -m long $(ARGS)

fuzz: $(STAMP) ## look for hostile bytes for MINUTES=n, split over all parsers that a stranger reaches
	$(BIN)/python -m tests.fuzz $(MINUTES) $(ARGS)

check: lint ## the same and all of make test, with branch coverage of what is no simulation
	$(PYTEST) 3 --cov --cov-report=term:skip-covered $(WORLDS:%=--ignore=%) $(ARGS)
	$(PYTEST) 3 $(WORLDS) $(ARGS)

soak: $(STAMP) ## faults at random against one network for MINUTES=5
	$(BIN)/python -m lab.faults.soak --minutes $(MINUTES) $(ARGS)

lab: $(STAMP) ## measure what an observer could learn, in less than ten minutes on two cores
	$(BIN)/python -m lab.report $(ARGS)

lab-full: $(STAMP) ## the same in all settings, for hours; ARGS=--resume goes on where it was stopped
	$(BIN)/python -m lab.report --full $(ARGS)

mutants: $(STAMP) ## make mistakes of one line, each of which a test must find, in some five minutes
	$(BIN)/python -m lab.mutants $(ARGS)

bench: $(STAMP) ## measure speed
	$(BIN)/python -m lab.bench $(ARGS)

architecture: $(STAMP) ## draw the rooms and their tables anew
	$(BIN)/python -m lab.report.architecture --write

lock: check-python ## write requirements.lock anew; UPGRADE=--upgrade for newer versions
	@set -eu; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	"$(PYTHON)" -m venv "$$tmp/uv"; \
	"$$tmp/uv/bin/python" -m pip install --quiet uv; \
	"$$tmp/uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-annotate --no-strip-extras --custom-compile-command 'make lock' \
		--extra dev --extra full --extra postgres $(UPGRADE) --output-file requirements.lock pyproject.toml

clean: ## remove .venv, caches and builds
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf .coverage .coverage.* htmlcov lab/out tests/fuzz/out
	find protocol relay client_cli lab tests -type d -name __pycache__ -prune -exec rm -rf {} +

check-python:
	@command -v "$(PYTHON)" >/dev/null 2>&1 || { \
		echo "make: '$(PYTHON)' was not found; install Python 3.11 or newer, or name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "make: '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1), but 3.11 or newer is needed: make PYTHON=python3.11 ..." >&2; exit 1; }

# The stamp is written last, so that an installation cut short is taken up again.
$(STAMP): requirements.lock pyproject.toml | check-python
	@"$(BIN)/python" -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "make: '$(PYTHON) -m venv' failed; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@
