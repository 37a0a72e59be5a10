"""What follows a registered filing: acceptance, audit, guidance, a typical case, 整改, …"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer, String, Table, text

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant, Json

followup = Table(
    "followup",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_on", Day),
    # Not written any more: the reminders have a ladder (storage/ladders.py).
    Column("reminded_at", Instant),
    Column("settled_at", Instant),
    Column("settled_by", ID),
    Column("draft_id", ID),
    Column("told", Json, nullable=False),
    # Of 整改: the answer that opened it, as sheet:item, and who has to see to it.
    Column("cause", String(40)),
    Column("owner_id", ID),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    Index(None, "tenant", "filing_id"),
    Index(None, "tenant", "kind", "state"),
    Index(
        "ix_followup_due",
        "tenant",
        "due_on",
        sqlite_where=text("state in ('open', 'returned')"),
        postgresql_where=text("state in ('open', 'returned')"),
    ),
    # Acceptance and audit happen once; guidance and evaluation as often as somebody comes.
    Index(
        "uq_followup_once",
        "tenant",
        "filing_id",
        "kind",
        unique=True,
        sqlite_where=text("kind in ('acceptance', 'audit', 'case')"),
        postgresql_where=text("kind in ('acceptance', 'audit', 'case')"),
    ),
    Index(
        "uq_followup_cause",
        "tenant",
        "cause",
        "filing_id",
        unique=True,
        sqlite_where=text("cause is not null"),
        postgresql_where=text("cause is not null"),
    ),
)
