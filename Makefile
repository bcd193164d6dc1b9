# Two commands on a fresh machine: `make serve` and `make test`. Everything else is for developers.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.lock-installed

.PHONY: serve demo test check setup lint types layers data lock nlu-report clean

serve: setup
	$(BIN)/oportunidad serve

# a simulated programme to look at: made once (a few minutes), then served
demo: setup
	@[ -f var/demo/demo.db ] || $(BIN)/oportunidad simulate --participants 60 --months 11 --engine direct --out var/demo
	DATABASE_URL=sqlite:///var/demo/demo.db $(BIN)/oportunidad serve

test: setup
	$(BIN)/python -m pytest

check: lint types layers data test

setup: $(STAMP)

# uv is installed with pip where it is missing; it finds Python 3.11 or fetches it. The lock is whole, so nothing
# is resolved: with the overrides of pyproject.toml in sight, uv would take a newer release than the one locked
$(STAMP): requirements.lock pyproject.toml
	@command -v uv >/dev/null 2>&1 || $(PYTHON) -m uv --version >/dev/null 2>&1 || $(PYTHON) -m pip install uv \
		|| $(PYTHON) -m pip install --user --break-system-packages uv
	@UV="$$(command -v uv || echo '$(PYTHON) -m uv')"; set -e; \
	[ -x $(BIN)/python ] || $$UV venv --python 3.11 $(VENV); \
	$$UV pip install --no-config --python $(BIN)/python --no-deps --require-hashes --compile-bytecode -r requirements.lock; \
	$$UV pip install --no-config --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

layers: setup
	$(BIN)/lint-imports

data: setup
	$(BIN)/oportunidad rasa data validate --fail-on-warnings

nlu-report: setup
	$(BIN)/python -m benchmarks.nlu_report

# after a change of pyproject.toml; the lock carries hashes and no index address
lock:
	uv pip compile -q --generate-hashes --group dev --python-version 3.11 --no-emit-index-url --no-header \
		pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) models var build *.egg-info
