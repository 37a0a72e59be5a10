"""What follows a registered filing: each row once opened, handed on, settled by who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from storage import tables as t
from storage.calendar import Calendars
from storage.cases import Filing, Followup, StaleError, read_followup
from storage.filings import Filings
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import Person
from storage.rules import workdays
from storage.rules.followup import (
    CLAUSE_OF,
    DESK_OF,
    NO_EXAMPLE,
    FollowKind,
    FollowState,
    follow,
    following,
)
from storage.rules.terms import Act, NotAllowedError, Role
from storage.session import Session

_SETTLED = (FollowState.DONE, FollowState.DECLINED)


@dataclass(slots=True, eq=False)
class Followups:
    """Opens, finds and moves what follows."""

    _tx: Session
    _journal: Journal
    _filings: Filings
    _calendars: Calendars

    # --- finding -------------------------------------------------------------------------------

    def known(self, followup_id: str) -> Followup:
        """Find one that must exist.

        Raises:
            NotAllowedError: it does not.
        """
        found = self._list(t.followup.c.id == followup_id)
        if not found:
            raise NotAllowedError("没有找到这一项，请发“进度”加办件号查看。")
        return found[0]

    def of(self, filing: Filing) -> list[Followup]:
        """Return what follows a filing, in the order in which it was opened."""
        found = self._list(
            t.followup.c.tenant == filing.tenant, t.followup.c.filing_id == filing.id
        )
        order = list(FollowKind)
        return sorted(found, key=lambda one: (one.opened_at, order.index(one.kind), one.id))

    def one(self, filing: Filing, kind: FollowKind) -> Followup | None:
        """Return the newest of one kind."""
        found = self.of_kind(filing, kind)
        return found[-1] if found else None

    def of_kind(self, filing: Filing, kind: FollowKind) -> list[Followup]:
        """Return those of one kind, the oldest first."""
        return [one for one in self.of(filing) if one.kind is kind]

    def standing(self, tenant: str, kind: FollowKind, *states: FollowState) -> list[Followup]:
        """Return an authority's rows of one kind in some states, the first due first."""
        found = self._list(
            t.followup.c.tenant == tenant,
            t.followup.c.kind == kind.value,
            t.followup.c.state.in_([state.value for state in states]),
        )
        return sorted(found, key=lambda one: (one.due_on or date.max, one.id))

    # --- opening -------------------------------------------------------------------------------

    def open_after(self, entry: Entry, filing: Filing) -> None:
        """Open what a filing has to do after its number, in the act of registering it or a change
        of it; what has followed it before is not opened twice."""
        due = workdays.add(
            filing.local(entry.at).date(),
            filing.office.days_acceptance,
            self._calendars.of(filing.tenant),
        )
        had = {one.kind: one.state for one in self.of(filing)}
        accepted = had.get(FollowKind.ACCEPTANCE) is FollowState.DONE
        to_do = following(filing.facts)
        for kind in to_do:
            if kind not in had:
                # An audit looks at what is finished: its limit runs from the acceptance on.
                waits = kind is FollowKind.AUDIT and FollowKind.ACCEPTANCE in to_do and not accepted
                self._open(entry, filing, kind, None if waits else due.on, {})

    def keep_draft(self, one: Followup, draft_id: str, *, by: Person, now: datetime) -> None:
        """Note in which draft the papers of an acceptance stand."""
        entry = self._begin(one, "open_acceptance", by.id, Role.OWNER, now)
        entry.update(t.followup, {"id": one.id}, {}, draft_id=draft_id)

    # --- acceptance ----------------------------------------------------------------------------

    def hand(
        self, one: Followup, told: Mapping[str, Any], *, by: Person, seen: int, now: datetime
    ) -> Followup:
        """Hand an acceptance to the technical department: dates, result, what is explained.

        Raises:
            NotAllowedError: not of this school's people, or the acceptance is not theirs to give.
        """
        filing = self._filings.held(one.filing_id)
        role = self._of_school(filing, by, now)
        one = self._as_seen(one, filing, seen)
        return self._move(one, Act.HAND_ACCEPTANCE, by, role, now, told={**one.told, **told})

    def confirm(self, one: Followup, *, by: Person, seen: int, now: datetime) -> Followup:
        """Confirm an acceptance; the limit of an audit begins to run (三（二）8)."""
        filing = self._filings.held(one.filing_id)
        self._at_desk(filing, one.kind, by, now)
        one = self._as_seen(one, filing, seen)
        done = self._move(one, Act.CONFIRM_ACCEPTANCE, by, Role.REVIEWER, now)
        audit = self.one(filing, FollowKind.AUDIT)
        if audit is not None and audit.state is FollowState.OPEN:
            entry = self._begin(audit, "audit_due", by.id, Role.REVIEWER, now)
            today = filing.local(now).date()
            due = workdays.add(today, filing.office.days_audit, self._calendars.of(filing.tenant))
            entry.update(t.followup, {"id": audit.id}, {}, due_on=due.on)
        return done

    def ask_more(
        self, one: Followup, words: str, *, by: Person, seen: int, now: datetime
    ) -> Followup:
        """Ask the school back about its acceptance."""
        filing = self._filings.held(one.filing_id)
        self._at_desk(filing, one.kind, by, now)
        one = self._as_seen(one, filing, seen)
        told = {**one.told, "asked": words}
        return self._move(one, Act.ASK_MORE, by, Role.REVIEWER, now, told=told)

    # --- marks ---------------------------------------------------------------------------------

    def audit(
        self, filing: Filing, told: Mapping[str, Any], *, by: Person, now: datetime
    ) -> Followup:
        """Note the audit of a filing's money (R44), once.

        Raises:
            NotAllowedError: not 计财's, nothing was spent, or it has been noted.
        """
        filing = self._filings.held(filing.id)
        self._at_desk(filing, FollowKind.AUDIT, by, now)
        one = self.one(filing, FollowKind.AUDIT)
        if one is None:
            raise NotAllowedError(f"{filing.case_no} 没有经费支出或尚未备案，不需要经费审计。")
        return self._move(one, Act.AUDIT, by, Role.REVIEWER, now, told=dict(told))

    def note(
        self,
        filing: Filing,
        kind: FollowKind,
        act: Act,
        told: Mapping[str, Any],
        *,
        by: Person,
        now: datetime,
    ) -> Followup:
        """Note a visit or an evaluation (R53, R55), as often as there is one.

        Raises:
            NotAllowedError: as ``may_note``.
        """
        filing = self.may_note(filing, kind, by=by, now=now)
        entry = self._begin_on(filing, kind, act.value, by.id, Role.REVIEWER, now)
        to = follow(kind, FollowState.OPEN, act, Role.REVIEWER)
        made = self._open(entry, filing, kind, None, told, to, by.id)
        return self.known(made)

    def may_note(self, filing: Filing, kind: FollowKind, *, by: Person, now: datetime) -> Filing:
        """Return a filing on which somebody may note a mark of this kind.

        Raises:
            NotAllowedError: the desk is not theirs, or the filing has no number.
        """
        filing = self._registered(filing)
        self._at_desk(filing, kind, by, now)
        return filing

    def link_topic(self, filing: Filing, name: str, *, by: Person, now: datetime) -> Followup:
        """Note a topic of research (课题) that a filing belongs to (R54), each name once.

        Raises:
            NotAllowedError: neither of the school nor 教研, no number yet, or noted before.
        """
        filing = self._registered(filing)
        role = self._in_school(filing, by, now)
        if role is None:
            self._at_desk(filing, FollowKind.TOPIC, by, now)
            role = Role.REVIEWER
        if any(one.told["words"] == name for one in self.of_kind(filing, FollowKind.TOPIC)):
            raise NotAllowedError(f"{filing.case_no} 已登记课题“{name}”。")
        entry = self._begin_on(filing, FollowKind.TOPIC, Act.LINK_TOPIC.value, by.id, role, now)
        to = follow(FollowKind.TOPIC, FollowState.OPEN, Act.LINK_TOPIC, role)
        return self.known(
            self._open(entry, filing, FollowKind.TOPIC, None, {"words": name}, to, by.id)
        )

    def propose(self, filing: Filing, words: str, *, by: Person, now: datetime) -> Followup:
        """Mark a typical case (R13, R57); it is published only with the school's consent."""
        filing = self._registered(filing)
        self._at_desk(filing, FollowKind.CASE, by, now)
        if filing.stage in NO_EXAMPLE:
            raise NotAllowedError(
                f"{filing.case_no} 现在是“{filing.stage.label}”，不能标记为典型案例。"
            )
        one = self.one(filing, FollowKind.CASE)
        if one is None:
            entry = self._begin_on(
                filing, FollowKind.CASE, Act.PROPOSE_CASE.value, by.id, Role.REVIEWER, now
            )
            return self.known(self._open(entry, filing, FollowKind.CASE, None, {"words": words}))
        if one.state is not FollowState.DECLINED:
            raise NotAllowedError(f"{filing.case_no} 已标记为典型案例（{one.state.label}）。")
        return self._move(
            one, Act.PROPOSE_CASE, by, Role.REVIEWER, now, told={**one.told, "words": words}
        )

    def consent(self, one: Followup, act: Act, *, by: Person, seen: int, now: datetime) -> Followup:
        """Let the principal agree to the publication, or not."""
        filing = self._filings.held(one.filing_id)
        if not by.is_principal_of(filing.tenant, filing.school, filing.local(now).date()):
            raise NotAllowedError("案例公开由本校校长（园长、单位负责人）本人决定。")
        one = self._as_seen(one, filing, seen)
        return self._move(one, act, by, Role.PRINCIPAL, now)

    # --- inside --------------------------------------------------------------------------------

    def _as_seen(self, one: Followup, filing: Filing, seen: int) -> Followup:
        """Return a row as it stands; asked after authority, for a refusal says how it does."""
        one = self.known(one.id)
        if one.version != seen:
            raise StaleError(
                f"{filing.case_no} 的{one.kind.label}现在是“{one.state.label}”，情况有了变化。"
                "您的点选未计入。",
                filing_id=filing.id,
            )
        return one

    def _registered(self, filing: Filing) -> Filing:
        filing = self._filings.held(filing.id)
        if filing.number is None:
            raise NotAllowedError(f"{filing.case_no} 现在是“{filing.stage.label}”，备案后再记录。")
        return filing

    def _of_school(self, filing: Filing, by: Person, now: datetime) -> Role:
        role = self._in_school(filing, by, now)
        if role is None:
            raise NotAllowedError("验收由本校的经办人、项目负责人或校长提交（三（二）8）。")
        return role

    @staticmethod
    def _in_school(filing: Filing, by: Person, now: datetime) -> Role | None:
        """Return as what somebody speaks for a filing's school; ``None``: they do not."""
        today = filing.local(now).date()
        if by.is_principal_of(filing.tenant, filing.school, today):
            return Role.PRINCIPAL
        there = by.works_in(filing.tenant, filing.school, today)
        return Role.OWNER if there and by.id in filing.school_people else None

    def _at_desk(self, filing: Filing, kind: FollowKind, by: Person, now: datetime) -> None:
        desk = DESK_OF[kind]
        if by.at_desk(filing.tenant, desk, filing.local(now).date()) is None:
            raise NotAllowedError(
                f"{kind.label}由{desk.label}的审核人办理（{CLAUSE_OF[kind]}），您目前没有这项权限。"
            )
        if by.id in filing.school_people:
            raise NotAllowedError("这件备案由您本人报送，请由同处室的其他同志办理。")

    def _open(
        self,
        entry: Entry,
        filing: Filing,
        kind: FollowKind,
        due_on: date | None,
        told: Mapping[str, Any],
        state: FollowState = FollowState.OPEN,
        by: str | None = None,
    ) -> str:
        followup_id = new_id(entry.at)
        entry.insert(
            t.followup,
            id=followup_id,
            filing_id=filing.id,
            kind=kind.value,
            state=state.value,
            version=1,
            opened_at=entry.at,
            due_on=due_on,
            settled_at=entry.at if state in _SETTLED else None,
            settled_by=by if state in _SETTLED else None,
            told=dict(told),
        )
        return followup_id

    def _move(
        self, one: Followup, act: Act, by: Person, role: Role, now: datetime, **values: Any
    ) -> Followup:
        to = follow(one.kind, one.state, act, role)
        entry = self._begin(one, act.value, by.id, role, now)
        is_over = to in _SETTLED
        settled = {
            "settled_at": now if is_over else None,
            "settled_by": by.id if is_over else None,
        }
        guard = {"version": one.version, "state": one.state.value}
        if not entry.update(
            t.followup,
            {"id": one.id},
            guard,
            state=to.value,
            version=one.version + 1,
            **settled,
            **values,
        ):
            raise StaleError(f"这项{one.kind.label}刚刚由别人办理过，您的点选未计入。")
        return self.known(one.id)

    def _begin(self, one: Followup, act: str, person_id: str, role: Role, now: datetime) -> Entry:
        return self._begin_on(
            self._filings.known(one.filing_id), one.kind, act, person_id, role, now
        )

    def _begin_on(
        self,
        filing: Filing,
        kind: FollowKind,
        act: str,
        person_id: str,
        role: Role,
        now: datetime,
    ) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=act,
            subject=filing.id,
            person_id=person_id,
            role=role.value,
            clause=CLAUSE_OF[kind],
            rule_version=filing.rule_version,
        )

    def _list(self, *where: Any) -> list[Followup]:
        rows = self._tx.execute(
            select(t.followup).where(*where).order_by(t.followup.c.opened_at, t.followup.c.id)
        )
        return [read_followup(row) for row in rows]
