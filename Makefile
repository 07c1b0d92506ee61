# `make demo` and `make test` are all that is needed; the environment is made first if it is missing or out of date.
# `make fast`: some tests of every room, for the loop of editing and running.
# `make lowest`: most of the same tests in an environment of the oldest packages that pyproject.toml allows.
# `make slow`: the tests that `make test` leaves out, as other estimators show the same or they take long.
# `make serve`: the example that serves a pipeline, mlflow, AOTInductor, optuna and shap; needs a C++ compiler.
# `make scale`: several processes that train together, and the engines that start them, Dask and Ray.
# `make docs`: the site, docs/_build/html/index.html, without a warning or a dead link; no network once it is installed.
PYTHON ?= python3
VENV ?= .venv
SERVE := .venv-serve
SCALE := .venv-scale
DOCS := .venv-docs
BIN := $(VENV)/bin
export SKREC_DATA ?= $(wildcard ../shared/data)

# One thread a process: two spinning OpenMP threads crawl when the other core is busy.
TEST_ENV := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive SCIPY_ARRAY_API=1 MPLBACKEND=agg
PYTEST = $(TEST_ENV) $(BIN)/python -m pytest -q
LOWEST := .venv-lowest
NOT_LOWEST := nets losses contract/test_split_steps.py contract/test_torch_defaults.py test_kept_files.py
ENGINES := "dask[distributed,dataframe]" "ray[data,train]"
SITE := import sysconfig; print(sysconfig.get_path('purelib'))
BOTH_CORES := -n 2 --dist worksteal

.PHONY: demo test lint types unit wheel fast slow lowest serve scale docs clean

demo: $(VENV)/.installed
	OMP_WAIT_POLICY=passive MPLBACKEND=agg $(BIN)/python examples/01_first_pipeline.py

test: lint types unit wheel

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed
	$(BIN)/mypy

unit: $(VENV)/.installed
	$(PYTEST) $(BOTH_CORES) -m "not slow and not scale"

# What users get: an sdist and a wheel, checked as an index would; the wheel in an environment of its own, whose other
# packages are those of the development environment, and what type checkers see of it.
wheel: $(VENV)/.installed
	rm -rf build dist
	$(BIN)/python -m build --no-isolation . > /dev/null
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python -m venv --without-pip build/fresh
	$(BIN)/python -m pip --python build/fresh/bin/python install --quiet --no-deps dist/*.whl
	$(BIN)/python -c "$(SITE)" > "$$(build/fresh/bin/python -c "$(SITE)")/dependencies.pth"
	env -u PYTHONPATH $(TEST_ENV) build/fresh/bin/python .ci/try_wheel.py README.md dist/*.tar.gz
	$(BIN)/python .ci/try_types.py build/fresh/bin/python

fast: $(VENV)/.installed
	$(PYTEST) -m "fast and not slow" $$(grep -rl mark.fast --include "test_*.py" tests)

# Without docstrings, which show what the newest pandas prints, without what knows torch alone, which is not of the
# oldest version here, and without the kept files, which hold values of newer pandas that older ones cannot read.
lowest: $(LOWEST)/.installed
	$(TEST_ENV) $(LOWEST)/bin/python -m pytest -q $(BOTH_CORES) -m "not slow and not scale" $(NOT_LOWEST:%=--ignore=tests/%) tests

slow: $(VENV)/.installed
	$(PYTEST) $(BOTH_CORES) -m slow

serve: $(SERVE)/.installed
	PYTHONPATH=$(CURDIR) $(TEST_ENV) $(SERVE)/bin/python -m pytest -q tests/serve tests/export/test_serve.py

scale: $(SCALE)/.installed
	PYTHONPATH=$(CURDIR) $(TEST_ENV) $(SCALE)/bin/python -m pytest -q tests/group tests/scale

docs: $(DOCS)/.installed
	rm -rf docs/_build docs/gallery docs/reference/generated
	PYTHONPATH=$(CURDIR) $(TEST_ENV) $(DOCS)/bin/python -m sphinx -q -W -n --keep-going docs docs/_build/html
	$(DOCS)/bin/python .ci/check_site.py docs/_build/html
	@echo docs/_build/html/index.html

$(VENV)/.installed: pyproject.toml .ci/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint .ci/constraints.txt --editable ".[all,test]"
	touch $@

$(LOWEST)/.installed: pyproject.toml .ci/lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --constraint .ci/lowest.txt --editable ".[all,test]"
	touch $@

# mlflow and shap bring packages of other versions, which stand before those of the development environment.
$(SERVE)/.installed: $(VENV)/.installed
	rm -rf $(SERVE)
	$(BIN)/python -m venv --without-pip $(SERVE)
	$(BIN)/python -c "$(SITE)" > "$$($(SERVE)/bin/python -c "$(SITE)")/dependencies.pth"
	$(BIN)/python -m pip --python $(SERVE)/bin/python install --quiet --constraint .ci/constraints.txt mlflow httpx optuna shap
	touch $@

# dask and ray bring packages of other versions, as mlflow does.
$(SCALE)/.installed: $(VENV)/.installed
	rm -rf $(SCALE)
	$(BIN)/python -m venv --without-pip $(SCALE)
	$(BIN)/python -c "$(SITE)" > "$$($(SCALE)/bin/python -c "$(SITE)")/dependencies.pth"
	$(BIN)/python -m pip --python $(SCALE)/bin/python install --quiet --constraint .ci/constraints.txt $(ENGINES)
	touch $@

# Sphinx brings packages of other versions too.
$(DOCS)/.installed: $(VENV)/.installed
	rm -rf $(DOCS)
	$(BIN)/python -m venv --without-pip $(DOCS)
	$(BIN)/python -c "$(SITE)" > "$$($(DOCS)/bin/python -c "$(SITE)")/dependencies.pth"
	$(BIN)/python -m pip --python $(DOCS)/bin/python install --quiet --constraint .ci/constraints.txt --editable ".[docs]"
	touch $@

clean:
	rm -rf $(VENV) $(LOWEST) $(SERVE) $(SCALE) $(DOCS) docs/_build docs/gallery docs/reference/generated build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
