"""What waits for a desk or a principal is found through indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index(op.f("ix_filing_principal_id"), "filing", ["principal_id"])
    op.create_index(
        "ix_task_desk",
        "task",
        ["tenant", "desk", "due_on"],
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_task_desk", "task")
    op.drop_index(op.f("ix_filing_principal_id"), "filing")
