"""What follows, and pilots that run, are found by their limits through indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0014"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("state in ('open', 'returned')")
RUNNING = sa.text("receipt is not null and ended_at is null")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index(
        "ix_followup_due",
        "followup",
        ["tenant", "due_on"],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index(
        "ix_pilot_running",
        "pilot",
        ["ends_on"],
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_pilot_running", "pilot")
    op.drop_index("ix_followup_due", "followup")
