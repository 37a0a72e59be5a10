"""What products and schools are called: derived from the ledger, to be made again at any time."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from storage.tables.base import SEQUENCE, metadata

known_name = Table(
    "known_name",
    metadata,
    Column("id", SEQUENCE, primary_key=True, autoincrement=True),
    # "app" or "school".
    Column("realm", String(8), nullable=False),
    Column("whole", String(120), nullable=False),
    Column("folded", String(120), nullable=False),
    Column("name", String(120), nullable=False),
    Column("sound", String(480), nullable=False),
    Column("initials", String(120), nullable=False),
    # Whether gram_df counts it: done by a sweep, so that two registrations never wait for a count.
    Column("counted", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("realm", "whole"),
    Index(None, "realm", "folded"),
    Index(None, "realm", "sound"),
    Index(
        "ix_known_name_uncounted",
        "id",
        sqlite_where=text("not counted"),
        postgresql_where=text("not counted"),
    ),
)

name_key = Table(
    "name_key",
    metadata,
    Column("name_id", SEQUENCE, primary_key=True),
    # A filing's product_key, or a school's tenant/code.
    Column("key", String(200), primary_key=True),
    ForeignKeyConstraint(["name_id"], ["known_name.id"]),
    Index(None, "key"),
    sqlite_with_rowid=False,
)

name_gram = Table(
    "name_gram",
    metadata,
    Column("gram", String(40), primary_key=True),
    Column("name_id", SEQUENCE, primary_key=True),
    ForeignKeyConstraint(["name_id"], ["known_name.id"]),
    sqlite_with_rowid=False,
)

gram_df = Table(
    "gram_df",
    metadata,
    Column("gram", String(40), primary_key=True),
    Column("df", Integer, nullable=False),
    sqlite_with_rowid=False,
)

name_due = Table(
    "name_due",
    metadata,
    # Whose names are to be read anew: what a roster wrote, and at first all there is.
    Column("realm", String(8), primary_key=True),
    Column("key", String(200), primary_key=True),
    sqlite_with_rowid=False,
)
