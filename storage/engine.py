"""Opens the database: the driver, its safeguards, and which SQLite is fit for the ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool

BUSY_TIMEOUT_MS = 10_000


class LedgerError(Exception):
    """The ledger cannot be used; the text is one sentence for the operator."""


def is_sound(version: Sequence[int]) -> bool:
    """Say whether an SQLite of this version keeps what it committed.

    3.7.0 to 3.51.2 can lose committed rows when the write-ahead log is reset, except the patched
    3.44.6+ and 3.50.7+ of their lines (sqlite.org, "WAL-reset bug").
    """
    major, minor, patch = (*version, 0, 0)[:3]
    if (major, minor, patch) >= (3, 51, 3):
        return True
    return major == 3 and ((minor == 50 and patch >= 7) or (minor == 44 and patch >= 6))


def sqlite_module(*drivers: ModuleType) -> ModuleType:
    """Return the first of ``drivers`` that is fit to hold the ledger.

    None given: the bundled wheel's where there is one, else the system's.

    Raises:
        LedgerError: none of them is.
    """
    version = ""
    for driver in drivers or _drivers():
        if is_sound(driver.sqlite_version_info):
            return driver
        version = driver.sqlite_version
    raise LedgerError(
        f"本机的 SQLite {version} 有可能丢失已提交数据的缺陷，"
        "请升级到 3.51.3 以上，或改用 PostgreSQL。"
    )


def _drivers() -> Iterator[ModuleType]:
    with contextlib.suppress(ImportError):
        import pysqlite3  # noqa: PLC0415  (not every machine has the wheel)

        yield pysqlite3
    import sqlite3  # noqa: PLC0415  (not needed where the wheel is)

    yield sqlite3


def database_url(url: str) -> URL:
    """Read ``[database] url``; ``postgresql://`` means psycopg 3.

    Raises:
        LedgerError: not a SQLite or PostgreSQL address.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise LedgerError("数据库地址写得不对，请核对 database.url。") from None
    kind = parsed.get_backend_name()
    if kind == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and parsed.database:
        return parsed.set(drivername="sqlite")
    raise LedgerError("数据库地址只能是 sqlite:///文件 或 postgresql://主机/库名。")


def open_engine(url: URL, *, readers: int = 0) -> Engine:
    """Open an engine in autocommit: the ledger writes its own BEGIN and COMMIT.

    ``readers`` > 0 opens that many read-only connections instead of the writer's one.
    """
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url, readers)
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # an error that is logged shows no person's answers
        poolclass=QueuePool,
        pool_size=max(readers, 8),
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "prepare_threshold": 3},
    )


def _open_sqlite(url: URL, readers: int) -> Engine:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise LedgerError(f"数据库所在的目录 {folder} 建不起来，请检查路径和权限。") from None
    engine = create_engine(
        url,
        module=sqlite_module(),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,  # an error that is logged shows no person's answers
        paramstyle="named",
        poolclass=QueuePool if readers else NullPool,
        connect_args={"check_same_thread": False, "cached_statements": 512},
        **({"pool_size": readers, "max_overflow": 0} if readers else {}),
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if readers:
            cursor.execute("PRAGMA query_only=ON")
        else:
            cursor.execute("PRAGMA journal_mode=WAL")
            # FULL, not NORMAL: a power cut must not un-issue a number that was announced.
            cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-32000")
        cursor.close()

    return engine
