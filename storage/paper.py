"""What was signed on paper, entered by a clerk of the authority with its real dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from storage.cases import Filing
from storage.drafts import Draft
from storage.filings import Filings
from storage.journal import Journal
from storage.people import Person
from storage.rules import workdays
from storage.rules.terms import Act, Desk, NotAllowedError, Role, clause
from storage.rules.workdays import Calendar


def clerk_role(person: Person, tenant: str, day: date) -> Role | None:
    """Return the role in which somebody may enter paper for an authority's schools, if any.

    Source: R80; the technical department takes filings in (四（四）).
    """
    if (post := person.at_desk(tenant, Desk.TECH, day)) is not None:
        return post.role
    admin = any(post.tenant == tenant and post.role is Role.ADMIN for post in person.held(day))
    return Role.ADMIN if admin else None


def tenants_of(person: Person, day: date) -> list[str]:
    """Return the authorities for whose schools somebody may enter paper."""
    found = dict.fromkeys(post.tenant for post in person.held(day))
    return [tenant for tenant in found if clerk_role(person, tenant, day) is not None]


def is_clerks(draft: Draft, person: Person, day: date) -> bool:
    """Say whether a draft is what this clerk enters from paper, and may still enter."""
    return (
        draft.person_id == person.id
        and clerk_of(draft.answers) == person.id
        and clerk_role(person, draft.tenant, day) is not None
    )


def clerk_of(answers: Mapping[str, Any]) -> str:
    """Return who entered it from paper; empty where nobody did."""
    paper = answers.get("paper")
    return str(paper.get("clerk", "")) if isinstance(paper, Mapping) else ""


@dataclass(slots=True, eq=False)
class Papers:
    """Enters the signature of a paper form."""

    _journal: Journal
    _filings: Filings
    _calendar: Calendar

    def sign(self, filing: Filing, *, signed_on: date, by: Person, now: datetime) -> Filing:
        """Take the principal's signature from the scan; the desks are asked at once.

        The internal time limit runs from the day of entry.

        Raises:
            NotAllowedError: not a clerk of this authority, somebody of the school, no such day.

        Source: 附件 学校审核; requirements R80, R96.
        """
        filing = self._filings.held(filing.id)
        today = filing.local(now).date()
        role = clerk_role(by, filing.tenant, today)
        if role is None or clerk_of(filing.answers) != by.id:
            raise NotAllowedError("线下办件由教育技术部门登记（四（四）），您目前没有这项权限。")
        if by.id in filing.school_people:
            raise NotAllowedError("您是本件学校的经办人或校长，请在线签署，不能登记为线下办件。")
        if signed_on > today:
            raise NotAllowedError("纸质签署的日期还没有到，请核对后再登记。")
        entry = self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=Act.SIGN_ON_PAPER.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause=clause("附件"),
            rule_version=filing.rule_version,
        )
        entry.images.append({"note": f"纸质签署 {signed_on.isoformat()}"})
        deadline = workdays.add(today, filing.office.days_case, self._calendar)
        filing = self._filings.move(
            entry,
            filing,
            Act.SIGN_ON_PAPER,
            role,
            signed_at=datetime.combine(signed_on, time(), ZoneInfo(filing.office.timezone)),
            due_on=deadline.on,
            due_provisional=deadline.provisional,
        )
        return self._filings.carry_on(filing, now)
