"""The directory: who is who, and what the installation itself keeps."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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

installation = Table(
    "installation",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("made_at", Instant, nullable=False),
    # Counts the changes of who may do what; and up to which of them, on which day, each open task
    # was found to be known to somebody able.
    Column("directory_version", Integer, nullable=False, server_default="0"),
    Column("watched_version", Integer, nullable=False, server_default="-1"),
    Column("watched_on", Day),
)

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
    sqlite_with_rowid=False,
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
    sqlite_with_rowid=False,
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
    sqlite_with_rowid=False,
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
    Index(
        "ix_post_ended",
        "valid_to",
        sqlite_where=text("valid_to is not null"),
        postgresql_where=text("valid_to is not null"),
    ),
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
    # Bound in the chat itself, and not by the roster: an import leaves it alone.
    Column("bound", Boolean, nullable=False, server_default=text("false")),
    # The bound group that is the same chat, which is told instead while it serves the same unit.
    Column("same_as", ID, nullable=False, server_default=""),
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
    Index(None, "checked"),
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

platform_token = Table(
    "platform_token",
    metadata,
    Column("key", String(160), primary_key=True),
    Column("token", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

held_line = Table(
    "held_line",
    metadata,
    Column("name", String(160), primary_key=True),
    Column("holder", String(40), nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
