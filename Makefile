# `make run` and `make test` need nothing but make and a Python 3.11 or newer; they set up the rest.
# Works with GNU make 3.81 (macOS) and later, and with -j.

VENV := .venv
BIN  := $(VENV)/bin
PIP  := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url
ARGS ?=
WORKERS ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test lint types fmt bench soak ccxt dask docs screenshots lock docker clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/run.stamp ## Set up, start the app, open a browser (Ctrl-C stops it)
	@$(BIN)/python main.py

demo: $(VENV)/run.stamp ## The same on the demo exchange, without looking for a venue
	@FATHOM_SOURCE=demo $(BIN)/python main.py

test: lint types ## Set up, then every check and every test, a real browser's too (ARGS="-k book")
	@sh .ci/browser $(BIN)
	@echo "== tests (pytest)"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: $(VENV)/dev.stamp ## Check format and lint
	@echo "== format and lint (ruff)"
	@$(BIN)/ruff format --check --quiet . || { echo "Some files are not formatted: make fmt"; exit 1; }
	@$(BIN)/ruff check --quiet .

types: $(VENV)/dev.stamp ## Check types
	@echo "== types (mypy)"
	@$(BIN)/mypy

fmt: $(VENV)/dev.stamp ## Format the code and mend what lint can mend
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

bench: $(VENV)/dev.stamp $(VENV)/bench.stamp ## Measure speed against the named references
	@sh .ci/browser $(BIN)
	@$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/dev.stamp ## An hour of random faults: memory, tasks, errors (ARGS="--minutes 10")
	@$(BIN)/python -m tests.soak $(ARGS)

ccxt: $(VENV)/ccxt.stamp ## Install what opens the venues ccxt:exchange (FATHOM_VENUE=ccxt:gate)

dask: $(VENV)/dask.stamp ## Install what a cluster of sweep workers needs (FATHOM_DASK_SCHEDULER)

docs: $(VENV)/run.stamp ## Write the configuration tables anew and check every link
	@$(BIN)/python -m docs.configuration
	@$(BIN)/python -m docs.links

screenshots: $(VENV)/dev.stamp ## Take the pictures of the README anew
	@sh .ci/browser $(BIN)
	@$(BIN)/python -m docs.screenshots

lock: $(VENV)/dev.stamp ## Choose versions anew for what changed in requirements*.in (ARGS=--upgrade: for all)
	$(LOCK) $(ARGS) requirements.in -o requirements.txt
	$(LOCK) $(ARGS) requirements-dev.in -o requirements-dev.txt
	$(LOCK) $(ARGS) requirements-ccxt.in -o requirements-ccxt.txt
	$(LOCK) $(ARGS) requirements-dask.in -o requirements-dask.txt
	echo 'pandas>=3' | $(LOCK) $(ARGS) --override - requirements-bench.in -o requirements-bench.txt

docker: ## Build the container image
	docker build --tag fathom .

clean: ## Remove the environment and the caches (data/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- set-up: a stamp is older than its lock only when there is something to install ---

$(BIN)/python:
	@sh .ci/python $(VENV)

$(VENV)/run.stamp: requirements.txt $(BIN)/python
	@echo "Installing what the app needs; about a minute the first time."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt requirements-ccxt.txt requirements-dask.txt $(VENV)/run.stamp
	@echo "Installing what the tests need."
	@$(PIP) -r requirements-dev.txt -r requirements-ccxt.txt -r requirements-dask.txt
	@touch $@

$(VENV)/ccxt.stamp: requirements-ccxt.txt $(VENV)/run.stamp
	@echo "Installing ccxt, for venues named ccxt:exchange."
	@$(PIP) -r requirements-ccxt.txt
	@touch $@

$(VENV)/dask.stamp: requirements-dask.txt $(VENV)/run.stamp
	@echo "Installing Dask, for sweeps on a cluster."
	@$(PIP) -r requirements-dask.txt
	@touch $@

# nautilus_trader asks for an older pandas than the app has and works with ours, hence --no-deps:
# the lock is complete without pip's help. A reference that cannot be installed is left out.
$(VENV)/bench.stamp: requirements-bench.txt $(VENV)/run.stamp
	@echo "Installing the systems we are measured beside."
	@$(PIP) --no-deps -r requirements-bench.txt && touch $@ || \
	  echo "They could not be installed; the benchmarks run without them."
