"""What is due is found in its whole order: by its limit, then by its id."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_OPEN = sa.text("state = 'open'")
_INDEXES = (("ix_task_desk", ["tenant", "desk", "due_on"]), ("ix_task_due", ["tenant", "due_on"]))


def upgrade() -> None:
    """Bring the schema to this revision."""
    for name, columns in _INDEXES:
        op.drop_index(name, "task")
        op.create_index(name, "task", [*columns, "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    """Take the schema back."""
    for name, columns in _INDEXES:
        op.drop_index(name, "task")
        op.create_index(name, "task", columns, sqlite_where=_OPEN, postgresql_where=_OPEN)
