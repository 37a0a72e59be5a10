"""What is kept of people outside the office who ask: places for answers, and how far was read."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from storage.tables.base import metadata
from storage.types import Instant, Json

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
