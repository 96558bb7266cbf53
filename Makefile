# The workshop. Everything runs in .venv, which is made and kept up to date as needed.

PORT ?= 8501
EXAMPLES ?= 2000
CATALOGUE ?= demo
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --progress-bar $(if $(CI),off,on)
SOURCES := app.py core pages tests $(wildcard benchmarks)

.DEFAULT_GOAL := help
.PHONY: help run test e2e check format fuzz bench lock audit clean
.DELETE_ON_ERROR:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "PORT=8600 serves elsewhere, PYTHON=/path/to/python3.12 chooses the Python of a new $(VENV)."

run: $(VENV)/.serve ## install what serving needs and serve the dashboard (PORT=8501)
	@echo "Serving on http://localhost:$(PORT) (stop with Ctrl+C)"
	@exec $(VENV)/bin/python -m streamlit run app.py --server.port $(PORT) --browser.serverAddress localhost

test: $(VENV)/.dev ## install what tests need and run them all
	$(VENV)/bin/python -m pytest

# Needs a browser, so it stands apart from the other tests; without one it says so and skips.
e2e: $(VENV)/.dev ## drive every page in Chromium: the flows, the keyboard, contrast, both widths and themes
	$(VENV)/bin/python -m pytest -rs tests/e2e

# The views (pages/*.py) draw as soon as they are imported, so only what they share has its examples run.
check: $(VENV)/.dev ## lint, see that everything is formatted, check types, run the docstrings' examples
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest --doctest-modules core pages/_shared

format: $(VENV)/.dev ## mend what ruff can mend
	$(VENV)/bin/ruff check --fix $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)

fuzz: $(VENV)/.dev ## look for hostile pictures, tables, addresses and artifacts (EXAMPLES=2000 a test)
	FUZZ_EXAMPLES=$(EXAMPLES) $(VENV)/bin/python -m pytest tests/fuzz

bench: $(VENV)/.dev ## measure what is quick and light, beside references (DATA=folder of products, CATALOGUE=demo)
	$(VENV)/bin/python -m benchmarks.bench --report --catalogue $(CATALOGUE) $(if $(DATA),--data $(DATA))

lock: $(VENV)/.supply ## write requirements.lock: every package that serving installs, with its hashes
	$(VENV)/bin/uv pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --output-file requirements.lock requirements.txt

audit: $(VENV)/.supply ## ask for known weaknesses of every package in requirements.lock
	@$(VENV)/bin/python scripts/audit.py requirements.lock

clean: ## remove the environment and every cache
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: pip runs only where requirements changed since it last ended well.
$(VENV)/.serve: requirements.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements-compare.txt requirements-milvus.txt requirements.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.serve

$(VENV)/.supply: requirements-supply.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements-supply.txt
	@touch $@

$(VENV)/pyvenv.cfg:
	@PYTHON="$(PYTHON)" sh scripts/make-venv.sh $(VENV)
