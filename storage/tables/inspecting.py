"""Self-inspection (自查): rounds, one sheet a school, its answers, and the schools visited."""

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

inspection = Table(
    "inspection",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    # Rounds that were opened together for several authorities by one of them.
    Column("bundle", ID, nullable=False),
    Column("made_for", TENANT, nullable=False),
    Column("scope", Json, nullable=False),
    # Scope and days in short: the same round is not opened twice.
    Column("mark", String(16), nullable=False),
    Column("opens_on", Day, nullable=False),
    Column("half_on", Day, nullable=False),
    Column("last_on", Day, nullable=False),
    Column("closes_on", Day, nullable=False),
    Column("state", String(12), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", ID, nullable=False),
    # Up to which school sheets were handed out; when that was done.
    Column("filled_upto", String(40), nullable=False, server_default=""),
    Column("filled_at", Instant),
    Column("ended_at", Instant),
    Column("ended_by", ID),
    Column("seed", String(24), nullable=False, server_default=""),
    Index(None, "bundle"),
    Index(
        "uq_inspection_live",
        "tenant",
        "mark",
        unique=True,
        sqlite_where=text("state in ('planned', 'open')"),
        postgresql_where=text("state in ('planned', 'open')"),
    ),
    Index(
        "ix_inspection_due",
        "state",
        "opens_on",
        sqlite_where=text("state in ('planned', 'open')"),
        postgresql_where=text("state in ('planned', 'open')"),
    ),
    CheckConstraint("opens_on < closes_on", name="span"),
    CheckConstraint("state in ('planned', 'open', 'closed', 'cancelled')", name="state"),
)

inspection_sheet = Table(
    "inspection_sheet",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("inspection_id", ID, nullable=False),
    Column("school", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("received_at", Instant),
    Column("received_by", ID),
    # What is in use without being filed, as the school names it.
    Column("unfiled", Json, nullable=False),
    # How many answers are 否, and how many of these were found put right.
    Column("noes", Integer, nullable=False, server_default="0"),
    Column("mended", Integer, nullable=False, server_default="0"),
    ForeignKeyConstraint(["tenant", "inspection_id"], ["inspection.tenant", "inspection.id"]),
    UniqueConstraint("tenant", "inspection_id", "school"),
    Index(None, "tenant", "school"),
    Index(
        "ix_inspection_sheet_missing",
        "tenant",
        "inspection_id",
        "school",
        sqlite_where=text("state = 'asked'"),
        postgresql_where=text("state = 'asked'"),
    ),
    CheckConstraint("(state = 'received') = (received_at is not null)", name="received"),
    CheckConstraint("(received_at is null) = (received_by is null)", name="received_by"),
)

_SHEET = ["inspection_sheet.tenant", "inspection_sheet.id"]

inspection_answer = Table(
    "inspection_answer",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("sheet_id", ID, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    # Item → whether it is so.
    Column("said", Json, nullable=False),
    Column("at", Instant, nullable=False),
    Column("person_id", ID, nullable=False),
    ForeignKeyConstraint(
        ["tenant", "sheet_id"], ["inspection_sheet.tenant", "inspection_sheet.id"]
    ),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
)

inspection_visit = Table(
    "inspection_visit",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("sheet_id", ID, primary_key=True),
    Column("inspection_id", ID, nullable=False),
    Column("place", Integer, nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("visited_at", Instant),
    Column("visited_by", ID),
    Column("found", Text, nullable=False, server_default=""),
    Column("evaluated_at", Instant),
    Column("evaluated_by", ID),
    Column("evaluation", Text, nullable=False, server_default=""),
    ForeignKeyConstraint(
        ["tenant", "sheet_id"], ["inspection_sheet.tenant", "inspection_sheet.id"]
    ),
    UniqueConstraint("tenant", "inspection_id", "place"),
)

OF_INSPECTIONS = (inspection, inspection_sheet, inspection_answer, inspection_visit)
