# One way to do each task. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RIVALS := .venv-bench
KAFKA_PORT ?= 19092
KAFKA_DATA ?= .newsriver/kafka
KAFKA := 127.0.0.1:$(KAFKA_PORT)

.PHONY: help setup demo up test test-kafka chaos lint format types imports schemas check bench-stream bench-alerts \
  bench-match kafka-up kafka-down wheel clean constraints

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "newsriver needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(READY) ## make the virtual environment with everything in it

demo: $(READY) ## run the river on a made-up newsroom and show news flowing
	@$(BIN)/newsriver demo

up: $(READY) ## run all stages in one process
	@$(BIN)/newsriver up

test: $(READY) ## unit, property and integration tests, and the end-to-end test on the embedded broker
	$(BIN)/python -m pytest -m 'not kafka'

test-kafka: $(READY) kafka-up ## the suites that need a real Apache Kafka (Java 17+ and Maven)
	NEWSRIVER_TEST_KAFKA=$(KAFKA) NEWSRIVER_TEST_KAFKA_REQUIRED=1 $(BIN)/python -m pytest -m 'kafka'; \
	  status=$$?; $(MAKE) kafka-down; exit $$status

chaos: $(READY) ## the long proof of exactly once on Apache Kafka: a hundred kills and stops, broker restarts
	$(BIN)/python -m tests.chaos

lint: $(READY) ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(READY) ## ruff: put the code in its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(READY) ## mypy --strict
	$(BIN)/mypy

imports: $(READY) ## import contracts
	$(BIN)/lint-imports

schemas: $(READY) ## write JSON Schema files and asyncapi.yaml from the types
	$(BIN)/python -m schemas.generate

check: lint types imports ## everything that reads the code without running it
	$(BIN)/python -m schemas.generate --check

$(RIVALS)/.ready: tests/benchmarks/stream/rivals.txt
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

bench-stream: $(READY) $(RIVALS)/.ready kafka-up ## throughput of the task runtime against other libraries
	$(BIN)/python -m tests.benchmarks.stream --bootstrap $(KAFKA) --rivals $(RIVALS)/bin/python; \
	  status=$$?; $(MAKE) kafka-down; exit $$status

bench-match: $(READY) ## stored queries a document: the engine, a naive loop and tantivy
	$(BIN)/python -m tests.benchmarks.matching

bench-alerts: $(READY) kafka-up ## how long an article takes to the webhook that tells of it, with 10,000 rules
	$(BIN)/python -m tests.benchmarks.alerts --bootstrap $(KAFKA); \
	  status=$$?; $(MAKE) kafka-down; exit $$status

kafka-up: ## start a single Apache Kafka node without Docker
	ops/kafka/kafka up --port $(KAFKA_PORT) --data $(KAFKA_DATA)

kafka-down: ## stop it
	ops/kafka/kafka down --port $(KAFKA_PORT) --data $(KAFKA_DATA)

wheel: $(READY) ## build the wheel into dist/
	rm -rf dist && $(BIN)/python -m build --wheel --no-isolation

constraints: ## write the versions of the present environment to constraints.txt
	$(BIN)/pip freeze --exclude-editable | grep -E '^[A-Za-z0-9_.-]+==' | LC_ALL=C sort -f > constraints.txt

clean: ## remove what was built and what the river stored here
	rm -rf dist build .newsriver .mypy_cache .ruff_cache .pytest_cache .hypothesis $(VENV) $(RIVALS)
