"""What desks do with their own tasks: decide, register, go ahead early, say nothing."""

from __future__ import annotations

from tests.machine.model.afterwards import valid_until
from tests.machine.model.course import Course
from tests.machine.model.state import STANDING
from tests.machine.picture import TaskName


class Desks(Course):
    """The acts of who works a desk."""

    def may_do(self, who: str, name: TaskName, seen: int) -> bool:
        """Tell whether somebody may act on a task as it was seen."""
        case, task = self.cases[name[0]], self.tasks[name]
        return (
            task["state"] == "open"
            and task["version"] == seen
            and self.at_desk(who, case["tenant"], name[2])
            and not self.is_own(who, case)
            and who not in self.judged_before(name)
        )

    def decide(self, who: str, name: TaskName, seen: int, act: str, against: bool = False) -> bool:
        """Record what a desk says, and let the case follow."""
        case_no, kind, *_ = name
        case, task = self.cases[case_no], self.tasks[name]
        fits = {
            "intake": ("accept", "return"),
            "co_review": ("opine", "return"),
            "decision": ("approve", "reject", "return"),
            "registration": ("register",),
        }[kind]
        if act not in fits or not self.may_do(who, name, seen):
            return False
        if kind == "decision" and case["stage"] != "awaiting_decision":
            return False
        if act == "approve" and any(
            one["against"] and one["state"] == "decided" and other[1] == "co_review"
            for other, one in self.of(case_no)
        ):
            return False
        if act == "register":
            return self._register(who, name)
        if act == "return":
            self._turn(task, "returned", returner=who, at=self.now)
        else:
            bars = against or act == "reject"
            self._turn(task, "decided", act=act, against=bars, by=who, at=self.now)
        if kind == "intake":
            self._move(case_no, "returned" if act == "return" else "in_review")
            self._carry_on(case_no)
        elif kind == "co_review":
            self._carry_on(case_no)
        elif act == "return":
            for other, one in self.of(case_no):
                if other[1] == "co_review" and one["against"] and one["state"] == "decided":
                    self._turn(one, "superseded")
            self._move(case_no, "returned")
        else:
            acts = [one["act"] for other, one in self.of(case_no)
                    if other[1] == "decision" and one["state"] != "superseded"]  # fmt: skip
            last = "" not in acts
            to = "awaiting_registration" if "approve" in acts else "rejected"
            self._move(case_no, to if last else "awaiting_decision")
        return True

    def approve_whole(self, who: str, name: TaskName, seen: int) -> bool:
        """Approve a part, and with the same tap the others that this desk has before it."""
        if not self.decide(who, name, seen, "approve"):
            return False
        for other, one in self.of(name[0]):
            if other[1:3] == ("decision", name[2]) and one["state"] == "open":
                self.decide(who, other, one["version"], "approve")
        return True

    def _register(self, who: str, name: TaskName) -> bool:
        case_no = name[0]
        case, task = self.cases[case_no], self.tasks[name]
        if who in self.may_not_register(case_no):
            return False
        if case["amends"]:
            return self._merge(who, name)
        letters = {case["parts"][other[3]][0] for other, one in self.of(case_no)
                   if one["act"] == "approve" and one["state"] == "decided"}  # fmt: skip
        letter = "X" if len(letters) > 1 else letters.pop()
        self._turn(task, "decided", act="register", by=who, at=self.now)
        year, code = self.today.year, self.codes[case["tenant"]]
        count = self._count(case["tenant"], f"{year}{letter}")
        case["number"] = f"温教进校备〔{year}〕{code}{letter}{count:04d}号"
        case["valid"] = valid_until(self.today)
        self._move(case_no, "registered")
        return True

    def _merge(self, who: str, name: TaskName) -> bool:
        """Let the original take over a change: it keeps its number and its stage."""
        change = self.cases[name[0]]
        original = self.cases[change["amends"]]
        if original["stage"] not in STANDING:
            return False
        self._turn(self.tasks[name], "decided", act="register", by=who, at=self.now)
        self._move(name[0], "merged")
        self._move(change["amends"], original["stage"])
        return True

    def early(self, who: str, case_no: str, seen: int) -> bool:
        """Let a lead go ahead while only advice is out."""
        case = self.cases[case_no]
        out = [(name, task) for name, task in self.of(case_no)
               if name[1] == "co_review" and task["state"] in ("open", "returned")]  # fmt: skip
        leads = [desk for _, desk in case["parts"]]
        if (
            case["version"] != seen
            or case["stage"] != "in_review"
            or not out
            or any(case["seats"][name[2]] for name, _ in out)
            or not any(self.at_desk(who, case["tenant"], desk) for desk in leads)
            or self.is_own(who, case)
        ):
            return False
        for _, task in out:
            self._turn(task, "decided", act="decide_early", by=who, at=self.now)
        self._move(case_no, "awaiting_decision")
        return True

    def expire(self, name: TaskName) -> bool:
        """Take an advisory desk's silence as 无意见."""
        task = self.tasks[name]
        waited_for = name[1] != "co_review" or self.cases[name[0]]["seats"][name[2]]
        if waited_for or task["state"] != "open":
            return False
        self._turn(task, "decided", act="expire", by="", at=self.now)
        self._carry_on(name[0])
        return True
