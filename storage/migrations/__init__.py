"""Brings the database to the schema of this program, under a lock, in one go.

Alembic is imported only when something is to be done: an ordinary start compares one word.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from storage.engine import LedgerError, database_url, open_engine
from storage.ledger import new_installation_id
from storage.tables import installation

HEAD = "0025"
ADVISORY_LOCK = 7_302_022_65


def migrate(url: str) -> bool:
    """Bring the database at ``url`` up to date; say whether anything had to be done.

    Raises:
        LedgerError: it cannot be reached, or was written by a newer version of the program.
    """
    address = database_url(url)
    engine = open_engine(address)
    try:
        with engine.connect() as connection:
            if _revision(connection) == HEAD:
                return False
            sqlite = connection.dialect.name == "sqlite"
            cursor = connection.connection.cursor()
            # One transaction on either database: what ends in the middle was never begun.
            cursor.execute("BEGIN IMMEDIATE" if sqlite else "BEGIN")
            try:
                if not sqlite:
                    cursor.execute(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})")
                if _revision(connection) != HEAD:
                    _upgrade(connection)
                    _name_installation(connection)
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
        return True
    except LedgerError:
        raise
    except Exception as error:
        raise LedgerError("数据库打不开，或升级没有完成；没有改动任何数据。") from error
    finally:
        engine.dispose()


def must_be_current(url: str) -> None:
    """Refuse a database that an older or a newer version of the program left behind.

    Raises:
        LedgerError: it cannot be reached, or its schema is not this program's.
    """
    engine = open_engine(database_url(url))
    try:
        with engine.connect() as connection:
            found = _revision(connection)
    except SQLAlchemyError as error:
        raise LedgerError("数据库打不开，请核对 database.url 和权限。") from error
    finally:
        engine.dispose()
    if found != HEAD:
        raise LedgerError("数据库还没有升级到这个版本，请先运行 beian migrate。")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if found is not None and found > HEAD:
        raise LedgerError("数据库由更新版本的程序写过，请升级程序后再启动。")
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  (two seconds of imports, needed once)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files(__name__)))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _name_installation(connection: Connection) -> None:
    known: Any = connection.execute(select(installation.c.id)).first()
    if known is None:
        connection.execute(
            insert(installation).values(id=new_installation_id(), made_at=datetime.now(UTC))
        )
