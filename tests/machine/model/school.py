"""What schools do: send, sign, take back, withdraw, mend, announce, ask for another look."""

from __future__ import annotations

from tests.machine.model.afterwards import Afterwards
from tests.machine.model.state import BEFORE_SIGNING, ENDED
from tests.machine.papers import FACTS, ROUTES


class School(Afterwards):
    """The acts of owners and principals."""

    def open(
        self, who: str, route: str, product: str, tenant: str, school: str, principal: str
    ) -> bool:
        """Send a finished draft to the principal: one case for each lead."""
        made: list[str] = []
        for at, (parts, seats) in enumerate(ROUTES[route]):
            number = self._count(tenant, f"case:{self.today.year}")
            case_no = f"{self.today.year % 100:02d}-{self.codes[tenant]}-{number:04d}"
            made.append(case_no)
            self.cases[case_no] = {
                "tenant": tenant, "school": school, "bundle": made[0], "parts": parts,
                "seats": seats, "facts": FACTS[route][at], "explained": route == "late",
                "stage": "awaiting_principal",
                "version": 1, "number": "", "owner": who, "principal": principal,
                "announced": "", "students": 620, "product": product, "amends": "",
                "filed_as": FACTS[route][at]["kind"],
                "valid": None, "added": (),
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
            self._resubmit(case_no, signed=True)
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
        unsigned = case["stage"] in (*BEFORE_SIGNING, "awaiting_principal", "school_decision")
        if case["version"] != seen or case["stage"] in ENDED:
            return False
        if not signs and not (who == case["owner"] and unsigned and self.speaks_for_a_school(who)):
            return False
        for _, task in self.of(case_no):
            if task["state"] in ("open", "returned"):
                self._turn(task, "superseded")
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
        if self.is_stopped(self.cases[bundle]) or self.lacks_an_answer(bundle):
            return False
        draft["state"] = "sent"
        for case_no in back:
            case = self.cases[case_no]
            if case["stage"] in BEFORE_SIGNING:
                case.update(principal=principal, students=draft["students"])
                if "checkers" in case:
                    self._is_checked_afresh(case_no)
                    continue
                self._move(case_no, "awaiting_principal")
            elif case["students"] == draft["students"]:
                self._resubmit(case_no)
        return True

    def _is_checked_afresh(self, case_no: str) -> None:
        self._move(case_no, "school_decision")
        case = self.cases[case_no]
        for checker in case["checkers"]:
            self.marks["check", case_no, case["version"], checker] = False

    def announce(self, who: str, case_no: str) -> bool:
        """Confirm the announcement, once."""
        case = self.cases[case_no]
        may = self.is_own(who, case) and self.speaks_for_a_school(who)
        if case["stage"] not in ("registered", "merged") or case["announced"] or not may:
            return False
        case["announced"] = who
        return True
