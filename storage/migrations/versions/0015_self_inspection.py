"""Self-inspection: rounds, sheets, answers, visits; 整改; what a school has in force."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LIVE = sa.text("state in ('planned', 'open')")
MISSING = sa.text("state = 'asked'")
CAUSED = sa.text("cause is not null")
IN_FORCE = sa.text("stage = 'registered'")


def _id(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=32), nullable=nullable)


def _tenant(name: str = "tenant") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=12), nullable=False)


def _day(name: str) -> sa.Column[object]:
    return sa.Column(name, storage.types.Day(length=10), nullable=False)


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, storage.types.Instant(), nullable=nullable)


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "inspection",
        _tenant(),
        _id("id"),
        _id("bundle"),
        _tenant("made_for"),
        sa.Column("scope", storage.types.Json(), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        _day("opens_on"),
        _day("half_on"),
        _day("last_on"),
        _day("closes_on"),
        sa.Column("state", sa.String(length=12), nullable=False),
        _instant("made_at", nullable=False),
        _id("made_by"),
        sa.Column("filled_upto", sa.String(length=40), server_default="", nullable=False),
        _instant("filled_at"),
        _instant("ended_at"),
        _id("ended_by", nullable=True),
        sa.Column("seed", sa.String(length=24), server_default="", nullable=False),
        sa.CheckConstraint("opens_on < closes_on", name=op.f("ck_inspection_span")),
        sa.CheckConstraint(
            "state in ('planned', 'open', 'closed', 'cancelled')", name=op.f("ck_inspection_state")
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_inspection")),
    )
    op.create_index(op.f("ix_inspection_bundle"), "inspection", ["bundle"])
    op.create_index(
        "uq_inspection_live",
        "inspection",
        ["tenant", "mark"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_index(
        "ix_inspection_due",
        "inspection",
        ["state", "opens_on"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    op.create_table(
        "inspection_sheet",
        _tenant(),
        _id("id"),
        _id("inspection_id"),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _instant("asked_at", nullable=False),
        _instant("received_at"),
        _id("received_by", nullable=True),
        sa.Column("unfiled", storage.types.Json(), nullable=False),
        sa.Column("noes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("mended", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'received') = (received_at is not null)",
            name=op.f("ck_inspection_sheet_received"),
        ),
        sa.CheckConstraint(
            "(received_at is null) = (received_by is null)",
            name=op.f("ck_inspection_sheet_received_by"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "inspection_id"],
            ["inspection.tenant", "inspection.id"],
            name=op.f("fk_inspection_sheet_tenant_inspection_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_inspection_sheet")),
        sa.UniqueConstraint(
            "tenant",
            "inspection_id",
            "school",
            name=op.f("uq_inspection_sheet_tenant_inspection_id_school"),
        ),
    )
    op.create_index(
        op.f("ix_inspection_sheet_tenant_school"), "inspection_sheet", ["tenant", "school"]
    )
    op.create_index(
        "ix_inspection_sheet_missing",
        "inspection_sheet",
        ["tenant", "inspection_id", "school"],
        sqlite_where=MISSING,
        postgresql_where=MISSING,
    )
    op.create_table(
        "inspection_answer",
        _tenant(),
        _id("sheet_id"),
        _id("filing_id"),
        sa.Column("said", storage.types.Json(), nullable=False),
        _instant("at", nullable=False),
        _id("person_id"),
        sa.ForeignKeyConstraint(
            ["tenant", "sheet_id"],
            ["inspection_sheet.tenant", "inspection_sheet.id"],
            name=op.f("fk_inspection_answer_tenant_sheet_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_inspection_answer_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant", "sheet_id", "filing_id", name=op.f("pk_inspection_answer")
        ),
    )
    op.create_table(
        "inspection_visit",
        _tenant(),
        _id("sheet_id"),
        _id("inspection_id"),
        sa.Column("place", sa.Integer(), nullable=False),
        _instant("drawn_at", nullable=False),
        _instant("visited_at"),
        _id("visited_by", nullable=True),
        sa.Column("found", sa.Text(), server_default="", nullable=False),
        _instant("evaluated_at"),
        _id("evaluated_by", nullable=True),
        sa.Column("evaluation", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "sheet_id"],
            ["inspection_sheet.tenant", "inspection_sheet.id"],
            name=op.f("fk_inspection_visit_tenant_sheet_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "sheet_id", name=op.f("pk_inspection_visit")),
        sa.UniqueConstraint(
            "tenant",
            "inspection_id",
            "place",
            name=op.f("uq_inspection_visit_tenant_inspection_id_place"),
        ),
    )
    op.add_column("followup", sa.Column("cause", sa.String(length=40), nullable=True))
    op.add_column("followup", _id("owner_id", nullable=True))
    op.create_index(
        "uq_followup_cause",
        "followup",
        ["tenant", "cause", "filing_id"],
        unique=True,
        sqlite_where=CAUSED,
        postgresql_where=CAUSED,
    )
    op.create_index(
        "ix_filing_in_force",
        "filing",
        ["tenant", "school", "kind"],
        sqlite_where=IN_FORCE,
        postgresql_where=IN_FORCE,
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_filing_in_force", "filing")
    op.drop_index("uq_followup_cause", "followup")
    with op.batch_alter_table("followup", schema=None) as batch_op:
        batch_op.drop_column("owner_id")
        batch_op.drop_column("cause")
    for table in ("inspection_visit", "inspection_answer", "inspection_sheet", "inspection"):
        op.drop_table(table)
