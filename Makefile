# Everything runs in a virtual environment of its own, made once: .venv
# `make demo` and `make test` need Python 3.11 or newer, pip, git and make, and nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO_READY := $(VENV)/.ready-demo
SETUP_READY := $(VENV)/.ready-setup
DEV_READY := $(VENV)/.ready-dev
EVERY_EXTRA := all,frameworks
BENCH := .venv-bench
BENCH_READY := $(BENCH)/.ready
FUZZ_SECONDS ?= 60
WORKERS ?= 2
# A worker without tests takes over some of the other's, so that both end at once.
IN_PARALLEL = --numprocesses $(WORKERS) --dist worksteal
# What a version of Python, or of a dependency, may break.
VERSION_TESTS := tests/unit $(addprefix tests/integration/,test_endpoints.py test_cli_endpoints.py \
	test_cli_live.py test_cli_local.py test_emulator_time.py test_pytest_plugin.py \
	$(addprefix integrations/,test_aiohttp.py test_litestar.py test_mcp.py test_starlette.py))
OTHER_PYTHONS ?= 3.12 3.13
# An old version beside a new one warns of names that the new one will drop.
OLD_VERSIONS_WARN := -W ignore::DeprecationWarning
LOWEST := .venv-lowest
NEWEST := .venv-newest
BENCHMARKS := goodput import cache requests decode dashboards deadline memory fan_out cluster dashboard_page generate emulator
UV := $(shell command -v uv 2>/dev/null)
# The package with extras, and perhaps a dependency group, which pip reads from version 25.1 on.
WHAT = --quiet --constraint constraints.txt --editable '.[$(1)]' $(if $(2),--group $(2))
# Where uv finds nothing, pip may: a mirror can be set for pip alone.
INSTALL = $(if $(UV),$(UV) pip install --python $(BIN)/python $(WHAT) ||) \
	{ $(if $(2),$(BIN)/python -m pip install --quiet 'pip>=25.1' &&) \
	$(BIN)/python -m pip install $(WHAT); }

export PIP_BUILD_CONSTRAINT := constraints.txt
export UV_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export NO_MKDOCS_2_WARNING := 1

.PHONY: help demo test coverage unit pythons lowest newest setup lint types docs bench plot api screenshots dist fuzz soak format clean

help:  ## say what there is
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /make \1\t/' | expand -t 14

demo: $(DEMO_READY)  ## start an embedded Loguro and show an overview of it
	@$(BIN)/python -m loguro_async demo

test: $(DEV_READY)  ## run every test; some of them with ARGS=PATH
	$(BIN)/python -m pytest $(IN_PARALLEL) $(ARGS)

coverage: $(DEV_READY)  ## run every test again, and measure which branches are covered
	@rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

unit: $(DEV_READY)  ## run the tests of each module, without sockets except for the emulator and the command line
	$(BIN)/python -m pytest $(IN_PARALLEL) tests/unit $(ARGS)

pythons:  ## run the tests that a version of Python may break, on the other ones
	@for version in $(OTHER_PYTHONS); do \
		echo "Python $$version"; \
		$(MAKE) --no-print-directory test VENV=.venv-$$version PYTHON=python$$version \
			ARGS='$(VERSION_TESTS)' || exit 1; done

lowest:  ## run these tests with the lowest versions of the dependencies that are said to work
	@$(PYTHON) -m venv $(LOWEST) && $(LOWEST)/bin/python -m pip install --quiet uv
	@$(LOWEST)/bin/uv pip compile --quiet pyproject.toml --extra all --extra frameworks \
		--resolution lowest-direct --output-file $(LOWEST)/versions.txt
	@$(LOWEST)/bin/uv pip install --quiet --python $(LOWEST)/bin/python \
		--requirement $(LOWEST)/versions.txt --group tests --editable .
	$(LOWEST)/bin/python -m pytest $(IN_PARALLEL) $(OLD_VERSIONS_WARN) $(VERSION_TESTS)

