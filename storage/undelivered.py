"""What could not be delivered, so that whoever looks after an authority reads of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, func, literal_column, select, text

from storage import tables as t
from storage.session import Session

NO_ACCOUNT = "no account"
# Word for word the condition of ix_outbox_undelivered.
_LOST = text("(state = 'parked' or state = 'refused')")


class Lost(NamedTuple):
    """Messages that did not reach somebody, or a group: who, how many, and whether the reason is
    that the directory has no account."""

    name: str
    messages: int
    is_without_account: bool


@dataclass(slots=True, eq=False)
class Undelivered:
    """Finds what was refused or parked."""

    _tx: Session

    def since(self, tenant: str, since: datetime) -> list[Lost]:
        """Return what an authority's people and groups did not get since then, the most first."""
        row = t.outbox.c
        belongs = exists(
            select(1).where(t.post.c.person_id == row.person_id, t.post.c.tenant == tenant)
        )
        bare = func.count().filter(row.note == NO_ACCOUNT)
        to_people = (
            select(t.person.c.name, func.count(), bare)
            .join_from(t.outbox, t.person, t.person.c.id == row.person_id)
            .where(_LOST, row.settled_at >= since, belongs, row.group_id.is_(None))
            .group_by(row.person_id, t.person.c.name)
        )
        to_groups = (
            select(t.chat_group.c.name, func.count(), literal_column("0"))
            .join_from(t.outbox, t.chat_group, t.chat_group.c.id == row.group_id)
            .where(_LOST, row.settled_at >= since, t.chat_group.c.tenant == tenant)
            .group_by(row.group_id, t.chat_group.c.name)
        )
        rows = [*self._tx.execute(to_people), *self._tx.execute(to_groups)]
        found = [Lost(name, int(count), bool(bare)) for name, count, bare in rows]
        return sorted(found, key=lambda one: (-one.messages, one.name))
