"""Migrations: from nothing to today's schema, once, by one of those who start together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage.engine import LedgerError, database_url, open_engine
from storage.migrations import HEAD, migrate
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
