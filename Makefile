# Everything a newcomer runs. A machine needs Python 3.11 or newer with venv, and make; nothing else.

VENV := .venv
BIN := $(VENV)/bin
LOG := $(VENV)/install.log
# Tests wait more than they compute: three for each of two processors.
WORKERS ?= 6
# The first of these that is new enough and can make an environment; PYTHON=… goes before them.
PYTHONS := $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14 python
FIT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
INSTALL = $(BIN)/python -m pip install -q --disable-pip-version-check
CALM = >$(LOG) 2>&1 || { tail -n 20 $(LOG); echo "软件包没有装上，请看上面的原因，检查网络后重试。"; exit 1; }
COMPILE := $(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate

.PHONY: demo test lint bench lock browser
.DELETE_ON_ERROR:

demo: $(VENV)/run-ready
	@$(BIN)/beian demo

test: lint browser
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

lint: $(VENV)/dev-ready
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

bench: $(VENV)/dev-ready
	@$(BIN)/python -m benchmarks

# Rewrites both lock files; what is pinned stays pinned unless pyproject.toml asks for another.
lock: $(VENV)/dev-ready
	@$(COMPILE) pyproject.toml --group build -o requirements.lock
	@$(COMPILE) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock

# The browser tests want Chromium and a Chinese font; apt brings them where we may use it.
browser: $(VENV)/dev-ready
	@sh tests/browser/needs.sh

$(BIN)/python:
	@for one in $(PYTHONS); do \
		if "$$one" -c "$(FIT)" >/dev/null 2>&1; then \
			echo "准备运行环境（第一次约需一两分钟）…"; \
			"$$one" -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); exit 1; \
		fi; \
	done; \
	echo "需要 Python 3.11 或更新的版本（含 venv），请先安装。"; exit 1

$(VENV)/run-ready: requirements.lock pyproject.toml | $(BIN)/python
	@echo "安装运行所需的软件包…"
	@$(INSTALL) --require-hashes -r requirements.lock $(CALM)
	@$(INSTALL) --no-deps --no-build-isolation -e . $(CALM)
	@touch $@

$(VENV)/dev-ready: requirements-dev.lock $(VENV)/run-ready
	@echo "安装测试所需的软件包…"
	@$(INSTALL) --require-hashes -r requirements-dev.lock $(CALM)
	@touch $@
