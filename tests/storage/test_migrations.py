"""Migrations: from nothing to today's schema, once, by one of those who start together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from storage.engine import LedgerError, database_url, open_engine
from storage.migrations import HEAD, migrate, must_be_current
from storage.tables import metadata


def ask(url: str, sentence: str) -> list[Any]:
    engine = open_engine(database_url(url))
    try:
        with engine.connect() as connection:
            found = connection.execute(text(sentence))
            return list(found.scalars()) if found.returns_rows else []
    finally:
        engine.dispose()


def test_a_bare_database_is_migrated_once(bare_url: str) -> None:
    assert migrate(bare_url)
    assert not migrate(bare_url)
    assert ask(bare_url, "SELECT version_num FROM alembic_version") == [HEAD]


def test_the_migrations_lead_to_the_tables_of_the_code(bare_url: str) -> None:
    migrate(bare_url)
    engine = open_engine(database_url(bare_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_of_several_that_start_together_one_migrates(bare_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(migrate, [bare_url] * 4))
    assert any(done)
    assert len(ask(bare_url, "SELECT id FROM installation")) == 1


def test_a_migration_that_ends_in_the_middle_was_never_begun(bare_url: str) -> None:
    ask(bare_url, "CREATE TABLE undone (x integer)")  # the last migration wants this name
    with pytest.raises(LedgerError, match="没有改动任何数据"):
        migrate(bare_url)
    engine = open_engine(database_url(bare_url))
    assert inspect(engine).get_table_names() == ["undone"]
    engine.dispose()
    ask(bare_url, "DROP TABLE undone")
    assert migrate(bare_url)


@pytest.mark.parametrize(("revision", "says"), [("0001", "beian migrate"), ("9999", "请升级程序")])
def test_a_database_of_another_version_is_known(bare_url: str, revision: str, says: str) -> None:
    migrate(bare_url)
    must_be_current(bare_url)
    ask(bare_url, f"UPDATE alembic_version SET version_num = '{revision}'")
    with pytest.raises(LedgerError, match=says):
        must_be_current(bare_url)


def test_a_database_of_a_newer_program_is_left_alone(bare_url: str) -> None:
    migrate(bare_url)
    ask(bare_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerError, match="请升级程序"):
        migrate(bare_url)


def test_two_installations_have_ids_of_their_own(bare_url: str, tmp_path: object) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    migrate(bare_url)
    migrate(other)
    assert ask(bare_url, "SELECT id FROM installation") != ask(other, "SELECT id FROM installation")
