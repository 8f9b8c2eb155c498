# make up    set up and run the whole stack        make test   set up and pass every test
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help up test check setup setup-dev contracts lock clean

help:
	@echo "make up     set everything up and run Storywire (Ctrl-C ends it)"
	@echo "make test   set everything up and run the checks and all tests"
	@echo "make check  linters, types, architecture, contract drift"

up: setup
	@exec $(BIN)/storywire up

test: check
	$(BIN)/python -m pytest -n 3 --dist worksteal

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.schemas --check

contracts: setup-dev
	$(BIN)/python -m deploy.schemas

lock:
	deploy/lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# A stamp holds the hash of what it was installed from, so a second run touches neither network nor files.
setup:     ; @deploy/install $(PYTHON) $(VENV) requirements.lock
setup-dev: ; @deploy/install $(PYTHON) $(VENV) requirements.lock requirements-dev.lock
