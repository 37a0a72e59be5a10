"""Rules that an administrator changed in the chat."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "rule_change",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("effective_on", storage.types.Day(length=10), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("recounted_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_rule_change_version")),
        sa.CheckConstraint(
            "undoes is null or undoes < version", name=op.f("ck_rule_change_undoes")
        ),
        sa.PrimaryKeyConstraint("tenant", "version", name=op.f("pk_rule_change")),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("rule_change")
