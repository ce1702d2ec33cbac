# Everything one does with Companion, by name; `make` alone lists it.
# Needs Python 3.11 or newer (`make run PYTHON=python3.12` to choose one) and keeps what it installs in .venv.

PYTHON  ?= python3
FLAVOUR ?= cpu
VENV    := .venv
BIN     := $(VENV)/bin
PIP     := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SPACE   := build/space-$(FLAVOUR)

.DEFAULT_GOAL := help
.PHONY: help run install test check format bench pictures lock space clean chromium

help: ## list what can be made
	@echo "Companion. Begin with: make run"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

run: $(VENV)/.installed ## install what is missing, then open the page on http://127.0.0.1:7860
	@$(BIN)/python app.py

install: $(VENV)/.installed ## install without starting
	@echo "Installed in $(VENV)."

test: $(VENV)/.installed-dev chromium ## run every test
	@$(BIN)/python -m pytest

check: $(VENV)/.installed-dev ## style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## put the code into its house style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.installed ## run every benchmark; each prints a table, then one line of JSON
	@for file in $$(grep -l __main__ benchmarks/*.py); do \
		name=$$(basename "$$file" .py); echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" || exit 1; \
	done

pictures: $(VENV)/.installed-dev chromium ## take the pictures in docs/pictures from the running app
	@$(BIN)/python -m tests.journeys.pictures

lock: $(VENV)/.installed-dev ## write the installed versions to constraints.txt
	@{ echo '# Every version the tests ran with: direct dependencies and all they bring. Written by `make lock`.'; \
	   $(BIN)/python -m pip freeze --exclude companion | sed 's/+[a-z0-9.]*$$//'; } > constraints.txt

space: ## assemble a Space that can be pushed in build/ (FLAVOUR=cpu or zerogpu)
	@[ -f spaces/$(FLAVOUR)/app.py ] || { echo "There is no Space called $(FLAVOUR); choose FLAVOUR=cpu or FLAVOUR=zerogpu."; exit 1; }
	@rm -rf $(SPACE) && mkdir -p $(SPACE)
	@cp -R spaces/$(FLAVOUR)/. spaces/hosting.py companion personas LICENSE $(SPACE)/
	@find $(SPACE) -name __pycache__ -prune -exec rm -rf {} +
	@echo "$(SPACE) is complete. Push it as a Space of its own."

clean: ## remove .venv, build/ and what the tools left behind; conversations stay where they are
	@rm -rf $(VENV) build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

# A stamp says that an installation came to its end: a second run starts at once, an interrupted one goes on.

$(VENV)/.installed: requirements.txt constraints.txt
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "$(PYTHON) was not found. Install Python 3.11 or newer, or name yours: make run PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Companion needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name a newer one: make run PYTHON=python3.12"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); echo "A virtual environment cannot be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV): once, a few minutes."
	@$(PIP) -c constraints.txt torch==2.13.0
	@$(PIP) -c constraints.txt -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@$(PIP) -c constraints.txt -r requirements-dev.txt
	@touch $@

# Browser tests drive the system's Chromium. Where it cannot be installed from here, they are told apart by their own skip.
chromium:
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium; \
	elif command -v apt-get >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo apt-get update -qq && sudo apt-get install -y -qq chromium; \
	else echo "Chromium is missing: the browser tests cannot run. On Debian: apt install chromium"; fi
