# Everything that is done with this repository by name; `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DEMO := output/full

.DEFAULT_GOAL := help
.PHONY: help demo test torture golden check docs completeness screens bench clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Generate a business, prove it, and load it into a throw-away server
	$(BIN)/terpseed generate --scenario full --out $(DEMO) --force
	$(BIN)/terpseed validate $(DEMO)
	@if $(BIN)/python -m terpseed.server; then set -ex; \
	  $(BIN)/terpseed sandbox -- $(BIN)/terpseed load $(DEMO); \
	else \
	  echo "No MariaDB or MySQL server program here, so nothing was loaded. To see that, too:"; \
	  echo "  $(BIN)/terpseed sandbox --install -- $(BIN)/terpseed load $(DEMO)"; \
	fi

test: $(READY) ## Run the tests, on real servers
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

torture: $(READY) ## Break loads on both servers in every way, for an hour; count what is lost (root)
	$(BIN)/python -m tests.torture

golden: $(READY) ## Accept the values that generate makes now as the right ones
	TERPSEED_ACCEPT_GOLDEN=1 $(BIN)/python -m pytest -q -k "reviewed or recorded_story" tests/generate

check: $(READY) ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

docs: $(READY) ## Write the pages that are made from the program: commands, errors, manual
	$(BIN)/python -m docs.make

completeness: $(READY) ## Damage every column in memory and write down which rules notice (minutes)
	@set -e; trap 'rm -rf output/.completeness' EXIT; for made in light/2026-05 full/2026-05 light/2025-11 full/2025-11; do \
	  $(BIN)/terpseed generate --quiet --scenario $${made%/*} --schema $${made#*/} --out output/.completeness/$$made > /dev/null; \
	done; $(BIN)/python -m validate.completeness output/.completeness/light/* output/.completeness/full/*

screens: $(READY) ## Take the pictures of the terminal in the documentation again
	$(BIN)/python -m docs.make.screens

bench: $(READY) ## Measure speed beside the tools that do the same
	@set -e; for script in benchmarks/*.py; do echo "$$script"; $(BIN)/python "$$script"; done

clean: ## Remove the environment and what was generated
	rm -rf $(VENV) output/*

# Made again when what is to be installed changes.
$(READY): pyproject.toml constraints.txt
	@if ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Python or its venv is missing: installing Debian's package"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	      apt-get install -qq --no-install-recommends python3-venv; \
	  else \
	    echo "Python or its venv is missing; on Debian: apt-get install python3-venv"; exit 1; \
	  fi; \
	fi
	@$(PYTHON) -c 'import sys; sys.exit("terpseed needs Python 3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable . --group dev
	@touch $@
