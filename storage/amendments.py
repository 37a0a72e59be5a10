"""Changes of registered filings: who answers for one, and what a change's registration does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from storage import tables as t
from storage.cases import Filing, StaleError, read_filing
from storage.filings import Filings
from storage.finding import TaskFinder
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.names import Names
from storage.people import Person
from storage.rules import amend
from storage.rules.amend import Change
from storage.rules.terms import Act, Desk, NotAllowedError, Role, Stage, TaskKind
from storage.rules.workflow import FILING_MOVES, advance
from storage.session import Session

CHANGEABLE: Mapping[Change, frozenset[Stage]] = {
    **dict.fromkeys(Change, frozenset({Stage.REGISTERED})),
    Change.RENEWAL: frozenset({Stage.REGISTERED, Stage.EXPIRED}),
}


class OwnerChange(NamedTuple):
    """Somebody who is to answer for a project, until they or the principal have confirmed it."""

    tenant: str
    id: str
    filing_id: str
    new_owner_id: str
    person_id: str
    at: datetime
    state: str
    ended_by: str | None
    ended_at: datetime | None


@dataclass(slots=True, eq=False)
class Amendments:
    """Begins, records and merges changes."""

    _tx: Session
    _journal: Journal
    _filings: Filings
    _tasks: TaskFinder

    # --- what may be changed -------------------------------------------------------------------

    def must_be_open_to(self, filing_id: str, change: Change) -> Filing:
        """Hold a filing that may be changed now, and return it.

        Raises:
            NotAllowedError: it is not in force, or another change of it is under way.
        """
        filing = self._filings.held(filing_id)
        if filing.stage not in CHANGEABLE[change]:
            what = "续期" if change is Change.RENEWAL else "变更"
            raise NotAllowedError(
                f"{filing.case_no} 现在是“{filing.stage.label}”，不能办理{what}。"
            )
        if running := self._filings.changes_of(filing):
            kind = Change(running[0].change).label
            raise NotAllowedError(
                f"{filing.case_no} 的变更正在办理（{running[0].case_no}，{kind}），"
                "办结或撤回后再办下一项。"
            )
        return filing

    def must_be_free_for(self, filing: Filing) -> None:
        """Hold a rejected change that is to be decided again to what it would change.

        Raises:
            NotAllowedError: its original is over, another change of it is under way, or one was
                registered since, which this one would undo: a change brings its whole content.
        """
        if not filing.amends:
            return
        original = self._filings.held(filing.amends)
        if (original.stage, Act.AMEND) not in FILING_MOVES:
            raise NotAllowedError(
                f"{filing.case_no} 的原备案 {original.case_no} 现在是“{original.stage.label}”，"
                "这项变更不再办理。"
            )
        running = [one for one in self._filings.changes_of(original) if one.id != filing.id]
        if running:
            raise NotAllowedError(
                f"原备案 {original.case_no} 另有变更正在办理（{running[0].case_no}），"
                f"办结或撤回后再办 {filing.case_no}。"
            )
        since = [one for one in self.merged_into(original) if one.made_at > filing.made_at]
        if since:
            raise NotAllowedError(
                f"原备案 {original.case_no} 之后又变更过（{since[0].case_no}），{filing.case_no} "
                f"不再办理。仍需变更的，请重新发“变更 {original.case_no}”。"
            )

    def reviewed_on(self, filing: Filing) -> date:
        """Return when 法规 last gave its opinion on the content, else when it was registered."""
        ids = [filing.id, *(one.id for one in self.merged_into(filing))]
        found = (
            select(t.decision.c.at)
            .join(
                t.task,
                (t.task.c.tenant == t.decision.c.tenant) & (t.task.c.id == t.decision.c.task_id),
            )
            .where(
                t.decision.c.tenant == filing.tenant,
                t.decision.c.filing_id.in_(ids),
                t.task.c.desk == Desk.LEGAL.value,
                t.task.c.kind == TaskKind.CO_REVIEW.value,
            )
            .order_by(t.decision.c.at.desc())
            .limit(1)
        )
        at = self._tx.execute(found).scalar_one_or_none() or filing.registered_at or filing.made_at
        return filing.local(at).date()

    def merged_into(self, filing: Filing) -> list[Filing]:
        """Return the changes that a filing has taken over, the oldest first."""
        rows = self._tx.execute(
            select(t.filing.c.id)
            .where(
                t.filing.c.tenant == filing.tenant,
                t.filing.c.amends == filing.id,
                t.filing.c.stage == Stage.MERGED.value,
            )
            .order_by(t.filing.c.made_at, t.filing.c.case_no)
        )
        return [self._filings.known(one) for one in rows.scalars()]

    # --- registering a change ------------------------------------------------------------------

    def renewed(self, tenant: str) -> list[Filing]:
        """Return the renewals that were registered into their originals, the oldest first."""
        rows = self._tx.execute(
            select(t.filing)
            .where(
                t.filing.c.tenant == tenant,
                t.filing.c.change == Change.RENEWAL.value,
                t.filing.c.stage == Stage.MERGED.value,
            )
            .order_by(t.filing.c.registered_at, t.filing.c.id)
        )
        return [read_filing(row) for row in rows]

    def merge(self, entry: Entry, filing: Filing) -> Filing:
        """Let the original take over a change, in the act of its registration; return the original.

        The original keeps its number: it is the same project of the same school.
        """
        original = self._filings.held(filing.amends)
        change = Change(filing.change)
        act = Act.RENEW if change is Change.RENEWAL else Act.AMEND
        second = self._journal.begin(
            tenant=entry.tenant,
            at=entry.at,
            act=act.value,
            subject=original.id,
            person_id=entry.person_id,
            role=entry.role,
            clause=entry.clause,
            rule_version=filing.rule_version,
        )
        # Who answers for the project may have changed while the change was under way.
        own = {key: original.answers[key] for key in amend.STAYS if key in original.answers}
        answers = {**amend.taken_over(filing.answers), **own}
        facts = replace(filing.facts, legacy=original.facts.legacy)
        values: dict[str, Any] = {
            "title": str(answers.get("project") or original.title),
            "product_key": filing.product_key,
            "facts": {"facts": facts.to_dict(), "explained": list(filing.explained)},
            "answers": answers,
            "route": [asdict(one) for one in amend.merged_parts(original.parts, filing.parts)],
        }
        if change is Change.RENEWAL:
            values["valid_until"] = amend.renewed_until(
                original.valid_until, filing.local(entry.at).date(), filing.office.valid_years
            )
        changed = sorted(
            key
            for key in {*original.answers, *answers}
            if original.answers.get(key) != answers.get(key)
        )
        second.images.append({"note": {"change": filing.case_no, "changed": changed}})
        self._filings.move(entry, filing, Act.MERGE, Role.REGISTRAR, settled_at=entry.at)
        changed_one = self._filings.move(second, original, act, Role.REGISTRAR, **values)
        Names(self._tx).registered(changed_one.title, changed_one.product_key)
        return changed_one

    # --- another person in charge ----------------------------------------------------------------

    def owner_change(self, change_id: str) -> OwnerChange | None:
        """Find a proposed or ended change of the person in charge."""
        row = self._tx.execute(
            select(t.owner_change).where(t.owner_change.c.id == change_id)
        ).first()
        return OwnerChange(**row._mapping) if row else None

    def proposed_owner(self, filing: Filing) -> OwnerChange | None:
        """Return the change of the person in charge that waits to be confirmed."""
        row = self._tx.execute(
            select(t.owner_change).where(
                t.owner_change.c.tenant == filing.tenant,
                t.owner_change.c.filing_id == filing.id,
                t.owner_change.c.state == "proposed",
            )
        ).first()
        return OwnerChange(**row._mapping) if row else None

    def propose_owner(
        self, filing_id: str, *, new_owner: Person, role: Role, by: Person, now: datetime
    ) -> OwnerChange:
        """Name who is to answer for a project; a name given before gives way.

        Raises:
            NotAllowedError: not in force, the same person, or somebody who decided on this filing.
        """
        filing = self._filings.held(filing_id)
        advance(filing.stage, Act.CHANGE_OWNER, role)
        if new_owner.id == filing.project_owner_id:
            raise NotAllowedError(f"{filing.case_no} 的项目负责人现在就是{new_owner.name}。")
        if new_owner.id in {one.person_id for one in self._tasks.decisions(filing)}:
            raise NotAllowedError(
                f"{new_owner.name}办理过这件备案的审查，不能担任项目负责人，请另选一位。"
            )
        entry = self._begin(filing, now, by, role)
        if before := self.proposed_owner(filing):
            self._end(entry, before, "dropped", by)
        made = OwnerChange(
            filing.tenant, new_id(now), filing.id, new_owner.id, by.id, now, "proposed", None, None
        )
        entry.insert(t.owner_change, **made._asdict())
        return made

    def must_wait_for(self, change_id: str, *, by: Person, now: datetime) -> None:
        """Refuse somebody who may not confirm a change of owner, or comes too late."""
        self._waiting(change_id, by, now)

    def confirm_owner(
        self, change_id: str, *, new_owner: Person, phone: str, by: Person, now: datetime
    ) -> Filing:
        """Record another person in charge, on their own word or the principal's.

        ``phone`` is sealed. Who filed it stays named where that was another person.

        Raises:
            NotAllowedError: neither the new person nor this school's principal today.
            StaleError: it was recorded or dropped meanwhile.
        """
        change, filing, role = self._waiting(change_id, by, now)
        entry = self._begin(filing, now, by, role)
        self._end(entry, change, "done", by)
        values: dict[str, Any] = {
            "answers": {
                **filing.answers,
                "owner": {"id": new_owner.id, "name": new_owner.name},
                "phone": phone,
            }
        }
        if filing.owner_id == filing.project_owner_id:
            values["owner_id"] = new_owner.id
        return self._filings.move(entry, filing, Act.CHANGE_OWNER, role, **values)

    def drop_owner(self, change_id: str, *, by: Person, now: datetime) -> Filing:
        """Leave the person in charge as it is."""
        change, filing, role = self._waiting(change_id, by, now)
        self._end(self._begin(filing, now, by, role), change, "dropped", by)
        return filing

    # --- inside --------------------------------------------------------------------------------

    def _waiting(
        self, change_id: str, by: Person, now: datetime
    ) -> tuple[OwnerChange, Filing, Role]:
        change = self.owner_change(change_id)
        if change is None:
            raise NotAllowedError("没有找到这项变更。")
        filing = self._filings.held(change.filing_id)
        role = self._may_confirm(change, filing, by, now)
        change = self.owner_change(change_id)
        assert change is not None  # nothing is ever deleted
        if change.state != "proposed":
            done = "已经登记" if change.state == "done" else "已经取消"
            raise StaleError(
                f"{filing.case_no} 的负责人变更{done}，您的点选未计入。", filing_id=filing.id
            )
        return change, filing, role

    @staticmethod
    def _may_confirm(change: OwnerChange, filing: Filing, by: Person, now: datetime) -> Role:
        day = filing.local(now).date()
        if by.is_principal_of(filing.tenant, filing.school, day):
            return Role.PRINCIPAL
        here = by.works_in(filing.tenant, filing.school, day)
        if by.id == change.new_owner_id and here:
            return Role.OWNER
        raise NotAllowedError("负责人变更由新的负责人本人或校长确认。")

    def _begin(self, filing: Filing, now: datetime, by: Person, role: Role) -> Entry:
        return self._journal.begin(
            tenant=filing.tenant,
            at=now,
            act=Act.CHANGE_OWNER.value,
            subject=filing.id,
            person_id=by.id,
            role=role.value,
            clause="附件",
            rule_version=filing.rule_version,
        )

    @staticmethod
    def _end(entry: Entry, change: OwnerChange, state: str, by: Person) -> None:
        entry.update(
            t.owner_change, {"id": change.id}, {"state": "proposed"},
            state=state, ended_by=by.id, ended_at=entry.at,
        )  # fmt: skip
