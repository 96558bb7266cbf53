# The workshop. Everything runs in .venv, which is made and kept up to date as needed.

PORT ?= 8501
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --progress-bar $(if $(CI),off,on)
SOURCES := app.py core pages tests $(wildcard benchmarks)

.DEFAULT_GOAL := help
.PHONY: help run test e2e check format clean
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

clean: ## remove the environment and every cache
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: pip runs only where requirements changed since it last ended well.
$(VENV)/.serve: requirements.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt $(VENV)/pyvenv.cfg
	$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.serve

$(VENV)/pyvenv.cfg:
	@PYTHON="$(PYTHON)" sh scripts/make-venv.sh $(VENV)
