"""Rows that wait for their receiver's hours; and an upgrade that reminds of nothing once more."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# What was reminded of before there were rungs is not told again on the first morning after the
# upgrade: a week after its limit it stood on the last rung, before that on the first behind it.
WAS_TOLD = sa.text("""
insert into reminder (tenant, subject, due_on, rung, matter, "on", filing_id, unit_code)
select f.tenant, f.id, f.due_on, case when f.due_on < :week_ago then 'head' else 'after' end,
    f.kind, substr(f.reminded_at, 1, 10), f.filing_id, ''
from followup f
where f.reminded_at is not null and f.due_on is not null
    and f.state in ('open', 'returned')
    and not exists (
        select 1 from reminder r where r.tenant = f.tenant and r.subject = f.id
    )
""")


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("outbox", sa.Column("hours_of", sa.String(length=12), nullable=True))
    week_ago = (datetime.now(UTC) - timedelta(days=7)).date().isoformat()
    op.get_bind().execute(WAS_TOLD, {"week_ago": week_ago})


def downgrade() -> None:
    """Take the schema back; what nobody is told twice stays."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("hours_of")
