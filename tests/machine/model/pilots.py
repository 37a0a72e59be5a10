"""Pilots: what a school decides itself, and the authority hears of afterwards."""

from __future__ import annotations

from datetime import date

from tests.machine.model.absences import Name
from tests.machine.model.afterwards import Afterwards
from tests.machine.model.state import workdays_after
from tests.machine.papers import FACTS, way

CALL_IN_DAYS = 5


class Pilots(Afterwards):
    """A named person looks, the principal decides last; no number, an end."""

    def open_pilot(
        self, who: str, product: str, tenant: str, school: str, checker: str, ends: date
    ) -> bool:
        """Send a pilot to its school's own decision."""
        place = {"tenant": tenant, "school": school}
        principals = self.principals(tenant, school)
        if checker in (who, *principals) or not self.in_school(checker, place) or not principals:
            return False
        number = self._count(tenant, f"case:{self.today.year}")
        case_no = f"{self.today.year % 100:02d}-{self.codes[tenant]}-{number:04d}"
        facts = FACTS["app"][0]
        parts, seats = way(facts)
        self.cases[case_no] = {
            "tenant": tenant, "school": school, "bundle": case_no, "parts": parts, "seats": seats,
            "facts": facts, "explained": False, "stage": "school_decision", "version": 1,
            "number": "", "owner": who, "principal": min(principals),
            "announced": "", "students": 80, "product": product, "amends": "", "filed_as": "app",
            "valid": None, "added": (), "ends": ends, "checkers": (checker,), "calls": None,
        }  # fmt: skip
        self.drafts[case_no] = {"state": "sent", "by": who, "students": 80}
        self.marks["check", case_no, 1, checker] = False
        return True

    def checks(self, case_no: str) -> dict[Name, bool]:
        """Return who has looked in the newest round."""
        found = {name: one for name, one in self.marks.items() if name[:2] == ("check", case_no)}
        newest = max((name[2] for name in found), default=0)
        return {name: one for name, one in found.items() if name[2] == newest}

    def look(self, who: str, case_no: str, seen: int) -> bool:
        """Confirm the checklist: a named person's look, or the principal's decision."""
        case, checks = self.cases[case_no], self.checks(case_no)
        if (case["stage"], case["version"]) != ("school_decision", seen):
            return False
        if not self.in_school(who, case):
            return False
        mine = ("check", case_no, max(name[2] for name in checks), who)
        if mine in checks:
            if checks[mine]:
                return False
            self.marks[mine] = True
            return True
        if not self.is_principal(who, case) or not all(checks.values()):
            return False
        if case["ends"] <= self.today:
            return False
        self.marks["check", case_no, case["version"], who] = True
        serial = self._count(case["tenant"], f"pilot:{self.today.year}")
        code = self.codes[case["tenant"]]
        self.marks["receipt", case_no] = f"温教试点〔{self.today.year}〕{code}-{serial:04d}号"
        case.update(principal=who, calls=workdays_after(self.today, CALL_IN_DAYS))
        self._move(case_no, "piloting")
        return True

    def refuse(self, who: str, case_no: str) -> bool:
        """Hand a pilot back to its owner: the principal, or a named person before their look."""
        case, checks = self.cases[case_no], self.checks(case_no)
        mine = [one for name, one in checks.items() if name[3] == who]
        may = not mine[0] if mine else self.is_principal(who, case)
        if case["stage"] != "school_decision" or not may or not self.in_school(who, case):
            return False
        self._move(case_no, "sent_back")
        return True

    def call_in(self, who: str, case_no: str) -> bool:
        """Let the lead ask for a full filing while there is time."""
        case = self.cases[case_no]
        leads = any(self.at_desk(who, case["tenant"], desk) for _, desk in case["parts"])
        if case["stage"] != "piloting" or not leads or self.is_own(who, case):
            return False
        if self.today > case["calls"]:
            return False
        self._move(case_no, "called_in")
        return True

    def end_pilot(self, who: str, case_no: str, seen: int) -> bool:
        """End a pilot before its time."""
        case = self.cases[case_no]
        own = who == case["owner"] and self.in_school(who, case)
        may = own or self.is_principal(who, case)
        if (case["stage"], case["version"]) != ("piloting", seen) or not may:
            return False
        self._move(case_no, "pilot_ended")
        return True

    def tick(self) -> bool:
        """Do what became due, the end of pilots too."""
        for case_no, case in self.cases.items():
            over = case["stage"] == "piloting" and case["ends"] < self.today
            if over or (case["stage"] == "piloting" and self.is_stopped(case)):
                self._move(case_no, "pilot_ended")
        return super().tick()
