# Everything a newcomer runs. A machine needs Python 3.11 or newer and make, nothing else.

PYTHON ?= $(shell command -v python3.13 || command -v python3.12 || command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
WORKERS ?= 2

.PHONY: demo test lint bench lock browser

demo: $(VENV)/run-ready
	@$(BIN)/beian demo

test: lint browser
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

lint: $(VENV)/dev-ready
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/dev-ready
	@$(BIN)/python -m benchmarks

lock: $(VENV)/dev-ready
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
		pyproject.toml --group build -o requirements.lock
	@$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
		pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

# The browser tests want Chromium and a Chinese font; apt brings them where we may use it.
browser: $(VENV)/dev-ready
	@sh tests/browser/needs.sh

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "需要 Python 3.11 或更新的版本，请先安装。"; exit 1; }
	@echo "准备运行环境（第一次约需一两分钟）…"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run-ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "安装运行所需的软件包…"
	@$(PIP) --require-hashes -r requirements.lock 2>/dev/null || $(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e . 2>/dev/null
	@touch $@

$(VENV)/dev-ready: requirements-dev.lock $(VENV)/run-ready
	@echo "安装测试所需的软件包…"
	@$(PIP) --require-hashes -r requirements-dev.lock 2>/dev/null || $(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
