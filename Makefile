# Two commands on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
PYTHON ?= python3
BIN := .venv/bin
# Two workers on two cores: a thread each, or they wait for one another. Commands that tests start find what was compiled.
TESTS := PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 -q

.PHONY: install demo docs quick test suite check bench lock clean

install: .venv/.installed

# uv comes from the package index when the machine has none; the lock file says which versions.
.venv/.installed: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "genloss needs Python 3.11 or later; say which: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "uv>=0.5"
	VIRTUAL_ENV="$(CURDIR)/.venv" $(BIN)/uv sync --quiet --frozen --active --inexact --compile-bytecode
	@touch $@

demo: install
	$(BIN)/genloss run studies/ridge-on-synthetic-labels.toml --out results/ridge-on-synthetic-labels --force --processes
	$(BIN)/genloss run studies/digits-relabelled.toml --out results/digits-relabelled --force

# A site to read. Its search needs a server, which a browser does not find in a file.
docs: install
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site is made. To read it, with its search:"
	@echo "  $(BIN)/python -m http.server --bind 127.0.0.1 --directory site 8000"
	@echo "and open http://127.0.0.1:8000/index.html"

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# Between two edits: under a minute. What it leaves out stands in tests/slow.txt; `make test` runs all.
quick: install
	$(TESTS) -m "not slow" tests/unit tests/laws tests/golden tests/tables

# What checks the text takes one processor for half a minute: it goes beside the tests.
test: install
	@$(MAKE) --no-print-directory -j 2 check suite

suite: install
	$(TESTS)

# Equality with plain code first, then the clocks; about half an hour. Fails below a floor.
bench: install
	$(BIN)/python benchmarks/bench_reuse.py
	$(BIN)/python benchmarks/bench_ridge.py
	$(BIN)/python benchmarks/bench_sources.py
	$(BIN)/python benchmarks/bench_workflows.py
	$(BIN)/python benchmarks/bench_lineages.py
	$(BIN)/python benchmarks/bench_ngram.py
	$(BIN)/python benchmarks/bench_filters.py
	$(BIN)/python benchmarks/bench_kernel.py
	$(BIN)/python benchmarks/bench_forecast.py
	$(BIN)/python benchmarks/bench_chain.py
	$(BIN)/python benchmarks/bench_audit.py
	$(BIN)/python benchmarks/bench_plan.py
	$(BIN)/python benchmarks/bench_predict.py
	$(BIN)/python benchmarks/bench_start.py
	$(BIN)/python benchmarks/bench_scale.py
	$(BIN)/python benchmarks/bench_runs.py
	$(BIN)/python benchmarks/bench_smoothing.py
	$(BIN)/python benchmarks/bench_combine.py

lock: install
	$(BIN)/uv lock

clean:
	rm -rf .venv results dist build site
