"""整改: what a 否 of a self-inspection, or a desk after a report, asks of a school; and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, Followup, StaleError, read_followup
from storage.filings import Filings
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import Person
from storage.reporting import Report, ReportFinder
from storage.rules.followup import CLAUSE_OF, FollowKind, FollowState, follow
from storage.rules.inspection import ITEMS
from storage.rules.reports import HANDLING, TRUE, ReportState
from storage.rules.standing import Force, in_force
from storage.rules.terms import Act, Desk, NotAllowedError, Role
from storage.session import Session

_KIND = FollowKind.RECTIFY
WAITS_FOR_SCHOOL = (FollowState.OPEN, FollowState.RETURNED)
FROM_REPORT = "report:"
"""So begins the cause of what a desk asked for after a report; the report's id follows."""


def speaks_for(person: Person, tenant: str, school: str, day: date) -> Role | None:
    """Return as what somebody speaks for a school on ``day``; ``None``: they do not."""
    roles = {
        post.role for post in person.held(day) if (post.tenant, post.unit_code) == (tenant, school)
    }
    return next((role for role in (Role.PRINCIPAL, Role.OWNER) if role in roles), None)


def item_of(one: Followup) -> int:
    """Return which of the seven items it is about."""
    return int((one.cause or ":0").partition(":")[2])


def report_of(one: Followup) -> str:
    """Return the report that led to it; empty where a self-inspection did."""
    cause = one.cause or ""
    return cause.removeprefix(FROM_REPORT) if cause.startswith(FROM_REPORT) else ""


def judges_of(one: Followup) -> Desk:
    """Return the desk that says whether it is put right: who asked for it, else the centre."""
    return Desk(one.told["desk"]) if report_of(one) else Desk.TECH


def _sheet_of(one: Followup) -> str:
    return (one.cause or "").partition(":")[0]


