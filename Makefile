# Everything a person or CI runs. Needs make and Python 3.11 or newer; uses uv where it is there.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do $$p -c \
	'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV := $(shell command -v uv 2>/dev/null)
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
EXPORT := $(BIN)/uv export --quiet --frozen --no-emit-project --no-header --no-annotate

.PHONY: help install run test test-slow lint bench lock exports clean
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
install: .venv/.dev ## Set up .venv from the lock, with all that the tests need
# pinned, hashed versions: first what the program needs, then what only its tests need
.venv/.runtime: pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed (or make PYTHON=...)"; exit 1; }
ifneq ($(UV),)
	$(UV) sync --frozen --inexact --no-install-project --no-dev --group build --python $(PYTHON)
	$(UV) pip install --python $(BIN)/python --no-build-isolation --no-deps --editable .
else
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
endif
	@touch $@
.venv/.dev: .venv/.runtime requirements-dev.lock
ifneq ($(UV),)
	$(UV) sync --frozen --inexact --no-install-project
else
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
endif
	@touch $@
run: .venv/.runtime ## Convert the sample folder and say where the Markdown is
	$(BIN)/ocrqueue run samples -o sample-out
	@echo "The Markdown:"; find sample-out -name '*.md' -not -path '*/.*' | sort
test: install ## Run the whole test suite, two tests at a time
	$(BIN)/python -m pytest -n 2 --dist loadfile
test-slow: install ## Run what test leaves out: all hostile documents, training the tiny model
	$(BIN)/python -m pytest -m slow -n 2 --dist loadfile
lint: install ## Style, types, import contracts, spelling, dependencies
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell
	$(BIN)/mypy && $(BIN)/lint-imports --no-logo && $(BIN)/deptry .
bench: install ## Compare with what a user would otherwise run
	$(BIN)/python -m benchmarks
lock: install ## Resolve again: uv.lock, then the two files that pip reads
	$(BIN)/uv lock && $(MAKE) exports
exports: # requirements*.lock from uv.lock, into OUT
	$(EXPORT) --no-dev --group build --output-file $(or $(OUT),.)/requirements.lock >/dev/null
	$(EXPORT) --output-file $(or $(OUT),.)/requirements-dev.lock >/dev/null
clean: ## Remove .venv, caches and outputs
	rm -rf .venv .*_cache .hypothesis .coverage* dist build sample-out
