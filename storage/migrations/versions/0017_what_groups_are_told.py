"""Of which weeks and months groups were told; what was turned down, by when it was."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

REJECTED = sa.text("stage = 'rejected'")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "bulletin",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("rhythm", sa.String(length=8), nullable=False),
        sa.Column("begun", storage.types.Day(length=10), nullable=False),
        sa.Column("done_at", storage.types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "rhythm", "begun", name=op.f("pk_bulletin")),
    )
    op.create_index(op.f("ix_bulletin_begun_rhythm"), "bulletin", ["begun", "rhythm"])
    op.create_index(
        "ix_filing_rejected",
        "filing",
        ["tenant", "settled_at"],
        sqlite_where=REJECTED,
        postgresql_where=REJECTED,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_filing_rejected", "filing")
    op.drop_table("bulletin")
