"""Reports (反映), how a reporter is reached, and the second factor of 纪检."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OPEN = sa.text("settled_at is null")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "report",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("desk", sa.String(length=12), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("assignee", sa.String(length=32), nullable=True),
        sa.Column("barred", storage.types.Json(), nullable=False),
        sa.Column("copied", storage.types.Json(), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), server_default="", nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.Column("due_on", storage.types.Day(length=10), nullable=False),
        sa.Column("taken_at", storage.types.Instant(), nullable=True),
        sa.Column("settled_at", storage.types.Instant(), nullable=True),
        sa.Column("settled_by", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.CheckConstraint(
            "(settled_at is null) = (outcome is null)", name=op.f("ck_report_settled")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_report")),
        sa.UniqueConstraint("code", name=op.f("uq_report_code")),
    )
    op.create_index(
        "ix_report_due", "report", ["tenant", "due_on"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(op.f("ix_report_tenant_at"), "report", ["tenant", "at"])
    op.create_table(
        "report_file",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "report_id"],
            ["report.tenant", "report.id"],
            name=op.f("fk_report_file_tenant_report_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_report_file")),
    )
    op.create_index(op.f("ix_report_file_digest"), "report_file", ["digest"])
    op.create_index(op.f("ix_report_file_tenant_report_id"), "report_file", ["tenant", "report_id"])
    op.create_table(
        "report_reach",
        sa.Column("report_id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("finger", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report_reach")),
    )
    op.create_index(op.f("ix_report_reach_mark_at"), "report_reach", ["mark", "at"])
    op.create_table(
        "second_factor",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("issued_at", storage.types.Instant(), nullable=False),
        sa.Column("confirmed_at", storage.types.Instant(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fails", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", storage.types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factor")),
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in ("second_factor", "report_reach", "report_file", "report"):
        op.drop_table(table)
