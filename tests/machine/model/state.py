"""What the model remembers: plain dictionaries, and who may do what with them today."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.machine.picture import TaskName

ZONE = ZoneInfo("Asia/Shanghai")
DESK_ROLES = ("reviewer", "head", "deputy")
BEFORE_SIGNING = ("draft", "sent_back")
STANDING = ("registered", "suspended", "expired")
NUMBERED = (*STANDING, "revoked", "cancelled")
PILOTS = ("piloting", "pilot_ended", "called_in")
ENDED = (*NUMBERED, *PILOTS, "rejected", "withdrawn", "merged")
Row = dict[str, Any]


@dataclass
class State:
    """Every act is a method that says whether it was allowed; what it refuses changes nothing."""

    now: datetime
    posts: list[Row]
    desks: dict[tuple[str, str], str]
    codes: dict[str, str]
    names: dict[str, str]
    cases: dict[str, Row] = field(default_factory=dict)
    tasks: dict[TaskName, Row] = field(default_factory=dict)
    drafts: dict[str, Row] = field(default_factory=dict)
    counters: dict[tuple[str, str], int] = field(default_factory=dict)
    # What else is drawn: what became of something, by what it is and its name.
    marks: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def copy(self) -> Any:
        """Return a model that can be changed alone: every act puts new values into its rows."""
        return replace(
            self,
            cases={name: dict(row) for name, row in self.cases.items()},
            tasks={name: dict(row) for name, row in self.tasks.items()},
            drafts={name: dict(row) for name, row in self.drafts.items()},
            counters=dict(self.counters),
            marks=dict(self.marks),
        )

    @property
    def today(self) -> date:
        return self.now.astimezone(ZONE).date()

    # --- who ------------------------------------------------------------------------------------

    def own(self, who: str, day: date | None = None) -> list[Row]:
        """Return the posts that somebody holds themself, today or on ``day``."""
        on = day or self.today
        return [
            post
            for post in self.posts
            if post["person"] == who
            and post["start"] <= on
            and (post["end"] is None or on <= post["end"])
        ]

    def held(self, who: str) -> list[Row]:
        """Return the posts that somebody may act by today, those of who is away among them."""
        own = self.own(who)
        here = {post["tenant"] for post in own if self._is_department(post)}
        away = [
            (name[1], one["tenant"])
            for name, one in self.marks.items()
            if name[0] == "absence"
            and one["to"] == who
            and one["tenant"] in here
            and not one["ended"]
            and one["first"] <= self.today <= one["last"]
        ]
        return own + [
            post
            for absent, tenant in away
            for post in self.own(absent)
            if post["tenant"] == tenant and post["role"] in DESK_ROLES and self._is_department(post)
        ]

    def _is_department(self, post: Row) -> bool:
        return any(
            (where, unit) == (post["tenant"], post["unit"])
            for (where, _), unit in self.desks.items()
        )

    def at_desk(self, who: str, tenant: str, desk: str, *, own: bool = False) -> bool:
        """Tell whether somebody works a desk of an authority today."""
        unit = self.desks.get((tenant, desk))
        return any(
            (post["tenant"], post["unit"]) == (tenant, unit) and post["role"] in DESK_ROLES
            for post in (self.own(who) if own else self.held(who))
        )

    def is_principal(self, who: str, case: Row) -> bool:
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

    def in_school(self, who: str, case: Row) -> bool:
        """Tell whether somebody has a post at a case's school today."""
        return any((p["tenant"], p["unit"]) == (case["tenant"], case["school"])
                   for p in self.held(who))  # fmt: skip

    def speaks_for_a_school(self, who: str) -> bool:
        """Tell whether somebody may tap what schools tap."""
        return any(post["role"] in ("owner", "principal") for post in self.held(who))

    def is_own(self, who: str, case: Row) -> bool:
        """Tell whether somebody filed a case."""
        return who in (case["owner"], case["principal"])

    def judged_before(self, name: TaskName) -> set[str]:
        """Return who may not decide on an appeal: whose rejection it is about."""
        case_no, kind, _, part, _ = name
        about = self.marks.get(("appeal", case_no, part))
        return {self.tasks[about[1]]["by"]} if kind == "decision" and about else set()

    def may_not_register(self, case_no: str) -> set[str]:
        """Return who ever approved a filing with a terminal: somebody else registers it."""
        if all(letter != "Z" for letter, _ in self.cases[case_no]["parts"]):
            return set()
        return {task["by"] for _, task in self.of(case_no) if task["act"] == "approve"}

    # --- what there is --------------------------------------------------------------------------

    def of(self, case_no: str) -> list[tuple[TaskName, Row]]:
        """Return a case's tasks."""
        return [(name, task) for name, task in self.tasks.items() if name[0] == case_no]

    def bundle(self, bundle: str) -> list[str]:
        """Return the cases of one draft."""
        return [no for no, case in self.cases.items() if case["bundle"] == bundle]

    def lacks_an_answer(self, case_no: str) -> bool:
        """Tell whether a desk has put right the kind: what the form of the right one asks besides
        was asked of nobody."""
        case = self.cases[case_no]
        return case["filed_as"] not in ("both", case["facts"]["kind"])

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


def workdays_after(day: date, count: int) -> date:
    """Return the last of so many working days, ``day`` not counted."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
