"""What a school has filed, page by page: as anybody may see it, and nobody's name in it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, NamedTuple

from handlers import showing
from handlers.certificate import short_of
from handlers.context import Office
from handlers.public import public_id, school_at
from storage.cases import Filing
from storage.names import school_key
from storage.rules.masking import mask_phones_in
from storage.rules.standing import Force, in_force
from storage.transaction import Transaction

PER_PAGE: Final = 20


class Entry(NamedTuple):
    """One filing: its full registered name, how it stands, and where its certificate is."""

    product: str
    number: str
    short: str
    users: str
    checked: date | None
    force: Force

    @property
    def in_force(self) -> bool:
        """Tell whether it may be used today."""
        return self.force is Force.IN_FORCE


class SchoolList(NamedTuple):
    """A page of a school's list; ``in_force`` counts what holds today, on all pages."""

    school: str
    at: str
    authority: str
    entries: tuple[Entry, ...]
    in_force: int
    page: int
    pages: int


def school_list(
    tx: Transaction, office: Office, at: str, page: int, today: date
) -> SchoolList | None:
    """Return a page of the list; None for what is no school, and beyond the last page."""
    unit = school_at(tx, office, at)
    if unit is None:
        return None
    every, holding = tx.public.count_at(unit.tenant, unit.code, today)
    pages = max(1, -(-every // PER_PAGE))
    if not 1 <= page <= pages:
        return None
    filings = tx.public.filed_at(unit.tenant, unit.code, today, (page - 1) * PER_PAGE, PER_PAGE)
    looked = tx.public.last_looks(filings)
    entries = tuple(_entry(one, looked[one.id], today) for one in filings)
    tenant = office.tenants[unit.tenant]
    key = public_id(school_key(unit.tenant, unit.code))
    authority = f"{tenant.name}{tenant.title}"
    return SchoolList(unit.name, key, authority, entries, holding, page, pages)


def _entry(filing: Filing, looked: datetime | None, today: date) -> Entry:
    return Entry(
        product=mask_phones_in(filing.title),
        number=filing.number or "",
        short=short_of(filing),
        users=showing.users_of(filing),
        checked=filing.local(looked).date() if looked else None,
        force=in_force(filing.stage, filing.valid_until, today),
    )
