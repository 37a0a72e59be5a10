"""The office as handlers know it: authorities with the rules of the day, links, the zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from handlers.links import Links
from storage.rules.office import OfficeRules
from storage.rules.terms import RuleViolationError
from storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Tenant:
    """An authority; ``number_code`` stands in its numbers. ``settings`` are its rules before what
    was changed in the chat."""

    code: str
    name: str
    title: str
    number_code: str
    rules: OfficeRules
    settings: OfficeRules | None = None

    @property
    def shipped(self) -> OfficeRules:
        """The rules as the settings have them."""
        return self.settings or self.rules


@dataclass(frozen=True, slots=True)
class Office:
    """How this installation runs: its authorities, its links, its zone.

    ``hears_groups``: some channel hears what is said to the assistant in a group. ``metered`` are
    the channels where each message counts against what a month holds.
    """

    tenants: Mapping[str, Tenant]
    links: Links
    zone: ZoneInfo
    hears_groups: bool = False
    metered: frozenset[str] = frozenset()

    def on(self, day: date, tx: Transaction) -> Office:
        """Return the office under the rules of a day; one transaction keeps to one."""
        changed = tx.rulebook.in_force(day)
        if not changed:
            return self
        tenants = {
            code: replace(one, rules=changed[code].over(one.shipped), settings=one.shipped)
            if code in changed
            else one
            for code, one in self.tenants.items()
        }
        return replace(self, tenants=tenants)

    def of(self, tenant: str) -> Tenant:
        """Return an authority.

        Raises:
            RuleViolationError: the settings do not name it.
        """
        found = self.tenants.get(tenant)
        if found is None:
            raise RuleViolationError("您所在的主管单位还没有在本系统设置，请联系管理员。")
        return found
