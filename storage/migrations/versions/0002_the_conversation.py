"""The conversation."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "card_copy",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=160), nullable=False),
        sa.Column("copy_key", sa.String(length=200), nullable=False),
        sa.Column("redraw_code", sa.Text(), nullable=False),
        sa.Column("sent_at", storage.types.Instant(length=27), nullable=False),
        sa.PrimaryKeyConstraint("subject", "instance", "address", name=op.f("pk_card_copy")),
    )
    op.create_table(
        "conversation",
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("state", storage.types.Json(), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("instance", "folded", name=op.f("pk_conversation")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("matter", sa.String(length=40), nullable=False),
        sa.Column("answers", storage.types.Json(), nullable=False),
        sa.Column("cursor", sa.String(length=60), server_default="", nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("expires_at", storage.types.Instant(length=27), nullable=False),
        sa.CheckConstraint("state in ('open', 'sent', 'dropped')", name=op.f("ck_draft_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_filing_id"), ["filing_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_draft_person_id_state"), ["person_id", "state"], unique=False
        )

    op.create_table(
        "inbox",
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("received_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("event", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome = 'done' or outcome = 'ignored' or outcome = 'failed'",
            name=op.f("ck_inbox_outcome"),
        ),
        sa.PrimaryKeyConstraint("instance", "key", name=op.f("pk_inbox")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "live_card",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("body", storage.types.Json(), nullable=False),
        sa.Column(
            "outbox_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_live_card")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("once", sa.String(length=200), nullable=True),
        sa.Column("instance", sa.String(length=40), nullable=False),
        sa.Column("lane", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=True),
        sa.Column("person_id", sa.String(length=32), nullable=True),
        sa.Column("body", storage.types.Json(), nullable=False),
        sa.Column("subject", sa.String(length=80), server_default="", nullable=False),
        sa.Column("redraws", sa.String(length=200), server_default="", nullable=False),
        sa.Column("redraw_code", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("not_before", storage.types.Instant(length=27), nullable=False),
        sa.Column("made_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holder", sa.String(length=40), server_default="", nullable=False),
        sa.Column("lease_until", storage.types.Instant(length=27), nullable=True),
        sa.Column("settled_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state = 'pending' or state = 'leased' or state = 'carried' or state = 'sent' "
            "or state = 'refused' or state = 'parked' or state = 'dropped'",
            name=op.f("ck_outbox_state"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("once", name=op.f("uq_outbox_once")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["not_before"],
            unique=False,
            sqlite_where=sa.text("state = 'pending' or state = 'leased' or state = 'carried'"),
            postgresql_where=sa.text("state = 'pending' or state = 'leased' or state = 'carried'"),
        )
        batch_op.create_index("ix_outbox_lane", ["lane", "seq"], unique=False)
        batch_op.create_index(
            "ix_outbox_subject",
            ["subject"],
            unique=False,
            sqlite_where=sa.text("subject <> ''"),
            postgresql_where=sa.text("subject <> ''"),
        )


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_subject",
            sqlite_where=sa.text("subject <> ''"),
            postgresql_where=sa.text("subject <> ''"),
        )
        batch_op.drop_index("ix_outbox_lane")
        batch_op.drop_index(
            "ix_outbox_due",
            sqlite_where=sa.text("state = 'pending' or state = 'leased' or state = 'carried'"),
            postgresql_where=sa.text("state = 'pending' or state = 'leased' or state = 'carried'"),
        )

    op.drop_table("outbox")
    op.drop_table("live_card")
    op.drop_table("inbox")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_person_id_state"))
        batch_op.drop_index(batch_op.f("ix_draft_filing_id"))

    op.drop_table("draft")
    op.drop_table("conversation")
    op.drop_table("card_copy")
