"""The rules that administrators changed in the chat: versions over what the settings say.

A change holds from a later day on. What holds on a day is therefore read once a day by each
process: whatever holds today was written before today began (``takes_effect``), whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Text, func, or_, select, type_coerce

from storage import tables as t
from storage.journal import Journal
from storage.people import Person
from storage.rules.changeable import BY_KEY
from storage.rules.office import OfficeRules
from storage.rules.terms import (
    Desk,
    NotAllowedError,
    Role,
    RuleViolationError,
    Stage,
    TaskState,
    UnitKind,
)
from storage.session import Session

CHANGE, UNDO = "change_rule", "undo_rule"
SERIES: Final = "rules:versions"
NO_RIGHT: Final = "规则由本单位管理员修改，您目前没有这项权限。"
MOVED: Final = (
    "规则刚刚由另一位管理员改过，这次没有改。发“规则记录”看最近的修改，再发一次要改的内容。"
)
RUNNING: Final = tuple(
    stage.value
    for stage in (
        Stage.AWAITING_PRINCIPAL, Stage.SENT_BACK, Stage.SUBMITTED, Stage.INTAKE, Stage.IN_REVIEW,
        Stage.AWAITING_DECISION, Stage.RETURNED, Stage.AWAITING_REGISTRATION,
    )
)  # fmt: skip
"""Stages of a case that has its 办件号 and neither a number nor an end."""


class RuleChange(NamedTuple):
    """One version of an authority's rules; ``value`` of nothing: as the settings have it again."""

    tenant: str
    version: int
    key: str
    value: str | None
    was: str
    became: str
    effective_on: date
    person_id: str
    at: datetime
    undoes: int | None
    running: bool
    recounted_at: datetime | None


@dataclass(slots=True, eq=False)
class InForce:
    """What was changed in one authority, as of some day or version."""

    version: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    _last: tuple[OfficeRules, OfficeRules] | None = field(default=None, init=False, repr=False)

    def over(self, rules: OfficeRules) -> OfficeRules:
        """Return the settings' rules with these changes over them.

        Raises:
            RuleViolationError: the settings were changed so that both together cannot be.
        """
        last = self._last
        if last is None or last[0] is not rules:
            changed = replace(rules.changed(self.values), revision=self.version)
            self._last = last = (rules, changed)
        return last[1]


@dataclass(slots=True, eq=False)
class SharedRules:
    """What the transactions of one process know together: the changes that hold on one day."""

    known: tuple[date, Mapping[str, InForce]] | None = None


