"""What the platforms cost."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COUNTED = sa.text("units > 0")


def upgrade() -> None:
    """Bring the schema to this revision. Every new column has a value for the rows of before."""
    op.create_table(
        "platform_cost",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("resource", sa.String(length=8), nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("api", sa.String(length=80), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "month", "instance", "resource", "about", "api", name=op.f("pk_platform_cost")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_platform_cost_about"), "platform_cost", ["about"], unique=False)
    op.create_table(
        "platform_refusal",
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("resource", sa.String(length=8), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("instance", "resource", name=op.f("pk_platform_refusal")),
    )
    # Added in place: a batch would copy the two largest tables.
    op.add_column("inbox", sa.Column("about", sa.String(length=32), nullable=True))
    op.add_column("inbox", sa.Column("units", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("about", sa.String(length=32), nullable=True))
    op.add_column(
        "outbox",
        sa.Column("courtesy", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    for name, columns in (
        ("ix_inbox_month", ["instance", "received_at", "units"]),
        ("ix_inbox_about", ["about"]),
    ):
        op.create_index(
            name,
            "inbox",
            columns,
            unique=False,
            sqlite_where=COUNTED,
            postgresql_where=COUNTED,
        )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_inbox_about", "inbox")
    op.drop_index("ix_inbox_month", "inbox")
    for table, column in (
        ("outbox", "courtesy"),
        ("outbox", "about"),
        ("inbox", "units"),
        ("inbox", "about"),
    ):
        op.drop_column(table, column)
    op.drop_table("platform_refusal")
    op.drop_table("platform_cost")
