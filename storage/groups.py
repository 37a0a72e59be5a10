"""The groups that are bound in the chat itself: whose they are, for how long, under which name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from storage import tables as t
from storage.directory import Directory
from storage.ids import new_id
from storage.journal import Journal
from storage.outbox import Outbox
from storage.people import Group, group_of, told_once
from storage.rules.terms import UnitKind
from storage.session import Session

SCHOOL_GROUP: Final = "学校群"
WORK_GROUP: Final = "工作群"
"""What a group is for."""


def platform_of(instance: str) -> str:
    """Return the platform that a channel's instance is of: ``wecom-aibot`` is of ``wecom``."""
    return instance.partition("-")[0]


ENDED = "the group was given up before this left"


@dataclass(slots=True, eq=False)
class Groups:
    """Binds groups, ends them and follows their names; each act leaves its trace."""

    _tx: Session
    _journal: Journal
    _outbox: Outbox

    def at(self, instance: str, address: str) -> Group | None:
        """Return the group in use at an address of a channel, whoever made it somebody's."""
        row = self._tx.execute(
            select(t.chat_group).where(
                t.chat_group.c.instance == instance,
                t.chat_group.c.address_index == self._index(address),
                t.chat_group.c.active,
            )
        ).first()
        return group_of(row) if row else None

    def of_departments(self, tenant: str, purpose: str) -> list[Group]:
        """Return the groups of an authority itself, by whichever of its departments, each once."""
        c = t.chat_group.c
        ours = select(t.unit.c.code).where(
            t.unit.c.tenant == tenant, t.unit.c.kind == UnitKind.DEPARTMENT.value
        )
        rows = self._tx.execute(
            select(t.chat_group)
            .where(c.tenant == tenant, c.purpose == purpose, c.unit_code.in_(ours), *told_once())
            .order_by(c.name, c.id)
        )
        return [group_of(row) for row in rows]

    def bind(
        self, wanted: Group, *, platform: str, address: str, person_id: str, role: str,
        now: datetime,
    ) -> tuple[Group, bool]:  # fmt: skip
        """Bind a group, unless it is somebody's; return whose it is then, and whether that is new.

        ``wanted.id`` is not read. A group that the roster lists for the same unit is bound as well,
        and one that was ended is the same again: what it heard before it does not hear twice.
        """
        # Two who bind at one instant, for whatever authority, and an import: one after the other.
        Directory(self._tx).lock()
        before = self.at(wanted.instance, address)
        if before is not None and (before.bound or _serves(before) != _serves(wanted)):
            return before, False
        group = wanted._replace(id=self._row(wanted, platform, address, now), bound=True)
        twins = self._take_twins(group, platform)
        note = {"unit": group.unit_code, "purpose": group.purpose, "same_as_listed": twins}
        self._trace(group, "group-bind", now, person_id, role, note)
        return group, True

    def end(
        self, group: Group, *, now: datetime, person_id: str = "", role: str = "system"
    ) -> int | None:
        """Tell a group nothing more; return how many waiting rows will not leave any more.

        None where somebody else has just ended it. Whoever gets the group next must not hear what
        was meant for its unit of before.
        """
        written = self._change(group, active=False, bound=False)
        if not written:
            return None
        parked = self._outbox.park_group(group.instance, group.id, now, ENDED)
        self._trace(group, "group-end", now, person_id, role, {"parked": parked})
        return parked

    def rename(self, group: Group, name: str, *, now: datetime) -> None:
        """Follow the name that a group has been given."""
        if self._change(group, name=name):
            self._trace(group, "group-rename", now, "", "system", {})

    def _row(self, wanted: Group, platform: str, address: str, now: datetime) -> str:
        """Write the group's row and return its id; one that was there keeps its id."""
        key = {"tenant": wanted.tenant, "platform": platform, "address_index": self._index(address)}
        values = {
            "unit_code": wanted.unit_code,
            "name": wanted.name,
            "purpose": wanted.purpose,
            "instance": wanted.instance,
            "address": self._tx.cipher.seal(address, "chat_group.address"),
            "active": True,
            "bound": True,
            "same_as": "",
        }
        known = self._tx.execute(
            update(t.chat_group)
            .where(*(t.chat_group.c[name] == value for name, value in key.items()))
            .values(**values)
            .returning(t.chat_group.c.id)
        ).scalar_one_or_none()
        if known is not None:
            return str(known)
        fresh = new_id(now)
        self._tx.execute(insert(t.chat_group).values(id=fresh, **key, **values))
        return fresh

    def _take_twins(self, group: Group, platform: str) -> list[str]:
        """Note which rows of the roster are the same chat, and return their ids.

        A webhook does not say which chat it leads to. The same name, for the same unit, purpose and
        channel, is taken for the same chat: a group must not hear an announcement twice, and one
        that is silent by mistake is seen, for who binds it is told.
        """
        c = t.chat_group.c
        found = self._tx.execute(
            update(t.chat_group)
            .where(
                c.tenant == group.tenant,
                c.unit_code == group.unit_code,
                c.purpose == group.purpose,
                c.instance.in_({group.instance, platform_of(group.instance)}),
                c.name == group.name,
                c.platform != platform,
                ~c.bound,
            )
            .values(same_as=group.id)
            .returning(c.id)
        )
        return sorted(found.scalars())

    def twins(self, group: Group) -> int:
        """Return how many rows of the roster in use are the same chat as ``group``."""
        found = select(func.count()).where(
            t.chat_group.c.tenant == group.tenant,
            t.chat_group.c.same_as == group.id,
            t.chat_group.c.active,
        )
        return int(self._tx.execute(found).scalar_one())

    def _change(self, group: Group, **values: Any) -> bool:
        written = self._tx.execute(
            update(t.chat_group)
            .where(
                t.chat_group.c.tenant == group.tenant,
                t.chat_group.c.id == group.id,
                t.chat_group.c.active,
            )
            .values(**values)
        )
        return written.rowcount == 1

    def _trace(
        self, group: Group, act: str, now: datetime, person_id: str, role: str, note: dict[str, Any]
    ) -> None:
        """Leave what was done in the journal: ids and codes, never a name."""
        entry = self._journal.begin(
            tenant=group.tenant, at=now, act=act, subject=f"group:{group.id}",
            person_id=person_id, role=role,
        )  # fmt: skip
        entry.images.append({"note": note})

    def _index(self, address: str) -> str:
        return self._tx.cipher.blind_index(address, "chat_group.address")


def _serves(group: Group) -> tuple[str, str, str]:
    return group.tenant, group.unit_code, group.purpose
