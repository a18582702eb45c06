.DEFAULT_GOAL := help
BIN := .venv/bin
.PHONY: help setup demo test lint format bench lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## make .venv from requirements.lock (hashes checked)
	@.ci/setup

demo: setup  ## a model's way from pull request to 100 %, one refused, one rolled back
	@$(BIN)/sluice demo

test: setup  ## the tests
	@$(BIN)/pytest -n 2 --dist loadfile

lint: setup  ## ruff, mypy (strict), import-linter, committed schemas
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sluice schema --check

format: setup  ## let ruff format and mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: setup  ## seconds a model, ticks a second, server CPU a request, each beside a baseline of the same run
	@$(BIN)/python -P -m ci.bench

lock: setup  ## resolve pyproject.toml anew into requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
		pyproject.toml charts/images/onnx-server/pyproject.toml --extra cpu --extra data --extra train --extra dev -o requirements.lock

clean:  ## remove what the targets made
	@rm -rf .venv build
