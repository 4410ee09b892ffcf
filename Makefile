# A machine with Python 3.11, git and make is enough: every target sets up .venv when it has to.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV ?= uv
BIN := .venv/bin

# Stamps carry the hash of what they were made from, so a second call has nothing to do.
LOCKED := .venv/locked-$(shell cksum < requirements.lock | tr ' ' '-')
READY := .venv/ready-$(shell cat requirements.lock pyproject.toml | cksum | tr ' ' '-')
OPERATIONS := .operations/ready-$(shell cat tests/infra/airflow.txt tests/infra/manifests.txt tests/infra/compose.txt | cksum | tr ' ' '-')
CLIENTS := .clients/ready-$(shell cat tests/clients/package-lock.json tests/clients/wakatime.txt | cksum | tr ' ' '-')

# Tests wait for programs as often as they compute: three of them keep two processors busy.
PARALLEL := -n 3 --dist loadfile
# A cluster wants the machine for itself.
APART := --ignore=tests/flink

.DEFAULT_GOAL := help
.PHONY: help demo test test-flink lint bench chaos clients operations lock clean

help:  ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: $(READY)  ## See it work: an invented organisation through the real path, into .upshot/ (KAFKA=1: through a broker)
	$(BIN)/upshot demo $(if $(filter-out 0,$(KAFKA)),--kafka)

test: lint  ## Check style and types, then run every test (on CI every crash alone, and branch coverage)
ifdef CI
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL) $(APART)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
else
	$(BIN)/python -m pytest $(PARALLEL) $(APART)
endif

test-flink: $(READY)  ## Run the tests on a real Flink, which kill its parts (needs Java and Maven)
	$(BIN)/python -m pytest tests/flink

lint: $(READY)  ## Check style and types only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(READY)  ## Compare answers, then print rates
	$(BIN)/python -m tests.bench

chaos: $(READY)  ## Set everything upon each other through a real broker, kill at random, take the broker away, and check that it held
	$(BIN)/python -m tests.chaos --kafka
	$(BIN)/python -m tests.chaos --mutants --minutes 0.5 --kills 20 --reads 0
	$(BIN)/python -m tests.chaos.outage --seconds 600

clients: $(CLIENTS)  ## Install the real clients that tests run (needs npm)

$(CLIENTS): $(LOCKED)
	@mkdir -p .clients
	@cp tests/clients/package.json tests/clients/package-lock.json .clients
	@npm ci --prefix .clients --ignore-scripts --no-audit --no-fund --silent
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
		--upgrade --target .clients/python -r tests/clients/wakatime.txt
	@touch $@

operations: $(OPERATIONS)  ## Install promtool, Airflow and schemas, which tests of infra/ run (needs apt-get)

# Unpacked, not installed: the package would start a server.
$(OPERATIONS):
	@mkdir -p .operations
	@cd .operations && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; }
	@cd .operations && dpkg -x prometheus_*.deb unpacked && mv unpacked/usr/bin/promtool . && rm -r unpacked prometheus_*.deb
	@$(PYTHON) -m venv .operations/airflow
	@.operations/airflow/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/infra/airflow.txt
	@$(PYTHON) -m venv .operations/manifests
	@.operations/manifests/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/infra/manifests.txt
	@.operations/manifests/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r tests/infra/compose.txt
	@touch $@

lock:  ## Resolve requirements.lock anew, the image's part of it, and what make operations installs (needs uv)
	$(UV) pip compile pyproject.toml --group dev --python-version 3.11 --universal \
		--generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	$(UV) pip compile pyproject.toml --constraint requirements.lock --python-version 3.11 --universal \
		--generate-hashes --no-emit-index-url --no-header --quiet --no-annotate -o infra/requirements.lock
	for name in airflow manifests; do \
		$(UV) pip compile tests/infra/$$name.in --python-version 3.11 --universal --no-annotate \
			--generate-hashes --no-emit-index-url --no-header --quiet -o tests/infra/$$name.txt; \
	done

clean:  ## Remove .venv and all caches; .upshot/ stays, it holds a key
	rm -rf .venv .clients .operations .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
	find $(wildcard pipelines schemas connectors sql tests) -name __pycache__ -prune -exec rm -rf {} +

$(LOCKED):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" if sys.version_info < (3, 11) else 0)'
	@echo "Installing the locked dependencies into .venv; this happens once and takes a minute or two"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(READY): $(LOCKED)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
