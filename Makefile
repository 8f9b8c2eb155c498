# make up    set up and run the whole stack        make test   set up and pass every test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help up test bench chaos jitter fuzz attacks seed-log check check-types check-style check-page audit setup setup-dev contracts pictures lock clean

help:
	@echo "make up     set everything up and run Storywire (Ctrl-C ends it)"
	@echo "make test   set everything up and run the checks and all tests"
	@echo "make chaos  kill, freeze and cut everything 200 times under 10,000 stories (some 27 minutes)"
	@echo "make jitter 500 clients, each cut off every 15 s for 3 minutes"
	@echo "make fuzz   6,000 randomly generated cases, over HTTP, as events, as raw packets"
	@echo "make attacks floods, crowds and clients that never read, and what others notice"
	@echo "make seed-log  write EVENTS (1000000) made-up events into the log of the running stack"
	@echo "make bench  Storywire beside its peers in one run (some 5 minutes); renews docs/performance.md"
	@echo "make check  linters, types (Python's and TypeScript's), architecture, contract drift"

up: setup
	@exec $(BIN)/storywire up

test: check
	$(BIN)/python -m pytest -n 4 --dist worksteal

# The long proofs. Each prints what it did and what it found, ends by itself, and keeps its logs in .test-logs when it fails.
chaos: setup-dev
	$(BIN)/python -m tests.chaos --seed 14 --stories 10000 --kills 200 --seconds 1500 --in-flight 48 --viewers 32

jitter: setup-dev
	$(BIN)/python -m tests.chaos.jitter --clients 500 --seconds 180

fuzz: setup-dev
	$(BIN)/python -m tests.fuzz --cases 6000

attacks: setup-dev
	$(BIN)/python -m tests.attacks

# A log for trials, in the stack that runs here: never where real stories are.
EVENTS ?= 1000000
seed-log: setup
	$(BIN)/storywire seed-log --events $(EVENTS)

# The slow ones side by side.
check: setup-dev
	@$(MAKE) --no-print-directory --jobs 2 --output-sync check-types check-style check-page

check-types:
	$(BIN)/mypy

check-style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.schemas --check

check-page:
	$(BIN)/python -m deploy.local.web_check

# Known weaknesses of what is pinned. Not part of `check`: it needs pip-audit, and a network that reaches its database.
audit:
	@command -v pip-audit >/dev/null || { echo "audit: nothing was checked: pip-audit is not installed" >&2; exit 1; }
	@pip-audit --disable-pip --require-hashes -r requirements-dev.lock || \
		{ echo "audit: weaknesses stand above, or why nothing could be checked" >&2; exit 1; }

bench: setup-dev
	$(BIN)/python -m tests.bench --write

contracts: setup-dev
	$(BIN)/python -m deploy.schemas

pictures: setup-dev
	$(BIN)/python -m tests.browser.pictures --readme

lock:
	deploy/lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp holds the hash of what it was installed from, so a second run touches neither network nor files.
setup:     ; @deploy/install $(PYTHON) $(VENV) requirements.lock
setup-dev: ; @deploy/install $(PYTHON) $(VENV) requirements.lock requirements-dev.lock
