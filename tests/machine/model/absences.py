"""Who is away, and who stands in for them: the right to a desk for some days."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.machine.model.course import Course
from tests.machine.model.state import DESK_ROLES

Name = tuple[Any, ...]


class Absences(Course):
    """Going away and coming back."""

    def be_away(self, who: str, to: str, first: date, last: date) -> bool:
        """Go away for some days, with somebody to stand in."""
        desks = [post for post in self.own(who) if post["role"] in DESK_ROLES]
        if not desks or to == who or self._is_busy(who, first, last, stands_in=True):
            return False
        tenant = desks[0]["tenant"]
        units = {post["unit"] for post in desks if post["tenant"] == tenant}
        departments = {unit for (where, _), unit in self.desks.items() if where == tenant}
        there = [
            post
            for post in self.own(to, first)
            if post["tenant"] == tenant and post["unit"] in departments
        ]
        reviews = any(post["role"] in DESK_ROLES for post in there)
        if not (there and (reviews or units <= {post["unit"] for post in there})):
            return False
        if self._is_busy(to, first, last, stands_in=False):
            return False
        count = sum(name[:2] == ("absence", who) for name in self.marks)
        self.marks["absence", who, count] = {
            "tenant": tenant, "to": to, "first": first, "last": last, "ended": False,
        }  # fmt: skip
        return True

    def come_back(self, who: str, name: Name) -> bool:
        """End an absence before its last day."""
        one = self.marks[name]
        if name[1] != who or one["ended"] or one["last"] < self.today:
            return False
        self.marks[name] = {**one, "ended": True}
        return True

    def _is_busy(self, who: str, first: date, last: date, *, stands_in: bool) -> bool:
        """Tell whether somebody is away on one of these days, or stands in for another."""
        return any(
            (name[1] == who or (stands_in and one["to"] == who))
            and not one["ended"]
            and one["last"] >= self.today
            and one["first"] <= last
            and first <= one["last"]
            for name, one in self.marks.items()
            if name[0] == "absence"
        )
