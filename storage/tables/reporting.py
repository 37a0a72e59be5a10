"""Reports (反映): what is sealed, who handles it, and, apart from it, how a reporter is reached."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

report = Table(
    "report",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("code", String(8), nullable=False),
    Column("category", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("desk", String(12), nullable=False),
    Column("unit_code", String(40), nullable=False),
    Column("assignee", ID),
    # Who stepped aside, and which other desks may read along.
    Column("barred", Json, nullable=False),
    Column("copied", Json, nullable=False),
    # Empty where it is not known, and while 纪检 alone has it.
    Column("school", String(40), nullable=False),
    # Sealed with the key of reports: what was said, a contact that was left, what was answered.
    Column("content", Text, nullable=False),
    Column("contact", Text, nullable=False, server_default=""),
    Column("answer", Text, nullable=False, server_default=""),
    Column("at", Instant, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("taken_at", Instant),
    Column("settled_at", Instant),
    Column("settled_by", ID),
    Column("outcome", String(12)),
    UniqueConstraint("code"),
    Index(
        "ix_report_due",
        "tenant",
        "due_on",
        sqlite_where=text("settled_at is null"),
        postgresql_where=text("settled_at is null"),
    ),
    Index(None, "tenant", "at"),
    CheckConstraint("(settled_at is null) = (outcome is null)", name="settled"),
)

report_file = Table(
    "report_file",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("report_id", ID, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "report_id"], ["report.tenant", "report.id"]),
    Index(None, "tenant", "report_id"),
    Index(None, "digest"),
)

# Never in the journal, so that it can be forgotten: the address goes when the report is closed.
report_reach = Table(
    "report_reach",
    metadata,
    Column("report_id", ID, primary_key=True),
    Column("tenant", TENANT, nullable=False),
    # Equal for one account and known by nobody without the key.
    Column("mark", String(64), nullable=False),
    Column("finger", String(64), nullable=False),
    Column("address", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Index(None, "mark", "at"),
)

second_factor = Table(
    "second_factor",
    metadata,
    Column("person_id", ID, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
    Column("fails", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
)
