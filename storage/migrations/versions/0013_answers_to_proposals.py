"""What a technology centre answered to a proposal to stop a product."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ANSWER = ("stop_id", "answer", "answer_reason", "answered_by", "answered_at")


def upgrade() -> None:
    """Bring the schema to this revision."""
    for column in (
        sa.Column("stop_id", sa.String(length=32)),
        sa.Column("answer", sa.String(length=12)),
        sa.Column("answer_reason", sa.Text()),
        sa.Column("answered_by", sa.String(length=32)),
        sa.Column("answered_at", storage.types.Instant(length=27)),
    ):
        op.add_column("stop_proposal", column)


def downgrade() -> None:
    """Take the schema back."""
    for name in reversed(ANSWER):
        op.drop_column("stop_proposal", name)
