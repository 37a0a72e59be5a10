"""What becomes due by itself is found through indexes, however much lies beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SILENT = "state = 'open' and kind = 'co_review' and "
INDEXES = (
    ("ix_followup_due", "followup", ["tenant", "due_on"], "state in ('open', 'returned')"),
    (
        "ix_pilot_running",
        "pilot",
        ["ends_on"],
        "decided_at is not null and ended_at is null",
    ),
    ("ix_filing_lapsing", "filing", ["valid_until"], "stage = 'registered'"),
    ("ix_filing_unsigned", "filing", ["tenant", "made_at"], "stage = 'awaiting_principal'"),
    ("ix_measure_held", "measure", ["tenant", "id"], "stop_id is not null and state = 'in_force'"),
    ("ix_post_ended", "post", ["valid_to"], "valid_to is not null"),
    ("ix_outbox_held_for", "outbox", ["person_id"], "for_digest and state = 'pending'"),
)


def upgrade() -> None:
    """Bring the schema to this revision."""
    for name, table, columns, where in INDEXES:
        condition = sa.text(where)
        op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
    op.create_index(op.f("ix_morning_on"), "morning", ["on"])
    op.create_index(op.f("ix_product_checked"), "product", ["checked"])
    op.create_index(
        "ix_task_silent",
        "task",
        ["due_on"],
        sqlite_where=sa.text(f"{_SILENT}blocking = 0"),
        postgresql_where=sa.text(f"{_SILENT}not blocking"),
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_task_silent", "task")
    op.drop_index(op.f("ix_product_checked"), "product")
    op.drop_index(op.f("ix_morning_on"), "morning")
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table)
