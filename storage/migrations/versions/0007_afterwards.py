"""What becomes of a registered filing: changes, measures, stops, corrections."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision. Every new column is empty for the rows of before."""
    op.create_table(
        "product_stop",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("product_key", sa.String(length=160), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("stops_on", storage.types.Day(length=10), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'confirmed', 'lifted', 'dropped')",
            name=op.f("ck_product_stop_state"),
        ),
        sa.CheckConstraint(
            "confirmed_by is null or confirmed_by <> person_id",
            name=op.f("ck_product_stop_two_persons"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_product_stop")),
    )
    op.create_index(
        "uq_product_stop_live",
        "product_stop",
        ["tenant", "product_key"],
        unique=True,
        sqlite_where=sa.text("state in ('proposed', 'confirmed')"),
        postgresql_where=sa.text("state in ('proposed', 'confirmed')"),
    )
    op.create_table(
        "measure",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("stop_id", sa.String(length=32), nullable=True),
        sa.Column("told_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint("kind in ('suspend', 'revoke')", name=op.f("ck_measure_kind")),
        sa.CheckConstraint(
            "state in ('proposed', 'in_force', 'ended', 'dropped')", name=op.f("ck_measure_state")
        ),
        sa.CheckConstraint(
            "confirmed_by is null or confirmed_by <> person_id", name=op.f("ck_measure_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_measure_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_measure")),
    )
    op.create_index(
        op.f("ix_measure_tenant_filing_id"), "measure", ["tenant", "filing_id"], unique=False
    )
    op.create_index(
        "uq_measure_proposed",
        "measure",
        ["tenant", "filing_id", "kind"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index(
        "uq_measure_stop",
        "measure",
        ["stop_id", "filing_id"],
        unique=True,
        sqlite_where=sa.text("state = 'in_force'"),
        postgresql_where=sa.text("state = 'in_force'"),
    )
    op.create_table(
        "owner_change",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("new_owner_id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'done', 'dropped')", name=op.f("ck_owner_change_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_owner_change_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_owner_change")),
    )
    op.create_index(
        "uq_owner_change_proposed",
        "owner_change",
        ["tenant", "filing_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "announcement_round",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("groups", storage.types.Json(), nullable=False),
        sa.Column("skipped", storage.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["announcement.tenant", "announcement.filing_id"],
            name=op.f("fk_announcement_round_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "filing_id", "round", name=op.f("pk_announcement_round")),
    )
    op.add_column("filing", sa.Column("amends", sa.String(length=32), nullable=True))
    op.add_column("filing", sa.Column("change", sa.String(length=12), nullable=True))
    op.create_index(op.f("ix_filing_amends"), "filing", ["amends"], unique=False)
    op.create_index(
        op.f("ix_filing_product_key_stage"), "filing", ["product_key", "stage"], unique=False
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index(op.f("ix_filing_product_key_stage"), table_name="filing")
    op.drop_index(op.f("ix_filing_amends"), table_name="filing")
    op.drop_column("filing", "change")
    op.drop_column("filing", "amends")
    op.drop_table("announcement_round")
    op.drop_index(
        "uq_owner_change_proposed",
        table_name="owner_change",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_table("owner_change")
    op.drop_index(
        "uq_measure_stop",
        table_name="measure",
        sqlite_where=sa.text("state = 'in_force'"),
        postgresql_where=sa.text("state = 'in_force'"),
    )
    op.drop_index(
        "uq_measure_proposed",
        table_name="measure",
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.drop_index(op.f("ix_measure_tenant_filing_id"), table_name="measure")
    op.drop_table("measure")
    op.drop_index(
        "uq_product_stop_live",
        table_name="product_stop",
        sqlite_where=sa.text("state in ('proposed', 'confirmed')"),
        postgresql_where=sa.text("state in ('proposed', 'confirmed')"),
    )
    op.drop_table("product_stop")
