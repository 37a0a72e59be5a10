"""How a product stands at a school, as somebody outside may know it, and what is said of that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from cards.query_words import CHINESE, Words
from handlers import certificate, showing
from handlers.context import Office
from handlers.meaning import Choice
from storage.cases import Filing
from storage.rules import numbering
from storage.rules.masking import mask_phones_in
from storage.rules.schools import campuses_in, covers, part
from storage.rules.standing import Force, in_force
from storage.rules.terms import Stage, Term
from storage.transaction import Transaction


class Found(Term):
    """The answers of design 2.7: three, and a filing that is there and not in force."""

    FILED = "filed", "该校已备案"
    ENDED = "ended", "备案已失效"
    ELSEWHERE = "elsewhere", "他校已备案，该校未备案"
    NOTHING = "nothing", "未查到"


class State(NamedTuple):
    """How it stands; ``filings`` are those it rests on."""

    kind: Found
    filings: tuple[Filing, ...] = ()


class Reader(NamedTuple):
    """Who asks: with staff the authority in charge is named; ``school`` is asked about unless
    another one is named."""

    is_staff: bool = False
    school: Choice | None = None

    def numbered(
        self, tx: Transaction, office: Office, typed: str, day: date, say: Words = CHINESE
    ) -> list[str]:
        """Return what is to be said of each filing whose number was typed, or ends so."""
        if len(typed) == _LAST and typed.isdecimal():
            found = tx.public.ending(int(typed), tuple(office.tenants), day.year)
        elif short := numbering.without_year(typed):
            serials = tx.public.ending(short.serial, tuple(office.tenants), day.year)
            found = [one for one in serials if short.stands_in(one.number or "")]
        else:
            one = certificate.filing_of(tx, office, typed)
            found = [one] if one else []
        return [
            line
            for filing in found
            for line in lines_of(
                tx,
                office,
                self,
                Choice(filing.title, ()),
                _school(tx, filing),
                _state(filing, day),
                "",
                say,
            )
        ]


OUTSIDE: Final = Reader()
"""Anybody."""
_LAST: Final = 4
_BY_ACT: Final = {
    Stage.SUSPENDED: Force.SUSPENDED,
    Stage.REVOKED: Force.REVOKED,
    Stage.CANCELLED: Force.CANCELLED,
}


def look_up(
    tx: Transaction, tenant: str, code: str, keys: Sequence[str], day: date, campus: str
) -> State:
    """Return how some products stand at a school; a filing that names campuses is for these.

    Source: requirements A.10b, what a parent is told.
    """
    filings = [one for at in _units(tx, tenant, code) for one in tx.public.at_school(*at, keys)]
    here = [one for one in filings if covers(_campuses(one), campus)]
    states = [_state(one, day) for one in here]
    for kind in (Found.FILED, Found.ENDED):
        if same := [one for one in states if one.kind is kind]:
            most = len(same) if kind is Found.FILED else 1
            return State(kind, tuple(filing for one in same[:most] for filing in one.filings))
    return State(Found.ELSEWHERE if tx.public.is_filed(keys, day) else Found.NOTHING)


def lines_of(
    tx: Transaction,
    office: Office,
    reader: Reader,
    choice: Choice,
    school: str,
    state: State,
    typed: str,
    say: Words = CHINESE,
) -> list[str]:
    """Say how one product stands: always by its full registered name."""
    if state.kind is Found.NOTHING:
        return [say.not_found(choice.name or typed, school)]
    if state.kind is Found.ELSEWHERE:
        return [say.elsewhere(choice.name, school)]
    lines = []
    for one in state.filings:
        title = mask_phones_in(one.title)
        if state.kind is Found.ENDED:
            lines.append(_ended(one, title, school, say))
            continue
        seen = tx.public.looked_at(one)
        checked = one.local(seen).date() if seen else None
        product = tx.products.get(one.product_key)
        outside = product.product_no if product else ""
        number = one.number or ""
        lines.append(say.filed(title, school, number, showing.users_of(one), checked, outside))
        if reader.is_staff:
            lines.append(_charge(tx, office, one, say))
    return lines


def _state(filing: Filing, day: date) -> State:
    force = in_force(filing.stage, filing.valid_until, day)
    return State(Found.FILED if force is Force.IN_FORCE else Found.ENDED, (filing,))


def _ended(filing: Filing, title: str, school: str, say: Words) -> str:
    force = _BY_ACT.get(filing.stage, Force.EXPIRED)
    since = filing.valid_until if force is Force.EXPIRED else None
    return say.stands(title, school, filing.number or "", force, since)


def _charge(tx: Transaction, office: Office, filing: Filing, say: Words) -> str:
    leads = []
    for desk in dict.fromkeys(one.lead.desk for one in filing.parts):
        department = tx.people.department(filing.tenant, desk)
        leads.append(department.name if department else desk.label)
    return say.charge_of(certificate.issuer_of(office, filing), leads)


def _units(tx: Transaction, tenant: str, code: str) -> list[tuple[str, str]]:
    """Return a school, and for a campus that the directory lists by itself its school too."""
    found = [(tenant, code)]
    unit = tx.people.unit(tenant, code)
    parted = part(unit.name) if unit else None
    if parted and parted.campus:
        found += [
            (tenant, one.code) for one in tx.people.schools(tenant) if one.name == parted.school
        ]
    return found


def _campuses(filing: Filing) -> tuple[str, ...]:
    return campuses_in(f"{filing.title} {showing.users_of(filing)}")


def _school(tx: Transaction, filing: Filing) -> str:
    unit = tx.people.unit(filing.tenant, filing.school)
    return unit.name if unit else ""
