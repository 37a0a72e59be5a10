"""What surrounds a decision: appeals, evidence, proposals to stop a product."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _of_filing(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f(f"fk_{table}_tenant_filing_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"],
            ["task.tenant", "task.id"],
            name=op.f(f"fk_{table}_tenant_task_id"),
        ),
    )


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "appeal",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        *_of_filing("appeal"),
        sa.PrimaryKeyConstraint("tenant", "filing_id", "part", name=op.f("pk_appeal")),
    )
    op.create_table(
        "evidence",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        *_of_filing("evidence"),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_evidence")),
        sa.UniqueConstraint(
            "tenant", "task_id", "digest", name=op.f("uq_evidence_tenant_task_id_digest")
        ),
    )
    op.create_index(op.f("ix_evidence_tenant_filing_id"), "evidence", ["tenant", "filing_id"])
    op.create_index(op.f("ix_evidence_digest"), "evidence", ["digest"])
    op.create_table(
        "stop_proposal",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("product_key", sa.String(length=160), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        *_of_filing("stop_proposal"),
        sa.PrimaryKeyConstraint("tenant", "task_id", name=op.f("pk_stop_proposal")),
    )
    op.create_index(op.f("ix_stop_proposal_product_key"), "stop_proposal", ["product_key"])
    op.create_index(op.f("ix_filing_product_key"), "filing", ["product_key"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index(op.f("ix_filing_product_key"), "filing")
    for table in ("stop_proposal", "evidence", "appeal"):
        op.drop_table(table)
