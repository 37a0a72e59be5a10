"""What was reminded of, to whom the morning's digest goes, and what groups were told."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint, text

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant

reminder = Table(
    "reminder",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    # A task, a filing or a draft, by ``matter``; its limit ``due_on`` stood on ``rung``.
    Column("subject", ID, primary_key=True),
    Column("due_on", Day, primary_key=True),
    Column("rung", String(12), primary_key=True),
    Column("matter", String(12), nullable=False),
    Column("on", Day, nullable=False),
    Column("filing_id", ID, nullable=False),
    # Whom it speaks to: the people of a department, or one person where it names one.
    Column("unit_code", String(40), nullable=False),
    Column("person_id", ID, nullable=False, server_default=""),
    UniqueConstraint("tenant", "subject", "on"),
    Index(None, "tenant", "on", "unit_code"),
    Index(None, "tenant", "filing_id"),
)

morning = Table(
    "morning",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("on", Day, primary_key=True),
    Column("done_at", Instant, nullable=False),
    Column("reminders", Integer, nullable=False),
    Index(None, "on"),
)

digest = Table(
    "digest",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("on", Day, primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("told_at", Instant),
    Index(
        "ix_digest_untold",
        "on",
        sqlite_where=text("told_at is null"),
        postgresql_where=text("told_at is null"),
    ),
)

# A week or month of which an authority's groups were told, or there was nothing to tell.
bulletin = Table(
    "bulletin",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("rhythm", String(8), primary_key=True),
    # The first day of the week or month in which it is told.
    Column("begun", Day, primary_key=True),
    Column("done_at", Instant, nullable=False),
    Index(None, "begun", "rhythm"),
)
