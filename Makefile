# Two commands matter: `make run` and `make test`. Both work where there is nothing but python3.11 and make.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: run test coverage demo bench setup setup-dev check format lock docs clean help

# Models that lie beside the checkout are used unless the environment names others. Without any, the service takes
# `lite`, which comes with it, and the tests that need more are left out.
ifeq ($(wildcard $(or $(FACE_MODEL_ROOT),../shared)/models/scrfd_mobilefacenet),)
CHOSEN := not openvino and not shared
else
CHOSEN := not openvino
COVERED := --cov-fail-under 90
endif
ifneq ($(wildcard ../shared/models/scrfd_mobilefacenet),)
ifndef FACE_MODEL_ROOT
run demo bench test: export FACE_MODEL_ROOT := $(abspath ../shared)
run demo bench: export FACE_MODEL_PACK ?= scrfd_mobilefacenet
endif
endif

run: setup  ## serve on HOST:PORT (127.0.0.1:8000), with a database in DATA_DIR (./data) or at DATABASE_URL
	@exec $(BIN)/python -m app serve

test: setup-dev  ## run the whole suite
ifdef COVERED
	@$(BIN)/python -m tools.browser
endif
	@mkdir -p -m 700 build/run
	@XDG_RUNTIME_DIR="$${XDG_RUNTIME_DIR:-$(CURDIR)/build/run}" \
	    $(BIN)/pytest -m "$(CHOSEN)" --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)
ifndef COVERED
	@echo "Left out: the tests marked «shared» and «openvino», whose packs and photographs are not here."
else
	@test -d build/openvino || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
	    --requirement requirements-openvino.lock --target build/openvino
	@PYTHONPATH=build/openvino $(BIN)/pytest -q -m openvino tests/integration/vision
endif

coverage:  ## run the whole suite with branch coverage, which takes half as long again
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report term $(COVERED) $(ARGS)"

demo: setup  ## enrol some people from photographs, then recognise them in others, and a stranger in none
	@exec $(BIN)/python -m demo $(ARGS)

bench: setup  ## measure rank-1 over HTTP on 300 people
	@exec $(BIN)/python -m bench.rank1 $(ARGS)

setup:  ## make .venv and install requirements.lock, where that is not done yet
	@$(PYTHON) -m tools.venv requirements.lock

setup-dev:
	@$(PYTHON) -m tools.venv requirements-dev.lock

check:  ## formatting, lint, import contracts and types
	@.ci/run format lint imports types

format: setup-dev  ## rewrite the code the way the formatter wants it
	@$(BIN)/ruff check --quiet --fix-only . && $(BIN)/ruff format --quiet .

docs: setup  ## write .env.example, docs/problems.md and the dashboards anew, from the code
	@$(BIN)/python -m tools.reference && $(BIN)/python -m tools.dashboards && $(BIN)/python -m tools.conformance

UV := build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --override overrides.txt --generate-hashes \
    --custom-compile-command 'make lock' $(ARGS)

lock: setup  ## write the lock files anew (ARGS=--upgrade for the newest versions)
	@$(BIN)/pip install --quiet --disable-pip-version-check --upgrade --target build/uv uv==0.13.8
	@$(UV) requirements-dev.txt --output-file requirements-dev.lock
	@$(UV) requirements-openvino.txt --output-file requirements-openvino.lock
	@$(UV) requirements.txt --constraint requirements-dev.lock --output-file requirements.lock
	@$(UV) --override overrides-gpu.txt requirements-gpu.txt --constraint requirements.lock --output-file requirements-gpu.lock
	@$(UV) requirements-sbom.txt --output-file requirements-sbom.lock

clean:  ## remove .venv, caches and build/; data stays
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.* htmlcov

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):[^#]*## */\1 /p' $(MAKEFILE_LIST) | while read -r name text; do printf '  make %-7s %s\n' "$$name" "$$text"; done