@dataclass(slots=True, eq=False)
class RuleBook:
    """Reads and writes the changes."""

    _tx: Session
    _shared: SharedRules
    _journal: Journal

    def in_force(self, on: date) -> Mapping[str, InForce]:
        """Return by authority what holds on a day, in most of which nothing was ever changed.

        What others write on that day holds on a later one, so that a day is read once: after it
        has begun, and again should the clock go back.
        """
        known = self._shared.known
        if known is None or known[0] != on:
            c = t.rule_change.c
            rows = self._tx.execute(
                select(t.rule_change).where(c.effective_on <= on).order_by(c.tenant, c.version)
            )
            by_tenant: dict[str, list[RuleChange]] = {}
            for row in rows:
                by_tenant.setdefault(row.tenant, []).append(_read(row))
            known = (on, {tenant: fold(found) for tenant, found in by_tenant.items()})
            self._shared.known = known
        return known[1]

    def changes(self, tenant: str) -> Sequence[RuleChange]:
        """Return an authority's changes, the oldest first, those to come among them."""
        c = t.rule_change.c
        rows = self._tx.execute(select(t.rule_change).where(c.tenant == tenant).order_by(c.version))
        return [_read(row) for row in rows]

    def running(self, tenant: str) -> int:
        """Return how many cases have a 办件号 and are not over."""
        c = t.filing.c
        asked = select(func.count()).where(c.tenant == tenant, c.stage.in_(RUNNING))
        found: int = self._tx.execute(asked).scalar_one()
        return found

    def on_the_way(self, tenant: str, desk: Desk) -> int:
        """Return how many cases have a department before them, or wait for it."""
        c, task = t.filing.c, t.task.c
        pending = (TaskState.OPEN.value, TaskState.RETURNED.value)
        waits = select(task.filing_id).where(
            task.tenant == tenant, task.desk == desk.value, task.state.in_(pending)
        )
        # The way as it is kept: canonical JSON.
        named = type_coerce(c.route, Text).contains(f'"desk":"{desk.value}"', autoescape=True)
        asked = select(func.count()).where(
            c.tenant == tenant, c.stage.in_(RUNNING), or_(named, c.id.in_(waits))
        )
        found: int = self._tx.execute(asked).scalar_one()
        return found

    def uncounted(self, today: date) -> Sequence[RuleChange]:
        """Return the changes that hold by now and that running cases are still to be given."""
        c = t.rule_change.c
        rows = self._tx.execute(
            select(t.rule_change)
            .where(c.running, c.recounted_at.is_(None), c.effective_on <= today)
            .order_by(c.tenant, c.version)
        )
        return [_read(row) for row in rows]

    # --- writing -------------------------------------------------------------------------------

    def change(
        self,
        tenant: str,
        key: str,
        value: str | None,
        *,
        settings: OfficeRules,
        by: Person,
        today: date,
        now: datetime,
        effective_on: date,
        seen: int,
        running: bool = False,
        undoes: int | None = None,
    ) -> RuleChange:
        """Write the next version; ``seen`` is the one that whoever asks for it had before them.

        Raises:
            NotAllowedError: no administrator of this authority today.
            RuleViolationError: another version came in between, or the value cannot be.

        Source: requirements R27; dialogues E.15.
        """
        if not is_administrator(by, tenant, today):
            raise NotAllowedError(NO_RIGHT)
        past = self.changes(tenant)
        before = fold(past)
        values = {name: one for name, one in before.values.items() if name != key}
        after = InForce(seen + 1, values if value is None else {**values, key: value})
        was, became = before.over(settings), after.over(settings)
        setting = BY_KEY[key]
        entry = self._journal.begin(
            tenant=tenant, at=now, act=CHANGE if undoes is None else UNDO, subject=f"rule:{key}",
            person_id=by.id, role=Role.ADMIN.value, clause="三", rule_version=f"v{seen + 1}",
        )  # fmt: skip
        # Two at once: the second waits here for the first, and finds its number taken.
        if entry.count(SERIES) != seen + 1:
            raise RuleViolationError(MOVED)
        made = RuleChange(
            tenant, seen + 1, key, value, setting.value_in(was), setting.value_in(became),
            effective_on, by.id, now, undoes, running, None,
        )  # fmt: skip
        entry.insert(t.rule_change, **made._asdict())
        return made

    def counted(self, change: RuleChange, now: datetime) -> None:
        """Note that every running case was given a change."""
        entry = self._journal.begin(
            tenant=change.tenant, at=now, act="recounted", subject=f"rule:{change.key}",
            rule_version=f"v{change.version}",
        )  # fmt: skip
        entry.update(
            t.rule_change, {"version": change.version}, {"recounted_at": None}, recounted_at=now
        )


def is_administrator(person: Person, tenant: str, on: date) -> bool:
    """Tell whether somebody looks after an authority's own rules: its administrator that day."""
    return any(
        post.tenant == tenant and post.role is Role.ADMIN and post.unit_kind is UnitKind.DEPARTMENT
        for post in person.held(on)
    )


def fold(changes: Iterable[RuleChange]) -> InForce:
    """Lay changes over one another, the oldest first."""
    values: dict[str, str] = {}
    version = 0
    for one in changes:
        version = one.version
        values.pop(one.key, None)
        if one.value is not None:
            values[one.key] = one.value
    return InForce(version, values)


def last_to_undo(changes: Sequence[RuleChange]) -> RuleChange | None:
    """Return the newest change that was not taken back and takes none back itself."""
    gone = {one.undoes for one in changes}
    kept = (one for one in reversed(changes) if one.undoes is None and one.version not in gone)
    return next(kept, None)


def value_before(changes: Sequence[RuleChange], change: RuleChange) -> str | None:
    """Return what a rule was set to before a change; nothing where the settings held."""
    earlier = (one for one in reversed(changes) if one.version < change.version)
    return next((one.value for one in earlier if one.key == change.key), None)


def _read(row: Any) -> RuleChange:
    return RuleChange(*row)
