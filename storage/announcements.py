"""What was announced of a filing, round by round: the first words, then each correction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.filings import Filings
from storage.journal import Journal
from storage.people import Person
from storage.rules.terms import Act, NotAllowedError, Role, clause
from storage.rules.workflow import advance
from storage.session import Session


class Wording(NamedTuple):
    """What was told, and when it was confirmed."""

    wording: str
    person_id: str
    at: datetime


@dataclass(slots=True, eq=False)
class Announcements:
    """Confirms, reads and corrects announcements."""

    _tx: Session
    _journal: Journal
    _filings: Filings

    def announce(self, filing: Filing, *, wording: str, by: Person, now: datetime) -> bool:
        """Confirm the announcement's wording; False where somebody had confirmed it already."""
        is_head = by.is_principal_of(filing.tenant, filing.school, filing.local(now).date())
        role = Role.PRINCIPAL if is_head else Role.OWNER
        if not is_head and by.id not in filing.school_people:
            raise NotAllowedError("公告文字由这件备案的项目负责人或校长确认。")
        advance(self._filings.held(filing.id).stage, Act.ANNOUNCE, role)
        done = self._tx.execute(
            select(t.announcement.c.at).where(
                t.announcement.c.tenant == filing.tenant, t.announcement.c.filing_id == filing.id
            )
        ).first()
        if done:
            return False
        entry = self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=Act.ANNOUNCE.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause=clause("四（四）"),
            rule_version=filing.rule_version,
        )
        entry.insert(t.announcement, filing_id=filing.id, wording=wording, person_id=by.id, at=now)
        return True

    def of(self, filing: Filing) -> list[Wording]:
        """Return the announcement of a filing and its corrections, the newest last."""
        found = []
        for table in (t.announcement, t.announcement_round):
            rows = self._tx.execute(
                select(table.c.wording, table.c.person_id, table.c.at)
                .where(table.c.tenant == filing.tenant, table.c.filing_id == filing.id)
                .order_by(table.c.at)
            )
            found += [Wording(row.wording, row.person_id, row.at) for row in rows]
        return found

    def correct(
        self,
        filing: Filing,
        *,
        wording: str,
        seen: int,
        groups: Sequence[str],
        skipped: Sequence[str],
        by: Person,
        role: Role,
        now: datetime,
    ) -> int:
        """Keep the right words and which groups are told; return the number of the round.

        Raises:
            StaleError: somebody corrected it since ``seen`` rounds stood.
        """
        held = self._filings.held(filing.id)
        advance(held.stage, Act.CORRECT, role)
        if len(self.of(held)) != seen:
            raise StaleError(
                f"{filing.case_no} 的公告刚刚已经更正过，这次没有发。"
                f"要再改请发“更正公告 {filing.case_no}”。"
            )
        entry = self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=Act.CORRECT.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause="四（四）",
            rule_version=filing.rule_version,
        )
        entry.insert(
            t.announcement_round,
            filing_id=filing.id,
            round=seen,
            wording=wording,
            person_id=by.id,
            role=role.value,
            at=now,
            groups=list(groups),
            skipped=list(skipped),
        )
        return seen
