# make grade   grade the class in submitted/ and say where the results are
# make test    run all tests
# make lint    style and types
# make bench   measure, and print the table
# make clean   remove what make made (never a grade)

PYTHON ?= python3
JOBS ?= $(shell nproc 2>/dev/null || echo 1)

BIN := .venv/bin
READY := .venv/.ready
REMEDY := install Python 3.11 or newer, or name one with 'make PYTHON=/path/to/python3'

.PHONY: help setup grade environment test lint bench clean FORCE

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

setup: $(READY)

grade: $(READY)
	@$(BIN)/dfl grade

test: $(READY)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m mypy

bench: $(READY)
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/run.py

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The installed commands hold absolute paths: a checkout that was moved installs them again.
ifneq ($(file <$(READY)),$(CURDIR))
$(READY): FORCE
endif

$(READY): pyproject.toml constraints.txt
	@rm -f $(READY)
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(MAKE) --no-print-directory environment
	@echo "Installing into .venv (about a minute the first time) ..."
	@# Without a home that can be written to, pip would warn that it has no cache.
	@test -w "$$HOME" || export PIP_NO_CACHE_DIR=1; \
	  $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check \
	    --root-user-action=ignore -c constraints.txt -e '.[test]'
	@printf '%s\n' '$(CURDIR)' > $(READY)

environment:
	@command -v '$(PYTHON)' >/dev/null || { echo "No $(PYTHON) was found: $(REMEDY)." >&2; exit 2; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than Python 3.11: $(REMEDY)." >&2; exit 2; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make virtual environments: install its venv package" \
	    "(on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 2; }
	@'$(PYTHON)' -m venv --clear .venv
