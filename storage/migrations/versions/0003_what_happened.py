"""What happened."""

import sqlalchemy as sa
from alembic import op

import storage.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.create_table(
        "attachment",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("slot", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("replaced", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_attachment")),
        sa.UniqueConstraint(
            "tenant",
            "draft_id",
            "slot",
            "digest",
            name=op.f("uq_attachment_tenant_draft_id_slot_digest"),
        ),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attachment_draft_id_slot"), ["draft_id", "slot"], unique=False
        )

    op.create_table(
        "counter",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("series", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "series", name=op.f("pk_counter")),
    )
    op.create_table(
        "filing",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_no", sa.String(length=20), nullable=False),
        sa.Column("bundle", sa.String(length=32), nullable=False),
        sa.Column("school", sa.String(length=40), nullable=False),
        sa.Column("matter", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("product_key", sa.String(length=160), nullable=False),
        sa.Column("facts", storage.types.Json(), nullable=False),
        sa.Column("answers", storage.types.Json(), nullable=False),
        sa.Column("route", storage.types.Json(), nullable=False),
        sa.Column("office", storage.types.Json(), nullable=False),
        sa.Column("rule_version", sa.String(length=32), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("principal_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("signed_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("due_on", storage.types.Day(length=10), nullable=True),
        sa.Column(
            "due_provisional", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("series", sa.String(length=40), nullable=True),
        sa.Column("serial", sa.Integer(), nullable=True),
        sa.Column("registered_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("valid_until", storage.types.Day(length=10), nullable=True),
        sa.Column("settled_at", storage.types.Instant(length=27), nullable=True),
        sa.CheckConstraint(
            "(number is null) = (registered_at is null) and (number is null) = (serial is null)",
            name=op.f("ck_filing_number_with_register"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_filing")),
        sa.UniqueConstraint("tenant", "case_no", name=op.f("uq_filing_tenant_case_no")),
        sa.UniqueConstraint("tenant", "number", name=op.f("uq_filing_tenant_number")),
        sa.UniqueConstraint(
            "tenant", "series", "serial", name=op.f("uq_filing_tenant_series_serial")
        ),
    )
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filing_bundle"), ["bundle"], unique=False)
        batch_op.create_index(batch_op.f("ix_filing_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_filing_tenant_school_product_key"),
            ["tenant", "school", "product_key"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_filing_tenant_stage"), ["tenant", "stage"], unique=False
        )

    op.create_table(
        "journal",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("rule_version", sa.String(length=32), nullable=False),
        sa.Column("rows", storage.types.Json(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "seq", name=op.f("pk_journal")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_journal_tenant_subject"), ["tenant", "subject"], unique=False
        )

    op.create_table(
        "journal_head",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_journal_head")),
    )
    op.create_table(
        "announcement",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_announcement_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "filing_id", name=op.f("pk_announcement")),
    )
    op.create_table(
        "declaration",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("wording_version", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_declaration_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "filing_id", "round", "no", name=op.f("pk_declaration")),
    )
    op.create_table(
        "task",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("desk", sa.String(length=16), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", storage.types.Instant(length=27), nullable=False),
        sa.Column("due_on", storage.types.Day(length=10), nullable=False),
        sa.Column("due_provisional", sa.Boolean(), nullable=False),
        sa.Column("decided_at", storage.types.Instant(length=27), nullable=True),
        sa.Column("points", storage.types.Json(), nullable=False),
        sa.CheckConstraint(
            "state <> 'decided' or decided_at is not null", name=op.f("ck_task_decided")
        ),
        sa.CheckConstraint(
            "state in ('open', 'returned', 'decided', 'superseded')", name=op.f("ck_task_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant", "filing_id"],
            ["filing.tenant", "filing.id"],
            name=op.f("fk_task_tenant_filing_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(
            "ix_task_open",
            ["tenant", "unit_code", "due_on"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.create_index(
            batch_op.f("ix_task_tenant_filing_id"), ["tenant", "filing_id"], unique=False
        )
        batch_op.create_index(
            "uq_task_live",
            ["tenant", "filing_id", "kind", "desk", "part"],
            unique=True,
            sqlite_where=sa.text("state in ('open', 'returned', 'decided')"),
            postgresql_where=sa.text("state in ('open', 'returned', 'decided')"),
        )

    op.create_table(
        "decision",
        sa.Column("tenant", sa.String(length=12), nullable=False),
        sa.Column("task_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("findings", storage.types.Json(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_code", sa.String(length=40), nullable=False),
        sa.Column("clause", sa.String(length=60), nullable=False),
        sa.Column("rule_version", sa.String(length=32), nullable=False),
        sa.Column("at", storage.types.Instant(length=27), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "task_id"],
            ["task.tenant", "task.id"],
            name=op.f("fk_decision_tenant_task_id"),
        ),
        sa.PrimaryKeyConstraint("tenant", "task_id", name=op.f("pk_decision")),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_decision_tenant_filing_id"), ["tenant", "filing_id"], unique=False
        )

    _guard_journal()


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_tenant_filing_id"))

    op.drop_table("decision")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_task_live",
            sqlite_where=sa.text("state in ('open', 'returned', 'decided')"),
            postgresql_where=sa.text("state in ('open', 'returned', 'decided')"),
        )
        batch_op.drop_index(batch_op.f("ix_task_tenant_filing_id"))
        batch_op.drop_index(
            "ix_task_open",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.drop_table("task")
    op.drop_table("declaration")
    op.drop_table("announcement")
    op.drop_table("journal_head")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_journal_tenant_subject"))

    op.drop_table("journal")
    with op.batch_alter_table("filing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filing_tenant_stage"))
        batch_op.drop_index(batch_op.f("ix_filing_tenant_school_product_key"))
        batch_op.drop_index(batch_op.f("ix_filing_owner_id"))
        batch_op.drop_index(batch_op.f("ix_filing_bundle"))

    op.drop_table("filing")
    op.drop_table("counter")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachment_draft_id_slot"))

    op.drop_table("attachment")


def _guard_journal() -> None:
    """Let rows only be added to the journal: changing or deleting one is an error."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER journal_no_{act} BEFORE {act.upper()} ON journal "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$"
    )
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER journal_no_{act} BEFORE {act.upper()} ON journal "
            "FOR EACH ROW EXECUTE FUNCTION journal_is_append_only()"
        )
