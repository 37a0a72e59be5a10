"""What the office keeps as rows: a filing, a task, a decision, what follows a registered filing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from storage.rules.course import TaskView
from storage.rules.facts import Facts
from storage.rules.followup import FollowKind, FollowState
from storage.rules.office import OfficeRules
from storage.rules.routing import Part, Seat
from storage.rules.terms import (
    Act,
    Desk,
    Kind,
    NotAllowedError,
    Role,
    SchoolStage,
    Stage,
    TaskKind,
    TaskState,
)
from storage.types import write_json


class StaleError(NotAllowedError):
    """The row moved since it was seen; the sentence says what has happened.

    ``task_id`` or ``filing_id`` names whose card is out of date, where it is one that the person
    may see.
    """

    def __init__(self, sentence: str, task_id: str = "", filing_id: str = "") -> None:
        super().__init__(sentence)
        self.task_id = task_id
        self.filing_id = filing_id


class Filing(NamedTuple):
    """One school's filing of one project with one authority.

    ``facts`` holds the declared facts (``Facts.to_dict``), ``explained`` the gates that were passed
    with an explanation; ``route`` the parts with their seats; ``office`` and ``rule_version`` the
    rules as they were at submission. ``bundle`` links filings made of one draft (M13). A filing
    that changes another names it in ``amends``, and how in ``change`` (``rules.amend.Change``).
    """

    tenant: str
    id: str
    case_no: str
    bundle: str
    school: str
    matter: str
    kind: Kind
    title: str
    product_key: str
    facts: Facts
    explained: tuple[str, ...]
    answers: Mapping[str, Any]
    parts: tuple[Part, ...]
    office: OfficeRules
    rule_version: str
    stage: Stage
    version: int
    owner_id: str
    principal_id: str
    made_at: datetime
    signed_at: datetime | None
    due_on: date | None
    due_provisional: bool
    number: str | None
    registered_at: datetime | None
    valid_until: date | None
    amends: str = ""
    change: str = ""

    def local(self, instant: datetime) -> datetime:
        """Return an instant in the office's zone."""
        return instant.astimezone(ZoneInfo(self.office.timezone))

    def part_at(self, number: int) -> Part:
        """Return a part; of a task from before the way was made anew with fewer, the last one."""
        return self.parts[min(number, len(self.parts) - 1)]

    @property
    def apps(self) -> tuple[str, ...]:
        """Return the applications that the project names besides its own title (Q28)."""
        return tuple(self.answers.get("preinstalled") or ())

    @property
    def project_owner_id(self) -> str:
        """Return who answers for the project (附件 项目负责人), where that is not who filed it."""
        named = self.answers.get("owner")
        found = named.get("id") if isinstance(named, Mapping) else None
        return str(found or self.owner_id)

    @property
    def school_people(self) -> tuple[str, ...]:
        """Return who speaks for the school in this case: who filed it, owner and principal."""
        return tuple(dict.fromkeys((self.owner_id, self.project_owner_id, self.principal_id)))

    @property
    def filed_by(self) -> tuple[str, ...]:
        """Return everybody who had a hand in filing it, and so may not decide on it: besides the
        school's people a clerk who entered it from paper."""
        clerk = (self.answers.get("paper") or {}).get("clerk")
        return (*self.school_people, str(clerk)) if clerk else self.school_people

    @property
    def signed_on_paper(self) -> date | None:
        """Return which day stands beside a signature on paper; None where it was given here."""
        day = (self.answers.get("paper") or {}).get("signed_on")
        return date.fromisoformat(day) if day else None

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Return each co-reviewing department once (M11: the union of the parts)."""
        kept: dict[Desk, Seat] = {}
        for seat in (seat for part in self.parts for seat in part.co_reviewers):
            if seat.desk not in kept or (seat.blocking and not kept[seat.desk].blocking):
                kept[seat.desk] = seat
        return tuple(kept.values())


class Task(NamedTuple):
    """One department's part of one filing. ``points`` holds what was asked back, oldest first:
    ``{"at", "by", "points": [{"criterion", "text"}]}``, and once the school handed it back
    ``"handed"`` and ``"changes"``. ``part`` counts the filing's parts. ``assignee``: who of the
    desk it was handed to; the desk's authority stays the desk's."""

    tenant: str
    id: str
    filing_id: str
    part: int
    kind: TaskKind
    desk: Desk
    unit_code: str
    blocking: bool
    clause: str
    state: TaskState
    version: int
    opened_at: datetime
    due_on: date
    due_provisional: bool
    decided_at: datetime | None
    points: tuple[Mapping[str, Any], ...]
    assignee: str | None = None

    @property
    def view(self) -> TaskView:
        """Return what the workflow needs to know of it."""
        return TaskView(self.kind, self.state, self.blocking)


class Decision(NamedTuple):
    """What was decided on a task, once.

    ``verdict`` is ``for``, ``against``, ``advice`` or ``silent``; ``findings`` holds the verdict's
    key, the answers by criterion and the criteria it is about. ``stands_for`` names the absent
    person whose right was used, where it was not the decider's own.
    """

    tenant: str
    task_id: str
    filing_id: str
    act: Act
    verdict: str
    findings: Mapping[str, Any]
    reason: str
    person_id: str
    role: Role
    unit_code: str
    clause: str
    rule_version: str
    at: datetime
    stands_for: str = ""


class Followup(NamedTuple):
    """One thing that follows a filing. ``told`` holds dates, findings and words as they came;
    ``draft_id`` the draft that its papers stand in. Of 整改 ``cause`` is the answer that opened it
    and ``owner_id`` who sees to it."""

    tenant: str
    id: str
    filing_id: str
    kind: FollowKind
    state: FollowState
    version: int
    opened_at: datetime
    due_on: date | None
    settled_at: datetime | None
    settled_by: str | None
    draft_id: str | None
    told: Mapping[str, Any]
    cause: str | None = None
    owner_id: str | None = None


def read_filing(row: Any) -> Filing:
    return Filing(
        tenant=row.tenant,
        id=row.id,
        case_no=row.case_no,
        bundle=row.bundle,
        school=row.school,
        matter=row.matter,
        kind=Kind(row.kind),
        title=row.title,
        product_key=row.product_key,
        facts=Facts.from_dict(row.facts["facts"]),
        explained=tuple(row.facts["explained"]),
        answers=row.answers,
        parts=tuple(_part(part) for part in row.route),
        office=_pinned(write_json(row.office)),
        rule_version=row.rule_version,
        stage=Stage(row.stage),
        version=row.version,
        owner_id=row.owner_id,
        principal_id=row.principal_id,
        made_at=row.made_at,
        signed_at=row.signed_at,
        due_on=row.due_on,
        due_provisional=row.due_provisional,
        number=row.number,
        registered_at=row.registered_at,
        valid_until=row.valid_until,
        amends=row.amends or "",
        change=row.change or "",
    )


@lru_cache(maxsize=256)
def _pinned(settings: str) -> OfficeRules:
    """Read the rules a filing is pinned to; the filings of one authority and time share them."""
    return OfficeRules.from_settings(json.loads(settings))


def _part(data: Mapping[str, Any]) -> Part:
    return Part(
        kind=Kind(data["kind"]),
        stages=tuple(SchoolStage(one) for one in data["stages"]),
        lead=_seat(data["lead"]),
        co_reviewers=tuple(_seat(seat) for seat in data["co_reviewers"]),
        cc=tuple(Desk(one) for one in data["cc"]),
        registrar_desk=Desk(data["registrar_desk"]),
        distinct_registrar=data["distinct_registrar"],
        row=data["row"],
        basis=tuple(data["basis"]),
        filing=data["filing"],
    )


def _seat(data: Mapping[str, Any]) -> Seat:
    return Seat(
        Desk(data["desk"]), TaskKind(data["kind"]), data["blocking"], data["reason"], data["clause"]
    )


def read_task(row: Any) -> Task:
    return Task(
        row.tenant,
        row.id,
        row.filing_id,
        row.part,
        TaskKind(row.kind),
        Desk(row.desk),
        row.unit_code,
        row.blocking,
        row.clause,
        TaskState(row.state),
        row.version,
        row.opened_at,
        row.due_on,
        row.due_provisional,
        row.decided_at,
        tuple(row.points),
        row.assignee,
    )


def read_decision(row: Any) -> Decision:
    return Decision(
        row.tenant,
        row.task_id,
        row.filing_id,
        Act(row.act),
        row.verdict,
        row.findings,
        row.reason,
        row.person_id,
        Role(row.role),
        row.unit_code,
        row.clause,
        row.rule_version,
        row.at,
        row.stands_for,
    )


def read_followup(row: Any) -> Followup:
    terms = {"kind": FollowKind(row.kind), "state": FollowState(row.state)}
    told = {name: value for name, value in row._mapping.items() if name in Followup._fields}
    return Followup(**{**told, **terms})
