# Every target explains itself: `make help`. Needs Python 3.11 or newer and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY  := $(VENV)/.ready
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE   := core cli plugins examples tests benchmarks docs/site
TARGET := local
TESTS = $(or $(T),tests $(SLOW:%=--ignore=%) $(SKIP:%=--ignore=%))
PYTHONS := python3.12 python3.13 python3.14

# Suites with targets of their own: `make slow`, `make terraform`, `make e2e`.
SLOW := tests/e2e tests/terraform tests/plugins/bundle tests/plugins/localcloud tests/plugins/release tests/off_record tests/first_hour \
	tests/plugins/testing/test_correct_handlers.py tests/plugins/testing/test_a_fresh_project.py \
	tests/plugins/dynamodb/test_drills.py

# Checks Terraform code; too heavy for the development environment, so it has one of its own.
CHECKOV := build/checkov/bin/checkov

# Tests start hundreds of Pythons; without cached bytecode each would compile all it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test slow oscal floors newest lint fix types contracts mutants bench sinks pii-eval docs lock clean browser audit-demo release-demo conformance terraform e2e local bundle world bundles deployers

help:       ## Show this list
	@awk -F':.*## ' '/^[a-z][a-z0-9-]*:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything for development, as locked

$(READY): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "affidavit needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement constraints.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $(READY)

demo: $(READY) ## Run the example service and look at the evidence it leaves
	@$(BIN)/affidavit demo

bundle: $(READY) ## Pack the examples for Lambda, ready to be released
	$(BIN)/affidavit bundle make price=price_fetcher.handler:handler \
		config-read=config_service.handler:read config-change=config_service.handler:change \
		sealer=affidavit_dynamodb.sealer:stream_handler --plugin dynamodb --plugin ledger \
		--from examples --lock constraints.txt --to build/release-bundles
	$(BIN)/affidavit bundle make harness=affidavit_harness.handler:handler \
		--plugin dynamodb --plugin harness --plugin ledger \
		--from examples --lock constraints.txt --to build/release-bundles

audit-demo: $(READY) ## Answer an auditor from six years of sealed evidence, and write the packs
	@$(BIN)/python tests/audit_demo.py

browser: $(READY) build/browser/.ready audit-demo ## Look at console, packs and live page in a real Chromium, with axe (needs Node.js)
	@PYTHONPATH=tests $(BIN)/python tests/browser/serve_and_look.py
	@PYTHONPATH=tests $(BIN)/python tests/browser/serve_live.py

.PHONY: pictures
pictures: browser ## Draw the pictures of the documents anew: diagrams, the demonstration, the console (minutes)
	build/browser/bin/python tests/browser/draw.py docs
	PYTHONPATH=tests $(BIN)/python tests/recordings.py
	for look in light dark; do \
		cp build/audit-demo/screenshots/answer-desktop-$$look.png docs/pictures/console-$$look.png; done

build/browser/.ready:
	$(PYTHON) -m venv build/browser
	build/browser/bin/python -m pip --disable-pip-version-check --quiet install 'playwright>=1.45'
	cd build/browser && npm install --silent --no-save --no-audit --no-fund axe-core@4 mermaid@11
	touch $@

bundles: $(READY) ## Bundle 80 packages for every Python and processor, and write the page (an hour or two)
	$(BIN)/python tests/bundle_matrix.py

release-demo: $(READY) ## Release three versions on the local cloud; then 200 races of decisions (minutes)
	@$(BIN)/affidavit release demo
	RACES=$(or $(N),200) $(BIN)/pytest --quiet --numprocesses=2 tests/plugins/release/test_races.py

test: $(READY) ## Run the tests; some of them only: make test T=tests/core
	$(BIN)/pytest --quiet --numprocesses=auto $(TESTS)

