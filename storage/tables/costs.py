"""What the platforms were asked, by month."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from storage.tables.base import ID, metadata
from storage.types import Instant

platform_cost = Table(
    "platform_cost",
    metadata,
    Column("month", String(7), primary_key=True),
    Column("instance", String(40), primary_key=True),
    Column("resource", String(8), primary_key=True),
    # The filing, or before there is one its draft; empty where it was for neither.
    Column("about", ID, primary_key=True),
    Column("api", String(80), primary_key=True),
    Column("times", Integer, nullable=False),
    Index(None, "about"),
    sqlite_with_rowid=False,
)

platform_refusal = Table(
    "platform_refusal",
    metadata,
    Column("instance", String(40), primary_key=True),
    Column("resource", String(8), primary_key=True),
    Column("at", Instant, nullable=False),
)
