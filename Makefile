# `make` alone lists what there is to do. Everything lives in .venv; nothing is installed elsewhere
# but, for `make test` as root, the system packages named in TEST_PACKAGES.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
READY := $(VENV)/.ready
TEST_READY := $(VENV)/.test-ready
TEST_PACKAGES := mosquitto chromium libatomic
TIMESCALE := .timescale
OPENDSM := .opendsm
BENCH := .bench
MUTATION := .mutation
FIRMWARE := .firmware
MICROPYTHON := @micropython/micropython-webassembly-pyscript

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test check timescale screenshots opendsm side-by-side bench mutation openapi plotly lock sbom firmware-tools

help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: $(READY)  ## Run everything on this machine with a simulated building; Ctrl-C stops it.
	@$(BIN)/commonwatt demo

demo-reset: $(READY)  ## Throw the demo's data away.
	@$(BIN)/commonwatt demo --reset

test: $(TEST_READY)  ## Install what the tests need and run them all.
	@$(PYTHON) scripts/system_packages.py $(TEST_PACKAGES)
	@if grep -qs '^ID=debian' /etc/os-release; then $(MAKE) --no-print-directory timescale; \
	else echo "Not Debian: the tests on TimescaleDB are left out, unless make timescale works here"; fi
	@$(MAKE) --no-print-directory firmware-tools || echo "The firmware's tests under MicroPython are left out"
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: $(TEST_READY)  ## Format, lint and type-check: seconds, not minutes.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

firmware-tools: $(FIRMWARE)/.ready  ## Fetch MicroPython and its compiler into .firmware; npm is needed.

timescale: $(TIMESCALE)/versions.json  ## Fetch a real TimescaleDB into .timescale, without Docker or root.

screenshots: $(TEST_READY)  ## Make the README's pictures again from the demo.
	$(BIN)/python scripts/screenshots.py docs/screenshots

opendsm: $(OPENDSM)/.ready  ## Make the optional environment that OpenDSM needs, to compare with it.

side-by-side: $(READY) $(OPENDSM)/.ready  ## Run our savings and OpenDSM's on the same homes; docs/studies.
	$(BIN)/python scripts/side_by_side.py

bench: $(READY) $(BENCH)/.ready  ## Time the core and ingest beside their peers and bare controls.
	$(BIN)/python scripts/bench.py

mutation: $(TEST_READY) $(MUTATION)/.ready  ## Change the core statement by statement; the tests must notice.
	$(MUTATION)/bin/python scripts/mutation.py --write

plotly: $(READY)  ## Fetch the basic bundle of the plotly.js that the installed plotly speaks to; npm is needed.
	@version=$$($(BIN)/python -c "from importlib.resources import files; import re; print(re.search(r'plotly\.js v([\d.]+)', (files('plotly') / 'package_data' / 'plotly.min.js').read_text()[:200])[1])") \
	&& folder=$$(mktemp -d) && npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix $$folder plotly.js-basic-dist-min@$$version \
	&& gzip -9 -n -c $$folder/node_modules/plotly.js-basic-dist-min/plotly-basic.min.js > dashboards/static/plotly-basic.min.js.gz && rm -r $$folder

openapi: $(READY)  ## Write the description of the API anew; it changes on purpose alone.
	$(BIN)/python -c "from api.app import describe_api; print(describe_api(), end='')" > api/openapi.json

sbom: $(READY)  ## List what a release is made of, with hashes, as CycloneDX in dist/sbom.cdx.json.
	@mkdir -p dist
	$(BIN)/python scripts/sbom.py dist/sbom.cdx.json

lock: $(READY)  ## Resolve the dependencies again; the lock carries hashes but no addresses.
	$(BIN)/uv lock --upgrade
	$(BIN)/python scripts/lock_addresses.py uv.lock

$(TIMESCALE)/versions.json: scripts/timescale.py
	@$(PYTHON) scripts/timescale.py $(TIMESCALE)

$(FIRMWARE)/.ready: scripts/firmware.txt scripts/firmware.sha256 $(VENV)/bin/uv
	@$(BIN)/uv venv --quiet --clear $(FIRMWARE)/venv
	@$(BIN)/uv pip install --quiet --require-hashes --python $(FIRMWARE)/venv/bin/python --requirement scripts/firmware.txt
	@npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix $(FIRMWARE) $(MICROPYTHON)@1.27.0
	@cd $(FIRMWARE)/node_modules/$(MICROPYTHON) && sha256sum --quiet --check $(CURDIR)/scripts/firmware.sha256
	@touch $@

$(OPENDSM)/.ready: scripts/opendsm.txt $(VENV)/bin/uv
	@$(BIN)/uv venv --quiet --clear $(OPENDSM)
	@$(BIN)/uv pip install --quiet --python $(OPENDSM)/bin/python --requirement scripts/opendsm.txt
	@touch $@

$(BENCH)/.ready: scripts/bench.txt $(VENV)/bin/uv
	@$(BIN)/uv venv --quiet --clear $(BENCH)
	@$(BIN)/uv pip install --quiet --python $(BENCH)/bin/python --requirement scripts/bench.txt
	@touch $@

$(MUTATION)/.ready: scripts/mutation.txt $(TEST_READY)
	@$(BIN)/uv venv --quiet --clear $(MUTATION)
	@$(BIN)/uv pip install --quiet --python $(MUTATION)/bin/python --requirement $(VENV)/requirements.txt --requirement scripts/mutation.txt
	@touch $@

$(VENV)/bin/uv:
	@$(PYTHON) scripts/make_venv.py $(VENV) uv==$(UV_VERSION)

$(READY): pyproject.toml uv.lock $(VENV)/bin/uv
	@$(BIN)/uv export --quiet --frozen --no-dev --no-emit-project --output-file $(VENV)/requirements.txt
	@$(BIN)/uv pip install --quiet --require-hashes --requirement $(VENV)/requirements.txt
	@$(BIN)/uv pip install --quiet --no-deps --editable .
	@touch $@

$(TEST_READY): $(READY)
	@$(BIN)/uv export --quiet --frozen --all-groups --no-emit-project --output-file $(VENV)/requirements.txt
	@$(BIN)/uv pip install --quiet --require-hashes --requirement $(VENV)/requirements.txt
	@touch $@
