"""What follows by itself: tasks that a stage opens, and stages that nobody has to wait for."""

from __future__ import annotations

from tests.machine.model.state import Row, State


class Course(State):
    """Moves cases, and seats the desks."""

    def _count(self, tenant: str, series: str) -> int:
        value = self.counters.get((tenant, series), 0) + 1
        self.counters[tenant, series] = value
        return value

    def _turn(self, task: Row, state: str, **values: object) -> None:
        task.update(state=state, version=task["version"] + 1, **values)

    def _resubmit(self, case_no: str, *, signed: bool = False) -> None:
        """Hand back: what was returned opens again; what was signed anew is a fresh card."""
        case = self.cases[case_no]
        case["students"] = self.drafts[case["bundle"]]["students"]
        for name, task in self.of(case_no):
            anew = signed and name[1] in ("co_review", "decision") and task["state"] == "open"
            if anew or task["state"] == "returned":
                self._turn(task, "open")
        self._move(case_no, "submitted" if case["stage"] == "returned" else "in_review")
        self._carry_on(case_no)

    def _move(self, case_no: str, to: str) -> None:
        case = self.cases[case_no]
        case["stage"], case["version"] = to, case["version"] + 1
        if to == "intake" and case["explained"] and not self._seated(case_no, "intake", "tech", 0):
            self._seat(case_no, "intake", "tech", 0)
        elif to == "in_review":
            for desk in case["seats"]:
                self._seat(case_no, "co_review", desk, 0)
        elif to == "awaiting_decision":
            for part, (_, desk) in enumerate(case["parts"]):
                self._seat(case_no, "decision", desk, part)
        elif to == "awaiting_registration":
            self._seat(case_no, "registration", "tech", 0)

    def _seated(self, case_no: str, kind: str, desk: str, part: int) -> bool:
        return any(
            name[1:4] == (kind, desk, part) and task["state"] != "superseded"
            for name, task in self.of(case_no)
        )

    def _seat(self, case_no: str, kind: str, desk: str, part: int) -> None:
        if self._seated(case_no, kind, desk, part):
            return
        before = sum(name[1:4] == (kind, desk, part) for name, _ in self.of(case_no))
        self.tasks[case_no, kind, desk, part, before] = {
            "state": "open", "version": 1, "act": "", "against": False, "by": "", "taker": "",
        }  # fmt: skip

    def _carry_on(self, case_no: str) -> None:
        while True:
            stage = self.cases[case_no]["stage"]
            out = {name[1] for name, task in self.of(case_no)
                   if task["state"] in ("open", "returned")}  # fmt: skip
            if stage == "submitted":
                self._move(case_no, "intake")
            elif stage == "intake" and "intake" not in out:
                self._move(case_no, "in_review")
            elif stage == "in_review" and "co_review" not in out:
                self._move(case_no, "awaiting_decision")
            else:
                return
