"""The rules once more, in plain dictionaries: what may follow, from what, and by whom."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.machine.papers import ROUTES
from tests.machine.picture import TaskName

DESK_ROLES = ("reviewer", "head", "deputy")
BEFORE_SIGNING = ("draft", "sent_back")
ENDED = ("registered", "rejected", "withdrawn")


@dataclass(slots=True)
class Model:
    """Every act is a method that says whether it was allowed; what it refuses changes nothing."""

    today: date
    posts: list[dict[str, Any]]
    desks: dict[tuple[str, str], str]
    codes: dict[str, str]
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[TaskName, dict[str, Any]] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    counters: dict[tuple[str, str], int] = field(default_factory=dict)

    def copy(self) -> Model:
        """Return a model that can be changed alone."""
        return copy.deepcopy(self)

    # --- who ------------------------------------------------------------------------------------

    def held(self, who: str) -> list[dict[str, Any]]:
        """Return the posts that somebody holds today."""
        return [
            post
            for post in self.posts
            if post["person"] == who
            and post["start"] <= self.today
            and (post["end"] is None or self.today <= post["end"])
        ]

    def at_desk(self, who: str, tenant: str, desk: str) -> bool:
        """Tell whether somebody works a desk of an authority today."""
        unit = self.desks.get((tenant, desk))
        return any(
            (post["tenant"], post["unit"]) == (tenant, unit) and post["role"] in DESK_ROLES
            for post in self.held(who)
        )

    def is_principal(self, who: str, case: dict[str, Any]) -> bool:
        """Tell whether somebody signs for a case's school today."""
        return any(
            (post["tenant"], post["unit"], post["role"])
            == (case["tenant"], case["school"], "principal")
            for post in self.held(who)
        )

    def principals(self, tenant: str, school: str) -> list[str]:
        """Return who may sign for a school today."""
        case = {"tenant": tenant, "school": school}
        people = dict.fromkeys(post["person"] for post in self.posts)
        return [who for who in people if self.is_principal(who, case)]

    def in_school(self, who: str, case: dict[str, Any]) -> bool:
        """Tell whether somebody has a post at a case's school today."""
        return any((p["tenant"], p["unit"]) == (case["tenant"], case["school"])
                   for p in self.held(who))  # fmt: skip

    def speaks_for_a_school(self, who: str) -> bool:
        """Tell whether somebody may tap what schools tap."""
        return any(post["role"] in ("owner", "principal") for post in self.held(who))

    def is_own(self, who: str, case: dict[str, Any]) -> bool:
        """Tell whether somebody filed a case."""
        return who in (case["owner"], case["principal"])

    # --- what there is --------------------------------------------------------------------------

    def of(self, case_no: str) -> list[tuple[TaskName, dict[str, Any]]]:
        """Return a case's tasks."""
        return [(name, task) for name, task in self.tasks.items() if name[0] == case_no]

    def bundle(self, bundle: str) -> list[str]:
        """Return the cases of one draft."""
        return [no for no, case in self.cases.items() if case["bundle"] == bundle]

    def unsigned(self, bundle: str) -> list[str]:
        """Return the cases of one draft that wait for their first signature."""
        return [n for n in self.bundle(bundle) if self.cases[n]["stage"] == "awaiting_principal"]

    def came_back(self, case_no: str) -> bool:
        """Tell whether a case waits for its school to mend it."""
        stage = self.cases[case_no]["stage"]
        return stage in (*BEFORE_SIGNING, "returned") or (
            stage == "in_review" and self._has_returned(case_no)
        )

    def _has_returned(self, case_no: str) -> bool:
        return any(task["state"] == "returned" for _, task in self.of(case_no))

    def waits_again(self, case_no: str) -> bool:
        """Tell whether a mended case waits for the principal's second signature."""
        case = self.cases[case_no]
        draft = self.drafts[case["bundle"]]
        return (
            case["stage"] != "awaiting_principal"
            and self._has_returned(case_no)
            and draft["state"] == "sent"
            and draft["students"] != case["students"]
        )

    # --- the school -----------------------------------------------------------------------------

    def open(self, who: str, route: str, tenant: str, school: str, principal: str) -> bool:
        """Send a finished draft to the principal: one case for each lead."""
        made: list[str] = []
        for parts, seats in ROUTES[route]:
            number = self._count(tenant, f"case:{self.today.year}")
            case_no = f"{self.today.year % 100:02d}-{self.codes[tenant]}-{number:04d}"
            made.append(case_no)
            self.cases[case_no] = {
                "tenant": tenant, "school": school, "bundle": made[0], "parts": parts,
                "seats": seats, "explained": route == "late", "stage": "awaiting_principal",
                "version": 1, "number": "", "owner": who, "principal": principal,
                "announced": "", "students": 620,
            }  # fmt: skip
        self.drafts[made[0]] = {"state": "sent", "by": who, "students": 620}
        return True

    def sign(self, who: str, bundle: str) -> bool:
        """Sign what waits for its first signature."""
        waiting = self.unsigned(bundle)
        if not waiting or not self.is_principal(who, self.cases[waiting[0]]):
            return False
        for case_no in waiting:
            self.cases[case_no]["principal"] = who
            self._move(case_no, "submitted")
            self._carry_on(case_no)
        return True

    def sign_again(self, who: str, bundle: str) -> bool:
        """Sign what was mended with other facts."""
        waiting = [one for one in self.bundle(bundle) if self.waits_again(one)]
        if not waiting or not self.is_principal(who, self.cases[waiting[0]]):
            return False
        for case_no in waiting:
            self._resubmit(case_no)
        return True

    def send_back(self, who: str, bundle: str) -> bool:
        """Hand back to the owner what was not signed yet."""
        waiting = self.unsigned(bundle)
        if not waiting or not self.is_principal(who, self.cases[waiting[0]]):
            return False
        for case_no in waiting:
            self._move(case_no, "sent_back")
        return True

    def take_back(self, who: str, case_no: str, seen: int) -> bool:
        """Let the owner take back what was not signed yet; it opens for changes."""
        case = self.cases[case_no]
        waiting = self.unsigned(case["bundle"])
        if case["version"] != seen or (waiting and who != case["owner"]):
            return False
        for one in waiting:
            self._move(one, "draft")
        return self.mend(who, case_no)

    def withdraw(self, who: str, case_no: str, seen: int) -> bool:
        """Withdraw a case; once signed, only the principal may."""
        case = self.cases[case_no]
        signs = self.is_principal(who, case)
        unsigned = case["stage"] in (*BEFORE_SIGNING, "awaiting_principal")
        if case["version"] != seen or case["stage"] in ENDED:
            return False
        if not signs and not (who == case["owner"] and unsigned and self.speaks_for_a_school(who)):
            return False
        for _, task in self.of(case_no):
            if task["state"] in ("open", "returned"):
                task.update(state="superseded", version=task["version"] + 1)
        self._move(case_no, "withdrawn")
        if not any(self.came_back(one) for one in self.bundle(case["bundle"])):
            self.drafts[case["bundle"]]["state"] = "sent"
        return True

    def mend(self, who: str, case_no: str) -> bool:
        """Open what came back."""
        case = self.cases[case_no]
        draft = self.drafts[case["bundle"]]
        if not (
            self.is_own(who, case)
            and self.speaks_for_a_school(who)
            and self.in_school(who, case)
            and any(self.came_back(one) for one in self.bundle(case["bundle"]))
        ):
            return False
        draft.update(state="open", by=who)
        return True

    def change(self, who: str, bundle: str, students: int) -> bool:
        """Change a declared fact of what is being mended."""
        draft = self.drafts[bundle]
        if (draft["state"], draft["by"]) != ("open", who):
            return False
        draft["students"] = students
        return True

    def hand_back(self, who: str, bundle: str, principal: str) -> bool:
        """Hand it back: to the principal, or to the desks that returned it."""
        draft = self.drafts[bundle]
        back = [case_no for case_no in self.bundle(bundle) if self.came_back(case_no)]
        if (draft["state"], draft["by"]) != ("open", who) or not back:
            return False
        if not (self.in_school(who, self.cases[bundle]) and self.speaks_for_a_school(who)):
            return False
        draft["state"] = "sent"
        for case_no in back:
            case = self.cases[case_no]
            if case["stage"] in BEFORE_SIGNING:
                case.update(principal=principal, students=draft["students"])
                self._move(case_no, "awaiting_principal")
            elif case["students"] == draft["students"]:
                self._resubmit(case_no)
        return True

    def announce(self, who: str, case_no: str) -> bool:
        """Confirm the announcement, once."""
        case = self.cases[case_no]
        may = self.is_own(who, case) and self.speaks_for_a_school(who)
        if case["stage"] != "registered" or case["announced"] or not may:
            return False
        case["announced"] = who
        return True

    # --- the desks ------------------------------------------------------------------------------

    def may_do(self, who: str, name: TaskName, seen: int) -> bool:
        """Tell whether somebody may act on a task as it was seen."""
        case, task = self.cases[name[0]], self.tasks[name]
        return (
            task["state"] == "open"
            and task["version"] == seen
            and self.at_desk(who, case["tenant"], name[2])
            and not self.is_own(who, case)
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
        task["version"] += 1
        if act == "return":
            task["state"] = "returned"
        else:
            task.update(state="decided", act=act, against=against or act == "reject", by=who)
        if kind == "intake":
            self._move(case_no, "returned" if act == "return" else "in_review")
            self._carry_on(case_no)
        elif kind == "co_review":
            self._carry_on(case_no)
        elif act == "return":
            for other, one in self.of(case_no):
                if other[1] == "co_review" and one["against"] and one["state"] == "decided":
                    one.update(state="superseded", version=one["version"] + 1)
            self._move(case_no, "returned")
        else:
            acts = [one["act"] for other, one in self.of(case_no) if other[1] == "decision"]
            last = "" not in acts
            to = "awaiting_registration" if "approve" in acts else "rejected"
            self._move(case_no, to if last else "awaiting_decision")
        return True

    def _register(self, who: str, name: TaskName) -> bool:
        case_no = name[0]
        case, task = self.cases[case_no], self.tasks[name]
        approved = {
            other[3]: one["by"] for other, one in self.of(case_no) if one["act"] == "approve"
        }
        if any(letter == "Z" for letter, _ in case["parts"]) and who in approved.values():
            return False
        letters = {case["parts"][part][0] for part in approved}
        letter = "X" if len(letters) > 1 else letters.pop()
        task.update(state="decided", version=task["version"] + 1, act="register", by=who)
        year, code = self.today.year, self.codes[case["tenant"]]
        count = self._count(case["tenant"], f"{year}{letter}")
        case["number"] = f"温教进校备〔{year}〕{code}{letter}{count:04d}号"
        self._move(case_no, "registered")
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
            version = task["version"] + 1
            task.update(state="decided", version=version, act="decide_early", by=who)
        self._move(case_no, "awaiting_decision")
        return True

    def expire(self, name: TaskName) -> bool:
        """Take an advisory desk's silence as 无意见."""
        task = self.tasks[name]
        waited_for = name[1] != "co_review" or self.cases[name[0]]["seats"][name[2]]
        if waited_for or task["state"] != "open":
            return False
        task.update(state="decided", version=task["version"] + 1, act="expire", by="")
        self._carry_on(name[0])
        return True

    # --- what follows by itself -----------------------------------------------------------------

    def _count(self, tenant: str, series: str) -> int:
        value = self.counters.get((tenant, series), 0) + 1
        self.counters[tenant, series] = value
        return value

    def _resubmit(self, case_no: str) -> None:
        case = self.cases[case_no]
        case["students"] = self.drafts[case["bundle"]]["students"]
        for _, task in self.of(case_no):
            if task["state"] == "returned":
                task.update(state="open", version=task["version"] + 1)
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
            "state": "open", "version": 1, "act": "", "against": False, "by": "",
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
