# `make` lists the targets. Everything runs in a virtual environment of its own, made on first use from the hash-locked
# requirements: with uv where it is installed, with venv and pip otherwise.
#
#   make test PYTHON=python3.13              another Python (3.11 or newer)
#   make test VENV=/somewhere/else           another place for the virtual environment
#   make test ARGS='-k escalation'           more for pytest;  make demo ARGS=--once: the story only, then end

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
ARGS ?=
UV ?= $(shell command -v uv 2>/dev/null)

# The first Python on the path that is new enough; a pyenv shim may stand there and still not run, so each is asked.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
FULL_VERSION = $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
BIN := $(VENV)/bin
NEEDS_VENV := demo test lint format bench fuzz new-rule
FUZZER = $(if $(UV),VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet,$(BIN)/python -m pip install --quiet --disable-pip-version-check)
COMPILE = pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

# Only the targets that run something ask for a Python; `make` alone must answer on any machine.
ifneq (,$(filter $(NEEDS_VENV) venv,$(MAKECMDGOALS)))
INSTALLED := $(VENV)/.installed-$(FULL_VERSION)
READY := $(VENV)/.ready-$(FULL_VERSION)
endif

.PHONY: help
help: ## list the targets
	@printf 'driftpager: make TARGET [PYTHON=python3.x] [ARGS=...]\n\n'
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

.PHONY: demo
demo: $(READY) ## the whole story with stand-in vendors, no credentials needed (ARGS=--once ends by itself)
	@$(BIN)/driftpager demo $(ARGS)

.PHONY: test
# In the order of the folders, so that tests/acceptance, where the long ones are, is begun first. Bytecode is kept, whatever the
# environment says: hundreds of processes are started, and each would compile what it imports.
test: $(READY) ## all tests; those that need PostgreSQL, Chromium or recorded documents skip where these are missing
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: lint
lint: $(READY) ## ruff, mypy --strict, the direction of imports, spelling
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/codespell $$(git ls-files 2>/dev/null || echo .)

.PHONY: format
format: $(READY) ## write the code as ruff would have it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(READY) ## every benchmark in bench/, one after the other
	@set -e; for each in bench/[a-z]*.py; do \
		test -f "$$each" || { echo 'bench/ holds no benchmark yet'; break; }; \
		printf '\n== %s\n' "$$each"; $(BIN)/python -m "bench.$$(basename "$$each" .py)" $(ARGS); done

.PHONY: fuzz
fuzz: $(READY) ## look for inputs that break the engine, a minute a target (ARGS='--seconds 600 schemas'); guided by atheris where it runs
	@$(BIN)/python -c 'import atheris' 2>/dev/null || { \
		echo 'adding atheris to $(VENV), where there is one for this machine'; $(FUZZER) --require-hashes -r requirements-fuzz.txt; }
	@$(BIN)/python -m tests.fuzz.run $(ARGS)

.PHONY: new-rule
new-rule: $(READY) ## begin a rule: make new-rule ID=property.foo (also LEVELS='B S' FORMAT=jsonschema TABLE=data)
	@$(BIN)/python -m tests.new_rule '$(ID)' --levels '$(or $(LEVELS),R R)' --format '$(FORMAT)' --table '$(TABLE)'

.PHONY: lock
lock: ## resolve the dependencies anew into requirements*.txt: names, versions and hashes only (ARGS=--upgrade)
	@uv=$(UV); if [ -z "$$uv" ]; then $(PYTHON) -m venv $(VENV)/.uv && $(VENV)/.uv/bin/pip install --quiet uv && uv=$(VENV)/.uv/bin/uv; fi; \
	set -ex; "$$uv" $(COMPILE) pyproject.toml --extra postgresql -o requirements.txt $(ARGS); \
	"$$uv" $(COMPILE) pyproject.toml --extra postgresql --group test --group lint --group build -o requirements-dev.txt $(ARGS); \
	"$$uv" $(COMPILE) --group fuzz -o requirements-fuzz.txt $(ARGS); \
	"$$uv" $(COMPILE) --group build -c requirements-dev.txt -o requirements-build.txt $(ARGS)

.PHONY: venv
venv: $(READY) ## only make the virtual environment

.PHONY: clean
clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) .venv-[0-9]* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps carry the version, so another PYTHON makes the environment anew; they are written last, so a broken install is not
# taken for a finished one. The project itself is linked, built by the locked hatchling: nothing unlocked is fetched.
ifdef READY
$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'driftpager needs Python 3.11 or newer, and PYTHON="$(PYTHON)" is none; say PYTHON=/path/to/python' >&2; exit 1; }
	@echo 'making $(VENV) with Python $(FULL_VERSION) and the locked requirements (once)'
	@rm -f $(VENV)/.installed-* $(VENV)/.ready-*
ifneq (,$(UV))
	@$(UV) venv --quiet --clear --python "$$(command -v $(PYTHON))" $(VENV)
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --require-hashes -r requirements-dev.txt
else
	@$(PYTHON) -m venv --clear $(VENV) || { echo 'no venv module with pip here: install python3-venv (Debian, Ubuntu) or uv' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
endif
	@touch $@

$(READY): $(INSTALLED) pyproject.toml
ifneq (,$(UV))
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endif
	@touch $@
endif
