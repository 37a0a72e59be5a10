"""A pilot taken through the school by the books alone."""

from __future__ import annotations

from datetime import date

from storage.cases import Filing
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.pilot import CHECKLIST
from storage.rules.routing import Part, route
from storage.rules.terms import Act, Kind, Scale, SchoolStage
from storage.transaction import Transaction
from tests.storage.conftest import NOW, TENANT
from tests.storage.office import APP, RULES, SCHOOL, hire, who

ENDS = date(2026, 7, 31)
ALL = frozenset(item.key for item in CHECKLIST)
PILOT = Facts(
    kind=Kind.APP,
    stages_in_use=(SchoolStage.PRIMARY,),
    scale=Scale.PILOT,
    classes=2,
    students=80,
    terms=1,
)


def more_staff(tx: Transaction) -> None:
    """Write two more people of the school."""
    hire(tx, "wang", "王芳", SCHOOL, "owner")
    hire(tx, "li", "李强", SCHOOL, "owner")


def parts_of(facts: Facts = APP) -> tuple[Part, ...]:
    """Return the way of the full filing."""
    return route(facts, RULES).parts


def ask(
    tx: Transaction,
    *checkers: str,
    by: str = "chen",
    title: str = "云阅读",
    office: OfficeRules = RULES,
    ends_on: date = ENDS,
) -> Filing:
    """Send a pilot to the school's decision."""
    draft = tx.drafts.open(
        tenant=TENANT, unit_code=SCHOOL, person_id=by, matter="campus_app", now=NOW
    )
    (filing,) = tx.filings.open(
        draft,
        title=title,
        product_key=title,
        facts=PILOT,
        explained=(),
        answers={},
        route=route(PILOT, office),
        office=office,
        number_code="0302",
        owner=who(tx, by),
        principal=who(tx, "lin"),
        now=NOW,
        act=Act.ASK_SCHOOL,
        ways=(parts_of(),),
    )
    named = [who(tx, one) for one in checkers or ("wang",)]
    tx.pilots.name(filing, named, ends_on=ends_on, by=who(tx, by), now=NOW)
    return tx.filings.known(filing.id)


def look(tx: Transaction, filing: Filing, person: str = "wang") -> Filing:
    """Let a named person confirm the checklist."""
    return tx.pilots.confirm(filing, ALL, by=who(tx, person), seen=filing.version, now=NOW)


def permit(tx: Transaction, filing: Filing, person: str = "lin") -> Filing:
    """Let the principal decide."""
    return tx.pilots.permit(
        filing, ALL, by=who(tx, person), seen=filing.version, number_code="0302", now=NOW
    )


def run(tx: Transaction, title: str = "云阅读") -> Filing:
    """Take a pilot to its receipt."""
    return permit(tx, look(tx, ask(tx, title=title)))
