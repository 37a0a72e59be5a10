"""Places for answers to those who ask, and how far a platform's messages were read."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "question",
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("until", storage.types.Instant(length=27), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", storage.types.Json(), nullable=False),
        sa.Column("welcome", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("welcome_until", storage.types.Instant(length=27), nullable=True),
        sa.Column(
            "welcome_for", sa.String(length=40), server_default=sa.text("''"), nullable=False
        ),
        sa.PrimaryKeyConstraint("instance", "folded", name=op.f("pk_question")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_question_until"), "question", ["until"])
    op.create_table(
        "read_to",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("moved_at", storage.types.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_read_to")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("read_to")
    op.drop_index(op.f("ix_question_until"), "question")
    op.drop_table("question")
