"""Figures by day: what was signed, registered and sent back when."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

RETURNED = sa.text("act = 'return'")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_index(op.f("ix_filing_tenant_signed_at"), "filing", ["tenant", "signed_at"])
    op.create_index(
        op.f("ix_filing_tenant_registered_at_signed_at"),
        "filing",
        ["tenant", "registered_at", "signed_at"],
    )
    op.create_index(
        "ix_journal_returned",
        "journal",
        ["tenant", "at", "subject"],
        sqlite_where=RETURNED,
        postgresql_where=RETURNED,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_journal_returned", "journal")
    op.drop_index(op.f("ix_filing_tenant_registered_at_signed_at"), "filing")
    op.drop_index(op.f("ix_filing_tenant_signed_at"), "filing")
