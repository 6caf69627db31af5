# Everything a person or CI runs. Needs make and Python 3.11 or newer, and nothing else.
PYTHON ?= $(shell for p in .venv/bin/python python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; \
	done)
BIN := .venv/bin
SETUP := pyproject.toml uv.lock tools/install.py tools/uv.txt
# What is there for the tests stays there when the program is run.
READY := $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.runtime)

.PHONY: help install run test test-slow lint bench compose lock clean
.NOTPARALLEL:
# What a shell says of another Python must not reach that of .venv.
unexport PYTHONHOME PYTHONPATH
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile
install: .venv/.dev ## Set up .venv from the lock, with all that the tests need
.venv/.runtime: OPTIONS := --no-dev --group build
.venv/.runtime .venv/.dev: $(SETUP)
	@test -n "$(PYTHON)" && \
	$(PYTHON) -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	"Set-up failed: $(or $(PYTHON),nothing on PATH) is no Python 3.11 or newer. Install one (Debian:" \
	"apt install python3 python3-venv; macOS: brew install python@3.12), or name it:" \
	"make install PYTHON=..." >&2; exit 1; }
	$(PYTHON) -I tools/install.py $(OPTIONS)
	@touch $@
run: $(READY) ## Convert the sample folder and say where the Markdown is
	$(BIN)/ocrqueue run samples -o sample-out
	@echo "The Markdown:"; find sample-out -name '*.md' -not -path '*/.*' | sort
# Byte code is kept, also where a container's shell keeps none: each process would compile anew.
test: install ## Run the whole test suite, four tests at a time: half of them wait
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist loadfile
test-slow: install ## Run what test leaves out: all hostile documents, training the tiny model
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -m slow -n 2 --dist loadfile
lint: install ## Style, types, import contracts, spelling, dependencies, workflows
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell
	$(BIN)/mypy && $(BIN)/lint-imports --no-logo && $(BIN)/deptry .
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/zizmor --offline --quiet .github
bench: install ## Compare with what a user would otherwise run
	$(BIN)/python -m benchmarks
compose: ## Build the image and convert the samples with the Compose file (needs Docker)
	scripts/compose_samples.sh
lock: install ## Resolve again: uv.lock, and the uv that a set-up begins with (UPGRADE=--upgrade)
	$(BIN)/uv lock --no-config $(UPGRADE)
	$(BIN)/uv export --quiet --frozen --only-group setup --no-header --no-annotate -o tools/uv.txt
clean: ## Remove .venv, caches and outputs
	rm -rf .venv .*_cache .hypothesis .coverage* dist build sample-out
