"""Groups that were bound in the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column(
        "chat_group",
        sa.Column("bound", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
    )
    op.add_column(
        "chat_group",
        sa.Column("same_as", sa.String(length=32), server_default="", nullable=False),
    )


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("chat_group", schema=None) as batch_op:
        batch_op.drop_column("same_as")
        batch_op.drop_column("bound")
