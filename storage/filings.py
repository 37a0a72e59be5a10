"""The filings. Only this file writes a filing's stage or number, and it asks the rules first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from storage import tables as t
from storage.cases import Filing, StaleError
from storage.deadlines import Deadlines
from storage.drafts import Draft
from storage.finding import MOVED, FilingFinder, TaskFinder
from storage.ids import new_id
from storage.journal import Entry, Journal
from storage.names import Names
from storage.people import Person
from storage.rules import numbering
from storage.rules.basis import basis_of
from storage.rules.course import due_automatically
from storage.rules.facts import Facts
from storage.rules.office import OfficeRules
from storage.rules.routing import Part, Route
from storage.rules.terms import Act, NotAllowedError, Role, Stage
from storage.rules.workflow import advance
from storage.seating import Seating


@dataclass(slots=True, eq=False)
class Filings(FilingFinder):
    """Opens, finds and moves filings."""

    _journal: Journal
    _tasks: TaskFinder
    _seating: Seating
    _deadlines: Deadlines

    # --- before the authority has it -----------------------------------------------------------

    def open(
        self,
        draft: Draft,
        *,
        title: str,
        product_key: str,
        facts: Facts,
        explained: Sequence[str],
        answers: Mapping[str, Any],
        route: Route,
        office: OfficeRules,
        number_code: str,
        owner: Person,
        principal: Person,
        now: datetime,
        amends: str = "",
        change: str = "",
        act: Act = Act.SEND_TO_PRINCIPAL,
        ways: Sequence[Sequence[Part]] = (),
        by: Person | None = None,
    ) -> list[Filing]:
        """Make the filings of a finished draft and send them to the principal.

        One filing per lead (M13), all of one bundle; the case number comes from its own counter.
        A pilot (``act``) is one filing, whose ``ways`` are those it would go as a full one. ``by``
        opens them for the owner.
        """
        bundle = new_id(now)
        made = []
        for at, parts in enumerate(ways or route.filings):
            entry = self._begin(
                draft.tenant,
                bundle if at == 0 else new_id(now),
                now,
                act,
                by or owner,
                Role.OWNER,
                office.version,
            )
            self._open(
                entry,
                number_code,
                office,
                bundle=bundle,
                school=draft.unit_code,
                matter=draft.matter,
                kind=facts.kind.value,
                title=title,
                product_key=product_key,
                facts={"facts": facts.to_dict(), "explained": list(explained)},
                answers=dict(answers),
                route=[asdict(part) for part in parts],
                stage=advance(Stage.DRAFT, act, Role.OWNER).value,
                owner_id=owner.id,
                principal_id=principal.id,
                due_provisional=False,
                amends=amends or None,
                change=change or None,
            )
            made.append(self.known(entry.subject))
        return made

    def take_over(
        self, entry: Entry, number_code: str, office: OfficeRules, **values: Any
    ) -> Filing:
        """Open a filing that another authority hands over, as it was signed there."""
        stage = Stage.SUBMITTED.value
        self._open(entry, number_code, office, bundle=entry.subject, stage=stage, **values)
        return self.known(entry.subject)

    def send_again(
        self,
        filing: Filing,
        *,
        title: str,
        product_key: str,
        facts: Facts,
        explained: Sequence[str],
        answers: Mapping[str, Any],
        parts: Sequence[Part],
        principal: Person,
        owner: Person,
        now: datetime,
        act: Act = Act.SEND_TO_PRINCIPAL,
    ) -> Filing:
        """Send a filing that the principal sent back to the principal again."""
        return self._move(
            filing,
            act,
            owner,
            Role.OWNER,
            now,
            title=title,
            product_key=product_key,
            principal_id=principal.id,
            answers=dict(answers),
            facts={"facts": facts.to_dict(), "explained": list(explained)},
            route=[asdict(part) for part in parts],
            kind=facts.kind.value,
        )

    def take_back(self, filing: Filing, *, by: Person, now: datetime) -> Filing:
        """Let the owner take back what the principal has not signed yet."""
        if not _owns(by, filing, now):
            raise NotAllowedError("只有这件备案的经办人可以取回修改。")
        return self._move(filing, Act.TAKE_BACK, by, Role.OWNER, now)

    def send_back(self, filing: Filing, *, by: Person, reason: str, now: datetime) -> Filing:
        """Let the principal hand a filing back to its owner, with a reason."""
        self._must_sign_for(filing, by, now)
        return self._move(filing, Act.SEND_BACK, by, Role.PRINCIPAL, now, note=reason)

    def sign(
        self,
        filing: Filing,
        *,
        declared: Sequence[datetime],
        wording_version: str,
        by: Person,
        now: datetime,
    ) -> Filing:
        """Sign for the school and hand the filing to the authority; review begins at once.

        ``declared`` holds when each of the four declarations was confirmed, in their order.

        Raises:
            NotAllowedError: not this school's principal today, or not waiting for a signature.
            StaleError: the filing moved since it was read.

        Source: 附件 学校审核; 二（一）, 二（二）.
        """
        self._must_sign_for(filing, by, now)
        entry = self._begin(
            filing.tenant, filing.id, now, Act.SIGN, by, Role.PRINCIPAL, filing.rule_version
        )
        self._declare(entry, filing, declared, wording_version, by)
        deadline = self._deadlines.after(filing, filing.office.days_case, now)
        self._write(
            entry,
            filing,
            advance(filing.stage, Act.SIGN, Role.PRINCIPAL),
            signed_at=now,
            principal_id=by.id,
            due_on=deadline.on,
            due_provisional=deadline.provisional,
        )
        return self.carry_on(self.known(filing.id), now)

    def withdraw(self, filing: Filing, *, by: Person, role: Role, now: datetime) -> Filing:
        """Withdraw a filing that has no number yet; its open tasks end with it."""
        filing = self.held(filing.id, filing.version)
        if role is Role.PRINCIPAL:
            self._must_sign_for(filing, by, now)
        elif not _owns(by, filing, now):
            raise NotAllowedError("只有这件备案的经办人或校长可以撤回。")
        to = advance(filing.stage, Act.WITHDRAW, role)
        entry = self._begin(
            filing.tenant, filing.id, now, Act.WITHDRAW, by, role, filing.rule_version
        )
        self._seating.end_all(entry, filing, Act.WITHDRAW, role)
        self._write(entry, filing, to, settled_at=now)
        return self.known(filing.id)

    def resubmit(
        self,
        filing: Filing,
        *,
        by: Person,
        role: Role,
        answers: Mapping[str, Any],
        facts: Facts,
        explained: Sequence[str] | None = None,
        parts: Sequence[Part] | None = None,
        title: str = "",
        product_key: str = "",
        declared: Sequence[datetime] = (),
        wording_version: str = "",
        changes: Mapping[str, Sequence[Mapping[str, Any]]] = MappingProxyType({}),
        now: datetime,
    ) -> Filing:
        """Hand completed material back; only the tasks that were returned open again.

        What is left out stays as it was. Departments that the changed facts bring in (``parts``,
        the same leads) are asked as well. With ``declared`` the principal signs again, because
        declared facts changed. ``changes``: what each task's desk has to look at, by task.
        """
        filing = self.held(filing.id, filing.version)
        act = Act.SIGN_AGAIN if declared else Act.RESUBMIT
        if declared:
            self._must_sign_for(filing, by, now)
        to = advance(filing.stage, act, role)
        entry = self._begin(filing.tenant, filing.id, now, act, by, role, filing.rule_version)
        self._declare(entry, filing, declared, wording_version, by)
        deadline = self._deadlines.after_pause(filing, self._tasks.of(filing), now)
        version = str(answers.get("product_version") or "")
        self._seating.reopen(entry, filing, act, role, changes, product_key, version)
        self._write(
            entry,
            filing,
            to,
            **deadline,
            title=title or filing.title,
            product_key=product_key or filing.product_key,
            answers=dict(answers),
            facts={
                "facts": facts.to_dict(),
                "explained": list(filing.explained if explained is None else explained),
            },
            route=[asdict(part) for part in (filing.parts if parts is None else parts)],
        )
        return self.carry_on(self._enter(entry, self.known(filing.id)), now)

    # --- moves that follow from acts on tasks --------------------------------------------------

    def move(self, entry: Entry, filing: Filing, act: Act, by: Role, **values: Any) -> Filing:
        """Move a filing as part of an act on one of its tasks."""
        self._write(entry, filing, advance(filing.stage, act, by), **values)
        return self._enter(entry, self.known(filing.id))

    def _enter(self, entry: Entry, filing: Filing) -> Filing:
        """Open the tasks that the stage just entered asks for; those that live stay as they are."""
        if filing.stage is Stage.INTAKE and filing.explained:
            self._seating.open_intake(entry, filing)
        elif filing.stage is Stage.IN_REVIEW:
            self._seating.open_reviews(entry, filing)
        elif filing.stage is Stage.AWAITING_DECISION:
            self._seating.open_decisions(entry, filing)
        elif filing.stage is Stage.AWAITING_REGISTRATION:
            self._seating.open_registration(entry, filing)
        return filing

    def carry_on(self, filing: Filing, now: datetime) -> Filing:
        """Do what the workflow does by itself until it waits for a person again."""
        while (
            act := due_automatically(filing.stage, [task.view for task in self._tasks.of(filing)])
        ) is not None:
            entry = self._begin(
                filing.tenant, filing.id, now, act, None, Role.SYSTEM, filing.rule_version
            )
            filing = self.move(entry, filing, act, Role.SYSTEM)
        return filing

    def register(
        self, entry: Entry, filing: Filing, *, letter: str, number_code: str, now: datetime
    ) -> Filing:
        """Give the filing its number, in the transaction of the act of registering."""
        year = filing.local(now).year
        series = numbering.series(filing.tenant, year, letter).key
        serial = entry.count(series)
        number = numbering.filing_number(
            filing.office.number_template, year, number_code, letter, serial
        )
        self._write(
            entry,
            filing,
            advance(filing.stage, Act.REGISTER, Role.REGISTRAR),
            number=number,
            series=series,
            serial=serial,
            registered_at=now,
            valid_until=numbering.valid_until(filing.local(now).date(), filing.office.valid_years),
            settled_at=now,
        )
        Names(self._tx).registered(filing.title, filing.product_key)
        return self.known(filing.id)

    # --- inside --------------------------------------------------------------------------------

    def _open(self, entry: Entry, number_code: str, office: OfficeRules, **values: Any) -> None:
        """Write a new filing under the next case number, pinned to the rules of its authority."""
        today = entry.at.astimezone(ZoneInfo(office.timezone)).date()
        year = today.year
        entry.insert(
            t.filing,
            id=entry.subject,
            case_no=numbering.case_number(year, number_code, entry.count(f"case:{year}")),
            entered_on=today,
            office=office.to_dict(),
            rule_version=office.version,
            version=1,
            made_at=entry.at,
            **values,
        )

    def _declare(
        self, entry: Entry, filing: Filing, times: Sequence[datetime], wording: str, by: Person
    ) -> None:
        for no, at in enumerate(times, start=1):
            entry.insert(
                t.declaration,
                filing_id=filing.id,
                round=filing.version,
                no=no,
                wording_version=wording,
                person_id=by.id,
                at=at,
            )

    def _must_sign_for(self, filing: Filing, by: Person, now: datetime) -> None:
        if not by.is_principal_of(filing.tenant, filing.school, filing.local(now).date()):
            raise NotAllowedError("学校审核由本校校长（园长、单位负责人）本人办理。")

    def _begin(
        self,
        tenant: str,
        subject: str,
        now: datetime,
        act: Act,
        by: Person | None,
        role: Role,
        version: str,
    ) -> Entry:
        return self._journal.begin(
            tenant=tenant,
            at=now,
            act=act.value,
            subject=subject,
            person_id=by.id if by else "",
            role=role.value,
            clause=basis_of(act),
            rule_version=version,
        )

    def _move(
        self,
        filing: Filing,
        act: Act,
        by: Person,
        role: Role,
        now: datetime,
        *,
        note: str = "",
        **values: Any,
    ) -> Filing:
        to = advance(filing.stage, act, role)
        entry = self._begin(filing.tenant, filing.id, now, act, by, role, filing.rule_version)
        if note:
            entry.images.append({"note": note})
        self._write(entry, filing, to, **values)
        return self.known(filing.id)

    def _write(self, entry: Entry, filing: Filing, to: Stage, **values: Any) -> None:
        guard = {"version": filing.version, "stage": filing.stage.value}
        if to is not filing.stage:
            values["entered_on"] = filing.local(entry.at).date()
        if not entry.update(
            t.filing, {"id": filing.id}, guard, stage=to.value, version=filing.version + 1, **values
        ):
            raise StaleError(MOVED)


def _owns(by: Person, filing: Filing, now: datetime) -> bool:
    """Tell whether somebody owns a filing, and is at its school today."""
    day = filing.local(now).date()
    return by.id == filing.owner_id and by.works_in(filing.tenant, filing.school, day)
