"""The certificate: what anybody may know of a filing that has its number, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from handlers import showing
from handlers.context import Office
from storage.cases import Filing
from storage.rules import numbering
from storage.rules.masking import mask_phones_in
from storage.rules.standing import Force, in_force
from storage.rules.terms import Stage
from storage.standing import IN_FORCE
from storage.transaction import Transaction

RULES: Final = (
    "不向学生和家长收费，不强制购买，不与分班、评价挂钩。",
    "备案不代表对内容作担保。",
)
"""What the number means, as the notice has it (二（一）, 二（二）)."""
MEANS: Final[Mapping[Force, str]] = {
    Force.IN_FORCE: "该校使用这一项目已按规定备案。",
    Force.EXPIRED: "有效期已过。续期之前，目前不能按已备案使用。",
    Force.SUSPENDED: "教育部门已暂停这一项目，恢复之前请不要使用。",
    Force.REVOKED: "教育部门已撤销这一备案，不能按已备案使用。",
    Force.CANCELLED: "学校已注销这一备案，不能按已备案使用。",
}
STOPPED: Final = "这一产品已由教育部门停用，恢复之前请不要使用。"


class Certificate(NamedTuple):
    """One filing as anybody may see it; nobody's name, number or opinion is in it.

    ``product_no`` is the number that its developer holds, ``checked`` the day on which an authority
    last looked at it, ``at`` the school's public id; ``stopped`` where the product itself is.
    """

    product: str
    school: str
    number: str
    users: str
    issuer: str
    force: Force
    since: date | None
    until: date | None
    address: str
    at: str = ""
    product_no: str = ""
    checked: date | None = None
    stopped: bool = False

    @property
    def status(self) -> str:
        """How it stands today, in the words for anybody."""
        return self.force.label

    @property
    def in_force(self) -> bool:
        """Tell whether its project may be used by it today."""
        return self.force is Force.IN_FORCE

    @property
    def means(self) -> str:
        """What that means for whoever is asked to use it."""
        return STOPPED if self.stopped else MEANS[self.force]


def find(tx: Transaction, office: Office, typed: str, today: date) -> Certificate | None:
    """Return the certificate of a number as somebody typed it; None for any that does not exist.

    Of what is 未在册 (a running case, a pilot, a change) nothing can be found: it has no number.
    """
    filing = filing_of(tx, office, typed)
    if filing is None:
        return None
    found = certificate_of(tx, office, filing, today)
    return None if found.force is Force.UNLISTED else found


def certificate_of(tx: Transaction, office: Office, filing: Filing, today: date) -> Certificate:
    """Return what stands on the certificate of a filing that has a number."""
    unit = tx.people.unit(filing.tenant, filing.school)
    product = tx.products.get(filing.product_key)
    looked = tx.public.looked_at(filing)
    measures = tx.standing.measures(filing, IN_FORCE) if filing.stage is Stage.SUSPENDED else []
    return Certificate(
        product=mask_phones_in(filing.title),
        school=unit.name if unit else "",
        number=filing.number or "",
        users=showing.users_of(filing),
        issuer=issuer_of(office, filing),
        force=in_force(filing.stage, filing.valid_until, today),
        since=filing.local(filing.registered_at).date() if filing.registered_at else None,
        until=filing.valid_until,
        address=address_of(office, filing),
        at=f"{filing.tenant}-{filing.school}",
        product_no=product.product_no if product else "",
        checked=filing.local(looked).date() if looked else None,
        stopped=any(one.stop_id for one in measures),
    )


def picture_of(certificate: Certificate) -> dict[str, Any]:
    """Return the certificate as the words that its picture shows, and where both are had."""
    return {
        "title": f"{certificate.school}“{certificate.product}”{certificate.number}",
        "issuer": certificate.issuer,
        "product": certificate.product,
        "school": certificate.school,
        "number": certificate.number,
        "users": certificate.users,
        "until": day_words(certificate.until) if certificate.until else "",
        "status": "" if certificate.in_force else certificate.status,
        "rules": [*RULES, "现在的状态以扫码查询为准。"],
        "address": certificate.address,
        "picture": f"{certificate.address}.png",
    }


def address_of(office: Office, filing: Filing) -> str:
    """Return the address of a filing's live certificate, short enough to be scanned with ease."""
    return f"{office.links.public_url.rstrip('/')}/f/{short_of(filing)}"


def short_of(filing: Filing) -> str:
    """Return what stands for a filing's number in an address."""
    number = filing.number or ""
    try:
        return numbering.short_number(filing.office.number_template, number)
    except ValueError:
        return quote(number, safe="")


def issuer_of(office: Office, filing: Filing) -> str:
    """Return the authority's name: 鹿城区教育局."""
    tenant = office.tenants.get(filing.tenant)
    return f"{tenant.name}{tenant.title}" if tenant else ""


def day_words(day: date) -> str:
    """Write a date as official papers do: 2026年3月12日."""
    return f"{day.year}年{day.month}月{day.day}日"


def filing_of(tx: Transaction, office: Office, typed: str) -> Filing | None:
    """Return the filing whose number somebody typed, in any of its writings."""
    short = numbering.parse_short_number(typed)
    if short is None:
        return tx.filings.by_number(office.tenants, numbering.ways_to_write(typed))
    for code, tenant in office.tenants.items():
        if tenant.number_code == short.number_code:
            series = numbering.series(code, short.year, short.letter)
            return tx.filings.by_serial(series, short.serial)
    return None
