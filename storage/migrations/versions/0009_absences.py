"""Who is away, and who stands in for them."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LIVE = sa.text("ended_at is null")


def upgrade() -> None:
    """Bring the schema to this revision. Decisions of before were made by their own right."""
    op.create_table(
        "absence",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("substitute_id", sa.String(length=32), nullable=False),
        sa.Column("from_on", storage.types.Day(length=10), nullable=False),
        sa.Column("to_on", storage.types.Day(length=10), nullable=False),
        sa.Column("made_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("started_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("ended_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_absence_span")),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_person_id"), "absence", ["person_id"], unique=False)
    op.create_index(
        "ix_absence_live",
        "absence",
        ["substitute_id"],
        unique=False,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.add_column(
        "decision",
        sa.Column("stands_for", sa.String(length=32), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_column("decision", "stands_for")
    op.drop_table("absence")
