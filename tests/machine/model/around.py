"""What desks do around a task: hand it on, ask one more, ask the lead back, send it elsewhere."""

from __future__ import annotations

from tests.machine.model.course import Course
from tests.machine.model.state import Row
from tests.machine.papers import way
from tests.machine.picture import TaskName


class Around(Course):
    """The acts of who cares for a case besides deciding."""

    def hand_over(self, who: str, name: TaskName, to: str, seen: int = 0) -> bool:
        """Hand a task to somebody of its desk who may do it; ``seen`` from its card."""
        case, task = self.cases[name[0]], self.tasks[name]
        tenant, desk = case["tenant"], name[2]
        is_admin = any(
            (post["tenant"], post["role"]) == (tenant, "admin") for post in self.held(who)
        )
        cares = is_admin or any(self.at_desk(who, tenant, one) for one in (desk, "tech"))
        barred = self.judged_before(name) | {case["owner"], case["principal"]}
        if name[1] == "registration":
            barred |= self.may_not_register(name[0])
        if seen and (not self.at_desk(who, tenant, desk) or not self._can_be_done(name, seen)):
            return False
        if (
            task["state"] not in ("open", "returned")
            or not cares
            or not self.at_desk(to, tenant, desk)
            or to in barred
            or to == task["taker"]
        ):
            return False
        self._turn(task, task["state"], taker=to)
        return True

    def _can_be_done(self, name: TaskName, seen: int) -> bool:
        task, stage = self.tasks[name], self.cases[name[0]]["stage"]
        due = name[1] != "decision" or stage == "awaiting_decision"
        return task["state"] == "open" and task["version"] == seen and due

    def add_signer(self, who: str, case_no: str, desk: str, seen: int, *, waits: bool) -> bool:
        """Ask one more department; a decision that nobody made yet waits for it."""
        case = self.cases[case_no]
        leads = {lead for _, lead in case["parts"]}
        if (
            case["version"] != seen
            or not self._has_it(who, case_no, "awaiting_decision")
            or desk in case["seats"].keys() | leads
            or (case["tenant"], desk) not in self.desks
        ):
            return False
        if case["stage"] == "awaiting_decision":
            for name, task in self.of(case_no):
                if name[1] == "decision" and task["state"] == "open":
                    self._turn(task, "superseded")
        case["seats"] = {**case["seats"], desk: waits}
        case["added"] = (*case["added"], desk)
        self._move(case_no, "in_review")
        return True

    def _has_it(self, who: str, case_no: str, *leads_only: str) -> bool:
        """Tell whether somebody of a desk in a case may say where it goes now."""
        case = self.cases[case_no]
        desks = {name[2] for name, task in self.of(case_no) if task["state"] != "superseded"}
        leads = any(self.at_desk(who, case["tenant"], desk) for _, desk in case["parts"])
        sits = any(self.at_desk(who, case["tenant"], desk) for desk in desks)
        if self.is_own(who, case):
            return False
        return leads if case["stage"] in leads_only else (
            case["stage"] == "in_review" and (leads or sits)
        )  # fmt: skip

    def ask_lead(self, who: str, name: TaskName, seen: int) -> bool:
        """Let the registrar ask back: every approval gives way."""
        case = self.cases[name[0]]
        fits = name[1] == "registration" and self._can_be_done(name, seen)
        may = self.at_desk(who, case["tenant"], name[2]) and not self.is_own(who, case)
        if not fits or not may:
            return False
        self._turn(self.tasks[name], "superseded")
        for _, task in self.of(name[0]):
            if task["act"] == "approve" and task["state"] == "decided":
                self._turn(task, "superseded")
        self._move(name[0], "awaiting_decision")
        return True

    def reroute(self, who: str, case_no: str, fact: str, value: str, seen: int) -> bool:
        """Put a fact right: others lead, what fits both ways stays, the rest is over."""
        case = self.cases[case_no]
        facts: Row = {**case["facts"], fact: value}
        leads = any(self.at_desk(who, case["tenant"], desk) for _, desk in case["parts"])
        sits = any(self.at_desk(who, case["tenant"], name[2]) for name, task in self.of(case_no)
                   if task["state"] != "superseded")  # fmt: skip
        may = self._has_it(who, case_no, "awaiting_decision") or (
            case["stage"] == "intake" and sits and not leads and not self.is_own(who, case)
        )
        if (
            case["version"] != seen
            or not may
            or (fact == "level" and not case["facts"]["level"])
            or facts == case["facts"]
            or any(task["state"] == "returned" for _, task in self.of(case_no))
            or len(self.bundle(case["bundle"])) > 1
        ):
            return False
        parts, seats = way(facts)
        asked = seats.keys() | {lead for _, lead in parts}
        seats |= {one: case["seats"][one] for one in case["added"] if one not in asked}
        for name, task in self.of(case_no):
            if task["state"] == "superseded" or name[1] not in ("co_review", "decision"):
                continue
            if name[1] == "decision" or name[2] not in seats:
                self._turn(task, "superseded")
            elif task["state"] == "open":
                self._turn(task, "open")
        added = tuple(one for one in case["added"] if one in seats and one not in asked)
        case.update(facts=facts, parts=parts, seats=seats, added=added)
        self._move(case_no, "intake" if case["stage"] == "intake" else "in_review")
        self._carry_on(case_no)
        return True
