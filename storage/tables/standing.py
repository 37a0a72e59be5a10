"""What becomes of a filing after its number: measures, stops, changed owners, later wordings."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant, Json

_PROPOSED = text("state = 'proposed'")
_LIVE = text("state in ('proposed', 'confirmed')")
_IN_FORCE = text("state = 'in_force'")

measure = Table(
    "measure",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", Text, nullable=False),
    Column("clause", String(60), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("unit_code", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("confirmed_by", ID),
    Column("confirmed_at", Instant),
    Column("ended_by", ID),
    Column("ended_at", Instant),
    Column("stop_id", ID),
    Column("told_at", Instant),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    Index(None, "tenant", "filing_id"),
    Index(
        "uq_measure_proposed",
        "tenant",
        "filing_id",
        "kind",
        unique=True,
        sqlite_where=_PROPOSED,
        postgresql_where=_PROPOSED,
    ),
    Index(
        "uq_measure_stop",
        "stop_id",
        "filing_id",
        unique=True,
        sqlite_where=_IN_FORCE,
        postgresql_where=_IN_FORCE,
    ),
    Index(
        "ix_measure_held",
        "tenant",
        "id",
        sqlite_where=text("stop_id is not null and state = 'in_force'"),
        postgresql_where=text("stop_id is not null and state = 'in_force'"),
    ),
    CheckConstraint("kind in ('suspend', 'revoke')", name="kind"),
    CheckConstraint("state in ('proposed', 'in_force', 'ended', 'dropped')", name="state"),
    CheckConstraint("confirmed_by is null or confirmed_by <> person_id", name="two_persons"),
)

owner_change = Table(
    "owner_change",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("filing_id", ID, nullable=False),
    Column("new_owner_id", ID, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(12), nullable=False),
    Column("ended_by", ID),
    Column("ended_at", Instant),
    ForeignKeyConstraint(["tenant", "filing_id"], ["filing.tenant", "filing.id"]),
    Index(
        "uq_owner_change_proposed",
        "tenant",
        "filing_id",
        unique=True,
        sqlite_where=_PROPOSED,
        postgresql_where=_PROPOSED,
    ),
    CheckConstraint("state in ('proposed', 'done', 'dropped')", name="state"),
)

product_stop = Table(
    "product_stop",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("product_key", String(160), nullable=False),
    Column("title", String(120), nullable=False),
    Column("everywhere", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("clause", String(60), nullable=False),
    Column("stops_on", Day, nullable=False),
    Column("state", String(12), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    Column("confirmed_by", ID),
    Column("confirmed_at", Instant),
    Column("ended_by", ID),
    Column("ended_at", Instant),
    Index(
        "uq_product_stop_live",
        "tenant",
        "product_key",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    CheckConstraint("state in ('proposed', 'confirmed', 'lifted', 'dropped')", name="state"),
    CheckConstraint("confirmed_by is null or confirmed_by <> person_id", name="two_persons"),
)

announcement_round = Table(
    "announcement_round",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("filing_id", ID, primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("wording", Text, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("role", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("groups", Json, nullable=False),
    Column("skipped", Json, nullable=False),
    ForeignKeyConstraint(
        ["tenant", "filing_id"], ["announcement.tenant", "announcement.filing_id"]
    ),
)
