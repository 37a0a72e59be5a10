"""Takes the demo's filings through the books, act by act, on the working days they would take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from bot.city import later
from bot.city.cases import CASES, HAD_NUMBER, Case, Ending, overview
from bot.city.city import City
from bot.city.days import Days
from bot.city.staff import Member
from cards.announce import wording
from handlers.context import Office, Tenant
from handlers.facts import kept_answers, settle
from handlers.naming import criteria_of
from storage.cases import Filing, Task
from storage.ledger import Ledger
from storage.people import Person, Unit
from storage.rules.criteria import settled_answers, verdict_options
from storage.rules.principles import WORDING_VERSION
from storage.rules.terms import Act, Kind, Role, TaskKind
from storage.transaction import Transaction

_MATTERS: Mapping[Kind, str] = {
    Kind.APP: "campus_app",
    Kind.TERMINAL: "campus_terminal",
    Kind.BOTH: "campus_both",
}
_BEFORE_REVIEW = (
    Ending.AWAITING_PRINCIPAL,
    Ending.SENT_BACK,
    Ending.WITHDRAWN,
    Ending.INTAKE,
)


def seed_filings(ledger: Ledger, office: Office, city: City, now: datetime) -> int:
    """Write the demo's filings into a ledger that knows the city; return how many there are.

    Everything goes through the books as it would in life, dated on past working days.
    """
    principals = {
        unit: member
        for member in city.members
        for unit, roles in member.posts
        if "校长" in roles or "单位负责人" in roles
    }
    owners = {
        unit: member for member in city.members for unit, roles in member.posts if "经办人" in roles
    }
    made = 0
    for case in CASES:
        tenant = city.places[case.school].tenant
        # In a small school the principal files alone.
        principal = principals[case.school]
        cast = (owners.get(case.school, principal), principal)
        made += ledger.call(partial(_play, case, office, office.of(tenant), cast, now))
    return made


def _play(
    case: Case,
    office: Office,
    tenant: Tenant,
    cast: tuple[Member, Member],
    now: datetime,
    tx: Transaction,
) -> int:
    owner, principal = (_person(tx, member) for member in cast)
    days = Days(tx, office, now)
    if case.ending is Ending.PILOTING:
        later.pilot(tx, case, tenant, (principal, owner), _answers(tx, case, principal, days), days)
        return 1
    filings = _write(tx, case, tenant, owner, principal, days)
    for filing in filings:
        _Course(tx, case, tenant, owner, principal, days, filing).run()
    return len(filings)


def _person(tx: Transaction, member: Member) -> Person:
    person = tx.people.by_account(*next(iter(member.accounts.items())))
    if person is None:
        raise LookupError(member.userid)
    return person


def _write(
    tx: Transaction, case: Case, tenant: Tenant, owner: Person, principal: Person, days: Days
) -> list[Filing]:
    """Fill the form as the teacher would, and send it to the principal unless it is a draft."""
    unit = tx.people.unit(tenant.code, case.school)
    if unit is None:
        raise LookupError(case.school)
    at = days.at(case.days, "10:12")
    product = next(iter(tx.products.named(case.project)), None)
    changes = later.changed(tx, tenant.code, case) if case.change else None
    answers = later.answers(tx, case, changes) if changes else _answers(tx, case, owner, days)
    settled = settle(answers, case.kind, unit, product, tenant.rules, at.date())
    if case.late_argument:
        answers["explain"] = {ask.sentence: case.late_argument for ask in settled.to_explain}
        settled = settle(answers, case.kind, unit, product, tenant.rules, at.date())
    if settled.route is None:
        raise LookupError(case.project)
    draft = tx.drafts.open(
        tenant=tenant.code,
        unit_code=unit.code,
        person_id=owner.id,
        matter=_MATTERS[case.kind],
        now=at,
        answers=answers,
    )
    if case.ending is Ending.DRAFT:
        return []
    filings = tx.filings.open(
        draft,
        title=case.project,
        product_key=settled.product_key,
        facts=settled.facts,
        explained=settled.explained,
        answers=kept_answers(answers),
        route=settled.route,
        office=tenant.rules,
        number_code=tenant.number_code,
        owner=owner,
        principal=principal,
        now=at,
        amends=changes.id if changes else "",
        change=case.change,
    )
    tx.drafts.turn(draft, "sent", filing_id=filings[0].id)
    return filings


def _answers(tx: Transaction, case: Case, owner: Person, days: Days) -> dict[str, Any]:
    product = next(iter(tx.products.named(case.project)), None)
    argued, met = (4, 6) if case.late_argument else (9, 6)
    known = bool(product and product.product_no)
    answers: dict[str, Any] = {
        "project": case.project,
        "product": product.id if product else "",
        "students": case.students,
        "scale": "pilot" if case.classes else "wide",
        "owner": {"id": owner.id, "name": owner.name},
        "phone": tx.drafts.seal(tx.people.phone(owner.id)),
        "purposes": ["precise", "quality"],
        "overview": overview(case),
        "fund": case.fund,
        "data": ["none"],
        "free": {"fee": "no", "device": "no", "paid_entry": "yes" if case.paid_entry else "no"},
        "fair": {
            "class_placement": "no",
            "evaluation": "no",
            "partial_use": "no",
            "in_use": "no",
            **({} if known else {"product_no": "no"}),
        },
        "experts_on": days.before(case.days + argued).isoformat(),
        "legality_on": days.before(case.days + 8).isoformat(),
        "minutes_on": days.before(case.days + met).isoformat(),
    }
    if known:
        answers["product_known"] = True
    if case.stages:
        answers["stages"] = {"stages": list(case.stages), "grades": case.grades}
    if case.classes:
        answers |= {"classes": case.classes, "terms": 1}
    if case.amount:
        answers["amount"] = case.amount
    if case.kind is not Kind.APP:
        answers |= {"devices": case.devices, "preinstalled": list(case.apps)}
    return answers


@dataclass(frozen=True, slots=True)
class _Course:
    """One filing on its way, a working day or so between the acts."""

    tx: Transaction
    case: Case
    tenant: Tenant
    owner: Person
    principal: Person
    days: Days
    filing: Filing

    def run(self) -> None:
        """Take the filing as far as its case says."""
        ending = self.case.ending
        if ending is Ending.AWAITING_PRINCIPAL:
            return
        if ending is Ending.SENT_BACK:
            self.tx.filings.send_back(
                self._filing, by=self.principal, reason=self.case.words, now=self._at(1, "08:50")
            )
            return
        self._sign()
        if ending is Ending.WITHDRAWN:
            self.tx.filings.withdraw(
                self._filing, by=self.principal, role=Role.PRINCIPAL, now=self._at(2, "15:05")
            )
        if ending in _BEFORE_REVIEW:
            return
        self._review()
        if ending in (Ending.IN_REVIEW, Ending.SUPPLEMENT, Ending.AWAITING_DECISION):
            return
        self._decide()
        if ending in HAD_NUMBER:
            self._register()
        if ending is Ending.SUSPENDED:
            later.suspend(self.tx, self._filing, self.case, self.days)
        elif ending is Ending.STOPPED:
            later.stop(self.tx, self._filing, self.case, self.days)

    @property
    def _filing(self) -> Filing:
        return self.tx.filings.known(self.filing.id)

    def _at(self, later: int, clock: str) -> datetime:
        """Return an instant ``later`` working days after the form was written, never today."""
        return self.days.at(max(self.case.days - later, 1), clock)

    def _sign(self) -> None:
        at = self._at(0, "16:20")
        declared = [at - timedelta(minutes=4 - no) for no in range(4)]
        self.tx.filings.sign(
            self._filing,
            declared=declared,
            wording_version=WORDING_VERSION,
            by=self.principal,
            now=at,
        )

    def _review(self) -> None:
        """Let the departments answer, one after the other; some cases wait for the last one."""
        seats = [seat.desk for seat in self._filing.seats]
        tasks = [one for one in self._open() if one.kind is TaskKind.CO_REVIEW]
        tasks.sort(key=lambda one: seats.index(one.desk))
        waits = self.case.ending in (Ending.IN_REVIEW, Ending.SUPPLEMENT)
        last = tasks.pop() if waits and tasks else None
        for no, task in enumerate(tasks):
            self._act(task, Act.OPINE, self._at(1 + no, f"{9 + no:02d}:{12 + 7 * no:02d}"))
        if last is not None and self.case.ending is Ending.SUPPLEMENT:
            self._give_back(last, self._at(2, "14:40"))

    def _decide(self) -> None:
        for task in self._open():
            if task.kind is not TaskKind.DECISION:
                continue
            at = self._at(6, "10:30")
            if self.case.ending is Ending.RETURNED:
                self._give_back(task, at)
            elif self.case.ending is Ending.REJECTED:
                self._act(task, Act.REJECT, at, reason=self.case.words)
            else:
                self._act(task, Act.APPROVE, at)

    def _register(self) -> None:
        (task,) = self._open()
        self._act(task, Act.REGISTER, self._at(7, "09:35"), second=True)
        if self.case.change:
            return
        filing = self._filing
        unit = self.tx.people.unit(filing.tenant, filing.school)
        text = _announcement(filing, unit)
        at = self._at(7, "11:10")
        self.tx.announcements.announce(filing, wording=text, by=self.principal, now=at)

    def _open(self) -> list[Task]:
        return [task for task in self.tx.tasks.of(self._filing) if task.view.is_pending]

    def _give_back(self, task: Task, at: datetime) -> None:
        listed = criteria_of(self._filing, task)
        points = [{"criterion": listed[-1].label, "text": self.case.words}]
        self._act(task, Act.RETURN, at, reason=self.case.words, points=points)

    def _act(
        self, task: Task, act: Act, at: datetime, *, second: bool = False, **words: Any
    ) -> None:
        """Act as somebody of the task's desk; the second one registers what the first approved."""
        people = self.tx.people.at_desk(task.tenant, task.desk, at.date())
        findings: dict[str, Any] = {"verdict": act.value}
        if task.kind is not TaskKind.REGISTRATION:
            listed = tuple(criteria_of(self._filing, task))
            verdict = next(
                one
                for one in verdict_options(task.desk, task.kind is TaskKind.DECISION)
                if one.act is act
            )
            answers = settled_answers(verdict, listed)
            findings = {"verdict": verdict.key, "answers": answers, "criteria": []}
        self.tx.tasks.record(
            task.id,
            act,
            by=_other(people, self._approvers()) if second else people[0],
            seen=task.version,
            now=at,
            findings=findings,
            number_code=self.tenant.number_code,
            **words,
        )

    def _approvers(self) -> set[str]:
        decisions = self.tx.tasks.decisions(self._filing)
        return {one.person_id for one in decisions if one.act is Act.APPROVE}


def _other(people: list[Person], approvers: set[str]) -> Person:
    return next(person for person in people if person.id not in approvers)


def _announcement(filing: Filing, unit: Unit | None) -> str:
    until = filing.valid_until
    return wording(
        unit.name if unit else filing.school,
        filing.title,
        filing.number or "",
        "、".join(stage.label for stage in filing.facts.stages_in_use),
        f"{until.year}年{until.month}月{until.day}日" if until else "",
    )