.PHONY: coverage
coverage: $(READY) ## Run tests under coverage and hold the floor (twice the time): make coverage T=tests/core OVER='core/*'
	rm -rf build/coverage
	$(BIN)/coverage run -m pytest --quiet --numprocesses=auto $(TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage json --quiet -o build/coverage/coverage.json --include='$(or $(OVER),*)'
	$(BIN)/python -m affidavit_testing.promise_gates --coverage build/coverage/coverage.json

.PHONY: wheels
wheels: build/wheels/.ready ## Build both wheels into build/wheels: pure, and compiled for this machine (needs a C compiler)

build/wheels/.ready: $(READY) $(shell find core cli plugins -name '*.py') pyproject.toml
	rm -rf build/wheels
	$(PIP) wheel --no-deps --wheel-dir build/wheels .
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(PIP) wheel --no-deps --wheel-dir build/wheels .
	touch $@

.PHONY: test-compiled
test-compiled: build/compiled/.ready ## Hold the compiled kernel to the tests of the pure one, and compare both; N=20000
	AFFIDAVIT_TEST_COMPARED=$(or $(N),20000) build/compiled/bin/python -m pytest --quiet --numprocesses=auto \
		-p no:cacheprovider $(or $(T),tests/core tests/compliance tests/evidence/test_attack_matrix.py tests/compiled)

.PHONY: compiled-brief
compiled-brief: build/brief/.ready ## See that the compiled kernel starts, and does what the pure one does (needs a C compiler)
	AFFIDAVIT_TEST_COMPARED=$(or $(N),1000) build/brief/bin/python -m pytest --quiet --numprocesses=auto \
		-p no:cacheprovider tests/compiled/test_both_kernels.py

build/compiled/.ready: build/wheels/.ready
	$(call with_wheel,build/compiled,build/wheels)

# Not optimised, which is most of what building it takes.
build/brief/.ready: $(READY) $(shell find core -name '*.py') pyproject.toml
	rm -rf build/brief-wheels
	MYPYC_OPT_LEVEL=0 HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(PIP) wheel --no-deps --wheel-dir build/brief-wheels .
	$(call with_wheel,build/brief,build/brief-wheels)

define with_wheel
	$(PYTHON) -m venv --clear $(1)
	$(1)/bin/python -m pip --disable-pip-version-check --quiet install --no-deps $(2)/*-manylinux*.whl
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > \
		"$$($(1)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/development.pth"
	touch $(1)/.ready
endef

.PHONY: pythons
pythons: ## Run the tests on every other Python that is here, in environments of their own
	@for python in $(PYTHONS); do \
		if $$python -c '' 2>/dev/null; then \
			$(MAKE) build/$$python/.ready && build/$$python/bin/pytest --quiet --numprocesses=auto $(TESTS) || exit 1; \
		else echo "skipped: there is no $$python; install it, or name others: make pythons PYTHONS=..."; fi; \
	done

build/python3.%/.ready: constraints.txt pyproject.toml
	python3.$* -m venv build/python3.$*
	build/python3.$*/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --requirement constraints.txt
	build/python3.$*/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation --editable .
	touch $@

.PHONY: first-hour
first-hour: $(READY) ## Play a newcomer's first hour from the wheel alone, with times (installs it; minutes)
	$(BIN)/pytest --quiet --capture=no -n0 tests/first_hour

slow: $(READY) ## Run what plays whole systems: local cloud, bundles, releases, the harness (minutes)
	$(BIN)/pytest --quiet --numprocesses=2 --dist=loadfile \
		$(filter-out tests/e2e tests/terraform tests/first_hour,$(SLOW)) tests/plugins/harness/gates

conformance: $(READY) ## Play every scenario of the language on both backends; takes minutes
	CONFORMANCE=all $(BIN)/pytest --quiet --numprocesses=0 tests/plugins/harness/test_conformance.py

lint: $(READY) ## Check form and style; changes nothing
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/affidavit policy check policies/*.yaml policies/clauses/*.yaml

fix: $(READY) ## Mend what can be mended without a thought, and compile the policies
	$(BIN)/ruff check --fix-only $(CODE)
	$(BIN)/ruff format $(CODE)
	$(BIN)/affidavit policy compile policies/*.yaml --to core/affidavit/_policy/compiled

types: $(READY) ## Check types
	$(BIN)/mypy

contracts: $(READY) ## Check which module may import which
	$(BIN)/lint-imports

mutants: $(READY) ## Sabotage a copy line by line; the tests must notice each time; a third: M='--share 3'
	$(BIN)/python tests/mutants.py $(M)

.PHONY: mutants-random
mutants-random: $(READY) ## Sabotage that nobody chose, another each night; some: make mutants-random N=50 MINUTES=30
	$(BIN)/python tests/random_mutants.py --count $(or $(N),600) --minutes $(or $(MINUTES),240)

bench: build/wheels/.ready ## Measure everything, pure, compiled and peers, in one run: a table and a line of history (40 minutes)
	$(BIN)/python -m benchmarks $(B)

sinks: $(READY) ## Write a value by every way out that a program has, with real libraries, and look
	$(BIN)/python benchmarks/sinks.py

pii-eval: $(READY) ## Measure redaction on labelled data: make pii-eval DATA=folder
	$(BIN)/python -m benchmarks.pii_eval $(DATA)

terraform: $(READY) $(CHECKOV) ## Check the Terraform code: form, tests, checkov, a plan for each environment
	$(BIN)/pytest --quiet tests/terraform

.PHONY: modules deployer
modules: $(READY) ## Write inputs and outputs of each Terraform module into its README
	PYTHONPATH=tests $(BIN)/python tests/module_pages.py

deployer: $(READY) ## Record what Terraform asks for, and write the deployer's rights from it (minutes)
	AFFIDAVIT_RECORD_DEPLOYER=1 $(BIN)/pytest --quiet tests/terraform/gates/test_foreign.py

e2e: $(READY) ## Deploy on the local cloud and test from outside; an account: make e2e TARGET=aws
	$(BIN)/pytest --quiet --numprocesses=2 --dist=loadfile tests/e2e --target $(TARGET)

world: $(READY) build/world/.ready ## Play real frameworks with and without the wrap; some: make world W="chalice sentry"
	AFFIDAVIT_WORLD="$(W)" $(BIN)/pytest --quiet tests/world

deployers: $(READY) build/deployers/.ready ## Let AWS's own SAM translator, cfn-lint and CDK read the page about them (needs Node.js)
	$(BIN)/pytest --quiet tests/deployers

build/deployers/.ready: tests/deployers/requirements.txt
	$(PYTHON) -m venv build/deployers
	build/deployers/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	touch $@

build/world/.ready: tests/world/requirements.txt
	$(PYTHON) -m venv build/world
	build/world/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	touch $@

.PHONY: off-record
off-record: $(READY) build/off-record/.ready ## See what 80 ways of reading past the sources leave on record (installs libraries)
	cd tests && AFFIDAVIT_OFF_RECORD_TABLE=1 PYTHONPATH=../core:. ../build/off-record/bin/python -m pytest \
		--quiet --capture=no -p no:cacheprovider -c /dev/null off_record

build/off-record/.ready: tests/off_record/requirements.txt
	$(PYTHON) -m venv build/off-record
	build/off-record/bin/python -m pip --disable-pip-version-check --quiet install --requirement $<
	touch $@

.PHONY: kit-faults
kit-faults: $(READY) build/kit-faults/.ready ## Plant 100 faults in handlers and count what the compliance suite finds (minutes)
	PYTHONPATH=$(CURDIR)/build/kit-faults/libraries $(BIN)/pytest --quiet tests/plugins/testing/test_plugin.py -k run_again
	PYTHONPATH=tests:$(CURDIR)/build/kit-faults/libraries $(BIN)/python -m kit_faults

build/kit-faults/.ready:
	$(PYTHON) -m pip --disable-pip-version-check --quiet install --target build/kit-faults/libraries \
		httpx 'psycopg[binary]' pymysql redis pytest-rerunfailures
	touch $@

.PHONY: dynalite
dynalite: $(READY) build/dynalite/.ready ## Hold the DynamoDB ledger to its contract on a second implementation (needs Node.js)
	$(BIN)/pytest --quiet tests/plugins/dynamodb/test_dynalite.py

build/dynalite/.ready:
	mkdir -p build/dynalite
	cd build/dynalite && npm install --silent --no-save --no-audit --no-fund dynalite@4
	touch $@

.PHONY: trino
trino: $(READY) build/trino/.ready ## Let Trino's own grammar read the questions of reports (needs Node.js)
	$(BIN)/pytest --quiet tests/plugins/reports/test_dialects.py

build/trino/.ready:
	mkdir -p build/trino
	cd build/trino && npm install --silent --no-save --no-audit --no-fund dt-sql-parser@4 esbuild@0.25
	cd build/trino && echo 'export { TrinoSQL } from "dt-sql-parser";' | \
		npx esbuild --bundle --platform=node --log-level=error --outfile=trino.cjs
	touch $@

local: $(READY) ## Play the whole round on this machine: deploy, use, verify, remove
	@$(BIN)/python tests/local_round.py

.PHONY: statements
statements: local ## Play the round, and see which single statement of a role nobody would miss
	@PYTHONPATH=tests $(BIN)/python tests/statement_removal.py

RESOLUTION_floors := lowest-direct
RESOLUTION_newest := highest

floors: build/floors/.ready ## Run tests with the lowest versions that the metadata allows; some: make floors T=tests/core
newest: build/newest/.ready ## Run tests with the newest versions there are; some: make newest T=tests/core
floors newest:
	HYPOTHESIS_PROFILE=ci build/$@/bin/python -m pytest --quiet --numprocesses=auto -p no:cacheprovider $(or $(T),tests/core tests/compliance tests/cli tests/plugins)

.PHONY: extras
extras: $(READY) ## Install each extra alone, lowest and newest, and import all of it; one: make extras E=oracle (minutes)
	$(PIP) install 'uv>=0.5'
	$(BIN)/python tests/extras_alone.py $(E)

.PHONY: platforms
platforms: $(READY) ## Hold what is promised on every system; on Linux also what typeshed knows of the others (minutes)
	$(BIN)/pytest --quiet tests/cli/test_platforms.py
	$(BIN)/python tests/foreign_systems.py

build/floors/.ready build/newest/.ready: build/%/.ready: pyproject.toml
	$(PYTHON) -m venv build/$*
	build/$*/bin/python -m pip --disable-pip-version-check --quiet install uv
	build/$*/bin/uv pip install --quiet --python build/$*/bin/python --resolution $(RESOLUTION_$*) --editable '.[bundle,cli,dynamodb,harness,lake,ledger,localcloud,notify,oracle,policy,release,testing,xray]' --group dev
	touch $@

oscal: $(READY) build/oscal/.ready ## Let the reference implementation of OSCAL read reports, in both versions
	$(BIN)/pytest --quiet tests/oscal

build/oscal/.ready:
	$(PYTHON) -m venv build/oscal/1.1.3
	$(PYTHON) -m venv build/oscal/1.2.1
	build/oscal/1.1.3/bin/python -m pip --disable-pip-version-check --quiet install 'compliance-trestle==3.12.4'
	build/oscal/1.2.1/bin/python -m pip --disable-pip-version-check --quiet install 'compliance-trestle==5.2.0'
	touch $@

.PHONY: ocsf
ocsf: $(READY) build/ocsf/.ready ## Hold exported events to the schemas that OCSF has published, version by version
	$(BIN)/pytest --quiet tests/ocsf

build/ocsf/.ready:
	$(PIP) install --no-deps --upgrade --target build/ocsf 'ocsf-json-schema==1.2.0'
	touch $@

.PHONY: siem
siem: $(READY) build/siem/.ready ## Push to a real rsyslog over TLS, read by a foreign parser of RFC 5424 (needs apt-get, no root)
	$(BIN)/pytest --quiet --numprocesses=0 tests/siem

# Unpacked, not installed: whoever has no root can fetch them too.
build/siem/.ready:
	mkdir -p build/siem
	cd build/siem && apt-get download rsyslog rsyslog-openssl rsyslog-gnutls libestr0 libfastjson4 liblognorm5
	cd build/siem && for package in *.deb; do dpkg -x $$package root || exit 1; done
	$(PIP) install --upgrade --target build/siem/python 'syslog-rfc5424-parser==0.3.2'
	touch $@

.PHONY: spark
spark: $(READY) build/spark/.ready ## Verify an archive in parts on PySpark, on two local cores (installs it; needs Java 17)
	$(BIN)/pytest --quiet --numprocesses=0 tests/spark

build/spark/.ready:
	$(PIP) install --upgrade --target build/spark 'pyspark>=4,<5'
	touch $@

$(CHECKOV):
	$(PYTHON) -m venv build/checkov
	build/checkov/bin/python -m pip --disable-pip-version-check --quiet install 'checkov==3.3.30'

docs: $(READY) site ## Check that the documents are true, and build the site
	$(BIN)/pytest --quiet tests/repo tests/plugins/policy/test_clauses.py tests/plugins/testing/test_compliance_map.py

.PHONY: site
site: $(READY) build/docs/.ready ## Build the site of the documents into build/site/html; it needs no network to be read
	$(BIN)/python docs/site/assemble.py build/site/source
	build/docs/bin/python -m sphinx --fail-on-warning --keep-going --quiet -b html build/site/source build/site/html

build/docs/.ready: docs/site/requirements.txt pyproject.toml
	$(PYTHON) -m venv build/docs
	build/docs/bin/python -m pip --disable-pip-version-check --quiet install --requirement $< --editable '.[cli]'
	touch $@

.PHONY: walk
walk: site build/browser/.ready ## Walk through the site in a real Chromium, wide and narrow (needs Node.js)
	build/browser/bin/python tests/browser/walk.py build/site/html

.PHONY: rooms
rooms: $(READY) ## Draw the rooms anew into docs/architecture.md
	PYTHONPATH=tests $(BIN)/python tests/rooms.py

.PHONY: fuzz
fuzz: $(READY) ## Let both verifiers judge 20,000 hostile archives; they must agree; and 1,600 hostile tables (minutes)
	AFFIDAVIT_FUZZ_ROUNDS=20000 $(BIN)/pytest -n auto --quiet tests/evidence/test_hostile_corpus.py -k disagree
	AFFIDAVIT_FUZZ_WORLDS=1600 $(BIN)/pytest -n auto --quiet tests/evidence/test_fuzz.py

.PHONY: second-reader
second-reader: $(READY) ## Judge the hostile evidence with a reader in JavaScript, written from the page alone (needs Node.js 20)
	AFFIDAVIT_FUZZ_ROUNDS=$(or $(N),10000) $(BIN)/pytest -n0 --quiet tests/evidence/test_second_reader.py

.PHONY: years
years: $(READY) ## Play six years of a ledger with the clock set forward; every answer is checked (minutes)
	AFFIDAVIT_YEARS=6 $(BIN)/pytest -n0 --quiet -s tests/years

lock: $(READY) ## Resolve the development environment anew, with hashes
	$(PIP) install 'uv>=0.5'
	$(BIN)/uv pip compile pyproject.toml --group dev --extra cli --universal \
		--python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --quiet --output-file constraints.txt

clean:      ## Remove what the other targets made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
