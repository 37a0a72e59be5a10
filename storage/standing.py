"""What becomes of a filing that has its number: it lapses, is suspended, revoked or given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import literal_column, select

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.filings import Filings
from storage.finding import TaskFinder
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.people import People, Person, Post
from storage.rules.standing import Ground
from storage.rules.terms import Act, Desk, NotAllowedError, Role, Stage
from storage.rules.workflow import advance, advance_task
from storage.session import Session

AT_ONCE = 200
NOT_YOURS = "暂停、恢复和撤销由牵头部门或教育技术部门办理（三），您目前没有这项权限。"
PROPOSED, IN_FORCE, ENDED, DROPPED = "proposed", "in_force", "ended", "dropped"
SUSPEND, REVOKE = "suspend", "revoke"


class Measure(NamedTuple):
    """A suspension or a revocation of one filing.

    A revocation is ``proposed`` by one person and ``in_force`` once another has confirmed it.
    ``stop_id`` names the product's stop that it follows from, ``told_at`` when groups were told.
    """

    tenant: str
    id: str
    filing_id: str
    kind: str
    state: str
    reason: str
    clause: str
    person_id: str
    unit_code: str
    at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    ended_by: str | None
    ended_at: datetime | None
    stop_id: str | None
    told_at: datetime | None


@dataclass(slots=True, eq=False)
class Standing:
    """Moves registered filings, and keeps on which ground."""

    _tx: Session
    _people: People
    _journal: Journal
    _filings: Filings
    _tasks: TaskFinder

    # --- finding -------------------------------------------------------------------------------

    def lapsed(self, today: date) -> list[str]:
        """Return registered filings that are not valid any more, the longest over first."""
        over = (
            select(t.filing.c.id)
            .where(
                # Word for word the condition of ix_filing_lapsing.
                t.filing.c.stage == literal_column("'registered'"),
                t.filing.c.valid_until < today,
            )
            .order_by(t.filing.c.valid_until, t.filing.c.id)
            .limit(AT_ONCE)
        )
        return list(self._tx.execute(over).scalars())

    def measures(self, filing: Filing, *states: str) -> list[Measure]:
        """Return a filing's measures (in ``states``, or all), the oldest first."""
        found = select(t.measure).where(
            t.measure.c.tenant == filing.tenant, t.measure.c.filing_id == filing.id
        )
        if states:
            found = found.where(t.measure.c.state.in_(states))
        rows = self._tx.execute(found.order_by(t.measure.c.at, t.measure.c.id))
        return [Measure(**row._mapping) for row in rows]

    def get(self, measure_id: str) -> Measure | None:
        """Find a measure by id."""
        row = self._tx.execute(select(t.measure).where(t.measure.c.id == measure_id)).first()
        return Measure(**row._mapping) if row else None

    def proposal(self, filing: Filing) -> Measure | None:
        """Return the revocation that waits for a second person."""
        found = self.measures(filing, PROPOSED)
        return found[0] if found else None

    def proposed(self) -> list[Measure]:
        """Return the revocations that wait for a second person."""
        found = select(t.measure).where(t.measure.c.state == PROPOSED)
        return [Measure(**row._mapping) for row in self._tx.execute(found)]

    def is_announced(self, filing: Filing) -> bool:
        """Tell whether a filing's announcement was confirmed."""
        found = select(t.announcement.c.at).where(
            t.announcement.c.tenant == filing.tenant, t.announcement.c.filing_id == filing.id
        )
        return self._tx.execute(found).first() is not None

    def told_groups(self, filing: Filing) -> dict[str, bool]:
        """Return the groups that hear an announcement of a filing, or of a change of it.

        True where it has left; false where it still waits, for the morning or for its turn.
        """
        changes = select(t.filing.c.id).where(
            t.filing.c.tenant == filing.tenant, t.filing.c.amends == filing.id
        )
        found: dict[str, bool] = {}
        for one in (filing.id, *self._tx.execute(changes).scalars()):
            rows = self._tx.execute(
                select(t.outbox.c.group_id, t.outbox.c.state)
                .where(t.outbox.c.once.like(f"announce:{one}:%"))
                .order_by(t.outbox.c.seq)
            )
            for row in rows:
                left = row.state not in ("pending", "leased")
                found[row.group_id] = found.get(row.group_id, True) and left
        return found

    def post_for(self, filing: Filing, person: Person, day: date) -> tuple[Role, Post] | None:
        """Return as what somebody may suspend, resume or revoke: lead or technology centre."""
        for part in filing.parts:
            if post := person.at_desk(filing.tenant, part.lead.desk, day):
                return Role.LEAD, post
        post = person.at_desk(filing.tenant, Desk.TECH, day)
        return (Role.REGISTRAR, post) if post else None

    def colleagues(self, filing: Filing, day: date) -> list[Person]:
        """Return everybody who may act on a registered filing for its authority on ``day``."""
        desks = dict.fromkeys((*(part.lead.desk for part in filing.parts), Desk.TECH))
        at_work = self._people.working
        found = {one.id: one for desk in desks for one in at_work(filing.tenant, desk, day)}
        return [one for one in found.values() if one.id not in filing.school_people]

    # --- what time does ------------------------------------------------------------------------

    def lapse(self, filing_id: str, today: date, now: datetime) -> Filing | None:
        """Let a filing expire whose validity has ended; None where that is not so any more."""
        filing = self._filings.held(filing_id)
        over = filing.valid_until is not None and filing.valid_until < today
        if filing.stage is not Stage.REGISTERED or not over:
            return None
        entry = self._begin(filing, Act.LAPSE, now, None, Role.SYSTEM)
        return self._filings.move(entry, filing, Act.LAPSE, Role.SYSTEM)

    # --- what the authority does ---------------------------------------------------------------

    def suspend(
        self, filing_id: str, *, seen: int, ground: Ground, reason: str, by: Person, now: datetime
    ) -> Measure:
        """Suspend a filing on a ground of the notice.

        Raises:
            NotAllowedError: neither its lead department's nor the technology centre's, own filing,
                or not in force.
            StaleError: it moved since it was seen.
        """
        filing, role, post = self._seen(filing_id, seen, by, now)
        entry = self._begin(filing, Act.SUSPEND, now, by, role, ground.clause)
        made = self._insert(entry, filing, SUSPEND, IN_FORCE, reason, ground.clause, by, post)
        self._filings.move(entry, filing, Act.SUSPEND, role)
        return made

    def resume(
        self, filing_id: str, *, seen: int, reason: str, by: Person, now: datetime
    ) -> Filing:
        """Lift what the authority itself suspended; a product's stop is lifted by who stopped it.

        The filing is in force again when the last ground is lifted.
        """
        filing, role, _ = self._seen(filing_id, seen, by, now)
        advance(filing.stage, Act.RESUME, role)
        own = [one for one in self.measures(filing, IN_FORCE) if not one.stop_id]
        if not own:
            raise NotAllowedError(
                f"{filing.case_no} 因产品停用而暂停，由作出停用的教育技术部门恢复（三（二）8）。"
            )
        entry = self._begin(filing, Act.RESUME, now, by, role)
        entry.images.append({"note": reason})
        for one in own:
            self._end(entry, one, by.id)
        return self._resumed(entry, filing, role)

    def propose_revoke(
        self, filing_id: str, *, seen: int, ground: Ground, reason: str, by: Person, now: datetime
    ) -> Measure:
        """Propose to revoke a filing; nothing changes before a second person confirms."""
        filing, role, post = self._seen(filing_id, seen, by, now)
        advance(filing.stage, Act.REVOKE, role)
        if (open_one := self.proposal(filing)) is not None:
            raise StaleError(self._who_proposed(filing, open_one), filing_id=filing.id)
        entry = self._begin(filing, Act.REVOKE, now, by, role, ground.clause)
        return self._insert(entry, filing, REVOKE, PROPOSED, reason, ground.clause, by, post)

    def confirm_revoke(self, measure_id: str, *, by: Person, now: datetime) -> Filing:
        """Revoke a filing on another person's proposal; its running changes end with it."""
        measure, filing, role = self._proposed(measure_id, by, now)
        if by.id == measure.person_id:
            raise NotAllowedError("撤销备案须由另一位同志确认，提出的同志不能自己确认。")
        entry = self._begin(filing, Act.REVOKE, now, by, role, measure.clause)
        entry.update(
            t.measure, {"id": measure.id}, {"state": PROPOSED},
            state=IN_FORCE, confirmed_by=by.id, confirmed_at=now,
        )  # fmt: skip
        self._give_way(entry, filing, by.id)
        filing = self._filings.move(entry, filing, Act.REVOKE, role)
        self._end_changes(filing, now)
        return filing

    def drop_revoke(self, measure_id: str, *, by: Person, now: datetime) -> Filing:
        """Do not revoke: a second person disagrees, or who proposed it takes it back."""
        measure, filing, role = self._proposed(measure_id, by, now)
        entry = self._begin(filing, Act.REVOKE, now, by, role, measure.clause)
        entry.update(
            t.measure, {"id": measure.id}, {"state": PROPOSED},
            state=DROPPED, ended_by=by.id, ended_at=now,
        )  # fmt: skip
        return filing

    # --- what the school does ------------------------------------------------------------------

    def cancel(self, filing_id: str, *, seen: int, by: Person, now: datetime) -> Filing:
        """Let the principal give a filing up; its number can still be looked up."""
        filing = self._filings.held(filing_id)
        if not by.is_principal_of(filing.tenant, filing.school, filing.local(now).date()):
            raise NotAllowedError("注销由本校校长（园长、单位负责人）本人办理。")
        self._must_stand(filing, seen)
        entry = self._begin(filing, Act.CANCEL, now, by, Role.PRINCIPAL)
        self._give_way(entry, filing, by.id)
        filing = self._filings.move(entry, filing, Act.CANCEL, Role.PRINCIPAL)
        self._end_changes(filing, now)
        return filing

    # --- what follows from a product's stop ----------------------------------------------------

    def stop(
        self, filing: Filing, stop_id: str, reason: str, place: str, person_id: str, now: datetime
    ) -> Measure:
        """Suspend a held filing because its product was stopped."""
        entry = self._begin(filing, Act.SUSPEND, now, None, Role.SYSTEM, place)
        made = self._insert(
            entry, filing, SUSPEND, IN_FORCE, reason, place, person_id, None, stop_id=stop_id
        )
        self._filings.move(entry, filing, Act.SUSPEND, Role.SYSTEM)
        return made

    def unstop(self, measure: Measure, filing: Filing, person_id: str, now: datetime) -> Filing:
        """Lift, of a held filing, what a stop had suspended."""
        entry = self._begin(filing, Act.RESUME, now, None, Role.SYSTEM, measure.clause)
        self._end(entry, measure, person_id)
        return self._resumed(entry, filing, Role.SYSTEM)

    def mark_told(self, measure: Measure, filing: Filing, now: datetime) -> None:
        """Note that the groups were told of a measure."""
        entry = self._journal.begin(
            tenant=filing.tenant, at=now, act="groups-told", subject=filing.id,
            clause=measure.clause, rule_version=filing.rule_version,
        )  # fmt: skip
        entry.update(t.measure, {"id": measure.id}, {"told_at": None}, told_at=now)

    # --- inside --------------------------------------------------------------------------------

    def _seen(
        self, filing_id: str, seen: int, by: Person, now: datetime
    ) -> tuple[Filing, Role, Post]:
        """Hold a filing for who may act on it. How it stands is told to nobody else."""
        filing = self._filings.held(filing_id)
        role, post = self._authority(filing, by, now)
        self._must_stand(filing, seen)
        return filing, role, post

    @staticmethod
    def _must_stand(filing: Filing, seen: int) -> None:
        if filing.version != seen:
            raise StaleError(
                f"{filing.case_no} 现在是“{filing.stage.label}”，情况有了变化，您的点选未计入。"
                f"发“进度 {filing.case_no}”查看。",
                filing_id=filing.id,
            )

    def _proposed(self, measure_id: str, by: Person, now: datetime) -> tuple[Measure, Filing, Role]:
        measure = self.get(measure_id)
        if measure is None:
            raise NotAllowedError("没有找到这项撤销建议。")
        filing = self._filings.held(measure.filing_id)
        role, _ = self._authority(filing, by, now)
        measure = self.get(measure_id)
        assert measure is not None  # nothing is ever deleted
        if measure.state != PROPOSED:
            done = {IN_FORCE: "已经确认", DROPPED: "已经撤回或未获同意"}.get(
                measure.state, "已经不需要办理"
            )
            raise StaleError(
                f"{filing.case_no} 的撤销建议{done}，您的点选未计入。", filing_id=filing.id
            )
        return measure, filing, role

    def _who_proposed(self, filing: Filing, measure: Measure) -> str:
        person, at = self._people.get(measure.person_id), filing.local(measure.at)
        return (
            f"{filing.case_no} 已由{person.name if person else ''}于{at.month}月{at.day}日"
            "提出撤销，等另一位同志确认，不用再提。"
        )

    def _authority(self, filing: Filing, by: Person, now: datetime) -> tuple[Role, Post]:
        found = self.post_for(filing, by, filing.local(now).date())
        if found is None:
            raise NotAllowedError(NOT_YOURS)
        if by.id in filing.school_people:
            raise NotAllowedError("这件备案由您本人报送，请由其他同志办理。")
        return found

    def _insert(
        self,
        entry: Entry,
        filing: Filing,
        kind: str,
        state: str,
        reason: str,
        place: str,
        by: Person | str,
        post: Post | None,
        *,
        stop_id: str | None = None,
    ) -> Measure:
        made = Measure(
            filing.tenant, new_id(entry.at), filing.id, kind, state, reason, place,
            by if isinstance(by, str) else by.id, post.unit_code if post else "", entry.at,
            None, None, None, None, stop_id, None,
        )  # fmt: skip
        entry.insert(t.measure, **made._asdict())
        return made

    def _end(self, entry: Entry, measure: Measure, person_id: str) -> None:
        entry.update(
            t.measure, {"id": measure.id}, {"state": measure.state},
            state=ENDED if measure.state == IN_FORCE else DROPPED,
            ended_by=person_id, ended_at=entry.at,
        )  # fmt: skip

    def _resumed(self, entry: Entry, filing: Filing, role: Role) -> Filing:
        """Put a filing in force again where no ground is left against it."""
        if any(one.kind == SUSPEND for one in self.measures(filing, IN_FORCE)):
            return filing
        return self._filings.move(entry, filing, Act.RESUME, role)

    def _give_way(self, entry: Entry, filing: Filing, person_id: str) -> None:
        """End the suspensions and proposals of a filing that is over."""
        for one in self.measures(filing, IN_FORCE, PROPOSED):
            if one.kind == SUSPEND or one.state == PROPOSED:
                self._end(entry, one, person_id)

    def _end_changes(self, filing: Filing, now: datetime) -> None:
        for change in self._filings.changes_of(filing):
            held = self._filings.held(change.id)
            entry = self._begin(held, Act.FALL, now, None, Role.SYSTEM)
            for task in self._tasks.of(held):
                if task.view.is_pending:
                    entry.update(
                        t.task,
                        {"id": task.id},
                        {"version": task.version},
                        state=advance_task(task.state, Act.FALL, Role.SYSTEM).value,
                        version=task.version + 1,
                    )
            self._filings.move(entry, held, Act.FALL, Role.SYSTEM, settled_at=now)

    def _begin(
        self,
        filing: Filing,
        act: Act,
        now: datetime,
        by: Person | None,
        role: Role,
        place: str = "四（四）",
    ) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=act.value,
            subject=filing.id,
            person_id=by.id if by else "",
            role=role.value,
            clause=place,
            rule_version=filing.rule_version,
        )
