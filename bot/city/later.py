"""What the demo's filings meet after their number, and the pilots, which never have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.city.cases import Case
from bot.city.days import Days
from handlers.amend import answers_to_change
from handlers.context import Tenant
from handlers.facts import kept_answers, settle
from storage.cases import Filing
from storage.people import Person
from storage.rules.amend import Change
from storage.rules.pilot import CHECKLIST, latest_end
from storage.rules.routing import route
from storage.rules.standing import GROUNDS, Ground
from storage.rules.terms import Act, Desk, Scale, Stage
from storage.transaction import Transaction

_GROUND: Mapping[str, Ground] = {one.key: one for one in GROUNDS}
_HALTED_AT = 6
"""So many working days before today."""


def changed(tx: Transaction, tenant: str, case: Case) -> Filing:
    """Return the school's registered filing that a case changes."""
    for filing in tx.filings.at_school(tenant, case.school, Stage.REGISTERED):
        if filing.title == case.project:
            return filing
    raise LookupError(case.project)


def answers(tx: Transaction, case: Case, original: Filing) -> dict[str, Any]:
    """Return the answers of a change: the original's, with what the case says otherwise."""
    change = Change(case.change)
    found = answers_to_change(tx, original, change)
    found |= {"change_words": case.words, "data": ["none"]}
    if change is Change.VERSION:
        return found | {"version_words": case.words}
    stages = {"stages": list(case.stages), "grades": case.grades}
    return found | {"students": case.students, "stages": stages}


def pilot(
    tx: Transaction,
    case: Case,
    tenant: Tenant,
    people: tuple[Person, Person],
    given: dict[str, Any],
    days: Days,
) -> Filing:
    """Take a pilot to its receipt: in a small school the head files, and a colleague looks."""
    head, checker = people
    at = days.at(case.days, "10:12")
    unit = tx.people.unit(tenant.code, case.school)
    if unit is None:
        raise LookupError(case.school)
    product = next(iter(tx.products.named(case.project)), None)
    settled = settle(given, case.kind, unit, product, tenant.rules, at.date())
    if settled.route is None:
        raise LookupError(case.project)
    draft = tx.drafts.open(
        tenant=tenant.code, unit_code=unit.code, person_id=head.id, matter="campus_app", now=at,
        answers=given,
    )  # fmt: skip
    (filing,) = tx.filings.open(
        draft, title=case.project, product_key=settled.product_key, facts=settled.facts,
        explained=settled.explained, answers=kept_answers(given), route=settled.route,
        office=tenant.rules, number_code=tenant.number_code, owner=head, principal=head, now=at,
        act=Act.ASK_SCHOOL,
        ways=(route(replace(settled.facts, scale=Scale.WIDE), tenant.rules).parts,),
    )  # fmt: skip
    # Counted from today, so that no day on which the demo is opened lies behind its end.
    ends_on = latest_end(days.before(0) + timedelta(days=1), 1, tenant.rules)
    tx.pilots.name(filing, [checker], ends_on=ends_on, by=head, now=at)
    tx.drafts.turn(draft, "sent", filing_id=filing.bundle)
    filing, ticked = tx.filings.known(filing.id), {item.key for item in CHECKLIST}
    looked, decided = days.at(case.days, "15:20"), days.at(case.days - 1, "09:10")
    tx.pilots.confirm(filing, ticked, by=checker, seen=filing.version, now=looked)
    return tx.pilots.permit(
        filing, ticked, by=head, seen=filing.version, number_code=tenant.number_code, now=decided
    )


def suspend(tx: Transaction, filing: Filing, case: Case, days: Days) -> None:
    """Have the lead department suspend a filing."""
    at = days.at(_HALTED_AT, "10:40")
    (lead, *_) = tx.people.at_desk(filing.tenant, filing.parts[0].lead.desk, at.date())
    tx.standing.suspend(
        filing.id, seen=filing.version, ground=_GROUND["fee"], reason=case.words, by=lead, now=at
    )


def stop(tx: Transaction, filing: Filing, case: Case, days: Days) -> None:
    """Have the technology centre stop a product, and what its schools filed suspended."""
    at = days.at(_HALTED_AT, "14:05")
    first, second, *_ = tx.people.at_desk(filing.tenant, Desk.TECH, at.date())
    known = tx.stops.of(filing.tenant, filing.product_key)
    stopped = known or tx.stops.propose(
        filing.tenant, product_key=filing.product_key, title=filing.title,
        ground=_GROUND["content"], reason=case.words, stops_on=at.date(), by=first,
        day=at.date(), now=at,
    )  # fmt: skip
    if known is None:
        tx.stops.confirm(stopped.id, by=second, day=at.date(), now=at + timedelta(minutes=12))
    done = tx.stops.apply(f"{stopped.id}:{filing.id}", at.date(), at + timedelta(minutes=13))
    if done is not None:
        (measure,) = tx.standing.measures(done[1], "in_force")
        tx.standing.mark_told(measure, done[1], at + timedelta(minutes=14))
