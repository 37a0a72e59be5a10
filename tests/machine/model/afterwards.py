"""What becomes of a filing that has its number: halted, let go on, revoked, given up, changed."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.machine.model.course import Course
from tests.machine.model.state import ENDED, STANDING, Row

IN_USE = ("registered", "suspended")
CITY = "330300"
Name = tuple[Any, ...]


def valid_until(day: date) -> date:
    """Return the end of the third school year, the one of ``day`` counted."""
    return date(day.year + (3 if day.month >= 9 else 2), 8, 31)


class Afterwards(Course):
    """Measures of an authority, a product's stop, changes, and the end."""

    # --- one filing -----------------------------------------------------------------------------

    def measures(self, case_no: str) -> list[tuple[Name, Row]]:
        """Return a filing's measures, the oldest first."""
        return [(name, one) for name, one in self.marks.items() if name[:2] == ("measure", case_no)]

    def may_measure(self, who: str, case: Row) -> bool:
        """Tell whether somebody may halt or revoke: of a lead's desk or the technology centre."""
        desks = ("tech", *(lead for _, lead in case["parts"]))
        here = any(self.at_desk(who, case["tenant"], desk) for desk in desks)
        return here and not self.is_own(who, case)

    def suspend(self, who: str, case_no: str, seen: int) -> bool:
        """Halt a filing on a ground of its own."""
        case = self.cases[case_no]
        if (case["version"], True) != (seen, self.may_measure(who, case)):
            return False
        if case["stage"] not in IN_USE:
            return False
        self._measure(case_no, kind="suspend", state="in_force", by=who)
        self._move(case_no, "suspended")
        return True

    def resume(self, who: str, case_no: str, seen: int) -> bool:
        """Lift what the authority itself halted; in force again when nothing else halts it."""
        case = self.cases[case_no]
        own = [name for name, one in self.measures(case_no)
               if one["state"] == "in_force" and not one["stop"]]  # fmt: skip
        if (case["version"], case["stage"]) != (seen, "suspended") or not own:
            return False
        if not self.may_measure(who, case):
            return False
        for name in own:
            self._end(name, who)
        self._is_let_go(case_no)
        return True

    def propose_revoke(self, who: str, case_no: str, seen: int) -> bool:
        """Propose a revocation, where somebody else could confirm it."""
        case = self.cases[case_no]
        people = {post["person"] for post in self.posts} - {who}
        if (
            case["version"] != seen
            or case["stage"] not in IN_USE
            or not self.may_measure(who, case)
            or not any(self.may_measure(one, case) for one in people)
            or any(one["state"] == "proposed" for _, one in self.measures(case_no))
        ):
            return False
        self._measure(case_no, kind="revoke", state="proposed", by=who)
        return True

    def revoke(self, who: str, name: Name) -> bool:
        """Confirm another person's proposal: it is over, and its changes with it."""
        case_no, one = name[1], self.marks[name]
        case = self.cases[case_no]
        if one["state"] != "proposed" or one["by"] == who or not self.may_measure(who, case):
            return False
        if case["stage"] not in IN_USE:
            return False
        self.marks[name] = {**one, "state": "in_force", "second": who}
        self._ends(case_no, "revoked", who)
        return True

    def drop_revoke(self, who: str, name: Name) -> bool:
        """Do not revoke."""
        if self.marks[name]["state"] != "proposed":
            return False
        if not self.may_measure(who, self.cases[name[1]]):
            return False
        self._end(name, who)
        return True

    def cancel(self, who: str, case_no: str, seen: int) -> bool:
        """Let the principal give it up."""
        case = self.cases[case_no]
        if case["version"] != seen or case["stage"] not in STANDING:
            return False
        if not self.is_principal(who, case):
            return False
        self._ends(case_no, "cancelled", who)
        return True

    def _measure(self, case_no: str, **values: Any) -> None:
        name = ("measure", case_no, len(self.measures(case_no)))
        self.marks[name] = {"second": "", "ended": "", "stop": (), **values}

    def _end(self, name: Name, who: str) -> None:
        over = "ended" if self.marks[name]["state"] == "in_force" else "dropped"
        self.marks[name] = {**self.marks[name], "state": over, "ended": who}

    def _is_let_go(self, case_no: str) -> None:
        if all(one["state"] != "in_force" for _, one in self.measures(case_no)):
            self._move(case_no, "registered")

    def _ends(self, case_no: str, to: str, who: str) -> None:
        for name, one in self.measures(case_no):
            if one["state"] == "proposed" or (one["kind"], one["state"]) == ("suspend", "in_force"):
                self._end(name, who)
        self._move(case_no, to)
        for change in self.changes(case_no):
            for _, task in self.of(change):
                if task["state"] in ("open", "returned"):
                    self._turn(task, "superseded")
            self._move(change, "withdrawn")

    # --- changes --------------------------------------------------------------------------------

    def changes(self, case_no: str) -> list[str]:
        """Return the changes of a filing that are under way."""
        return [no for no, one in self.cases.items()
                if one["amends"] == case_no and one["stage"] not in ENDED]  # fmt: skip

    def may_come_back(self, case: Row) -> bool:
        """Tell whether a rejected change still fits: its original stands as it was, alone."""
        if not case["amends"]:
            return True
        merged = [one["made"] for one in self.cases.values()
                  if one["amends"] == case["amends"] and one["stage"] == "merged"]  # fmt: skip
        stands = self.cases[case["amends"]]["stage"] in STANDING
        later = any(made > case["made"] for made in merged)
        return stands and not later and not self.changes(case["amends"])

    def change_scope(self, who: str, case_no: str, principal: str, students: int) -> bool:
        """Send a change of scope to the principal: a case of its own that keeps the number."""
        case = self.cases[case_no]
        here = self.is_own(who, case) and self.in_school(who, case)
        if case["stage"] != "registered" or self.changes(case_no) or not here:
            return False
        if self.is_stopped(case) or self.lacks_an_answer(case_no):
            return False
        number = self._count(case["tenant"], f"case:{self.today.year}")
        change = f"{self.today.year % 100:02d}-{self.codes[case['tenant']]}-{number:04d}"
        finance = {"finance": True} if "finance" in case["seats"] else {}
        self.cases[change] = {
            **case, "bundle": change, "seats": {"research": False, **finance}, "explained": False,
            "stage": "awaiting_principal", "version": 1, "number": "", "owner": who,
            "principal": principal, "announced": "", "amends": case_no, "students": students,
            "added": (), "made": self.now,
        }  # fmt: skip
        self.drafts[change] = {"state": "sent", "by": who, "students": students}
        return True

    # --- a product everywhere -------------------------------------------------------------------

    def stops(self, tenant: str, product: str) -> list[Name]:
        """Return the stops that an authority has proposed or confirmed of a product."""
        return [
            name
            for name, one in self.marks.items()
            if name[:3] == ("stop", tenant, product) and one["state"] in ("proposed", "confirmed")
        ]

    def is_stopped(self, case: Row) -> bool:
        """Tell whether a case's product is stopped for its school."""
        return any(
            one["state"] == "confirmed" and _reaches(name, case)
            for name, one in self.marks.items()
            if name[0] == "stop"
        )

    def centre(self, who: str) -> str:
        """Return the authority of whose technology centre somebody is, the city first."""
        tenants = sorted({post["tenant"] for post in self.held(who)})
        return next((one for one in tenants if self.at_desk(who, one, "tech")), "")

    def propose_stop(self, who: str, tenant: str, product: str) -> bool:
        """Propose to stop a product, where somebody else could confirm it."""
        if not self.at_desk(who, tenant, "tech") or self.stops(tenant, product):
            return False
        if not self._confirmers(tenant, who):
            return False
        count = sum(name[:3] == ("stop", tenant, product) for name in self.marks)
        self.marks["stop", tenant, product, count] = {
            "state": "proposed", "by": who, "second": "", "ended": "",
        }  # fmt: skip
        return True

    def stop(self, who: str, name: Name) -> bool:
        """Confirm another person's proposal."""
        one = self.marks[name]
        if one["state"] != "proposed" or who not in self._confirmers(name[1], one["by"]):
            return False
        self.marks[name] = {**one, "state": "confirmed", "second": who}
        return True

    def drop_stop(self, who: str, name: Name) -> bool:
        """Do not stop it."""
        one = self.marks[name]
        may = who == one["by"] or who in self._confirmers(name[1], one["by"])
        if one["state"] != "proposed" or not may:
            return False
        self.marks[name] = {**one, "state": "dropped", "ended": who}
        return True

    def lift(self, who: str, name: Name) -> bool:
        """Lift a stop."""
        one = self.marks[name]
        if one["state"] != "confirmed" or not self.at_desk(who, name[1], "tech"):
            return False
        self.marks[name] = {**one, "state": "lifted", "ended": who}
        return True

    def _confirmers(self, tenant: str, but: str) -> list[str]:
        people = list(dict.fromkeys(post["person"] for post in self.posts))
        others = [one for one in people
                  if one != but and self.at_desk(one, tenant, "tech", own=True)]  # fmt: skip
        return others or [
            one
            for one in people
            if one != but
            and any((post["tenant"], post["role"]) in ((tenant, "head"), (tenant, "deputy"))
                    for post in self.held(one))
        ]  # fmt: skip

    # --- what time does -------------------------------------------------------------------------

    def tick(self) -> bool:
        """Do what became due: filings expire, follow a stop, and are let go where it was lifted."""
        for case_no, case in self.cases.items():
            if case["stage"] == "registered" and case["valid"] < self.today:
                self._move(case_no, "expired")
        stops = [(name, one) for name, one in self.marks.items() if name[0] == "stop"]
        for name, one in stops:
            for case_no, case in self.cases.items():
                due = one["state"] == "confirmed" and _reaches(name, case)
                if due and case["stage"] in IN_USE and not self._held(case_no, name):
                    self._measure(
                        case_no, kind="suspend", state="in_force", by=one["second"], stop=name
                    )
                    self._move(case_no, "suspended")
        for name, one in stops:
            for case_no in self.cases if one["state"] == "lifted" else ():
                if held := self._held(case_no, name):
                    self._end(held[0], one["ended"])
                    self._is_let_go(case_no)
        return True

    def _held(self, case_no: str, stop: Name) -> list[Name]:
        """Return what a stop has put in force against a filing."""
        return [name for name, one in self.measures(case_no)
                if one["stop"] == stop and one["state"] == "in_force"]  # fmt: skip


def _reaches(stop: Name, case: Row) -> bool:
    return stop[2] == case["product"] and stop[1] in (CITY, case["tenant"])
