"""A small county in the ledger, and a filing taken through it by the books alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert

from storage import tables as t
from storage.cases import Filing, Task
from storage.people import Person
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import route
from storage.rules.terms import Act, Desk, Kind, Owner, SchoolStage, TaskKind
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT

SCHOOL = "3303020001"
RULES = OfficeRules()
APP = Facts(kind=Kind.APP, stages_in_use=(SchoolStage.PRIMARY,))
TERMINAL = Facts(kind=Kind.TERMINAL, stages_in_use=(SchoolStage.PRIMARY,), money=True)
STAFF = {
    "legal": Desk.LEGAL,
    "legal2": Desk.LEGAL,
    "finance": Desk.FINANCE,
    "basic": Desk.BASIC,
    "research": Desk.RESEARCH,
    "tech": Desk.TECH,
    "tech2": Desk.TECH,
}


def settle_in(tx: Transaction) -> None:
    """Write one school with its teacher and principal, and every desk of the county."""
    _unit(tx, SCHOOL, "瓯江实验小学", "school", [])
    hire(tx, "chen", "陈晓", SCHOOL, "owner")
    hire(tx, "lin", "林校长", SCHOOL, "principal")
    for name, desk in STAFF.items():
        if not name.endswith("2"):
            _unit(tx, f"D-{desk.value}", desk.label, "department", [desk.value])
        hire(tx, name, f"{desk.label[:2]}{name}", f"D-{desk.value}", "reviewer")


def _unit(tx: Transaction, code: str, name: str, kind: str, desks: list[str]) -> None:
    tx.execute(
        insert(t.unit).values(
            tenant=TENANT,
            code=code,
            name=name,
            kind=kind,
            area=TENANT,
            owner=Owner.COUNTY.value,
            ownership="public" if kind == "school" else "",
            levels=["primary"],
            desks=desks,
        )
    )


def hire(
    tx: Transaction,
    person_id: str,
    name: str,
    unit: str,
    role: str,
    since: date = date(2026, 1, 1),
) -> None:
    """Give somebody an account and a post."""
    tx.execute(insert(t.person).values(id=person_id, name=name))
    tx.execute(
        insert(t.account).values(
            instance="wecom", folded=person_id, address=person_id, person_id=person_id
        )
    )
    tx.execute(
        insert(t.post).values(
            tenant=TENANT,
            unit_code=unit,
            person_id=person_id,
            role=role,
            valid_from=since,
        )
    )


def who(tx: Transaction, person_id: str) -> Person:
    """Return somebody of the county."""
    person = tx.people.get(person_id)
    assert person is not None
    return person


@dataclass(frozen=True, slots=True)
class Desks:
    """Acts for desks by name on one filing."""

    tx: Transaction
    filing: Filing
    now: datetime = NOW

    def task(self, desk: Desk, kind: TaskKind = TaskKind.CO_REVIEW) -> Task:
        """Return the newest task of a desk."""
        return [
            task
            for task in self.tx.tasks.of(self.filing)
            if task.desk is desk and task.kind is kind
        ][-1]

    def act(self, person: str, act: Act, task: Task, **more: object) -> Task:
        """Let somebody act on a task as it stands."""
        return self.tx.tasks.record(
            task.id,
            act,
            by=who(self.tx, person),
            seen=task.version,
            now=self.now,
            number_code="0302",
            **more,  # type: ignore[arg-type]
        )


def open_filing(
    tx: Transaction,
    facts: Facts = APP,
    title: str = "云阅读",
    now: datetime = NOW,
    *,
    owner: str = "chen",
    principal: str = "lin",
    rules: OfficeRules = RULES,
) -> Filing:
    """Send one filing to the principal."""
    draft = tx.drafts.open(
        tenant=TENANT, unit_code=SCHOOL, person_id=owner, matter="campus_app", now=now
    )
    (filing,) = tx.filings.open(
        draft,
        title=title,
        product_key=title,
        facts=facts,
        explained=(),
        answers={"fee": "完全免费"},
        route=route(facts, rules),
        office=rules,
        number_code="0302",
        owner=who(tx, owner),
        principal=who(tx, principal),
        now=now,
    )
    return filing


def sign(tx: Transaction, filing: Filing, now: datetime = NOW, by: str = "lin") -> Filing:
    """Let the principal sign."""
    return tx.filings.sign(filing, declared=[now] * 4, wording_version="1", by=who(tx, by), now=now)


def register(
    tx: Transaction, facts: Facts = APP, title: str = "云阅读", now: datetime = NOW
) -> Filing:
    """Take one filing from the principal to its number."""
    filing = sign(tx, open_filing(tx, facts, title, now), now)
    desks = Desks(tx, filing, now)
    people = {desk: name for name, desk in reversed(STAFF.items())}
    for task in tx.tasks.of(filing):
        desks.act(people[task.desk], Act.OPINE, task)
    lead = filing.parts[0].lead.desk
    desks.act(people[lead], Act.APPROVE, desks.task(lead, TaskKind.DECISION))
    desks.act("tech2", Act.REGISTER, desks.task(Desk.TECH, TaskKind.REGISTRATION))
    return tx.filings.known(filing.id)
