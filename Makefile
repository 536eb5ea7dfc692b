# Two commands do all the set-up: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
# One process a core; `make test ARGS="-k dns"` runs a part in one.
ARGS ?= -n auto

.PHONY: demo test check format lint types schema bench clean

demo: .venv/demo.installed  ## the Phoenix night: no root, no server, no network
	@$(BIN)/pytest --inventory demo; status=$$?; echo; \
	if [ $$status -eq 1 ]; then \
		echo "NO-GO, exit code 1: that is what the demo has to say. Read inventories/demo/, then the README."; \
	else echo "The demo should have ended in NO-GO (exit code 1), not in exit code $$status."; exit 1; fi

test: .venv/test.installed  ## all tests, against real servers that the tests start on free ports
	@tests/lab/install-packages
	@tests/lab/install-axe
	@tests/install-ansible
	$(BIN)/pytest $(ARGS)

check: lint types test  ## what CI runs: format, lint, types, and the tests (with examples and schema)

lint: .venv/test.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/test.installed
	$(BIN)/mypy

format: .venv/test.installed  ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schema: .venv/demo.installed  ## write the JSON Schemas of inventories and of reports from the models
	$(BIN)/preflight schema > inventories/schema.json
	$(BIN)/preflight schema --report > docs/report.schema.json

bench: .venv/test.installed  ## every speed claim, each against a named peer in the same run
	for name in core_items foreign_suite dns_exchange dns_records dns_zone ports_scan ports_sources database_catalogue racks_fitting drift_compare drift_hosts report; do $(BIN)/python benchmarks/$$name.py || exit 1; done

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "preflight needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || if [ "$$(id -u)" = 0 ]; then \
		apt-get install --quiet --yes python3-venv >/dev/null || { apt-get update && apt-get install --yes python3-venv; }; \
		else echo "python3-venv is missing: sudo apt-get install python3-venv"; exit 1; fi
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --upgrade pip

.venv/demo.installed: pyproject.toml | $(BIN)/pip
	@echo "installing preflight into .venv ..."
	@$(BIN)/pip install --quiet --editable '.[sqlite]'
	@touch $@

.venv/test.installed: pyproject.toml | $(BIN)/pip
	@echo "installing preflight and what its tests need into .venv ..."
	@$(BIN)/pip install --quiet --editable '.[all]' --group dev
	@touch $@ .venv/demo.installed
