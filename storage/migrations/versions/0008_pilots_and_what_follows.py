"""Pilots, and what follows a registered filing."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ONCE = sa.text("kind in ('acceptance', 'audit', 'case')")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "pilot",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("ends_on", storage.types.Day(length=10), nullable=False),
        sa.Column("receipt", sa.String(length=60), nullable=True),
        sa.Column("series", sa.String(length=40), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("decided_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("callin_until", storage.types.Day(length=10), nullable=True),
        sa.Column("remind_on", storage.types.Day(length=10), nullable=True),
        sa.Column("reminded_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("ended_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("successor", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "(receipt is null) = (decided_at is null) and (receipt is null) = (serial is null)",
            name=op.f("ck_pilot_receipt_with_decision"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_pilot_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "filing_id", name=op.f("pk_pilot")),
        sa.UniqueConstraint("tenant", "receipt", name=op.f("uq_pilot_tenant_receipt")),
        sa.UniqueConstraint(
            "tenant", "series", "serial", name=op.f("uq_pilot_tenant_series_serial")
        ),
    )
    op.create_index(
        op.f("ix_pilot_tenant_successor"), "pilot", ["tenant", "successor"], unique=False
    )
    op.create_table(
        "pilot_check",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("ticked", storage.types.Json(), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_pilot_check_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "filing_id", "round", "person_id", name=op.f("pk_pilot_check")
        ),
    )
    op.create_index(op.f("ix_pilot_check_person_id"), "pilot_check", ["person_id"], unique=False)
    op.create_table(
        "followup",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("due_on", storage.types.Day(length=10), nullable=True),
        sa.Column("reminded_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("settled_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.Column("draft_id", sa.String(length=32), nullable=True),
        sa.Column("told", storage.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_followup_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_followup")),
    )
    op.create_index(
        op.f("ix_followup_tenant_filing_id"), "followup", ["tenant", "filing_id"], unique=False
    )
    op.create_index(
        op.f("ix_followup_tenant_kind_state"), "followup", ["tenant", "kind", "state"], unique=False
    )
    op.create_index(
        "uq_followup_once",
        "followup",
        ["tenant", "filing_id", "kind"],
        unique=True,
        sqlite_where=ONCE,
        postgresql_where=ONCE,
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in ("followup", "pilot_check", "pilot"):
        op.drop_table(table)
