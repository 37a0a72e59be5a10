"""Which days are worked: what was loaded, by whom, and what it changed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, text

from storage.tables.base import ID, SEQUENCE, TENANT, metadata
from storage.types import Day, Instant, Json

calendar_load = Table(
    "calendar_load",
    metadata,
    Column("id", SEQUENCE, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("source", String(60), nullable=False),
    # Empty: for every authority; and whose days: the offices', or the schools' alone.
    Column("tenant", TENANT, nullable=False, server_default=""),
    Column("whose", String(8), nullable=False),
    # [date, whether it was worked before, whether it was an estimate, whether it is worked now]
    Column("changes", Json, nullable=False),
    Column("recounted_at", Instant),
    Index(
        "ix_calendar_load_open",
        "id",
        sqlite_where=text("recounted_at is null"),
        postgresql_where=text("recounted_at is null"),
    ),
)

rest_day = Table(
    "rest_day",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("whose", String(8), primary_key=True),
    Column("on", Day, primary_key=True),
    Column("is_workday", Boolean, nullable=False),
)
