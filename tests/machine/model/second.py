"""Second thoughts: what is taken back within ten minutes, and what others look at again."""

from __future__ import annotations

from datetime import timedelta

from tests.machine.model.afterwards import Afterwards
from tests.machine.model.state import ZONE, Row, workdays_after
from tests.machine.picture import TaskName

APPEAL_DAYS = 10


class SecondThoughts(Afterwards):
    """撤销 and 复核."""

    # --- 撤销 -----------------------------------------------------------------------------------

    def done_by(self, who: str, task: Row) -> bool:
        """Tell whether what stands on a task is somebody's doing."""
        if task["state"] == "decided":
            return bool(task["by"]) and task["by"] == who
        return task["state"] == "returned" and task["returner"] == who

    def undo(self, who: str, name: TaskName, seen: int) -> bool:
        """Take back what one did, unless the next one has acted since."""
        case_no, kind, desk, *_ = name
        case, task = self.cases[case_no], self.tasks[name]
        act = "return" if task["state"] == "returned" else task["act"]
        if (
            task["version"] != seen
            or not self.done_by(who, task)
            or not self.at_desk(who, case["tenant"], desk)
            or act not in ("accept", "opine", "approve", "reject", "return")
            or self.now - task["at"] > timedelta(minutes=10)
            or self._is_taken_up(name, act)
            or (case["stage"] == "rejected" and not self.may_come_back(case))
        ):
            return False
        self.marks["undone", name] = who
        self._turn(task, "superseded")
        over = {"intake": ("co_review", "decision"), "co_review": ("decision",),
                "decision": ("registration",)}[kind]  # fmt: skip
        for other, one in self.of(case_no):
            if other[1] in over and one["state"] == "open":
                self._turn(one, "superseded")
        if kind == "decision" and act == "return":
            self._findings_stand_again(case_no)
        to = {"intake": "intake", "co_review": "in_review", "decision": "awaiting_decision"}
        self._move(case_no, to[kind])
        return True

    def _is_taken_up(self, name: TaskName, act: str) -> bool:
        """Tell whether somebody further on has acted: a desk, the lead, the registrar, a school."""
        case_no, kind, *_ = name
        case, task = self.cases[case_no], self.tasks[name]
        live = [(other, one) for other, one in self.of(case_no)
                if one["state"] not in ("open", "superseded") and other != name]  # fmt: skip
        if act == "return":
            there = {"intake": "returned", "co_review": "in_review", "decision": "returned"}[kind]
            mends = self.drafts[case["bundle"]]["state"] == "open"
            return case["stage"] != there or mends or self.waits_again(case_no)
        if kind == "decision":
            open_still = ("awaiting_decision", "awaiting_registration")
            return case["stage"] not in open_still and (act, case["stage"]) != (
                "reject",
                "rejected",
            )
        early = any(one["act"] == "decide_early" and one["at"] >= task["at"]
                    for _, one in self.of(case_no))  # fmt: skip
        further = {"intake": ("co_review", "decision"), "co_review": ("decision",)}[kind]
        return (
            case["stage"] not in ("in_review", "awaiting_decision")
            or early
            or any(other[1] in further for other, _ in live)
        )

    def _findings_stand_again(self, case_no: str) -> None:
        """Let what gave way with a lead's return stand again: the last word of each desk asked."""
        for desk in self.cases[case_no]["seats"]:
            mine = [(name, one) for name, one in self.of(case_no)
                    if name[1:3] == ("co_review", desk)]  # fmt: skip
            if any(one["state"] != "superseded" for _, one in mine):
                continue
            for name, one in reversed(mine):
                if one["against"] and ("undone", name) not in self.marks:
                    self._turn(one, "decided")
                    break

    # --- 复核 -----------------------------------------------------------------------------------

    def appeal(self, who: str, case_no: str) -> bool:
        """Ask, once for each part and in time, that somebody else looks at a rejection."""
        case = self.cases[case_no]
        found = [
            (name, task)
            for name, task in self.of(case_no)
            if task["act"] == "reject"
            and task["state"] == "decided"
            and ("appeal", case_no, name[3]) not in self.marks
            and self.today <= workdays_after(task["at"].astimezone(ZONE).date(), APPEAL_DAYS)
        ]
        stages = (
            "rejected", "awaiting_registration", "awaiting_decision", "in_review", "returned",
        )  # fmt: skip
        fits = case["stage"] in stages and (case["stage"] != "rejected" or self.may_come_back(case))
        if not found or not self.is_principal(who, case) or not fits:
            return False
        for name, task in self.of(case_no):
            if name[1] == "registration" and task["state"] == "open":
                self._turn(task, "superseded")
        for name, task in found:
            self._turn(task, "superseded")
            self.marks["appeal", case_no, name[3]] = (who, name)
        waits = case["stage"] in ("in_review", "returned")
        self._move(case_no, case["stage"] if waits else "awaiting_decision")
        return True