newest:  ## run these tests with the newest versions of the dependencies
	@$(PYTHON) -m venv $(NEWEST) && $(NEWEST)/bin/python -m pip install --quiet uv
	@$(NEWEST)/bin/uv pip install --quiet --upgrade --python $(NEWEST)/bin/python \
		--group tests --editable '.[$(EVERY_EXTRA)]'
	$(NEWEST)/bin/python -m pytest $(IN_PARALLEL) $(VERSION_TESTS)

setup: $(SETUP_READY)  ## set up what a fix of the documentation needs, and no more

lint: $(DEV_READY)  ## style, format, spelling, who imports whom, no lock files
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	git ls-files -z | xargs -0 $(BIN)/codespell
	$(BIN)/lint-imports --no-cache
	@! git ls-files | grep -E '(^|/)(uv|poetry|package-lock|Pipfile)\.(lock|json)$$' \
		|| { echo 'lock files are not kept here: constraints.txt pins what is installed'; exit 1; }

types: $(DEV_READY)  ## mypy and pyright, both strict
	$(BIN)/mypy
	$(BIN)/pyright

docs: $(SETUP_READY)  ## build the documentation into site/
	$(BIN)/mkdocs build --strict

bench: $(BENCH_READY)  ## measure speed and memory, beside the peers
	@for bench in $(BENCHMARKS); do \
		$(BENCH)/bin/python -m benchmarks.bench_$$bench || exit 1; done
	@$(BENCH)/bin/python -m benchmarks.report

plot: $(DEV_READY)  ## write the stored figures into README and documentation again
	@$(BIN)/python -m benchmarks.report

api: $(DEV_READY)  ## write down the public API, for the tests to compare with
	$(BIN)/python -m tests.contract.public_api > $(VENV)/public-api.txt
	mv $(VENV)/public-api.txt tests/contract/golden/public-api.txt

screenshots: $(DEV_READY)  ## take the pictures of the dashboard for the documentation again
	@$(BIN)/python docs/extensions/screenshots.py

dist: $(DEV_READY)  ## build what is released into dist/, and check it
	@rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*

fuzz: $(DEV_READY)  ## look for bytes and texts that break the decoder or the filters
	@$(BIN)/python -m pip install --quiet atheris
	@for target in fuzz/fuzz_*.py; do \
		$(BIN)/python $$target -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=4096 || exit 1; done

soak: $(DEV_READY)  ## a million calls: does memory stay flat
	$(BIN)/python benchmarks/soak.py

format: $(DEV_READY)  ## correct style and format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

clean:  ## remove all that was made
	rm -rf $(VENV) $(BENCH) site dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo 'Python 3.11 or newer is needed; name one with: make PYTHON=python3.11'; exit 1; }
	@if [ -n "$(UV)" ]; then $(UV) venv --quiet --seed --python "$$(command -v $(PYTHON))" $(VENV); \
	else $(PYTHON) -c 'import ensurepip' 2>/dev/null \
		|| { echo 'Python cannot make virtual environments here; on Debian: apt-get install python3-venv'; exit 1; }; \
		$(PYTHON) -m venv $(VENV); fi

$(DEMO_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Setting up $(VENV), once ...'
	@$(call INSTALL,demo)
	@touch $@

$(SETUP_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Setting up $(VENV) for the documentation, once ...'
	@$(call INSTALL,demo,setup)
	@touch $@ $(DEMO_READY)

$(DEV_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Setting up $(VENV) for development, once ...'
	@$(call INSTALL,$(EVERY_EXTRA),dev)
	@touch $@ $(DEMO_READY) $(SETUP_READY)

# The peers have an environment of their own: what they need must not hide what the package needs.
$(BENCH_READY): pyproject.toml constraints.txt benchmarks/peers.txt
	@echo 'Setting up $(BENCH) for the benchmarks, once ...'
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --constraint constraints.txt \
		--editable '.[charts,dashboard,dask,emulator,rate]' --requirement benchmarks/peers.txt
	@touch $@
