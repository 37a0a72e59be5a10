"""What happened: filings, tasks, decisions, and the journal that tells of each."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

filing = Table(
    "filing",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("case_no", String(20), nullable=False),
    Column("bundle", ID, nullable=False),
    Column("school", String(40), nullable=False),
    Column("matter", String(40), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("title", String(120), nullable=False),
    Column("product_key", String(160), nullable=False),
    Column("facts", Json, nullable=False),
    Column("answers", Json, nullable=False),
    Column("route", Json, nullable=False),
    Column("office", Json, nullable=False),
    Column("rule_version", String(32), nullable=False),
    Column("stage", String(24), nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner_id", ID, nullable=False),
    Column("principal_id", ID, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("signed_at", Instant),
    Column("due_on", Day),
    Column("due_provisional", Boolean, nullable=False, server_default=text("false")),
    Column("number", String(60)),
    Column("series", String(40)),
    Column("serial", Integer),
    Column("registered_at", Instant),
    Column("valid_until", Day),
    Column("settled_at", Instant),
    UniqueConstraint("tenant", "case_no"),
    UniqueConstraint("tenant", "number"),
    UniqueConstraint("tenant", "series", "serial"),
    Index(None, "tenant", "school", "product_key"),
    Index(None, "tenant", "stage"),
    Index(None, "tenant", "signed_at"),
    Index(None, "tenant", "registered_at", "signed_at"),
    Index(None, "owner_id"),
    Index(None, "bundle"),
    CheckConstraint(
        "(number is null) = (registered_at is null) and (number is null) = (serial is null)",
        name="number_with_register",
    ),
)

task = Table(
    "task",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("part", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("desk", String(16), nullable=False),
    Column("unit_code", String(40), nullable=False),
    Column("blocking", Boolean, nullable=False),
    Column("clause", String(60), nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("due_provisional", Boolean, nullable=False),
    Column("decided_at", Instant),
    Column("points", Json, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    Index(None, "tenant", "filing_id"),
    Index(
        "ix_task_open",
        "tenant",
        "unit_code",
        "due_on",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "uq_task_live",
        "tenant",
        "filing_id",
        "kind",
        "desk",
        "part",
        unique=True,
        sqlite_where=text("state in ('open', 'returned', 'decided')"),
        postgresql_where=text("state in ('open', 'returned', 'decided')"),
    ),
    CheckConstraint("state in ('open', 'returned', 'decided', 'superseded')", name="state"),
    CheckConstraint("state <> 'decided' or decided_at is not null", name="decided"),
)

decision = Table(
    "decision",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("act", String(24), nullable=False),
    Column("verdict", String(24), nullable=False),
    Column("findings", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("role", String(20), nullable=False),
    Column("unit_code", String(40), nullable=False),
    Column("clause", String(60), nullable=False),
    Column("rule_version", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
    Index(None, "tenant", "filing_id"),
)

declaration = Table(
    "declaration",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("wording_version", String(20), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
)

attachment = Table(
    "attachment",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("draft_id", ID, nullable=False),
    Column("slot", String(24), nullable=False),
    Column("name", String(160), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    Column("replaced", Boolean, nullable=False, server_default=text("false")),
    Index(None, "draft_id", "slot"),
    UniqueConstraint("tenant", "draft_id", "slot", "digest"),
)

announcement = Table(
    "announcement",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    Column("wording", Text, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
)

counter = Table(
    "counter",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("series", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("act", String(32), nullable=False),
    Column("subject", String(80), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("role", String(20), nullable=False),
    Column("clause", String(60), nullable=False),
    Column("rule_version", String(32), nullable=False),
    Column("rows", Json, nullable=False),
    Column("hash", String(64), nullable=False),
    Index(None, "tenant", "subject"),
    # Figures count what was sent back; hardly any other act pays for it.
    Index(
        "ix_journal_returned",
        "tenant",
        "at",
        "subject",
        sqlite_where=text("act = 'return'"),
        postgresql_where=text("act = 'return'"),
    ),
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("seq", BigInteger, nullable=False, autoincrement=False),
    Column("hash", String(64), nullable=False),
)

REPLAYED = (filing, task, decision, declaration, attachment, announcement, counter)
