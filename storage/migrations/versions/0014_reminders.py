"""Reminders, the morning's digest, loaded calendars; since when a filing is in its stage."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN = sa.text("state = 'open'")
WAITS = sa.text("state = 'returned'")
UNSENT = sa.text("state = 'open' and filing_id is null")
HELD = sa.text("for_digest and state = 'pending'")
UNCOUNTED = sa.text("recounted_at is null")
LOST = sa.text("state = 'parked' or state = 'refused'")
UNTOLD = sa.text("told_at is null")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "reminder",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("subject", sa.String(length=32), nullable=False),
        sa.Column("due_on", storage.types.Day(length=10), nullable=False),
        sa.Column("rung", sa.String(length=12), nullable=False),
        sa.Column("matter", sa.String(length=12), nullable=False),
        sa.Column("on", storage.types.Day(length=10), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=32), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("tenant", "subject", "due_on", "rung", name=op.f("pk_reminder")),
        sa.UniqueConstraint("tenant", "subject", "on", name=op.f("uq_reminder_tenant_subject_on")),
    )
    op.create_index(
        op.f("ix_reminder_tenant_on_unit_code"), "reminder", ["tenant", "on", "unit_code"]
    )
    op.create_index(op.f("ix_reminder_tenant_filing_id"), "reminder", ["tenant", "filing_id"])
    op.create_table(
        "morning",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("on", storage.types.Day(length=10), nullable=False),
        sa.Column("done_at", storage.types.Instant(), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "on", name=op.f("pk_morning")),
    )
    op.create_table(
        "digest",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("on", storage.types.Day(length=10), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("told_at", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "on", "person_id", name=op.f("pk_digest")),
    )
    op.create_index(
        "ix_digest_untold", "digest", ["on"], sqlite_where=UNTOLD, postgresql_where=UNTOLD
    )
    op.create_table(
        "calendar_load",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("tenant", sa.String(length=12), server_default="", nullable=False),
        sa.Column("whose", sa.String(length=8), nullable=False),
        sa.Column("changes", storage.types.Json(), nullable=False),
        sa.Column("recounted_at", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_load")),
    )  # fmt: skip
    op.create_index(
        "ix_calendar_load_open",
        "calendar_load",
        ["id"],
        sqlite_where=UNCOUNTED,
        postgresql_where=UNCOUNTED,
    )
    op.create_table(
        "rest_day",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("whose", sa.String(length=8), nullable=False),
        sa.Column("on", storage.types.Day(length=10), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "whose", "on", name=op.f("pk_rest_day")),
    )
    for name, default in (("directory_version", "0"), ("watched_version", "-1")):
        op.add_column(
            "installation", sa.Column(name, sa.Integer(), server_default=default, nullable=False)
        )
    op.add_column(
        "installation", sa.Column("watched_on", storage.types.Day(length=10), nullable=True)
    )
    op.add_column("filing", sa.Column("entered_on", storage.types.Day(length=10), nullable=True))
    op.drop_index(op.f("ix_filing_tenant_stage"), "filing")
    op.create_index(
        op.f("ix_filing_tenant_stage_entered_on"), "filing", ["tenant", "stage", "entered_on"]
    )
    op.create_index(op.f("ix_filing_tenant_valid_until"), "filing", ["tenant", "valid_until"])
    op.create_index(
        "ix_task_due", "task", ["tenant", "due_on"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(
        "ix_task_waits", "task", ["tenant", "due_on"], sqlite_where=WAITS, postgresql_where=WAITS
    )
    op.create_index(
        "ix_draft_unsent",
        "draft",
        ["tenant", "updated_at"],
        sqlite_where=UNSENT,
        postgresql_where=UNSENT,
    )
    op.add_column(
        "outbox",
        sa.Column("for_digest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_outbox_held", "outbox", ["not_before"], sqlite_where=HELD, postgresql_where=HELD
    )
    op.create_index(
        "ix_outbox_undelivered",
        "outbox",
        ["settled_at"],
        sqlite_where=LOST,
        postgresql_where=LOST,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_outbox_undelivered", "outbox")
    op.drop_index("ix_outbox_held", "outbox")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("for_digest")
    op.drop_index("ix_draft_unsent", "draft")
    op.drop_index("ix_task_waits", "task")
    op.drop_index("ix_task_due", "task")
    op.drop_index(op.f("ix_filing_tenant_valid_until"), "filing")
    op.drop_index(op.f("ix_filing_tenant_stage_entered_on"), "filing")
    op.create_index(op.f("ix_filing_tenant_stage"), "filing", ["tenant", "stage"])
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.drop_column("entered_on")
    with op.batch_alter_table("installation", schema=None) as batch_op:
        for name in ("watched_on", "watched_version", "directory_version"):
            batch_op.drop_column(name)
    op.drop_table("rest_day")
    op.drop_table("calendar_load")
    op.drop_table("digest")
    op.drop_table("morning")
    op.drop_table("reminder")