@dataclass(slots=True, eq=False)
class Rectifying:
    """Opens, hands on and settles what is to be put right. Whoever writes of a 否 holds the
    school's sheet."""

    _tx: Session
    _journal: Journal
    _filings: Filings
    _reports: ReportFinder

    # --- finding -------------------------------------------------------------------------------

    def known(self, tenant: str, followup_id: str) -> Followup:
        """Find one that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        c = t.followup.c
        found = self._list(c.tenant == tenant, c.id == followup_id, c.kind == _KIND.value)
        if not found:
            raise NotAllowedError("没有找到这一项整改，请发“整改”查看。")
        return found[0]

    def held(self, tenant: str, followup_id: str) -> Followup:
        """Find one and keep others from its school's sheet until this transaction ends."""
        s = t.inspection_sheet.c
        one = self.known(tenant, followup_id)
        if report_of(one):
            return one
        sheet = (s.tenant == one.tenant, s.id == _sheet_of(one))
        self._tx.execute(select(s.id).where(*sheet).with_for_update())
        return self.known(tenant, followup_id)

    def of_sheet(self, tenant: str, sheet_id: str) -> list[Followup]:
        """Return everything that a school's sheet has ever asked for."""
        cause = t.followup.c.cause
        return self._list(
            t.followup.c.tenant == tenant,
            cause.in_([f"{sheet_id}:{no}" for no in ITEMS]),
        )

    def of_school(self, tenant: str, school: str) -> list[Followup]:
        """Return what a school has to put right, the first due first."""
        s = t.inspection_sheet.c
        sheets = self._tx.execute(
            select(s.id).where(s.tenant == tenant, s.school == school, s.noes > s.mended)
        ).scalars()
        found = [one for sheet_id in sheets for one in self.of_sheet(tenant, sheet_id)]
        found += self._ordered(tenant, school)
        waiting = [one for one in found if one.state in WAITS_FOR_SCHOOL]
        return sorted(waiting, key=lambda one: (one.due_on or date.max, one.id))

    def _ordered(self, tenant: str, school: str) -> list[Followup]:
        c, f = t.followup.c, t.filing.c
        of_school = select(f.id).where(f.tenant == tenant, f.school == school)
        return self._list(
            c.tenant == tenant,
            c.kind == _KIND.value,
            c.state.in_([state.value for state in WAITS_FOR_SCHOOL]),
            c.cause.startswith(FROM_REPORT),
            c.filing_id.in_(of_school),
        )

    def handed(self, tenant: str) -> list[Followup]:
        """Return what waits to be confirmed in an authority, the first due first."""
        c = t.followup.c
        found = self._list(
            c.tenant == tenant, c.kind == _KIND.value, c.state == FollowState.HANDED.value
        )
        return sorted(found, key=lambda one: (one.due_on or date.max, one.id))

    # --- as the answers have it ----------------------------------------------------------------

    def settle(
        self,
        sheet_id: str,
        filing: Filing,
        amiss: Mapping[int, str],
        *,
        due_on: date,
        owner_id: str,
        by: Person,
        role: Role,
        now: datetime,
    ) -> list[Followup]:
        """Have one item stand for each 否 about a filing, and none besides; return the new ones.

        Raises:
            NotAllowedError: an answer is taken back after something was handed in for it.
        """
        before = {
            item_of(one): one
            for one in self.of_sheet(filing.tenant, sheet_id)
            if one.filing_id == filing.id
        }
        for no, one in before.items():
            if no not in amiss and one.state is not FollowState.DROPPED:
                if one.state is not FollowState.OPEN:
                    raise NotAllowedError(
                        f"{filing.case_no}“{ITEMS[no].text}”已提交整改，答复不再改动。"
                        "需要说明的，请与教育技术部门联系，或发“人工”。"
                    )
                self._move(one, Act.DROP_RECTIFICATION, by, role, now)
        new = []
        for no, words in amiss.items():
            known = before.get(no)
            if known is None:
                new.append(self._open(sheet_id, filing, no, words, due_on, owner_id, by, role, now))
            elif known.state is FollowState.DROPPED:
                told = {**known.told, "words": words}
                new.append(
                    self._move(known, Act.RECTIFY_AGAIN, by, role, now, told=told, due_on=due_on)
                )
        return new

    def _open(
        self, sheet_id: str, filing: Filing, no: int, words: str, due_on: date, owner_id: str,
        by: Person, role: Role, now: datetime,
    ) -> Followup:  # fmt: skip
        entry = self._begin(filing, "open_rectification", by.id, role, now)
        followup_id = new_id(now)
        entry.insert(
            t.followup,
            id=followup_id,
            filing_id=filing.id,
            kind=_KIND.value,
            state=FollowState.OPEN.value,
            version=1,
            opened_at=now,
            due_on=due_on,
            told={"words": words},
            cause=f"{sheet_id}:{no}",
            owner_id=owner_id,
        )
        return self.known(filing.tenant, followup_id)

    # --- as a desk asks for it after a report --------------------------------------------------

    def may_order(self, report: Report, filing: Filing, by: Person, day: date) -> None:
        """Refuse who does not handle the report, and what the report was not found true of.

        Raises:
            NotAllowedError: so.
            StaleError: it was asked for before.
        """
        if report.is_sealed or not self._reports.handles(report, by, day):
            raise NotAllowedError("没有找到这条反映，或不由您办理。请核对回执号。")
        if report.state is not ReportState.FIXING and report.outcome not in TRUE:
            raise NotAllowedError(
                f"反映 {report.code} 还没有核实属实的结果，不能责成整改（温教办技〔2022〕65号四）。"
            )
        there = (filing.tenant, filing.school) == (report.tenant, report.school)
        if not there or in_force(filing.stage, filing.valid_until, day) is not Force.IN_FORCE:
            raise NotAllowedError(
                f"{filing.case_no} 不是这条反映所涉学校在用的备案，不能据此责成整改。"
            )
        if self.is_ordered(report, filing):
            raise StaleError(
                f"{filing.case_no} 已就这条反映责成整改，没有重复登记。", filing_id=filing.id
            )

    def order(
        self, report: Report, filing: Filing, words: str, *, due_on: date, owner_id: str,
        by: Person, day: date, now: datetime,
    ) -> Followup:  # fmt: skip
        """Have a school put right what was found, once for each report and filing. What the school
        reads is what the desk writes: nothing of the report, not even that there was one.

        Raises:
            NotAllowedError, StaleError: as ``may_order``.

        Source: 四 尾 及时处置相关问题 (R86); requirements A.6.
        """
        self.may_order(report, filing, by, day)
        entry = self._begin(filing, "order_rectification", by.id, Role.REVIEWER, now)
        followup_id = new_id(now)
        clause = HANDLING[report.category].place
        entry.insert(
            t.followup,
            id=followup_id,
            filing_id=filing.id,
            kind=_KIND.value,
            state=FollowState.OPEN.value,
            version=1,
            opened_at=now,
            due_on=due_on,
            told={"words": words, "desk": report.desk.value, "clause": clause},
            cause=f"{FROM_REPORT}{report.id}",
            owner_id=owner_id,
        )
        return self.known(filing.tenant, followup_id)

    def is_ordered(self, report: Report, filing: Filing) -> bool:
        """Tell whether a filing is to be put right, or was, because of a report."""
        c = t.followup.c
        cause = c.cause == f"{FROM_REPORT}{report.id}"
        return bool(self._list(c.tenant == filing.tenant, c.filing_id == filing.id, cause))

    # --- the school, then whoever asked --------------------------------------------------------

    def may_hand(self, one: Followup, by: Person, day: date) -> Role:
        """Return as what somebody hands in what a school has put right.

        Raises:
            NotAllowedError: they do not speak for the school today, or nothing is awaited.
        """
        filing = self._filings.known(one.filing_id)
        role = speaks_for(by, filing.tenant, filing.school, day)
        if role is None:
            raise NotAllowedError("整改由本校的经办人或校长提交（温教办技〔2022〕65号四）。")
        if one.state not in WAITS_FOR_SCHOOL:
            raise NotAllowedError(f"{filing.case_no} 的这项整改现在是“{one.state.label}”。")
        return role

    def keep_draft(self, one: Followup, draft_id: str, *, by: Person, now: datetime) -> None:
        """Note in which draft the evidence stands."""
        filing = self._filings.known(one.filing_id)
        entry = self._begin(filing, "open_evidence", by.id, Role.OWNER, now)
        entry.update(t.followup, {"id": one.id}, {}, draft_id=draft_id)

    def hand(
        self, one: Followup, evidence: str, *, by: Person, day: date, seen: int, now: datetime
    ) -> Followup:
        """Hand in what was put right."""
        one = self.held(one.tenant, one.id)
        role = self.may_hand(one, by, day)
        self._as_seen(one, seen)
        told = {**one.told, "evidence": evidence}
        return self._move(one, Act.HAND_RECTIFICATION, by, role, now, told=told)

    def must_judge(self, one: Followup, by: Person, day: date) -> None:
        """Refuse who is not at the desk that judges, or speaks for the school itself.

        Raises:
            NotAllowedError: so.
        """
        filing = self._filings.known(one.filing_id)
        desk = judges_of(one)
        if by.at_desk(filing.tenant, desk, day) is None:
            name = "教育技术部门" if desk is Desk.TECH else desk.label
            raise NotAllowedError(
                f"整改由{name}的审核人确认（温教办技〔2022〕65号四），您目前没有这项权限。"
            )
        if speaks_for(by, filing.tenant, filing.school, day) or by.id in filing.school_people:
            raise NotAllowedError("这项整改由您本人所在学校提交，请由同处室的其他同志确认。")

    def confirm(
        self, one: Followup, *, by: Person, day: date, seen: int, now: datetime
    ) -> Followup:
        """Find it put right; a school's sheet counts what its 否 asked for."""
        one = self.held(one.tenant, one.id)
        self.must_judge(one, by, day)
        self._as_seen(one, seen)
        done = self._move(one, Act.CONFIRM_RECTIFICATION, by, Role.REVIEWER, now)
        if report_of(one):
            return done
        sheet_id = _sheet_of(one)
        key = (t.inspection_sheet.c.tenant == one.tenant, t.inspection_sheet.c.id == sheet_id)
        mended = self._tx.execute(select(t.inspection_sheet.c.mended).where(*key)).scalar_one()
        entry = self._journal.begin(
            tenant=one.tenant, at=now, act="count_mended", subject=sheet_id, person_id=by.id,
            role=Role.REVIEWER.value, clause=CLAUSE_OF[_KIND],
        )  # fmt: skip
        entry.update(t.inspection_sheet, {"id": sheet_id}, {}, mended=mended + 1)
        return done

    def ask_more(
        self, one: Followup, words: str, *, by: Person, day: date, seen: int, now: datetime
    ) -> Followup:
        """Ask the school for more."""
        one = self.held(one.tenant, one.id)
        self.must_judge(one, by, day)
        self._as_seen(one, seen)
        told = {**one.told, "asked": words}
        return self._move(one, Act.RECTIFY_MORE, by, Role.REVIEWER, now, told=told)

    # --- inside --------------------------------------------------------------------------------

    def _as_seen(self, one: Followup, seen: int) -> None:
        if one.version != seen:
            filing = self._filings.known(one.filing_id)
            raise StaleError(
                f"{filing.case_no} 的整改现在是“{one.state.label}”，情况有了变化。您的点选未计入。",
                filing_id=filing.id,
            )

    def _move(
        self, one: Followup, act: Act, by: Person, role: Role, now: datetime, **values: Any
    ) -> Followup:
        to = follow(_KIND, one.state, act, role)
        filing = self._filings.known(one.filing_id)
        entry = self._begin(filing, act.value, by.id, role, now)
        is_done = to is FollowState.DONE
        if not entry.update(
            t.followup,
            {"id": one.id},
            {"version": one.version, "state": one.state.value},
            state=to.value,
            version=one.version + 1,
            settled_at=now if is_done else None,
            settled_by=by.id if is_done else None,
            **values,
        ):
            raise StaleError("这项整改刚刚由别人办理过，您的点选未计入。", filing_id=filing.id)
        return self.known(one.tenant, one.id)

    def _begin(self, filing: Filing, act: str, person_id: str, role: Role, now: datetime) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant, at=now, act=act, subject=filing.id, person_id=person_id,
            role=role.value, clause=CLAUSE_OF[_KIND], rule_version=filing.rule_version,
        )  # fmt: skip

    def _list(self, *where: Any) -> list[Followup]:
        rows = self._tx.execute(
            select(t.followup).where(*where).order_by(t.followup.c.opened_at, t.followup.c.id)
        )
        return [read_followup(row) for row in rows]
