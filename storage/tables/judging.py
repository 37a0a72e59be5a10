"""What surrounds a decision: appeals against it, the proof it rests on, proposals that follow."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.base import ID, TENANT, metadata
from storage.types import Instant

appeal = Table(
    "appeal",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    # One appeal for each part, for ever.
    Column("part", Integer, primary_key=True),
    Column("task_id", ID, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
)

evidence = Table(
    "evidence",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("task_id", ID, nullable=False),
    Column("name", String(160), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
    UniqueConstraint("tenant", "task_id", "digest"),
    Index(None, "tenant", "filing_id"),
    Index(None, "digest"),
)

stop_proposal = Table(
    "stop_proposal",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("task_id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("product_key", String(160), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    # The stop that began from it or answered it; of the city's centre it is another authority's.
    Column("stop_id", ID),
    Column("answer", String(12)),
    Column("answer_reason", Text),
    Column("answered_by", ID),
    Column("answered_at", Instant),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    ForeignKeyConstraint(["tenant", "task_id"], ["task.tenant", "task.id"]),
    Index(None, "product_key"),
)
