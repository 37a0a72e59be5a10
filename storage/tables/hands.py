"""What hands do besides deciding: correct, hand over, urge, open, add a word, undo."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table, Text

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant

correction = Table(
    "correction",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("school", String(40), nullable=False),
    Column("fact", String(12), nullable=False),
    Column("was", String(80), nullable=False),
    Column("value", String(80), nullable=False),
    Column("desk", String(16), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    Index(None, "tenant", "school"),
)

handover = Table(
    "handover",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    Column("other_tenant", TENANT, nullable=False),
    Column("other_id", ID, nullable=False),
    Column("came", Boolean, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
)

urge = Table(
    "urge",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("day", Day, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
)

task_opened = Table(
    "task_opened",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("filing_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
)

supplement = Table(
    "supplement",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("task_id", ID, nullable=False),
    Column("words", Text, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("unit_code", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
    Index(None, "tenant", "filing_id"),
)

undone = Table(
    "undone",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("act", String(24), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
)

OF_HANDS = (correction, handover, urge, task_opened, supplement, undone)
