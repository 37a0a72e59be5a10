"""A pilot beside its filing: who checks it, until when it runs, its receipt, what became of it."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant, Json

pilot = Table(
    "pilot",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    Column("ends_on", Day, nullable=False),
    Column("receipt", String(60)),
    Column("series", String(40)),
    Column("serial", Integer),
    Column("decided_at", Instant),
    Column("callin_until", Day),
    # Not written any more: the reminders have a ladder (storage/ladders.py).
    Column("remind_on", Day),
    Column("reminded_at", Instant),
    Column("ended_at", Instant),
    Column("reason", Text, nullable=False, server_default=""),
    Column("successor", ID),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    UniqueConstraint("tenant", "receipt"),
    UniqueConstraint("tenant", "series", "serial"),
    Index(None, "tenant", "successor"),
    Index(
        "ix_pilot_running",
        "ends_on",
        sqlite_where=text("decided_at is not null and ended_at is null"),
        postgresql_where=text("decided_at is not null and ended_at is null"),
    ),
    CheckConstraint(
        "(receipt is null) = (decided_at is null) and (receipt is null) = (serial is null)",
        name="receipt_with_decision",
    ),
)

pilot_check = Table(
    "pilot_check",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("ticked", Json, nullable=False),
    Column("at", Instant),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    Index(None, "person_id"),
)
