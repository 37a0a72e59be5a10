"""How often something was asked for that is not filed, and what a technology centre said of it."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "asked_week",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("begun", storage.types.Day(length=10), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "begun", name=op.f("pk_asked_week")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asked_trace",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("begun", storage.types.Day(length=10), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "begun", "what", "who", name=op.f("pk_asked_trace")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asked_name",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("begun", storage.types.Day(length=10), nullable=False),
        sa.Column("sound", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("spellings", storage.types.Json(), nullable=False),
        sa.Column("askers", sa.Integer(), nullable=False),
        sa.Column("asks", sa.Integer(), nullable=False),
        sa.CheckConstraint("askers > 0 and asks >= askers", name=op.f("ck_asked_name_counted")),
        sa.PrimaryKeyConstraint("tenant", "begun", "sound", name=op.f("pk_asked_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "asked_mark",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("sound", sa.String(length=160), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sound", name=op.f("pk_asked_mark")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("asked_mark")
    op.drop_table("asked_name")
    op.drop_table("asked_trace")
    op.drop_table("asked_week")
