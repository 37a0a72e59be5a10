"""What hands do: handing on, correcting, urging, opening, adding a word, undoing."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision; no row of before is touched."""
    op.add_column("task", sa.Column("assignee", sa.String(length=32), nullable=True))
    op.create_table(
        "correction",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("fact", sa.String(length=12), nullable=False),
        sa.Column("was", sa.String(length=80), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("desk", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_correction_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_correction")),
    )
    op.create_index(
        op.f("ix_correction_tenant_school"), "correction", ["tenant", "school"], unique=False
    )
    op.create_table(
        "handover",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("other_tenant", sa.String(length=12), nullable=False),
        sa.Column("other_id", sa.String(length=32), nullable=False),
        sa.Column("came", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_handover_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "filing_id", name=op.f("pk_handover")),
    )
    op.create_table(
        "urge",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("day", storage.types.Day(length=10), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"],
            ["task.tenant", "task.id"],
            name=op.f("fk_urge_tenant_task_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "task_id", "day", name=op.f("pk_urge")),
    )
    op.create_table(
        "task_opened",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"],
            ["task.tenant", "task.id"],
            name=op.f("fk_task_opened_tenant_task_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "task_id", "person_id", "version", name=op.f("pk_task_opened")
        ),
    )
    op.create_table(
        "supplement",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"],
            ["task.tenant", "task.id"],
            name=op.f("fk_supplement_tenant_task_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_supplement")),
    )
    op.create_index(
        op.f("ix_supplement_tenant_filing_id"),
        "supplement",
        ["tenant", "filing_id"],
        unique=False,
    )
    op.create_table(
        "undone",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"],
            ["task.tenant", "task.id"],
            name=op.f("fk_undone_tenant_task_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "task_id", name=op.f("pk_undone")),
    )


def downgrade() -> None:
    """Take the schema back."""
    for name in ("undone", "supplement", "task_opened", "urge", "handover", "correction"):
        op.drop_table(name)
    op.drop_column("task", "assignee")
