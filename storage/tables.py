"""Every table of the ledger, in one place.

Tables that belong to an authority carry its ``tenant`` code first in their keys. People, accounts,
products and the conversation are shared by the whole city. What happened (filing, task, decision,
declaration, attachment, announcement, counter) is rebuilt by replaying the journal: those tables
are ``REPLAYED``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.types import Day, Instant, Json

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

TENANT = String(12)
ID = String(32)
SEQUENCE = BigInteger().with_variant(Integer, "sqlite")

installation = Table(
    "installation",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("made_at", Instant, nullable=False),
)

# --- the directory: who is who ---------------------------------------------------------------

unit = Table(
    "unit",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("code", String(40), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("area", String(12), nullable=False),
    Column("owner", String(12), nullable=False),
    Column("ownership", String(12), nullable=False, server_default=""),
    Column("levels", Json, nullable=False),
    Column("desks", Json, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Index(None, "code"),
    Index(None, "name"),
)

person = Table(
    "person",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(60), nullable=False),
    Column("phone", Text, nullable=False, server_default=""),
    Column("phone_index", String(64), nullable=False, server_default=""),
    Index(None, "phone_index"),
    Index(None, "name"),
)

account = Table(
    "account",
    metadata,
    Column("instance", String(40), primary_key=True),
    Column("folded", String(120), primary_key=True),
    Column("address", String(120), nullable=False),
    Column("person_id", ID, nullable=False),
    Column("used_at", Instant),
    ForeignKeyConstraint(["person_id"], ["person.id"]),
    Index(None, "person_id"),
)

post = Table(
    "post",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("unit_code", String(40), primary_key=True),
    Column("person_id", ID, primary_key=True),
    Column("role", String(20), primary_key=True),
    Column("valid_from", Day, primary_key=True),
    Column("valid_to", Day),
    ForeignKeyConstraint(["tenant", "unit_code"], ["unit.tenant", "unit.code"]),
    ForeignKeyConstraint(["person_id"], ["person.id"]),
    Index(None, "person_id"),
)

chat_group = Table(
    "chat_group",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("id", ID, primary_key=True),
    Column("unit_code", String(40), nullable=False),
    Column("name", String(120), nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("instance", String(40), nullable=False),
    Column("platform", String(40), nullable=False),
    Column("address", Text, nullable=False),
    Column("address_index", String(64), nullable=False),
    Column("secret", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    UniqueConstraint("tenant", "platform", "address_index"),
    Index(None, "tenant", "unit_code"),
)

product = Table(
    "product",
    metadata,
    Column("id", ID, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("folded", String(120), nullable=False),
    Column("developer", String(160), nullable=False, server_default=""),
    Column("product_no", String(40), nullable=False, server_default=""),
    Column("kind", String(12), nullable=False),
    Column("checked", String(20), nullable=False, server_default=""),
    UniqueConstraint("folded", "kind", "product_no"),
)

product_alias = Table(
    "product_alias",
    metadata,
    Column("folded", String(120), primary_key=True),
    Column("product_id", ID, primary_key=True),
    Column("alias", String(120), nullable=False),
    ForeignKeyConstraint(["product_id"], ["product.id"]),
)

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("on", Day, primary_key=True),
    Column("is_workday", Boolean, nullable=False),
    Column("source", String(60), nullable=False),
)

# --- the conversation -------------------------------------------------------------------------

conversation = Table(
    "conversation",
    metadata,
    Column("instance", String(40), primary_key=True),
    Column("folded", String(120), primary_key=True),
    Column("state", Json, nullable=False),
    Column("draft_id", ID),
    Column("version", Integer, nullable=False, server_default="0"),
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
    Index(None, "received_at"),
    CheckConstraint("outcome in ('done', 'ignored', 'failed')", name="outcome"),
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
    UniqueConstraint("once"),
    Index(
        "ix_outbox_due",
        "not_before",
        sqlite_where=text("state in ('pending', 'leased', 'carried')"),
        postgresql_where=text("state in ('pending', 'leased', 'carried')"),
    ),
    Index("ix_outbox_lane", "lane", "seq"),
    Index(
        "ix_outbox_subject",
        "subject",
        sqlite_where=text("subject <> ''"),
        postgresql_where=text("subject <> ''"),
    ),
    CheckConstraint(
        "state in ('pending', 'leased', 'carried', 'sent', 'refused', 'parked', 'dropped')",
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

platform_token = Table(
    "platform_token",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("token", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# --- what happened ----------------------------------------------------------------------------

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
)

journal_head = Table(
    "journal_head",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    Column("seq", BigInteger, nullable=False, autoincrement=False),
    Column("hash", String(64), nullable=False),
)

REPLAYED = (filing, task, decision, declaration, attachment, announcement, counter)
