"""What is kept of people outside the office who ask: places for answers, how far was read, and how
often something was asked for that is not filed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, Table, Text, text

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant, Json

# Accounts are the platform's own pseudonyms; nothing else of a person stands here.
question = Table(
    "question",
    metadata,
    Column("instance", String(40), primary_key=True),
    Column("folded", String(120), primary_key=True),
    Column("until", Instant, nullable=False),
    Column("places", Integer, nullable=False),
    Column("taken", Json, nullable=False),
    Column("welcome", Text, nullable=False, server_default=text("''")),
    Column("welcome_until", Instant),
    Column("welcome_for", String(40), nullable=False, server_default=text("''")),
    Index(None, "until"),
    sqlite_with_rowid=False,
)

read_to = Table(
    "read_to",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("moved_at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# Nobody who asked stands below: while a week runs, what a name and its asker come to under a key
# that is thrown away with the week; a name itself only when enough people had asked for it.
asked_week = Table(
    "asked_week",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("begun", Day, primary_key=True),
    Column("salt", String(64), nullable=False),
    sqlite_with_rowid=False,
)

asked_trace = Table(
    "asked_trace",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("begun", Day, primary_key=True),
    Column("what", String(64), primary_key=True),
    Column("who", String(64), primary_key=True),
    sqlite_with_rowid=False,
)

asked_name = Table(
    "asked_name",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("begun", Day, primary_key=True),
    Column("sound", String(160), primary_key=True),
    Column("name", String(60), nullable=False),
    # How else it was written, which sounds the same.
    Column("spellings", Json, nullable=False),
    Column("askers", Integer, nullable=False),
    Column("asks", Integer, nullable=False),
    CheckConstraint("askers > 0 and asks >= askers", name="counted"),
    sqlite_with_rowid=False,
)

asked_mark = Table(
    "asked_mark",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("sound", String(160), primary_key=True),
    Column("name", String(60), nullable=False),
    # "known", "unrelated", or "open": taken back.
    Column("mark", String(12), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)
