# A fresh machine needs nothing before these; each is quick the second time.
#
#   make demo [PAPER=path.pdf]   from a PDF to a verdict, in this terminal
#   make test                    all tests: real containers, real Ray, a real browser
#   make lab                     JupyterLab with the panel
#   make check                   ruff, mypy, import-linter, eslint, tsc, schema drift
#   make bench [ARGS=…]          ratios against doing it by hand, side by side; ARGS="--only flood --rounds 3"
#   make stop                    end the Ray head that P2N started here

SHELL := /bin/bash
PAPER ?= sample
DATA ?= $(CURDIR)/.p2n
BIN := $(CURDIR)/.venv/bin
PANEL_SOURCES := $(shell find labextension/src labextension/style labextension/schema -type f 2>/dev/null) \
	labextension/package.json labextension/tsconfig.json labextension/yarn.lock

.PHONY: demo lab test check bench stop setup panel schemas lock clean

demo:
	@scripts/setup.sh runtime
	@$(BIN)/jupyter-p2n run "$(PAPER)" --data-dir "$(DATA)"

lab: panel
	@scripts/setup.sh dev
	$(BIN)/jupyter lab --P2NApp.data_dir="$(DATA)" $(if $(filter 0,$(shell id -u)),--allow-root)

test: setup panel
	@scripts/setup_browser.sh
	@scripts/setup_ocr.sh
	@scripts/setup_postgrest.sh
	cd labextension && PATH="$(BIN):$$PATH" jlpm test
	@scripts/run_tests.sh

check: panel
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/write_schemas.py --check
	cd labextension && PATH="$(BIN):$$PATH" jlpm schemas:check && PATH="$(BIN):$$PATH" jlpm lint:check

bench: setup
	$(BIN)/python -m benchmarks $(ARGS)

stop:
	@$(BIN)/python -m ray_runner.head stop --state-dir "$(DATA)"

setup:
	@scripts/setup.sh dev

schemas:
	$(BIN)/python scripts/write_schemas.py
	cd labextension && PATH="$(BIN):$$PATH" jlpm schemas

lock:
	scripts/lock.sh

panel: .setup/panel

# Node modules and the built panel; scripts/setup_panel.sh says what is missing where Node is.
.setup/panel: $(PANEL_SOURCES)
	@scripts/setup_python.sh dev
	@scripts/setup_panel.sh
	@touch $@

clean:
	rm -rf .setup .venv p2n_ext/labextension labextension/lib labextension/node_modules
