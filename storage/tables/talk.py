"""The conversation: what comes in, where it stands, what goes out."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.tables.base import ID, SEQUENCE, TENANT, metadata
from storage.types import Instant, Json

# Lists of words are spelt out in conditions: for "in" SQLite builds a small table at every write.

conversation = Table(
    "conversation",
    metadata,
    Column("instance", String(40), primary_key=True),
    Column("folded", String(120), primary_key=True),
    Column("state", Json, nullable=False),
    Column("draft_id", ID),
    Column("version", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

draft = Table(
    "draft",
    metadata,
    Column("id", ID, primary_key=True),
    Column("tenant", TENANT, nullable=False),
    Column("unit_code", String(40), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("matter", String(40), nullable=False),
    Column("answers", Json, nullable=False),
    Column("cursor", String(60), nullable=False, server_default=""),
    Column("filing_id", ID),
    Column("state", String(12), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("updated_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index(None, "person_id", "state"),
    Index(None, "filing_id"),
    Index(
        "ix_draft_unsent",
        "tenant",
        "updated_at",
        sqlite_where=text("state = 'open' and filing_id is null"),
        postgresql_where=text("state = 'open' and filing_id is null"),
    ),
    CheckConstraint("state in ('open', 'sent', 'dropped')", name="state"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("instance", String(40), primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("trace", Text),
    Column("event", Text),
    Column("about", ID),
    Column("units", Integer, nullable=False, server_default="0"),
    Index(
        "ix_inbox_month",
        "instance",
        "received_at",
        "units",
        sqlite_where=text("units > 0"),
        postgresql_where=text("units > 0"),
    ),
    Index(
        "ix_inbox_about",
        "about",
        sqlite_where=text("units > 0"),
        postgresql_where=text("units > 0"),
    ),
    CheckConstraint(
        "outcome = 'done' or outcome = 'ignored' or outcome = 'failed'", name="outcome"
    ),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", SEQUENCE, primary_key=True, autoincrement=True),
    Column("once", String(200)),
    Column("instance", String(40), nullable=False),
    Column("lane", String(200), nullable=False),
    Column("address", Text, nullable=False),
    Column("group_id", ID),
    Column("person_id", ID),
    Column("body", Json, nullable=False),
    Column("subject", String(80), nullable=False, server_default=""),
    Column("redraws", String(200), nullable=False, server_default=""),
    Column("redraw_code", Text, nullable=False, server_default=""),
    Column("state", String(12), nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("holder", String(40), nullable=False, server_default=""),
    Column("lease_until", Instant),
    Column("settled_at", Instant),
    Column("note", Text, nullable=False, server_default=""),
    Column("about", ID),
    Column("courtesy", Boolean, nullable=False, server_default=text("false")),
    # Held for the receiver's next digest, which lets it go alone or tells of it among others.
    Column("for_digest", Boolean, nullable=False, server_default=text("false")),
    # The authority within whose hours it leaves (empty: the country's); null: at any hour.
    Column("hours_of", TENANT),
    UniqueConstraint("once"),
    Index(
        "ix_outbox_due",
        "not_before",
        sqlite_where=text("state = 'pending' or state = 'leased' or state = 'carried'"),
        postgresql_where=text("state = 'pending' or state = 'leased' or state = 'carried'"),
    ),
    Index(
        "ix_outbox_held",
        "not_before",
        sqlite_where=text("for_digest and state = 'pending'"),
        postgresql_where=text("for_digest and state = 'pending'"),
    ),
    Index(
        "ix_outbox_held_for",
        "person_id",
        sqlite_where=text("for_digest and state = 'pending'"),
        postgresql_where=text("for_digest and state = 'pending'"),
    ),
    Index(
        "ix_outbox_undelivered",
        "settled_at",
        sqlite_where=text("state = 'parked' or state = 'refused'"),
        postgresql_where=text("state = 'parked' or state = 'refused'"),
    ),
    Index("ix_outbox_lane", "lane", "seq"),
    Index(
        "ix_outbox_subject",
        "subject",
        sqlite_where=text("subject <> ''"),
        postgresql_where=text("subject <> ''"),
    ),
    CheckConstraint(
        "state = 'pending' or state = 'leased' or state = 'carried' or state = 'sent' "
        "or state = 'refused' or state = 'parked' or state = 'dropped'",
        name="state",
    ),
)

card_copy = Table(
    "card_copy",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("instance", String(40), primary_key=True),
    Column("address", String(160), primary_key=True),
    Column("copy_key", String(200), nullable=False),
    Column("redraw_code", Text, nullable=False),
    Column("sent_at", Instant, nullable=False),
)

live_card = Table(
    "live_card",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("body", Json, nullable=False),
    Column("outbox_seq", SEQUENCE, nullable=False),
)
