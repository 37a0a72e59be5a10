"""What products and schools are called, to be found however somebody writes it."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNCOUNTED = sa.text("not counted")


def upgrade() -> None:
    """Bring the schema to this revision; what is there already is taken in by a sweep."""
    op.create_table(
        "known_name",
        sa.Column("id", SEQUENCE, autoincrement=True, nullable=False),
        sa.Column("realm", sa.String(length=8), nullable=False),
        sa.Column("whole", sa.String(length=120), nullable=False),
        sa.Column("folded", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sound", sa.String(length=480), nullable=False),
        sa.Column("initials", sa.String(length=120), nullable=False),
        sa.Column("counted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_name")),
        sa.UniqueConstraint("realm", "whole", name=op.f("uq_known_name_realm_whole")),
    )
    op.create_index(op.f("ix_known_name_realm_folded"), "known_name", ["realm", "folded"])
    op.create_index(op.f("ix_known_name_realm_sound"), "known_name", ["realm", "sound"])
    op.create_index(
        "ix_known_name_uncounted",
        "known_name",
        ["id"],
        sqlite_where=UNCOUNTED,
        postgresql_where=UNCOUNTED,
    )
    op.create_table(
        "name_key",
        sa.Column("name_id", SEQUENCE, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("name_id", "key", name=op.f("pk_name_key")),
        sa.ForeignKeyConstraint(
            ["name_id"], ["known_name.id"], name=op.f("fk_name_key_name_id_known_name")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_name_key_key"), "name_key", ["key"])
    op.create_table(
        "name_gram",
        sa.Column("gram", sa.String(length=40), nullable=False),
        sa.Column("name_id", SEQUENCE, nullable=False),
        sa.PrimaryKeyConstraint("gram", "name_id", name=op.f("pk_name_gram")),
        sa.ForeignKeyConstraint(
            ["name_id"], ["known_name.id"], name=op.f("fk_name_gram_name_id_known_name")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gram_df",
        sa.Column("gram", sa.String(length=40), nullable=False),
        sa.Column("df", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("gram", name=op.f("pk_gram_df")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "name_due",
        sa.Column("realm", sa.String(length=8), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("realm", "key", name=op.f("pk_name_due")),
        sqlite_with_rowid=False,
    )
    for known in (
        "SELECT DISTINCT 'app', product_key FROM filing WHERE number IS NOT NULL",
        "SELECT 'app', id FROM product WHERE id NOT IN (SELECT key FROM name_due)",
        "SELECT 'school', tenant || '/' || code FROM unit WHERE kind <> 'department'",
    ):
        op.execute(f"INSERT INTO name_due (realm, key) {known}")


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("name_due")
    op.drop_table("gram_df")
    op.drop_table("name_gram")
    op.drop_table("name_key")
    op.drop_table("known_name")
