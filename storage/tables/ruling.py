"""Which rules an administrator changed in the chat, version by version."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, String, Table, Text

from storage.tables.base import ID, TENANT, metadata
from storage.types import Day, Instant

rule_change = Table(
    "rule_change",
    metadata,
    Column("tenant", TENANT, primary_key=True),
    # 1, 2, 3, … of the authority, from its own counter.
    Column("version", Integer, primary_key=True),
    Column("key", String(40), nullable=False),
    # Plain text as the settings have it; nothing: what the settings say holds again.
    Column("value", Text),
    # What it was before, and what it came to, however it came: for people to read.
    Column("was", Text, nullable=False),
    Column("became", Text, nullable=False),
    Column("effective_on", Day, nullable=False),
    Column("person_id", ID, nullable=False),
    Column("at", Instant, nullable=False),
    # The version that this one takes back.
    Column("undoes", Integer),
    # Whether running cases are given the limit too, and when all of them had been.
    Column("running", Boolean, nullable=False),
    Column("recounted_at", Instant),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("undoes is null or undoes < version", name="undoes"),
)
